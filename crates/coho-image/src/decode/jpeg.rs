//! JPEG: decoded at an eighth, a quarter or half of its size where the result is much smaller.

use image::RgbaImage;
use jpeg_decoder::{Decoder, PixelFormat};

use super::{of_raw, with_alpha};
use crate::colour;
use crate::error::ImageError;
use crate::header::ImageHeader;
use crate::limits::ImageLimits;

/// The filter that resizes afterwards needs pixels to choose from: the decoder leaves twice the target.
const RESERVE: f64 = 2.0;

pub(super) fn decode(
    bytes: &[u8],
    header: &ImageHeader,
    least: Option<(f64, f64)>,
    limits: &ImageLimits,
) -> Result<RgbaImage, ImageError> {
    let mut decoder = Decoder::new(bytes);
    decoder.set_max_decoding_buffer_size(usize::try_from(limits.decoded_bytes).unwrap_or(usize::MAX));
    decoder.read_info().map_err(ImageError::damaged)?;
    if let Some((width, height)) = least {
        let wanted = |least: f64, full: u32| (least * RESERVE).ceil().min(full.into()) as u16;
        decoder.scale(wanted(width, header.width), wanted(height, header.height)).map_err(ImageError::damaged)?;
    }
    let pixels = decoder.decode().map_err(ImageError::damaged)?;
    let info = decoder.info().ok_or_else(|| ImageError::Damaged("it has no frame".to_owned()))?;
    let (width, height) = (u32::from(info.width), u32::from(info.height));
    let profile = decoder.icc_profile();
    let grey = |values: Vec<u8>| values.into_iter().flat_map(|value| [value, value, value, 255]).collect();
    match info.pixel_format {
        PixelFormat::L8 => of_raw(width, height, grey(pixels)),
        PixelFormat::L16 => of_raw(width, height, grey(pixels.chunks_exact(2).map(high_byte).collect())),
        PixelFormat::RGB24 => {
            let mut image = with_alpha(width, height, &pixels)?;
            colour::to_srgb(&mut image, profile.as_deref(), limits);
            Ok(image)
        }
        PixelFormat::CMYK32 => {
            let mut image = of_raw(width, height, pixels)?;
            colour::cmyk_to_srgb(&mut image, profile.as_deref(), limits);
            Ok(image)
        }
    }
}

fn high_byte(pair: &[u8]) -> u8 {
    u8::try_from(u16::from_ne_bytes([pair[0], pair[1]]) >> 8).unwrap_or(u8::MAX)
}
