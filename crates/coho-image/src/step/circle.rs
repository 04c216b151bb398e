//! `circle`: the largest circle of a radius around the centre, in a square image. Outside it is transparent, and white in
//! formats without alpha.

use std::fmt;

use image::{RgbaImage, imageops};

use super::mask::{coverage, fade};
use crate::error::ImageError;
use crate::geometry::{Alignment, size_of};
use crate::parse::Arguments;

pub(super) const RADIUS: std::ops::RangeInclusive<u32> = 1..=4_096;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Circle {
    radius: u32,
}

impl Circle {
    pub(crate) fn parse(arguments: &mut Arguments<'_>) -> Result<Self, ImageError> {
        let radius = arguments.count("r", RADIUS)?;
        Ok(Self { radius: arguments.required(radius, "r")? })
    }

    pub(crate) fn apply(&self, image: &RgbaImage) -> RgbaImage {
        let (width, height) = size_of(image);
        let side = (2 * self.radius).min(width).min(height);
        let begin = |length| u32::try_from(Alignment::Middle.offset(length, side)).unwrap_or(0);
        let mut square = imageops::crop_imm(image, begin(width), begin(height), side, side).to_image();
        let radius = side as f32 / 2.0;
        for (x, y, pixel) in square.enumerate_pixels_mut() {
            let distance = (x as f32 + 0.5 - radius).hypot(y as f32 + 0.5 - radius);
            pixel.0[3] = fade(pixel.0[3], coverage(distance, radius));
        }
        square
    }
}

impl fmt::Display for Circle {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "circle,r_{}", self.radius)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::Rgba;

    #[test]
    fn a_circle_is_at_most_as_large_as_the_shorter_side() {
        for (radius, side) in [(10, 20), (25, 50), (4096, 50), (1, 2)] {
            let circle = Circle { radius }.apply(&RgbaImage::from_pixel(100, 50, Rgba([1, 2, 3, 255])));
            assert_eq!(circle.dimensions(), (side, side), "{radius}");
            let alpha = |at| circle.get_pixel(at, at).0[3];
            assert!(radius == 1 || (alpha(side / 2), alpha(0)) == (255, 0), "{radius}");
        }
        assert_eq!(Circle { radius: 5 }.apply(&RgbaImage::new(1, 9)).dimensions(), (1, 1));
    }
}
