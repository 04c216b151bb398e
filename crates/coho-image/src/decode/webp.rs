//! WebP: still images, and animations whose frames are the whole canvas.

use std::io::Cursor;

use image::RgbaImage;
use image_webp::WebPDecoder;

use super::{DecodedFrame, of_raw, with_alpha};
use crate::colour;
use crate::error::ImageError;
use crate::limits::ImageLimits;

type Decoder<'a> = WebPDecoder<Cursor<&'a [u8]>>;

fn open<'a>(bytes: &'a [u8], limits: &ImageLimits) -> Result<Decoder<'a>, ImageError> {
    let mut decoder = WebPDecoder::new(Cursor::new(bytes)).map_err(ImageError::damaged)?;
    decoder.set_memory_limit(usize::try_from(limits.decoded_bytes).unwrap_or(usize::MAX));
    Ok(decoder)
}

fn buffer(decoder: &Decoder<'_>, limits: &ImageLimits) -> Result<Vec<u8>, ImageError> {
    let too_large = || ImageError::TooLarge("bytes of decoded pixels: more than can be counted".to_owned());
    let bytes = decoder.output_buffer_size().ok_or_else(too_large)?;
    limits.check_decoded_bytes(bytes as u64)?;
    Ok(vec![0; bytes])
}

fn image(decoder: &Decoder<'_>, pixels: &[u8]) -> Result<RgbaImage, ImageError> {
    let (width, height) = decoder.dimensions();
    if decoder.has_alpha() { of_raw(width, height, pixels.to_vec()) } else { with_alpha(width, height, pixels) }
}

pub(super) fn decode(bytes: &[u8], limits: &ImageLimits) -> Result<RgbaImage, ImageError> {
    let mut decoder = open(bytes, limits)?;
    let profile = decoder.icc_profile().ok().flatten();
    let mut pixels = buffer(&decoder, limits)?;
    if decoder.is_animated() {
        decoder.read_frame(&mut pixels).map_err(ImageError::damaged)?;
    } else {
        decoder.read_image(&mut pixels).map_err(ImageError::damaged)?;
    }
    let mut image = image(&decoder, &pixels)?;
    colour::to_srgb(&mut image, profile.as_deref(), limits);
    Ok(image)
}

pub(super) struct Animation<'a> {
    decoder: Decoder<'a>,
    pixels: Vec<u8>,
    profile: Option<Vec<u8>>,
    frames_left: u32,
    limits: &'a ImageLimits,
}

impl<'a> Animation<'a> {
    pub(super) fn open(bytes: &'a [u8], frames: u32, limits: &'a ImageLimits) -> Result<Self, ImageError> {
        let mut decoder = open(bytes, limits)?;
        let profile = decoder.icc_profile().ok().flatten();
        let pixels = buffer(&decoder, limits)?;
        Ok(Self { decoder, pixels, profile, frames_left: frames, limits })
    }

    fn read(&mut self) -> Result<DecodedFrame, ImageError> {
        let delay_ms = self.decoder.read_frame(&mut self.pixels).map_err(ImageError::damaged)?;
        let mut image = image(&self.decoder, &self.pixels)?;
        colour::to_srgb(&mut image, self.profile.as_deref(), self.limits);
        Ok(DecodedFrame { image, delay_ms })
    }
}

impl Iterator for Animation<'_> {
    type Item = Result<DecodedFrame, ImageError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.frames_left = self.frames_left.checked_sub(1)?;
        let frame = self.read();
        if frame.is_err() {
            self.frames_left = 0;
        }
        Some(frame)
    }
}
