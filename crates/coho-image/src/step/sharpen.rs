//! `sharpen`: adds a percentage of what a small blur takes away.

use std::fmt;

use image::RgbaImage;

use super::blur::gaussian;
use crate::error::ImageError;
use crate::parse::Arguments;

/// Of the blur, in pixels.
const RADIUS: u32 = 3;
const SIGMA: f32 = 1.0;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sharpen {
    percent: i32,
}

impl Sharpen {
    pub(crate) fn parse(arguments: &mut Arguments<'_>) -> Result<Self, ImageError> {
        let percent = arguments.bare_number(50..=399)?;
        Ok(Self { percent: arguments.required(percent, "a number from 50 to 399")? })
    }

    pub(crate) fn apply(&self, mut image: RgbaImage) -> RgbaImage {
        let soft = gaussian(image.clone(), RADIUS, SIGMA);
        for (pixel, soft) in image.pixels_mut().zip(soft.pixels()) {
            for (channel, soft) in pixel.0[..3].iter_mut().zip(soft.0) {
                let lost = i32::from(*channel) - i32::from(soft);
                let sharp = i32::from(*channel) + lost * self.percent / 100;
                *channel = u8::try_from(sharp.clamp(0, 255)).unwrap_or(u8::MAX);
            }
        }
        image
    }
}

impl fmt::Display for Sharpen {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "sharpen,{}", self.percent)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::Rgba;

    #[test]
    fn an_edge_becomes_steeper() {
        let grey = |value| Rgba([value, value, value, 255]);
        let image = RgbaImage::from_fn(20, 3, |x, _| grey(if x < 10 { 100 } else { 150 }));
        let sharp = Sharpen { percent: 100 }.apply(image);
        assert!(sharp.get_pixel(9, 1).0[0] < 95 && sharp.get_pixel(10, 1).0[0] > 155);
        assert_eq!((sharp.get_pixel(0, 0).0, sharp.get_pixel(19, 0).0), (grey(100).0, grey(150).0));
    }
}
