//! `rounded-corners`: corners become quarters of a circle. Outside it is transparent, and white in formats without alpha.

use std::fmt;

use image::RgbaImage;

use super::circle::RADIUS;
use super::mask::{coverage, fade};
use crate::error::ImageError;
use crate::geometry::size_of;
use crate::parse::Arguments;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoundedCorners {
    radius: u32,
}

impl RoundedCorners {
    pub(crate) fn parse(arguments: &mut Arguments<'_>) -> Result<Self, ImageError> {
        let radius = arguments.count("r", RADIUS)?;
        Ok(Self { radius: arguments.required(radius, "r")? })
    }

    pub(crate) fn apply(&self, mut image: RgbaImage) -> RgbaImage {
        let (width, height) = size_of(&image);
        let radius = (self.radius as f32).min(width.min(height) as f32 / 2.0);
        // How far a pixel's centre is inside of the corner's square, along one axis.
        let beyond = |at: u32, length: u32| {
            let centre = at as f32 + 0.5;
            (radius - centre).max(centre - (length as f32 - radius)).max(0.0)
        };
        for (x, y, pixel) in image.enumerate_pixels_mut() {
            let (dx, dy) = (beyond(x, width), beyond(y, height));
            if dx > 0.0 && dy > 0.0 {
                pixel.0[3] = fade(pixel.0[3], coverage(dx.hypot(dy), radius));
            }
        }
        image
    }
}

impl fmt::Display for RoundedCorners {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "rounded-corners,r_{}", self.radius)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::Rgba;

    #[test]
    fn corners_become_transparent_and_sides_stay() {
        for radius in [10, 25, 4096] {
            let image = RoundedCorners { radius }.apply(RgbaImage::from_pixel(100, 50, Rgba([1, 2, 3, 255])));
            for (x, y, alpha) in
                [(0, 0, 0), (99, 0, 0), (0, 49, 0), (99, 49, 0), (50, 0, 255), (0, 25, 255), (50, 25, 255)]
            {
                let is_side = radius > 10 && x == 0 && y == 25;
                let seen = image.get_pixel(x, y).0[3];
                assert!(seen == alpha || is_side && seen > 200, "{radius}: {x},{y} has {seen}");
            }
        }
    }
}
