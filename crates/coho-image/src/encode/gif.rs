//! GIF: frames with a palette each; a pixel is visible or not.

use image::codecs::gif::{GifEncoder, Repeat};
use image::{Delay, Frame, RgbaImage};

use super::{EncodeOptions, FrameSource, failed};
use crate::error::ImageError;

/// Of the search for a palette: 1 is slow and exact, 30 fast.
const SPEED: i32 = 10;
const VISIBLE_ALPHA: u8 = 128;

pub(super) fn encode(frames: FrameSource<'_>, options: &EncodeOptions) -> Result<Vec<u8>, ImageError> {
    let mut gif = Vec::new();
    let mut encoder = GifEncoder::new_with_speed(&mut gif, SPEED);
    // Without a loop extension a GIF is played once.
    match options.plays.map(|plays| plays.get()) {
        None => encoder.set_repeat(Repeat::Infinite).map_err(failed)?,
        Some(1) => {}
        Some(plays) => encoder.set_repeat(Repeat::Finite(plays - 1)).map_err(failed)?,
    }
    for frame in frames {
        let mut frame = frame?;
        harden(&mut frame.image);
        let delay = Delay::from_numer_denom_ms(frame.delay_ms, 1);
        encoder.encode_frame(Frame::from_parts(frame.image, 0, 0, delay)).map_err(failed)?;
    }
    drop(encoder);
    Ok(gif)
}

fn harden(image: &mut RgbaImage) {
    for pixel in image.pixels_mut() {
        if pixel.0[3] < VISIBLE_ALPHA {
            pixel.0 = [0; 4];
        } else {
            pixel.0[3] = 255;
        }
    }
}
