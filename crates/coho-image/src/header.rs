//! What an image says about itself before a pixel is decoded. All limits of a source are checked here.

use std::io::Cursor;
use std::num::NonZeroU16;

use image::codecs::{bmp::BmpDecoder, png::PngDecoder, tiff::TiffDecoder};
use image::{ImageDecoder, Limits};

use crate::error::ImageError;
use crate::exif;
use crate::format::ImageFormat;
use crate::limits::ImageLimits;

/// Scans of a JPEG: each one may touch every coefficient of the image. Encoders make about ten.
const JPEG_SCANS: usize = 100;
/// Bytes of a coefficient of a progressive JPEG, which are kept until the last scan.
const COEFFICIENT_BYTES: u64 = 2;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImageHeader {
    pub format: ImageFormat,
    pub width: u32,
    pub height: u32,
    pub frames: u32,
    pub has_alpha: bool,
    /// The EXIF tag, 1 to 8.
    pub orientation: u8,
    /// How often an animation is played; nothing means for ever.
    pub plays: Option<NonZeroU16>,
}

impl ImageHeader {
    pub fn read(bytes: &[u8], limits: &ImageLimits) -> Result<Self, ImageError> {
        limits.check_source_bytes(bytes.len())?;
        let format = ImageFormat::of_bytes(bytes)
            .ok_or_else(|| ImageError::Damaged("the first bytes are of no known format".to_owned()))?;
        let mut header = match format {
            ImageFormat::Jpeg => jpeg(bytes, limits)?,
            ImageFormat::Png => still(format, &png_decoder(bytes, limits)?),
            ImageFormat::Bmp => still(format, &bmp_decoder(bytes)?),
            ImageFormat::Tiff => still(format, &tiff_decoder(bytes, limits)?),
            ImageFormat::Gif => gif(bytes, limits)?,
            ImageFormat::WebP => webp(bytes)?,
        };
        limits.check_source((header.width, header.height), header.frames)?;
        header.orientation = exif::orientation(format, bytes);
        Ok(header)
    }
}

/// What the decoders of `image` may allocate for one image.
fn allocation_limits(limits: &ImageLimits) -> Limits {
    let mut allowed = Limits::no_limits();
    allowed.max_image_width = Some(limits.source_side_pixels);
    allowed.max_image_height = Some(limits.source_side_pixels);
    // Two copies at most: what the file has, with up to eight bytes for a pixel, and what is made of it.
    allowed.max_alloc = Some(limits.decoded_bytes.saturating_mul(2));
    allowed
}

pub(crate) fn png_decoder<'a>(
    bytes: &'a [u8],
    limits: &ImageLimits,
) -> Result<PngDecoder<Cursor<&'a [u8]>>, ImageError> {
    PngDecoder::with_limits(Cursor::new(bytes), allocation_limits(limits)).map_err(decoding_failed)
}

pub(crate) fn bmp_decoder(bytes: &[u8]) -> Result<BmpDecoder<Cursor<&[u8]>>, ImageError> {
    BmpDecoder::new(Cursor::new(bytes)).map_err(decoding_failed)
}

pub(crate) fn tiff_decoder<'a>(
    bytes: &'a [u8],
    limits: &ImageLimits,
) -> Result<TiffDecoder<Cursor<&'a [u8]>>, ImageError> {
    let mut decoder = TiffDecoder::new(Cursor::new(bytes)).map_err(decoding_failed)?;
    decoder.set_limits(allocation_limits(limits)).map_err(decoding_failed)?;
    Ok(decoder)
}

pub(crate) fn decoding_failed(error: image::ImageError) -> ImageError {
    match error {
        image::ImageError::Limits(limit) => ImageError::TooLarge(limit.to_string()),
        other => ImageError::damaged(other),
    }
}

fn still(format: ImageFormat, decoder: &impl ImageDecoder) -> ImageHeader {
    let (width, height) = decoder.dimensions();
    let has_alpha = decoder.color_type().has_alpha();
    ImageHeader { format, width, height, frames: 1, has_alpha, orientation: 1, plays: None }
}

fn jpeg(bytes: &[u8], limits: &ImageLimits) -> Result<ImageHeader, ImageError> {
    let mut decoder = jpeg_decoder::Decoder::new(bytes);
    decoder.read_info().map_err(ImageError::damaged)?;
    let info = decoder.info().ok_or_else(|| ImageError::Damaged("it has no frame".to_owned()))?;
    let (width, height) = (u32::from(info.width), u32::from(info.height));
    let scans = bytes.windows(2).filter(|marker| *marker == [0xff, 0xda]).count();
    if scans > JPEG_SCANS {
        return Err(ImageError::TooLarge(format!("scans of a JPEG: {scans} is more than {JPEG_SCANS}")));
    }
    if info.coding_process == jpeg_decoder::CodingProcess::DctProgressive {
        let coefficients = u64::from(width) * u64::from(height) * info.pixel_format.pixel_bytes() as u64;
        limits.check_decoded_bytes(coefficients * COEFFICIENT_BYTES)?;
    }
    let format = ImageFormat::Jpeg;
    Ok(ImageHeader { format, width, height, frames: 1, has_alpha: false, orientation: 1, plays: None })
}

/// Walks over the frames without decoding them.
fn gif(bytes: &[u8], limits: &ImageLimits) -> Result<ImageHeader, ImageError> {
    let mut options = gif::DecodeOptions::new();
    options.skip_frame_decoding(true);
    let mut decoder = options.read_info(bytes).map_err(ImageError::damaged)?;
    let (width, height) = (u32::from(decoder.width()), u32::from(decoder.height()));
    limits.check_source((width, height), 1)?;
    let mut frames = 0_u32;
    while decoder.next_frame_info().map_err(ImageError::damaged)?.is_some() {
        frames += 1;
        limits.check_source((width, height), frames)?;
    }
    if frames == 0 {
        return Err(ImageError::Damaged("it has no frame".to_owned()));
    }
    let plays = match decoder.repeat() {
        gif::Repeat::Infinite => None,
        gif::Repeat::Finite(repeats) => NonZeroU16::new(repeats.saturating_add(1)),
    };
    Ok(ImageHeader { format: ImageFormat::Gif, width, height, frames, has_alpha: true, orientation: 1, plays })
}

fn webp(bytes: &[u8]) -> Result<ImageHeader, ImageError> {
    let decoder = image_webp::WebPDecoder::new(Cursor::new(bytes)).map_err(ImageError::damaged)?;
    let (width, height) = decoder.dimensions();
    let frames = if decoder.is_animated() { decoder.num_frames() } else { 1 };
    let plays = match decoder.loop_count() {
        image_webp::LoopCount::Forever => None,
        image_webp::LoopCount::Times(times) => Some(times),
    };
    let (format, has_alpha) = (ImageFormat::WebP, decoder.has_alpha());
    Ok(ImageHeader { format, width, height, frames, has_alpha, orientation: 1, plays })
}
