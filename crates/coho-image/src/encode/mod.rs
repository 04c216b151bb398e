//! FrameSource of pixels → bytes.

mod gif;
mod jpeg;
mod still;
mod webp;

use std::num::NonZeroU16;

use image::{Rgba, RgbaImage};

use crate::decode::DecodedFrame;
use crate::error::ImageError;
use crate::format::ImageFormat;
use crate::limits::ImageLimits;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct EncodeOptions {
    pub(crate) format: ImageFormat,
    /// Of JPEG and WebP, 1 to 100.
    pub(crate) quality: u8,
    pub(crate) is_progressive: bool,
    /// The EXIF tag that a JPEG gets, if it is not 1.
    pub(crate) orientation: u8,
    /// How often an animation is played; nothing means for ever.
    pub(crate) plays: Option<NonZeroU16>,
}

type FrameSource<'a> = &'a mut dyn Iterator<Item = Result<DecodedFrame, ImageError>>;

pub(crate) fn encode(
    frames: FrameSource<'_>,
    is_animated: bool,
    options: &EncodeOptions,
    limits: &ImageLimits,
) -> Result<Vec<u8>, ImageError> {
    match options.format {
        ImageFormat::Gif => gif::encode(frames, options),
        ImageFormat::WebP if is_animated => webp::encode_animation(frames, options, limits),
        ImageFormat::WebP => webp::encode(&only(frames)?, options),
        ImageFormat::Jpeg => jpeg::encode(only(frames)?, options),
        ImageFormat::Png => still::png(&only(frames)?),
        ImageFormat::Bmp => still::bmp(&only(frames)?),
        ImageFormat::Tiff => still::tiff(&only(frames)?),
    }
}

fn only(frames: FrameSource<'_>) -> Result<RgbaImage, ImageError> {
    let frame = frames.next().ok_or_else(|| ImageError::Damaged("it has no frame".to_owned()))?;
    frame.map(|frame| frame.image)
}

fn failed(error: impl std::fmt::Display) -> ImageError {
    ImageError::NotEncodable(error.to_string())
}

fn is_opaque(image: &RgbaImage) -> bool {
    image.pixels().all(|pixel| pixel.0[3] == 255)
}

fn is_grey(image: &RgbaImage) -> bool {
    image.pixels().all(|Rgba([red, green, blue, _])| red == green && green == blue)
}

/// Without alpha, which must be full.
fn rgb(image: &RgbaImage) -> Vec<u8> {
    image.pixels().flat_map(|pixel| [pixel.0[0], pixel.0[1], pixel.0[2]]).collect()
}

/// One channel of an image that is grey.
fn grey(image: &RgbaImage) -> Vec<u8> {
    image.pixels().map(|pixel| pixel.0[0]).collect()
}
