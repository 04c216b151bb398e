//! One operation, one file: its parameters with ranges and defaults, its normal text, and what it does with pixels.
//!
//! Pixels are RGBA with eight bits and alpha that is not pre-multiplied; steps that mix pixels weight them by alpha.

pub(crate) mod auto_orient;
mod average_hue;
mod blur;
mod bright;
mod circle;
mod contrast;
mod crop;
mod format;
mod index_crop;
mod interlace;
mod mask;
mod quality;
mod resize;
mod rotate;
mod rounded_corners;
mod sharpen;
mod tone;
mod watermark;

pub use auto_orient::AutoOrient;
pub use blur::Blur;
pub use bright::Bright;
pub use circle::Circle;
pub use contrast::Contrast;
pub use crop::Crop;
pub use format::{FormatStep, TargetFormat};
pub use index_crop::IndexCrop;
pub use interlace::Interlace;
pub use quality::QualityStep;
pub use resize::{Resize, ResizeMode};
pub use rotate::RotateStep;
pub use rounded_corners::RoundedCorners;
pub use sharpen::Sharpen;
pub use watermark::{Watermark, WatermarkImage, WatermarkText};

pub(crate) use average_hue::average_hue;
pub(crate) use watermark::PreparedWatermark;
