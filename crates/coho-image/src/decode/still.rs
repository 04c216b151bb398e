//! PNG, BMP and TIFF: one image of any depth and colour type, as RGBA with eight bits.

use image::{DynamicImage, ImageDecoder, RgbaImage};

use crate::colour;
use crate::error::ImageError;
use crate::header::decoding_failed;
use crate::limits::ImageLimits;

pub(super) fn decode(mut decoder: impl ImageDecoder, limits: &ImageLimits) -> Result<RgbaImage, ImageError> {
    limits.check_decoded_bytes(decoder.total_bytes())?;
    // A broken profile does not make the image unreadable.
    let profile = decoder.icc_profile().ok().flatten();
    let is_coloured = decoder.color_type().has_color();
    let mut image = DynamicImage::from_decoder(decoder).map_err(decoding_failed)?.into_rgba8();
    if is_coloured {
        colour::to_srgb(&mut image, profile.as_deref(), limits);
    }
    Ok(image)
}
