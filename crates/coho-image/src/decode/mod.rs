//! Bytes → frames of pixels, one at a time. Untrusted bytes are read by decoders in Rust alone.

mod gif;
mod jpeg;
mod still;
mod webp;

use image::RgbaImage;

use crate::error::ImageError;
use crate::format::ImageFormat;
use crate::header::ImageHeader;
use crate::limits::ImageLimits;

#[derive(Debug)]
pub(crate) struct DecodedFrame {
    pub(crate) image: RgbaImage,
    pub(crate) delay_ms: u32,
}

pub(crate) type DecodedFrames<'a> = Box<dyn Iterator<Item = Result<DecodedFrame, ImageError>> + 'a>;

/// `least` is the size in pixels below which a decoder that can shrink must not go; nothing means the full size.
pub(crate) fn frames<'a>(
    bytes: &'a [u8],
    header: &ImageHeader,
    least: Option<(f64, f64)>,
    limits: &'a ImageLimits,
) -> Result<DecodedFrames<'a>, ImageError> {
    Ok(match header.format {
        ImageFormat::Jpeg => once(jpeg::decode(bytes, header, least, limits)?),
        ImageFormat::Png => once(still::decode(crate::header::png_decoder(bytes, limits)?, limits)?),
        ImageFormat::Bmp => once(still::decode(crate::header::bmp_decoder(bytes)?, limits)?),
        ImageFormat::Tiff => once(still::decode(crate::header::tiff_decoder(bytes, limits)?, limits)?),
        ImageFormat::Gif => Box::new(gif::frames(bytes)?),
        ImageFormat::WebP if header.frames == 1 => once(webp::decode(bytes, limits)?),
        ImageFormat::WebP => Box::new(webp::Animation::open(bytes, header.frames, limits)?),
    })
}

fn once<'a>(image: RgbaImage) -> DecodedFrames<'a> {
    Box::new(std::iter::once(Ok(DecodedFrame { image, delay_ms: 0 })))
}

/// Pixels without alpha as RGBA.
fn with_alpha(width: u32, height: u32, rgb: &[u8]) -> Result<RgbaImage, ImageError> {
    let mut rgba = Vec::with_capacity(rgb.len() / 3 * 4);
    rgba.extend(rgb.chunks_exact(3).flat_map(|pixel| [pixel[0], pixel[1], pixel[2], 255]));
    of_raw(width, height, rgba)
}

fn of_raw(width: u32, height: u32, rgba: Vec<u8>) -> Result<RgbaImage, ImageError> {
    let image = RgbaImage::from_raw(width, height, rgba);
    image.ok_or_else(|| ImageError::Damaged("the decoded pixels have another size than the header says".to_owned()))
}
