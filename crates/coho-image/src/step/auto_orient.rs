//! `auto-orient,1`: turns and mirrors the image as the EXIF tag Orientation says.

use std::fmt;

use image::{RgbaImage, imageops};

use crate::error::ImageError;
use crate::geometry::Size;
use crate::parse::Arguments;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AutoOrient {
    pub(crate) is_on: bool,
}

impl AutoOrient {
    pub(crate) fn parse(arguments: &mut Arguments<'_>) -> Result<Self, ImageError> {
        let value = arguments.bare_number(0..=1)?;
        Ok(Self { is_on: arguments.required(value, "0 or 1")? == 1 })
    }
}

/// The value of the tag, 1 to 8; others change nothing.
pub(crate) fn orient(image: RgbaImage, orientation: u8) -> RgbaImage {
    match orientation {
        2 => imageops::flip_horizontal(&image),
        3 => imageops::rotate180(&image),
        4 => imageops::flip_vertical(&image),
        5 => imageops::flip_horizontal(&imageops::rotate90(&image)),
        6 => imageops::rotate90(&image),
        7 => imageops::flip_horizontal(&imageops::rotate270(&image)),
        8 => imageops::rotate270(&image),
        _ => image,
    }
}

/// Of an image after it has been oriented.
pub(crate) fn oriented_size((width, height): Size, orientation: u8) -> Size {
    if (5..=8).contains(&orientation) { (height, width) } else { (width, height) }
}

impl fmt::Display for AutoOrient {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "auto-orient,{}", u8::from(self.is_on))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::Rgba;

    #[test]
    fn each_orientation_moves_the_corners_as_exif_says() {
        // Corners of the stored image: top left 1, top right 2, bottom left 3, bottom right 4.
        let stored = RgbaImage::from_fn(3, 2, |x, y| match (x, y) {
            (0, 0) => Rgba([1, 0, 0, 255]),
            (2, 0) => Rgba([2, 0, 0, 255]),
            (0, 1) => Rgba([3, 0, 0, 255]),
            (2, 1) => Rgba([4, 0, 0, 255]),
            _ => Rgba([9, 0, 0, 255]),
        });
        for (orientation, expected) in [
            (0, [1, 2, 3, 4]),
            (1, [1, 2, 3, 4]),
            (2, [2, 1, 4, 3]),
            (3, [4, 3, 2, 1]),
            (4, [3, 4, 1, 2]),
            (5, [1, 3, 2, 4]),
            (6, [3, 1, 4, 2]),
            (7, [4, 2, 3, 1]),
            (8, [2, 4, 1, 3]),
            (9, [1, 2, 3, 4]),
        ] {
            let shown = orient(stored.clone(), orientation);
            let (right, bottom) = (shown.width() - 1, shown.height() - 1);
            let corners = [(0, 0), (right, 0), (0, bottom), (right, bottom)];
            assert_eq!(corners.map(|(x, y)| shown.get_pixel(x, y).0[0]), expected, "{orientation}");
            assert_eq!(shown.dimensions(), oriented_size((3, 2), orientation), "{orientation}");
        }
    }
}
