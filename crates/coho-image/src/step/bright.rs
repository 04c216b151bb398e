//! `bright`: adds a share of the full range to each colour, so that 100 gives white and -100 black. OSS does not publish
//! its curve; this is that of ImageMagick's `-brightness-contrast`.

use std::fmt;

use image::RgbaImage;

use super::tone;
use crate::error::ImageError;
use crate::parse::Arguments;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bright {
    percent: i32,
}

impl Bright {
    pub(crate) fn parse(arguments: &mut Arguments<'_>) -> Result<Self, ImageError> {
        let percent = arguments.bare_number(-100..=100)?;
        Ok(Self { percent: arguments.required(percent, "a number from -100 to 100")? })
    }

    pub(crate) fn apply(&self, image: RgbaImage) -> RgbaImage {
        let offset = 255.0 * self.percent as f32 / 100.0;
        tone::map(image, |value| value + offset)
    }
}

impl fmt::Display for Bright {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "bright,{}", self.percent)
    }
}
