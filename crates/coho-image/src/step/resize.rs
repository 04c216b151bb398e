//! `resize`: to a box, a side or a percentage. With `limit_1`, the default, an image is never enlarged: it stays as it is.

use std::fmt;

use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};
use image::{Rgba, RgbaImage, imageops};

use crate::error::ImageError;
use crate::geometry::{Alignment, Size, name_of, scaled, size_of};
use crate::limits::ImageLimits;
use crate::parse::Arguments;

const SIDE: std::ops::RangeInclusive<u32> = 1..=16_384;
const PERCENT: std::ops::RangeInclusive<u32> = 1..=1_000;
const PERCENT_OF_MAIN: std::ops::RangeInclusive<u32> = 1..=100;
const WHITE: [u8; 3] = [255; 3];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResizeMode {
    /// As large as fits into the box.
    Lfit,
    /// As small as covers the box.
    Mfit,
    /// Covers the box, and is cut to it from the centre.
    Fill,
    /// Fits into the box, and is padded to it.
    Pad,
    /// Exactly the box, distorted.
    Fixed,
}

const MODES: [(&str, ResizeMode); 5] = [
    ("lfit", ResizeMode::Lfit),
    ("mfit", ResizeMode::Mfit),
    ("fill", ResizeMode::Fill),
    ("pad", ResizeMode::Pad),
    ("fixed", ResizeMode::Fixed),
];

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resize {
    mode: ResizeMode,
    width: Option<u32>,
    height: Option<u32>,
    /// Of the longer and of the shorter side.
    long: Option<u32>,
    short: Option<u32>,
    percent: Option<u32>,
    /// Of a watermark: the percentage of the main image that it fits into.
    percent_of_main: Option<u32>,
    limit: bool,
    colour: [u8; 3],
}

/// What a resize makes of an image of a certain size.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct ResizeTarget {
    /// The part of the source that is used, as shares of its width and height, centred.
    share: (f64, f64),
    pub(crate) scaled: Size,
    canvas: Size,
}

impl Resize {
    pub(crate) fn parse(arguments: &mut Arguments<'_>, is_watermark: bool) -> Result<Self, ImageError> {
        let percent_of_main = if is_watermark { arguments.count("P", PERCENT_OF_MAIN)? } else { None };
        let resize = Self {
            mode: arguments.word("m", &MODES)?.unwrap_or(ResizeMode::Lfit),
            width: arguments.count("w", SIDE)?,
            height: arguments.count("h", SIDE)?,
            long: arguments.count("l", SIDE)?,
            short: arguments.count("s", SIDE)?,
            percent: arguments.count("p", PERCENT)?,
            percent_of_main,
            limit: arguments.flag("limit")?.unwrap_or(true),
            colour: arguments.colour("color")?.unwrap_or(WHITE),
        };
        let sizes = [resize.width, resize.height, resize.long, resize.short, resize.percent, resize.percent_of_main];
        let size = sizes.into_iter().flatten().next();
        arguments.required(size, "one of w, h, l, s or p")?;
        Ok(resize.normal())
    }

    /// Without the parameters that have no effect beside others.
    fn normal(mut self) -> Self {
        if self.percent.is_some() || self.percent_of_main.is_some() {
            let (percent, percent_of_main) = (self.percent, self.percent_of_main.filter(|_| self.percent.is_none()));
            let (mode, sides) = (ResizeMode::Lfit, None);
            let (width, height, long, short) = (sides, sides, sides, sides);
            return Self { mode, width, height, long, short, percent, percent_of_main, limit: true, colour: WHITE };
        }
        if self.width.is_some() || self.height.is_some() {
            (self.long, self.short) = (None, None);
        }
        if self.mode != ResizeMode::Pad {
            self.colour = WHITE;
        }
        self
    }

    /// Animations become their first frame (OSS).
    pub(crate) fn is_by_percent(&self) -> bool {
        self.percent.is_some()
    }

    /// The size that results, or nothing if the image stays as it is. `main` is the size of the image that a watermark
    /// is for.
    pub(crate) fn target(
        &self,
        source: Size,
        main: Size,
        limits: &ImageLimits,
    ) -> Result<Option<ResizeTarget>, ImageError> {
        let target = match self.percent.or(self.percent_of_main) {
            None => self.boxed(source),
            Some(_) => self.by_percent(source, main),
        };
        if self.limit && self.percent.is_none() && self.percent_of_main.is_none() && target.enlarges(source) {
            return Ok(None);
        }
        limits.check_result(target.scaled)?;
        limits.check_result(target.canvas)?;
        Ok((target.canvas != source || target.scaled != source).then_some(target))
    }

    fn by_percent(&self, source: Size, main: Size) -> ResizeTarget {
        let size = match (self.percent, self.percent_of_main) {
            (Some(percent), _) => (scaled(source.0, percent, 100), scaled(source.1, percent, 100)),
            (None, percent) => {
                let percent = percent.unwrap_or(100);
                fit(source, (scaled(main.0, percent, 100), scaled(main.1, percent, 100)))
            }
        };
        ResizeTarget::plain(size)
    }

