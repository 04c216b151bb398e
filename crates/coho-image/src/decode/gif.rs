//! GIF: each frame as the whole canvas, after the disposal of the one before.

use std::io::Cursor;

use image::AnimationDecoder;
use image::codecs::gif::GifDecoder;

use super::DecodedFrame;
use crate::error::ImageError;
use crate::header::decoding_failed;

pub(super) fn frames(bytes: &[u8]) -> Result<impl Iterator<Item = Result<DecodedFrame, ImageError>>, ImageError> {
    let decoder = GifDecoder::new(Cursor::new(bytes)).map_err(decoding_failed)?;
    Ok(decoder.into_frames().map(|frame| {
        let frame = frame.map_err(decoding_failed)?;
        let (numerator, denominator) = frame.delay().numer_denom_ms();
        let delay_ms = numerator.checked_div(denominator).unwrap_or(0);
        Ok(DecodedFrame { image: frame.into_buffer(), delay_ms })
    }))
}
