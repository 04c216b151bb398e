//! `rotate`: clockwise. Quarters of a turn are exact; other angles enlarge the canvas, whose corners become transparent.

use std::fmt;

use image::{Rgba, RgbaImage, imageops};

use crate::error::ImageError;
use crate::geometry::size_of;
use crate::limits::ImageLimits;
use crate::parse::Arguments;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RotateStep {
    degrees: u16,
}

impl RotateStep {
    pub(crate) fn parse(arguments: &mut Arguments<'_>) -> Result<Self, ImageError> {
        let degrees = arguments.bare_number(0..=360)?.unwrap_or(0);
        Ok(Self { degrees: u16::try_from(degrees % 360).unwrap_or(0) })
    }

    pub(crate) fn apply(&self, image: RgbaImage, limits: &ImageLimits) -> Result<RgbaImage, ImageError> {
        if self.degrees != 0 {
            limits.check_rotated(size_of(&image))?;
        }
        Ok(rotated(image, self.degrees))
    }
}

pub(super) fn rotated(image: RgbaImage, degrees: u16) -> RgbaImage {
    match degrees % 360 {
        0 => image,
        90 => imageops::rotate90(&image),
        180 => imageops::rotate180(&image),
        270 => imageops::rotate270(&image),
        degrees => by_angle(&image, f64::from(degrees).to_radians()),
    }
}

fn by_angle(image: &RgbaImage, angle: f64) -> RgbaImage {
    let (sin, cos) = angle.sin_cos();
    let (width, height) = (f64::from(image.width()), f64::from(image.height()));
    // A length that is whole but for rounding must not become a pixel longer.
    let length = |exact: f64| (exact - 1e-6).ceil().max(1.0) as u32;
    let turned_width = length(width * cos.abs() + height * sin.abs());
    let turned_height = length(width * sin.abs() + height * cos.abs());
    RgbaImage::from_fn(turned_width, turned_height, |x, y| {
        let dx = f64::from(x) + 0.5 - f64::from(turned_width) / 2.0;
        let dy = f64::from(y) + 0.5 - f64::from(turned_height) / 2.0;
        // Back by the angle, to where the pixel comes from.
        sample(image, dx * cos + dy * sin + width / 2.0 - 0.5, dy * cos - dx * sin + height / 2.0 - 0.5)
    })
}

/// Bilinear, weighted by alpha; outside of the image pixels are transparent.
fn sample(image: &RgbaImage, x: f64, y: f64) -> Rgba<u8> {
    let (left, top) = (x.floor(), y.floor());
    let (right_share, bottom_share) = (x - left, y - top);
    let mut sum = [0.0; 4];
    for (dx, horizontal) in [(0.0, 1.0 - right_share), (1.0, right_share)] {
        for (dy, vertical) in [(0.0, 1.0 - bottom_share), (1.0, bottom_share)] {
            let (x, y) = (left + dx, top + dy);
            if x < 0.0 || y < 0.0 || x >= f64::from(image.width()) || y >= f64::from(image.height()) {
                continue;
            }
            let pixel = image.get_pixel(x as u32, y as u32).0;
            let weight = horizontal * vertical * f64::from(pixel[3]);
            for (sum, channel) in sum.iter_mut().zip(&pixel[..3]) {
                *sum += weight * f64::from(*channel);
            }
            sum[3] += weight;
        }
    }
    if sum[3] <= 0.0 {
        return Rgba([0; 4]);
    }
    let colour = |sum_of_channel: f64| (sum_of_channel / sum[3]).round() as u8;
    Rgba([colour(sum[0]), colour(sum[1]), colour(sum[2]), sum[3].round() as u8])
}

impl fmt::Display for RotateStep {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "rotate,{}", self.degrees)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_canvas_holds_the_turned_image() {
        let image = RgbaImage::from_pixel(100, 50, Rgba([10, 20, 30, 255]));
        for (degrees, size) in [(0, (100, 50)), (90, (50, 100)), (180, (100, 50)), (45, (107, 107)), (30, (112, 94))] {
            let turned = rotated(image.clone(), degrees);
            assert_eq!(turned.dimensions(), size, "{degrees}");
            assert_eq!(turned.get_pixel(size.0 / 2, size.1 / 2).0, [10, 20, 30, 255], "{degrees}");
            assert!(degrees % 90 == 0 || turned.get_pixel(0, 0).0[3] == 0, "{degrees}");
        }
    }

    #[test]
    fn the_direction_is_clockwise() {
        let mut image = RgbaImage::from_pixel(40, 40, Rgba([0, 0, 0, 255]));
        // A light block at the top moves to the right.
        for x in 18..22 {
            for y in 0..8 {
                image.put_pixel(x, y, Rgba([255; 4]));
            }
        }
        for degrees in [89, 90, 91] {
            let turned = rotated(image.clone(), degrees);
            let pixel = turned.get_pixel(turned.width() - 4, turned.height() / 2).0;
            assert!(pixel[0] > 200, "{degrees}: {pixel:?}");
        }
    }

    #[test]
    fn long_sides_are_refused() {
        let limits = ImageLimits { rotate_side_pixels: 50, ..ImageLimits::default() };
        let rotate = |degrees| RotateStep { degrees }.apply(RgbaImage::new(51, 1), &limits);
        assert!(matches!(rotate(90), Err(ImageError::TooLarge(_))));
        assert!(rotate(0).is_ok());
    }
}
