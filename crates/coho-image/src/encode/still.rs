//! PNG, BMP and TIFF: without alpha where all pixels are opaque.

use std::io::Cursor;

use image::codecs::{
    bmp::BmpEncoder,
    png::{CompressionType, FilterType, PngEncoder},
    tiff::TiffEncoder,
};
use image::{ExtendedColorType, ImageEncoder, RgbaImage};

use super::{failed, grey, is_grey, is_opaque, rgb};
use crate::error::ImageError;

pub(super) fn png(image: &RgbaImage) -> Result<Vec<u8>, ImageError> {
    let mut png = Vec::new();
    let encoder = PngEncoder::new_with_quality(&mut png, CompressionType::Default, FilterType::Adaptive);
    write(encoder, image, true)?;
    Ok(png)
}

pub(super) fn bmp(image: &RgbaImage) -> Result<Vec<u8>, ImageError> {
    let mut bmp = Vec::new();
    write(BmpEncoder::new(&mut bmp), image, false)?;
    Ok(bmp)
}

pub(super) fn tiff(image: &RgbaImage) -> Result<Vec<u8>, ImageError> {
    let mut tiff = Vec::new();
    write(TiffEncoder::new(Cursor::new(&mut tiff)), image, true)?;
    Ok(tiff)
}

fn write(encoder: impl ImageEncoder, image: &RgbaImage, has_grey: bool) -> Result<(), ImageError> {
    let (width, height) = image.dimensions();
    if !is_opaque(image) {
        encoder.write_image(image.as_raw(), width, height, ExtendedColorType::Rgba8).map_err(failed)
    } else if has_grey && is_grey(image) {
        encoder.write_image(&grey(image), width, height, ExtendedColorType::L8).map_err(failed)
    } else {
        encoder.write_image(&rgb(image), width, height, ExtendedColorType::Rgb8).map_err(failed)
    }
}
