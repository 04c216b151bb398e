//! What an image may cost. All limits are checked before the memory or the time is spent: those of the source by its
//! header, those of a result by its computed size.

use serde::{Deserialize, Serialize};

use crate::error::ImageError;

/// Defaults: the published limits of OSS where it has them.
const SOURCE_BYTES: usize = 20 * 1024 * 1024;
const SOURCE_SIDE_PIXELS: u32 = 30_000;
/// Of all frames together.
const SOURCE_PIXELS: u64 = 250_000_000;
const SOURCE_FRAMES: u32 = 10_000;
const RESULT_SIDE_PIXELS: u32 = 16_384;
const RESULT_PIXELS: u64 = 16_777_216;
const ROTATE_SIDE_PIXELS: u32 = 4_096;
const OPERATIONS: usize = 20;
/// Pixels of the decoded source in bytes: 250 million pixels of four bytes.
const DECODED_BYTES: u64 = 1_000_000_000;
/// Largest embedded colour profile in bytes that is applied; a larger one is ignored.
const PROFILE_BYTES: usize = 4 * 1024 * 1024;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImageLimits {
    pub source_bytes: usize,
    /// Longest side of the source in pixels.
    pub source_side_pixels: u32,
    /// Pixels of the source, of all its frames together.
    pub source_pixels: u64,
    pub source_frames: u32,
    /// Longest side of a resized image in pixels.
    pub result_side_pixels: u32,
    /// Pixels of one frame of a resized image.
    pub result_pixels: u64,
    /// Longest side in pixels of an image that is rotated.
    pub rotate_side_pixels: u32,
    /// Operations of one request.
    pub operations: usize,
    /// Memory for decoded pixels in bytes.
    pub decoded_bytes: u64,
    /// Largest colour profile in bytes that is applied.
    pub profile_bytes: usize,
}

impl Default for ImageLimits {
    fn default() -> Self {
        Self {
            source_bytes: SOURCE_BYTES,
            source_side_pixels: SOURCE_SIDE_PIXELS,
            source_pixels: SOURCE_PIXELS,
            source_frames: SOURCE_FRAMES,
            result_side_pixels: RESULT_SIDE_PIXELS,
            result_pixels: RESULT_PIXELS,
            rotate_side_pixels: ROTATE_SIDE_PIXELS,
            operations: OPERATIONS,
            decoded_bytes: DECODED_BYTES,
            profile_bytes: PROFILE_BYTES,
        }
    }
}

impl ImageLimits {
    pub(crate) fn check_source_bytes(&self, bytes: usize) -> Result<(), ImageError> {
        at_most("bytes of the source", bytes as u64, self.source_bytes as u64)
    }

    /// The size as the header claims it.
    pub(crate) fn check_source(&self, (width, height): (u32, u32), frames: u32) -> Result<(), ImageError> {
        if width == 0 || height == 0 {
            return Err(ImageError::Damaged("a side has no pixels".to_owned()));
        }
        at_most("pixels of a side of the source", width.max(height).into(), self.source_side_pixels.into())?;
        at_most("frames of the source", frames.into(), self.source_frames.into())?;
        at_most("pixels of the source", pixels(width, height) * u64::from(frames), self.source_pixels)
    }

    pub(crate) fn check_result(&self, (width, height): (u32, u32)) -> Result<(), ImageError> {
        at_most("pixels of a side of the result", width.max(height).into(), self.result_side_pixels.into())?;
        at_most("pixels of the result", pixels(width, height), self.result_pixels)
    }

    pub(crate) fn check_rotated(&self, (width, height): (u32, u32)) -> Result<(), ImageError> {
        at_most("pixels of a side of a rotated image", width.max(height).into(), self.rotate_side_pixels.into())
    }

    pub(crate) fn check_decoded_bytes(&self, bytes: u64) -> Result<(), ImageError> {
        at_most("bytes of decoded pixels", bytes, self.decoded_bytes)
    }
}

fn pixels(width: u32, height: u32) -> u64 {
    u64::from(width) * u64::from(height)
}

fn at_most(what: &str, value: u64, limit: u64) -> Result<(), ImageError> {
    if value > limit {
        return Err(ImageError::TooLarge(format!("{what}: {value} is more than {limit}")));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_is_judged_by_side_frames_and_pixels() {
        let limits = ImageLimits::default();
        let too_large = |text: &str| Err(ImageError::TooLarge(text.to_owned()));
        for (size, frames, expected) in [
            ((30_000, 8_333), 1, Ok(())),
            ((1, 1), 10_000, Ok(())),
            ((30_001, 1), 1, too_large("pixels of a side of the source: 30001 is more than 30000")),
            ((1, 1), 10_001, too_large("frames of the source: 10001 is more than 10000")),
            ((16_000, 16_000), 1, too_large("pixels of the source: 256000000 is more than 250000000")),
            ((1_000, 1_000), 251, too_large("pixels of the source: 251000000 is more than 250000000")),
            ((u32::MAX, u32::MAX), 1, too_large("pixels of a side of the source: 4294967295 is more than 30000")),
            ((0, 5), 1, Err(ImageError::Damaged("a side has no pixels".to_owned()))),
        ] {
            assert_eq!(limits.check_source(size, frames), expected, "{size:?} x {frames}");
        }
    }

    #[test]
    fn a_result_has_the_limits_of_oss() {
        let limits = ImageLimits::default();
        for (size, is_admitted) in
            [((4096, 4096), true), ((16_384, 1024), true), ((4097, 4096), false), ((16_385, 1), false)]
        {
            assert_eq!(limits.check_result(size).is_ok(), is_admitted, "{size:?}");
        }
    }
}
