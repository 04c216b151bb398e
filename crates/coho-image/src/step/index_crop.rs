//! `indexcrop`: cuts the image into strips and takes one. An index beyond the last strip gives the image as it is.

use std::fmt;

use image::{RgbaImage, imageops};

use crate::error::ImageError;
use crate::geometry::size_of;
use crate::parse::Arguments;

const LENGTH: std::ops::RangeInclusive<u32> = 1..=30_000;
const INDEX: std::ops::RangeInclusive<u32> = 0..=30_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum StripAxis {
    X,
    Y,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndexCrop {
    axis: StripAxis,
    length: u32,
    index: u32,
}

impl IndexCrop {
    /// With both axes, y counts (OSS).
    pub(crate) fn parse(arguments: &mut Arguments<'_>) -> Result<Self, ImageError> {
        let x = arguments.count("x", LENGTH)?.map(|length| (StripAxis::X, length));
        let y = arguments.count("y", LENGTH)?.map(|length| (StripAxis::Y, length));
        let index = arguments.count("i", INDEX)?.unwrap_or(0);
        let (axis, length) = arguments.required(y.or(x), "x or y")?;
        Ok(Self { axis, length, index })
    }

    pub(crate) fn apply(&self, image: RgbaImage) -> RgbaImage {
        let (width, height) = size_of(&image);
        let Some(begin) = self.length.checked_mul(self.index) else { return image };
        match self.axis {
            StripAxis::X if begin < width => {
                imageops::crop_imm(&image, begin, 0, self.length.min(width - begin), height).to_image()
            }
            StripAxis::Y if begin < height => {
                imageops::crop_imm(&image, 0, begin, width, self.length.min(height - begin)).to_image()
            }
            _ => image,
        }
    }
}

impl fmt::Display for IndexCrop {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let axis = match self.axis {
            StripAxis::X => 'x',
            StripAxis::Y => 'y',
        };
        write!(formatter, "indexcrop,{axis}_{},i_{}", self.length, self.index)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_strip_is_cut_by_its_index() {
        for (text, expected) in [
            ("indexcrop,x_30,i_0", (30, 50)),
            ("indexcrop,x_30,i_3", (10, 50)),
            ("indexcrop,x_30,i_4", (100, 50)),
            ("indexcrop,y_20,i_2", (100, 10)),
            ("indexcrop,x_30,y_20", (100, 20)),
            ("indexcrop,x_30000,i_30000", (100, 50)),
        ] {
            let step = IndexCrop::parse(&mut Arguments::of(text, 0)).unwrap();
            assert_eq!(step.apply(RgbaImage::new(100, 50)).dimensions(), expected, "{text}");
        }
    }
}