    /// By a box, of which one side may be open.
    fn boxed(&self, source: Size) -> ResizeTarget {
        let (width, height) = match (self.width, self.height) {
            (None, None) if source.0 >= source.1 => (self.long, self.short),
            (None, None) => (self.short, self.long),
            sides => sides,
        };
        let wanted = match (width, height) {
            (Some(width), Some(height)) => (width, height),
            (Some(width), None) => return ResizeTarget::plain((width, scaled(source.1, width, source.0))),
            (None, Some(height)) => return ResizeTarget::plain((scaled(source.0, height, source.1), height)),
            (None, None) => return ResizeTarget::plain(source),
        };
        match self.mode {
            ResizeMode::Lfit => ResizeTarget::plain(fit(source, wanted)),
            ResizeMode::Mfit => ResizeTarget::plain(cover(source, wanted)),
            ResizeMode::Fixed => ResizeTarget::plain(wanted),
            ResizeMode::Pad => ResizeTarget { share: (1.0, 1.0), scaled: fit(source, wanted), canvas: wanted },
            ResizeMode::Fill => ResizeTarget { share: share(source, wanted), scaled: wanted, canvas: wanted },
        }
    }

    pub(crate) fn apply(
        &self,
        image: RgbaImage,
        target: &ResizeTarget,
        has_alpha: bool,
    ) -> Result<RgbaImage, ImageError> {
        let resized = target.resample(&image, has_alpha)?;
        drop(image);
        if target.canvas == target.scaled {
            return Ok(resized);
        }
        let [red, green, blue] = self.colour;
        let mut canvas = RgbaImage::from_pixel(target.canvas.0, target.canvas.1, Rgba([red, green, blue, 255]));
        let left = Alignment::Middle.offset(target.canvas.0, target.scaled.0);
        let top = Alignment::Middle.offset(target.canvas.1, target.scaled.1);
        imageops::overlay(&mut canvas, &resized, left, top);
        Ok(canvas)
    }
}

impl ResizeTarget {
    fn plain(size: Size) -> Self {
        Self { share: (1.0, 1.0), scaled: size, canvas: size }
    }

    /// Whether a side of the used part becomes longer.
    fn enlarges(&self, source: Size) -> bool {
        let used = (self.share.0 * f64::from(source.0), self.share.1 * f64::from(source.1));
        f64::from(self.scaled.0) > used.0 + 0.5 || f64::from(self.scaled.1) > used.1 + 0.5
    }

    /// The size that the whole source would have at this scale; what a decoder may shrink to is larger.
    pub(crate) fn whole(&self) -> (f64, f64) {
        (f64::from(self.scaled.0) / self.share.0, f64::from(self.scaled.1) / self.share.1)
    }

    fn resample(&self, image: &RgbaImage, has_alpha: bool) -> Result<RgbaImage, ImageError> {
        let failed = |error: &dyn fmt::Display| ImageError::NotEncodable(format!("resize: {error}"));
        let (width, height) = size_of(image);
        if self.scaled == (width, height) && self.share == (1.0, 1.0) {
            return Ok(image.clone());
        }
        let source = ImageRef::new(width, height, image.as_raw(), PixelType::U8x4).map_err(|error| failed(&error))?;
        let mut resized = Image::new(self.scaled.0, self.scaled.1, PixelType::U8x4);
        let used = (self.share.0 * f64::from(width), self.share.1 * f64::from(height));
        let options = ResizeOptions::new()
            .resize_alg(ResizeAlg::Convolution(FilterType::Lanczos3))
            .crop((f64::from(width) - used.0) / 2.0, (f64::from(height) - used.1) / 2.0, used.0, used.1)
            .use_alpha(has_alpha);
        Resizer::new().resize(&source, &mut resized, &options).map_err(|error| failed(&error))?;
        let resized = RgbaImage::from_raw(self.scaled.0, self.scaled.1, resized.into_vec());
        resized.ok_or_else(|| failed(&"the buffer has another size"))
    }
}

/// Whether `wanted` is, relative to the source, narrower than high.
fn is_bound_by_width(source: Size, wanted: Size) -> bool {
    u64::from(wanted.0) * u64::from(source.1) <= u64::from(wanted.1) * u64::from(source.0)
}

/// The largest size with the source's ratio inside of `wanted`.
fn fit(source: Size, wanted: Size) -> Size {
    if is_bound_by_width(source, wanted) {
        (wanted.0, scaled(source.1, wanted.0, source.0))
    } else {
        (scaled(source.0, wanted.1, source.1), wanted.1)
    }
}

