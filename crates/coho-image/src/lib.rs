//! Image processing as OSS's `x-oss-process=image/...` says: a text becomes an `ImagePlan`, and the bytes of an image become
//! the bytes of another one.
//!
//! Pure: no I/O, clock or global. Limits are checked before memory or time is spent: the header of an image is read before
//! its pixels are. Which object is meant, who may read it, and in which process this code runs is decided elsewhere.

mod colour;
mod decode;
mod encode;
mod error;
mod exif;
mod format;
mod geometry;
mod header;
mod info;
mod jpeg_quality;
mod limits;
mod parse;
mod pipeline;
mod plan;
mod run;
mod step;

pub use error::ImageError;
pub use format::ImageFormat;
pub use geometry::Gravity;
pub use header::ImageHeader;
pub use limits::ImageLimits;
pub use plan::{ImageAnswer, ImagePlan, ImageStep};
pub use run::{ProcessedImage, WatermarkBodies, process};
pub use step::{
    AutoOrient, Blur, Bright, Circle, Contrast, Crop, FormatStep, IndexCrop, Interlace, QualityStep, Resize,
    ResizeMode, RotateStep, RoundedCorners, Sharpen, TargetFormat, Watermark, WatermarkImage, WatermarkText,
};
