//! The text of a watermark, as pixels.

use std::fmt;

use base64::Engine;
use image::{Rgba, RgbaImage, imageops};

use super::{check_mark, font};
use crate::error::ImageError;
use crate::limits::ImageLimits;
use crate::parse::{self, Arguments, BASE64};
use crate::step::mask::fade;
use crate::step::rotate::rotated;

const CHARACTERS: usize = 64;
const SIZE: std::ops::RangeInclusive<u32> = 1..=1_000;
const DEFAULT_SIZE: u32 = 40;
const SHADOW: std::ops::RangeInclusive<u32> = 0..=100;
const ANGLE: std::ops::RangeInclusive<u32> = 0..=360;
/// The shadow is moved by this share of the size.
const SHADOW_SHARE: u32 = 20;

/// OSS's fonts. All are drawn with the embedded one.
const FONTS: [&str; 7] = [
    "wqy-zenhei",
    "wqy-microhei",
    "fangzhengshusong",
    "fangzhengkaiti",
    "fangzhengheiti",
    "fangzhengfangsong",
    "droidsansfallback",
];

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WatermarkText {
    text: String,
    font: usize,
    colour: [u8; 3],
    /// Of a line in pixels.
    size: u32,
    /// Opacity of the shadow in percent.
    shadow: u32,
    degrees: u16,
    is_tiled: bool,
}

impl WatermarkText {
    pub(super) fn parse(arguments: &mut Arguments<'_>) -> Result<Option<Self>, ImageError> {
        let Some((position, text)) = arguments.base64("text")? else { return Ok(None) };
        if text.chars().count() > CHARACTERS {
            return Err(parse::invalid(position, &format!("a watermark has at most {CHARACTERS} characters")));
        }
        let font = match arguments.base64("type")? {
            None => 0,
            Some((position, name)) => FONTS
                .iter()
                .position(|font| *font == name)
                .ok_or_else(|| parse::invalid(position, &format!("unknown font {}", parse::quoted(&name))))?,
        };
        let degrees = arguments.count("rotate", ANGLE)?.unwrap_or(0) % 360;
        Ok(Some(Self {
            text,
            font,
            colour: arguments.colour("color")?.unwrap_or([0; 3]),
            size: arguments.count("size", SIZE)?.unwrap_or(DEFAULT_SIZE),
            shadow: arguments.count("shadow", SHADOW)?.unwrap_or(0),
            degrees: u16::try_from(degrees).unwrap_or(0),
            is_tiled: arguments.flag("fill")?.unwrap_or(false),
        }))
    }

    pub(super) fn is_tiled(&self) -> bool {
        self.is_tiled
    }

    pub(super) fn render(&self, limits: &ImageLimits) -> Result<RgbaImage, ImageError> {
        let line = font::Line::of(&self.text, self.size)?;
        let distance = if self.shadow > 0 { (self.size / SHADOW_SHARE).max(1) } else { 0 };
        let (width, height) = line.size();
        let (width, height) = (width.saturating_add(distance), height.saturating_add(distance));
        check_mark((width, height), limits)?;
        let mut mark = self.drawn(&line, (width, height), self.colour);
        if distance > 0 {
            let mut below = RgbaImage::new(width, height);
            imageops::replace(
                &mut below,
                &self.drawn(&line, (width, height), [0; 3]),
                distance.into(),
                distance.into(),
            );
            for pixel in below.pixels_mut() {
                pixel.0[3] = fade(pixel.0[3], self.shadow as f32 / 100.0);
            }
            imageops::overlay(&mut below, &mark, 0, 0);
            mark = below;
        }
        let mark = rotated(mark, self.degrees);
        check_mark(mark.dimensions(), limits)?;
        Ok(mark)
    }

    fn drawn(&self, line: &font::Line<'_>, (width, height): (u32, u32), [red, green, blue]: [u8; 3]) -> RgbaImage {
        let mut image = RgbaImage::new(width, height);
        line.draw(|x, y, coverage| {
            if let Some(pixel) = image.get_pixel_mut_checked(x, y) {
                let alpha = fade(255, coverage).max(pixel.0[3]);
                *pixel = Rgba([red, green, blue, alpha]);
            }
        });
        image
    }
}

impl fmt::Display for WatermarkText {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [red, green, blue] = self.colour;
        let font = FONTS.get(self.font).copied().unwrap_or_default();
        write!(formatter, ",text_{},type_{}", BASE64.encode(&self.text), BASE64.encode(font))?;
        write!(formatter, ",color_{red:02X}{green:02X}{blue:02X},size_{},shadow_{}", self.size, self.shadow)?;
        write!(formatter, ",rotate_{},fill_{}", self.degrees, u8::from(self.is_tiled))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rendered(text: &str, more: &str) -> RgbaImage {
        let text = format!("watermark,text_{}{more}", BASE64.encode(text));
        let text = WatermarkText::parse(&mut Arguments::of(&text, 0)).unwrap().unwrap();
        text.render(&ImageLimits::default()).unwrap()
    }

    fn ink(image: &RgbaImage) -> u64 {
        image.pixels().map(|pixel| u64::from(pixel.0[3])).sum()
    }

    #[test]
    fn characters_of_several_scripts_have_ink() {
        let missing = ink(&rendered("\u{e123}", ""));
        for text in ["A", "é", "Ж", "あ", "水", "印", "繁", "體"] {
            let ink = ink(&rendered(text, ""));
            assert!(ink > 0 && ink != missing, "{text} is drawn as a missing character");
        }
        assert_eq!(ink(&rendered(" ", "")), 0);
    }

    #[test]
    fn size_shadow_and_angle_change_the_picture() {
        let plain = rendered("水印", "");
        let large = rendered("水印", ",size_80");
        assert!((75..85).contains(&plain.width()) && (155..165).contains(&large.width()), "{}", plain.width());
        assert_eq!(rendered("水印", ",shadow_50").width(), plain.width() + 2);
        assert_eq!(rendered("水印", ",rotate_90").width(), plain.height());
        assert!(rendered("水印", ",rotate_45").height() > plain.height());
    }
}