/// The smallest size with the source's ratio around `wanted`.
fn cover(source: Size, wanted: Size) -> Size {
    if is_bound_by_width(source, wanted) {
        (scaled(source.0, wanted.1, source.1), wanted.1)
    } else {
        (wanted.0, scaled(source.1, wanted.0, source.0))
    }
}

/// The shares of the source that have the ratio of `wanted`.
fn share(source: Size, wanted: Size) -> (f64, f64) {
    let ratio = f64::from(wanted.0) * f64::from(source.1) / (f64::from(wanted.1) * f64::from(source.0));
    if ratio <= 1.0 { (ratio, 1.0) } else { (1.0, 1.0 / ratio) }
}

impl fmt::Display for Resize {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(percent) = self.percent {
            return write!(formatter, "resize,p_{percent}");
        }
        if let Some(percent) = self.percent_of_main {
            return write!(formatter, "resize,P_{percent}");
        }
        write!(formatter, "resize,m_{}", name_of(&MODES, self.mode))?;
        let sides = match (self.width, self.height) {
            (None, None) => [("l", self.long), ("s", self.short)],
            (width, height) => [("w", width), ("h", height)],
        };
        for (key, side) in sides {
            if let Some(side) = side {
                write!(formatter, ",{key}_{side}")?;
            }
        }
        if !self.limit {
            formatter.write_str(",limit_0")?;
        }
        if self.mode == ResizeMode::Pad && self.colour != WHITE {
            let [red, green, blue] = self.colour;
            write!(formatter, ",color_{red:02X}{green:02X}{blue:02X}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(text: &str, source: Size) -> Option<(Size, Size)> {
        let mut arguments = Arguments::of(text, 0);
        let resize = Resize::parse(&mut arguments, true).unwrap();
        let target = resize.target(source, (300, 100), &ImageLimits::default()).unwrap();
        target.map(|target| (target.scaled, target.canvas))
    }

    #[test]
    fn sizes_are_those_of_the_worked_example() {
        for (text, expected) in [
            ("resize,w_150,h_80", ((150, 75), (150, 75))),
            ("resize,m_mfit,w_150,h_80", ((160, 80), (160, 80))),
            ("resize,m_fill,w_150,h_80", ((150, 80), (150, 80))),
            ("resize,m_pad,w_150,h_80", ((150, 75), (150, 80))),
            ("resize,m_fixed,w_150,h_80", ((150, 80), (150, 80))),
        ] {
            assert_eq!(target(text, (200, 100)), Some(expected), "{text}");
        }
    }

    #[test]
    fn sides_and_percentages_give_the_size() {
        for (text, source, expected) in [
            ("resize,w_100", (200, 100), Some((100, 50))),
            ("resize,h_50", (200, 100), Some((100, 50))),
            ("resize,m_fixed,h_50", (200, 100), Some((100, 50))),
            ("resize,m_mfit,w_50,h_50", (200, 100), Some((100, 50))),
            ("resize,l_50", (200, 100), Some((50, 25))),
            ("resize,l_50", (100, 200), Some((25, 50))),
            ("resize,s_50", (200, 100), Some((100, 50))),
            ("resize,l_50,s_20", (200, 100), Some((40, 20))),
            ("resize,m_mfit,l_50,s_40", (200, 100), Some((80, 40))),
            ("resize,w_100,l_20", (200, 100), Some((100, 50))),
            ("resize,p_50", (201, 99), Some((101, 50))),
            ("resize,p_200", (200, 100), Some((400, 200))),
            ("resize,p_1", (20, 10), Some((1, 1))),
            ("resize,P_50", (200, 100), Some((100, 50))),
            ("resize,P_50", (100, 200), Some((25, 50))),
            ("resize,w_200", (200, 100), None),
            ("resize,p_100", (200, 100), None),
            ("resize,w_201", (200, 100), None),
            ("resize,w_201,limit_0", (200, 100), Some((201, 101))),
            ("resize,m_fixed,w_100,h_101", (200, 100), None),
            ("resize,m_fill,w_100,h_101", (200, 100), None),
            ("resize,m_fixed,w_201,h_10,limit_0", (200, 100), Some((201, 10))),
            ("resize,w_1", (30_000, 1), Some((1, 1))),
        ] {
            assert_eq!(target(text, source).map(|(scaled, _)| scaled), expected, "{text} of {source:?}");
        }
    }

    #[test]
    fn a_result_beyond_the_limits_is_refused_before_it_is_made() {
        for (text, source) in [
            ("resize,p_1000", (5000, 5000)),
            ("resize,m_mfit,w_100,h_100,limit_0", (30_000, 1)),
            ("resize,h_16384", (30_000, 30_000)),
        ] {
            let resize = Resize::parse(&mut Arguments::of(text, 0), false).unwrap();
            let refused = resize.target(source, source, &ImageLimits::default());
            assert!(matches!(refused, Err(ImageError::TooLarge(_))), "{text}: {refused:?}");
        }
    }
}
