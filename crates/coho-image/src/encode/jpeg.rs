//! JPEG: transparent pixels become white; an image without colour has one channel.

use image::RgbaImage;
use jpeg_encoder::{ColorType, Encoder, SamplingFactor};

use super::{EncodeOptions, failed, grey, is_grey, is_opaque};
use crate::error::ImageError;

/// From this quality on colours have the full resolution.
const FULL_CHROMA_QUALITY: u8 = 90;
const APP1: u8 = 1;

pub(super) fn encode(mut image: RgbaImage, options: &EncodeOptions) -> Result<Vec<u8>, ImageError> {
    if !is_opaque(&image) {
        on_white(&mut image);
    }
    let side = |length: u32| u16::try_from(length).map_err(|_| failed("a side of a JPEG has at most 65535 pixels"));
    let (width, height) = (side(image.width())?, side(image.height())?);
    let mut jpeg = Vec::new();
    let mut encoder = Encoder::new(&mut jpeg, options.quality);
    encoder.set_progressive(options.is_progressive);
    encoder.set_optimized_huffman_tables(true);
    encoder.set_sampling_factor(if options.quality < FULL_CHROMA_QUALITY {
        SamplingFactor::F_2_2
    } else {
        SamplingFactor::F_1_1
    });
    if options.orientation > 1 {
        encoder.add_app_segment(APP1, orientation_exif(options.orientation)).map_err(failed)?;
    }
    if is_grey(&image) {
        encoder.encode(&grey(&image), width, height, ColorType::Luma).map_err(failed)?;
    } else {
        encoder.encode(image.as_raw(), width, height, ColorType::Rgba).map_err(failed)?;
    }
    Ok(jpeg)
}

fn on_white(image: &mut RgbaImage) {
    for pixel in image.pixels_mut() {
        let alpha = u16::from(pixel.0[3]);
        for channel in &mut pixel.0[..3] {
            let mixed = (u16::from(*channel) * alpha + 255 * (255 - alpha) + 127) / 255;
            *channel = u8::try_from(mixed).unwrap_or(u8::MAX);
        }
        pixel.0[3] = 255;
    }
}

/// An EXIF block with one field.
fn orientation_exif(orientation: u8) -> Vec<u8> {
    let mut exif = b"Exif\0\0MM\0*\0\0\0\x08\0\x01".to_vec();
    // Tag 0x0112, a short, one value, padded to four bytes; then no further directory.
    exif.extend([0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0, 0, 0, 0, 0]);
    exif
}
