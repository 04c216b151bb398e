//! WebP by libwebp, which sees pixels alone and no untrusted file.

use image::RgbaImage;
use webp::{AnimEncoder, AnimFrame, Encoder, PixelLayout, WebPConfig};

use super::{EncodeOptions, FrameSource, failed, is_opaque, rgb};
use crate::decode::DecodedFrame;
use crate::error::ImageError;
use crate::limits::ImageLimits;

const SIDE_PIXELS: u32 = 16_383;

fn check_side(image: &RgbaImage) -> Result<(), ImageError> {
    if image.width().max(image.height()) > SIDE_PIXELS {
        return Err(ImageError::TooLarge(format!("a side of a WebP has at most {SIDE_PIXELS} pixels")));
    }
    Ok(())
}

pub(super) fn encode(image: &RgbaImage, options: &EncodeOptions) -> Result<Vec<u8>, ImageError> {
    check_side(image)?;
    let quality = f32::from(options.quality);
    let encode = |pixels: &[u8], layout| {
        let encoded = Encoder::new(pixels, layout, image.width(), image.height()).encode_simple(false, quality);
        encoded.map(|webp| webp.to_vec()).map_err(|error| failed(format!("{error:?}")))
    };
    if is_opaque(image) { encode(&rgb(image), PixelLayout::Rgb) } else { encode(image.as_raw(), PixelLayout::Rgba) }
}

/// The encoder finds what changes from frame to frame, for which it needs all of them.
pub(super) fn encode_animation(
    frames: FrameSource<'_>,
    options: &EncodeOptions,
    limits: &ImageLimits,
) -> Result<Vec<u8>, ImageError> {
    let mut all: Vec<DecodedFrame> = Vec::new();
    let mut bytes = 0;
    for frame in frames {
        let frame = frame?;
        check_side(&frame.image)?;
        // The encoder would read each frame with the size of the first.
        if all.first().is_some_and(|first| first.image.dimensions() != frame.image.dimensions()) {
            return Err(failed("the frames have several sizes"));
        }
        bytes += frame.image.len() as u64;
        limits.check_decoded_bytes(bytes)?;
        all.push(frame);
    }
    let Some(first) = all.first() else { return Err(failed("it has no frame")) };
    let mut config = WebPConfig::new().map_err(|()| failed("libwebp has another version"))?;
    config.quality = options.quality.into();
    let mut encoder = AnimEncoder::new(first.image.width(), first.image.height(), &config);
    encoder.set_loop_count(options.plays.map_or(0, |plays| plays.get().into()));
    let mut begin_ms = 0_i32;
    for frame in &all {
        let (width, height) = frame.image.dimensions();
        encoder.add_frame(AnimFrame::from_rgba(frame.image.as_raw(), width, height, begin_ms));
        begin_ms = begin_ms.saturating_add(i32::try_from(frame.delay_ms).unwrap_or(i32::MAX));
    }
    let encoded = encoder.try_encode().map_err(|error| failed(format!("{error:?}")))?;
    let mut webp = encoded.to_vec();
    set_last_duration(&mut webp, u32::try_from(begin_ms).unwrap_or(0));
    Ok(webp)
}

/// The encoder knows when frames begin, and guesses how long the last one is shown.
fn set_last_duration(webp: &mut [u8], total_ms: u32) {
    const CHUNKS: usize = 12;
    const CHUNK_HEAD: usize = 8;
    /// Offset of the three bytes of the duration in the payload of an `ANMF` chunk.
    const DURATION: usize = 12;
    let mut at = CHUNKS;
    let mut others_ms = 0_u32;
    let mut last = None;
    while let Some(&[a, b, c, d, s0, s1, s2, s3]) = webp.get(at..at + CHUNK_HEAD).and_then(<[u8]>::as_array) {
        let field = at + CHUNK_HEAD + DURATION;
        if [a, b, c, d] == *b"ANMF"
            && let Some(&[d0, d1, d2]) = webp.get(field..field + 3).and_then(<[u8]>::as_array)
        {
            let shown_ms = u32::from_le_bytes([d0, d1, d2, 0]);
            others_ms = others_ms.saturating_add(last.map_or(0, |(_, shown_ms)| shown_ms));
            last = Some((field, shown_ms));
        }
        let length = u32::from_le_bytes([s0, s1, s2, s3]) as usize;
        at = at.saturating_add(CHUNK_HEAD).saturating_add(length).saturating_add(length % 2);
    }
    if let Some((field, _)) = last {
        let [d0, d1, d2, _] = total_ms.saturating_sub(others_ms).min(0x00ff_ffff).to_le_bytes();
        webp[field..field + 3].copy_from_slice(&[d0, d1, d2]);
    }
}
