//! `contrast`: turns the line from black to white around middle grey: -100 gives grey, 100 black and white alone. OSS does
//! not publish its curve; this is that of ImageMagick's `-brightness-contrast`.

use std::f32::consts::FRAC_PI_4;
use std::fmt;

use image::RgbaImage;

use super::tone;
use crate::error::ImageError;
use crate::parse::Arguments;

/// Slope at 100, where the tangent has no value.
const STEEPEST: f32 = 512.0;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contrast {
    percent: i32,
}

impl Contrast {
    pub(crate) fn parse(arguments: &mut Arguments<'_>) -> Result<Self, ImageError> {
        let percent = arguments.bare_number(-100..=100)?;
        Ok(Self { percent: arguments.required(percent, "a number from -100 to 100")? })
    }

    pub(crate) fn apply(&self, image: RgbaImage) -> RgbaImage {
        let slope = match self.percent {
            100 => STEEPEST,
            percent => (FRAC_PI_4 * (percent as f32 / 100.0 + 1.0)).tan().min(STEEPEST),
        };
        tone::map(image, |value| slope * (value - 127.5) + 127.5)
    }
}

impl fmt::Display for Contrast {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "contrast,{}", self.percent)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::step::Bright;
    use image::Rgba;

    #[test]
    fn the_ends_of_the_curves_are_black_white_and_grey() {
        let image = RgbaImage::from_pixel(1, 1, Rgba([0, 100, 255, 77]));
        for (percent, expected) in
            [(0, [0, 100, 255, 77]), (-100, [128, 128, 128, 77]), (100, [0, 0, 255, 77]), (50, [0, 61, 255, 77])]
        {
            assert_eq!(Contrast { percent }.apply(image.clone()).get_pixel(0, 0).0, expected, "contrast {percent}");
        }
        for (text, expected) in
            [("bright,100", [255, 255, 255, 77]), ("bright,-100", [0, 0, 0, 77]), ("bright,20", [51, 151, 255, 77])]
        {
            let bright = Bright::parse(&mut Arguments::of(text, 0)).unwrap();
            assert_eq!(bright.apply(image.clone()).get_pixel(0, 0).0, expected, "{text}");
        }
    }
}
