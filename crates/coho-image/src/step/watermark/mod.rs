//! `watermark`: an image, a text, or both beside each other, drawn on the image at one of nine positions or tiled.

mod font;
mod image_mark;
mod text_mark;

pub use image_mark::WatermarkImage;
pub use text_mark::WatermarkText;

use std::fmt;

use image::{RgbaImage, imageops};

use super::mask::fade;
use crate::error::ImageError;
use crate::geometry::{Alignment, Gravity, Size, name_of, size_of};
use crate::limits::ImageLimits;
use crate::parse::Arguments;
use crate::run::WatermarkBodies;

const OPACITY: std::ops::RangeInclusive<u32> = 0..=100;
const MARGIN: std::ops::RangeInclusive<u32> = 0..=4_096;
const OFFSET: std::ops::RangeInclusive<i32> = -1_000..=1_000;
const INTERVAL: std::ops::RangeInclusive<u32> = 0..=1_000;
/// OSS's default distance from the border in pixels.
const DEFAULT_MARGIN: u32 = 10;

/// How image and text are aligned to each other.
const ALIGNMENTS: [(&str, Alignment); 3] = [("0", Alignment::Start), ("1", Alignment::Middle), ("2", Alignment::End)];

#[derive(Debug, Clone, PartialEq)]
pub struct Watermark {
    opacity: u32,
    gravity: Gravity,
    x: u32,
    y: u32,
    vertical_offset: i32,
    pub(crate) image: Option<WatermarkImage>,
    text: Option<WatermarkText>,
    is_text_first: bool,
    alignment: Alignment,
    /// Pixels between image and text.
    interval: u32,
}

impl Watermark {
    pub(crate) fn parse(arguments: &mut Arguments<'_>, limits: &ImageLimits) -> Result<Self, ImageError> {
        let image = WatermarkImage::parse(arguments, limits)?;
        let text = WatermarkText::parse(arguments)?;
        let has_mark = image.is_some() || text.is_some();
        let watermark = Self {
            opacity: arguments.count("t", OPACITY)?.unwrap_or(100),
            gravity: arguments.word("g", &Gravity::NAMES)?.unwrap_or(Gravity::SouthEast),
            x: arguments.count("x", MARGIN)?.unwrap_or(DEFAULT_MARGIN),
            y: arguments.count("y", MARGIN)?.unwrap_or(DEFAULT_MARGIN),
            vertical_offset: arguments.number("voffset", OFFSET)?.unwrap_or(0),
            image,
            text,
            is_text_first: arguments.flag("order")?.unwrap_or(false),
            alignment: arguments.word("align", &ALIGNMENTS)?.unwrap_or(Alignment::End),
            interval: arguments.count("interval", INTERVAL)?.unwrap_or(0),
        };
        arguments.required(has_mark.then_some(watermark), "image or text")
    }

    /// The picture that is drawn, for images of this size.
    pub(crate) fn prepare(
        &self,
        main: Size,
        bodies: &WatermarkBodies,
        limits: &ImageLimits,
    ) -> Result<PreparedWatermark, ImageError> {
        let image = self.image.as_ref().map(|image| image.render(main, bodies, limits)).transpose()?;
        let text = self.text.as_ref().map(|text| text.render(limits)).transpose()?;
        let (first, second) = if self.is_text_first { (text, image) } else { (image, text) };
        let mut mark = match (first, second) {
            (Some(first), Some(second)) => self.joined(&first, &second, limits)?,
            (Some(only), None) | (None, Some(only)) => only,
            (None, None) => RgbaImage::new(1, 1),
        };
        let opacity = self.opacity as f32 / 100.0;
        for pixel in mark.pixels_mut() {
            pixel.0[3] = fade(pixel.0[3], opacity);
        }
        Ok(PreparedWatermark { mark, main })
    }

