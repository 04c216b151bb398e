//! `crop`: a rectangle at one of nine positions, moved by x and y, and cut at the image's border.

use std::fmt;

use image::{RgbaImage, imageops};

use crate::error::{CUT_OUTSIDE, ImageError};
use crate::geometry::{Gravity, size_of};
use crate::parse::Arguments;

/// Longest side or offset in pixels; an image that may be read has no longer side.
const LENGTH: std::ops::RangeInclusive<u32> = 0..=30_000;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Crop {
    /// Zero or nothing: to the border.
    width: u32,
    height: u32,
    x: u32,
    y: u32,
    gravity: Gravity,
}

impl Crop {
    pub(crate) fn parse(arguments: &mut Arguments<'_>) -> Result<Self, ImageError> {
        Ok(Self {
            width: arguments.count("w", LENGTH)?.unwrap_or(0),
            height: arguments.count("h", LENGTH)?.unwrap_or(0),
            x: arguments.count("x", LENGTH)?.unwrap_or(0),
            y: arguments.count("y", LENGTH)?.unwrap_or(0),
            gravity: arguments.word("g", &Gravity::NAMES)?.unwrap_or(Gravity::NorthWest),
        })
    }

    pub(crate) fn apply(&self, image: &RgbaImage) -> Result<RgbaImage, ImageError> {
        let (width, height) = size_of(image);
        let or_all = |length: u32, all: u32| if length == 0 { all } else { length.min(all) };
        let (wanted_width, wanted_height) = (or_all(self.width, width), or_all(self.height, height));
        let left = self.gravity.horizontal().offset(width, wanted_width) + i64::from(self.x);
        let top = self.gravity.vertical().offset(height, wanted_height) + i64::from(self.y);
        let inside = |offset: i64, length: u32| u32::try_from(offset).ok().filter(|offset| *offset < length);
        let (Some(left), Some(top)) = (inside(left, width), inside(top, height)) else {
            return Err(CUT_OUTSIDE);
        };
        let (cut_width, cut_height) = (wanted_width.min(width - left), wanted_height.min(height - top));
        Ok(imageops::crop_imm(image, left, top, cut_width, cut_height).to_image())
    }
}

impl fmt::Display for Crop {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { width, height, x, y, gravity } = self;
        write!(formatter, "crop,w_{width},h_{height},x_{x},y_{y},g_{}", gravity.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::Rgba;

    /// An image whose pixels tell where they are.
    fn coordinates(width: u32, height: u32) -> RgbaImage {
        RgbaImage::from_fn(width, height, |x, y| Rgba([u8::try_from(x).unwrap(), u8::try_from(y).unwrap(), 0, 255]))
    }

    #[test]
    fn the_origin_is_where_gravity_and_offset_say() {
        let outside = Err(CUT_OUTSIDE);
        for (text, expected) in [
            ("crop", Ok((0, 0, 100, 50))),
            ("crop,w_10,h_20", Ok((0, 0, 10, 20))),
            ("crop,w_0,h_20", Ok((0, 0, 100, 20))),
            ("crop,x_10,y_5", Ok((10, 5, 90, 45))),
            ("crop,w_10,h_20,g_se", Ok((90, 30, 10, 20))),
            ("crop,w_10,h_20,g_center", Ok((45, 15, 10, 20))),
            ("crop,w_10,h_20,g_north", Ok((45, 0, 10, 20))),
            ("crop,w_10,h_20,g_east", Ok((90, 15, 10, 20))),
            ("crop,w_10,h_20,x_3,y_4,g_center", Ok((48, 19, 10, 20))),
            ("crop,w_10,h_20,x_5,g_se", Ok((95, 30, 5, 20))),
            ("crop,w_30000,h_30000,g_se", Ok((0, 0, 100, 50))),
            ("crop,x_99,y_49", Ok((99, 49, 1, 1))),
            ("crop,x_100", outside.clone()),
            ("crop,y_50", outside.clone()),
            ("crop,w_10,x_10,g_se", outside),
        ] {
            let crop = Crop::parse(&mut Arguments::of(text, 0)).unwrap();
            let cut = crop.apply(&coordinates(100, 50)).map(|image| {
                let origin = image.get_pixel(0, 0).0;
                (origin[0], origin[1], image.width(), image.height())
            });
            assert_eq!(cut, expected, "{text}");
        }
    }
}