    fn joined(&self, first: &RgbaImage, second: &RgbaImage, limits: &ImageLimits) -> Result<RgbaImage, ImageError> {
        let width = first.width().saturating_add(self.interval).saturating_add(second.width());
        let height = first.height().max(second.height());
        check_mark((width, height), limits)?;
        let mut joined = RgbaImage::new(width, height);
        let top = |image: &RgbaImage| self.alignment.offset(height, image.height());
        imageops::replace(&mut joined, first, 0, top(first));
        imageops::replace(&mut joined, second, i64::from(first.width() + self.interval), top(second));
        Ok(joined)
    }

    pub(crate) fn draw(&self, image: &mut RgbaImage, prepared: &PreparedWatermark) {
        if self.text.as_ref().is_some_and(WatermarkText::is_tiled) {
            self.tile(image, &prepared.mark);
            return;
        }
        let (left, top) = self.origin(size_of(image), size_of(&prepared.mark));
        imageops::overlay(image, &prepared.mark, left, top);
    }

    fn origin(&self, main: Size, mark: Size) -> (i64, i64) {
        let (x, y) = (i64::from(self.x), i64::from(self.y));
        let left = self.gravity.horizontal().offset(main.0, mark.0);
        let top = self.gravity.vertical().offset(main.1, mark.1);
        let left = match self.gravity.horizontal() {
            Alignment::Start => left + x,
            Alignment::Middle => left,
            Alignment::End => left - x,
        };
        let top = match self.gravity.vertical() {
            Alignment::Start => top + y,
            Alignment::Middle => top + i64::from(self.vertical_offset),
            Alignment::End => top - y,
        };
        (left, top)
    }

    /// From the upper left corner on, with the margins between the tiles.
    fn tile(&self, image: &mut RgbaImage, mark: &RgbaImage) {
        let pitch = |length: u32, margin: u32| length.saturating_add(margin).max(1) as usize;
        for top in (0..image.height()).step_by(pitch(mark.height(), self.y)) {
            for left in (0..image.width()).step_by(pitch(mark.width(), self.x)) {
                imageops::overlay(image, mark, left.into(), top.into());
            }
        }
    }
}

/// A watermark as pixels, for main images of one size.
#[derive(Debug)]
pub(crate) struct PreparedWatermark {
    mark: RgbaImage,
    main: Size,
}

impl PreparedWatermark {
    pub(crate) fn is_for(&self, main: Size) -> bool {
        self.main == main
    }
}

/// A watermark has the limits of a result.
fn check_mark(size: Size, limits: &ImageLimits) -> Result<(), ImageError> {
    limits.check_result(size).map_err(|error| ImageError::Watermark(error.to_string()))
}

impl fmt::Display for Watermark {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("watermark")?;
        if let Some(image) = &self.image {
            image.fmt(formatter)?;
        }
        if let Some(text) = &self.text {
            text.fmt(formatter)?;
        }
        let Self { opacity, gravity, x, y, vertical_offset, .. } = self;
        write!(formatter, ",t_{opacity},g_{},x_{x},y_{y},voffset_{vertical_offset}", gravity.name())?;
        if self.image.is_some() && self.text.is_some() {
            let align = name_of(&ALIGNMENTS, self.alignment);
            write!(formatter, ",order_{},align_{align},interval_{}", u8::from(self.is_text_first), self.interval)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(text: &str) -> (i64, i64) {
        let text = format!("watermark,text_YQ,{text}");
        let mark = Watermark::parse(&mut Arguments::of(&text, 0), &ImageLimits::default()).unwrap();
        mark.origin((200, 100), (50, 20))
    }

    #[test]
    fn margins_and_offsets_count_from_the_border_of_the_position() {
        for (text, expected) in [
            ("t_50", (140, 70)),
            ("g_nw", (10, 10)),
            ("g_nw,x_0,y_5", (0, 5)),
            ("g_north,x_99,y_5", (75, 5)),
            ("g_ne", (140, 10)),
            ("g_west,voffset_7", (10, 47)),
            ("g_center,voffset_-7,x_99,y_99", (75, 33)),
            ("g_east", (140, 40)),
            ("g_sw", (10, 70)),
            ("g_south,voffset_7", (75, 70)),
            ("g_se,x_4096,y_4096", (-3946, -4016)),
        ] {
            assert_eq!(origin(text), expected, "{text}");
        }
    }
}
