//! What is to be done with an image: a value, parsed from the text of `x-oss-process`, without any bytes.

use std::collections::BTreeSet;
use std::fmt;

use crate::error::ImageError;
use crate::format::ImageFormat;
use crate::limits::ImageLimits;
use crate::parse;
use crate::step::{
    AutoOrient, Blur, Bright, Circle, Contrast, Crop, FormatStep, IndexCrop, Interlace, QualityStep, Resize,
    RotateStep, RoundedCorners, Sharpen, TargetFormat, Watermark,
};

/// What is answered at the end of the steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImageAnswer {
    Image,
    /// Size, format and EXIF of the source as JSON.
    Info,
    /// The mean colour as JSON.
    AverageHue,
}

#[derive(Debug, Clone, PartialEq)]
pub enum ImageStep {
    Resize(Resize),
    Crop(Crop),
    IndexCrop(IndexCrop),
    Circle(Circle),
    RoundedCorners(RoundedCorners),
    AutoOrient(AutoOrient),
    Rotate(RotateStep),
    Interlace(Interlace),
    Blur(Blur),
    Bright(Bright),
    Contrast(Contrast),
    Sharpen(Sharpen),
    Format(FormatStep),
    Quality(QualityStep),
    Watermark(Box<Watermark>),
}

/// The steps are executed from left to right. As text it is normal: two texts with the same meaning become one, so
/// that it is the key of a cache.
#[derive(Debug, Clone, PartialEq)]
pub struct ImagePlan {
    pub(crate) steps: Vec<ImageStep>,
    pub(crate) answer: ImageAnswer,
}

impl ImagePlan {
    /// Reads a text that begins with `image/`.
    pub fn parse(text: &str, limits: &ImageLimits) -> Result<Self, ImageError> {
        parse::plan(text, limits)
    }

    pub fn answer(&self) -> ImageAnswer {
        self.answer
    }

    /// The keys of the objects that watermarks are made of, in the bucket of the source.
    pub fn watermark_objects(&self) -> BTreeSet<&str> {
        let marks = self.steps.iter().filter_map(|step| match step {
            ImageStep::Watermark(mark) => mark.image.as_ref(),
            _ => None,
        });
        marks.map(|image| image.object.as_str()).collect()
    }

    /// Whether the result depends on the header `Accept`; the answer then has `Vary: Accept`.
    pub fn varies_by_accept(&self) -> bool {
        self.last_format() == Some(TargetFormat::Auto)
    }

    /// Replaces `format,auto` by the format for a client that sends this `Accept`: WebP where it takes it, otherwise
    /// the format of the source.
    #[must_use]
    pub fn negotiated(mut self, accept: Option<&str>) -> Self {
        let takes_webp = accept.is_some_and(accepts_webp);
        self.steps.retain_mut(|step| match step {
            ImageStep::Format(format) if format.target == TargetFormat::Auto => {
                format.target = TargetFormat::Format(ImageFormat::WebP);
                takes_webp
            }
            _ => true,
        });
        self
    }

    fn last_format(&self) -> Option<TargetFormat> {
        self.steps.iter().rev().find_map(|step| match step {
            ImageStep::Format(format) => Some(format.target),
            _ => None,
        })
    }
}

/// Whether a list of media ranges names WebP and does not refuse it. `*/*` alone does not count: clients that cannot
/// show WebP send it, too.
fn accepts_webp(accept: &str) -> bool {
    accept.split(',').any(|range| {
        let mut parts = range.split(';').map(str::trim);
        let is_webp = parts.next().is_some_and(|name| name.eq_ignore_ascii_case("image/webp"));
        let quality = parts.find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")));
        is_webp && quality.is_none_or(|quality| quality.parse::<f32>().is_ok_and(|quality| quality > 0.0))
    })
}

impl fmt::Display for ImagePlan {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("image")?;
        for step in &self.steps {
            write!(formatter, "/{step}")?;
        }
        match self.answer {
            ImageAnswer::Image => Ok(()),
            ImageAnswer::Info => formatter.write_str("/info"),
            ImageAnswer::AverageHue => formatter.write_str("/average-hue"),
        }
    }
}

impl fmt::Display for ImageStep {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Resize(step) => step.fmt(formatter),
            Self::Crop(step) => step.fmt(formatter),
            Self::IndexCrop(step) => step.fmt(formatter),
            Self::Circle(step) => step.fmt(formatter),
            Self::RoundedCorners(step) => step.fmt(formatter),
            Self::AutoOrient(step) => step.fmt(formatter),
            Self::Rotate(step) => step.fmt(formatter),
            Self::Interlace(step) => step.fmt(formatter),
            Self::Blur(step) => step.fmt(formatter),
            Self::Bright(step) => step.fmt(formatter),
            Self::Contrast(step) => step.fmt(formatter),
            Self::Sharpen(step) => step.fmt(formatter),
            Self::Format(step) => step.fmt(formatter),
            Self::Quality(step) => step.fmt(formatter),
            Self::Watermark(step) => step.fmt(formatter),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn webp_is_chosen_for_clients_that_name_it() {
        for (accept, expected) in [
            ("image/avif,image/webp,image/apng,*/*;q=0.8", true),
            ("text/html, IMAGE/WEBP;q=0.5", true),
            ("image/webp;q=0", false),
            ("image/webp;q=0.0", false),
            ("image/webp; q=x", false),
            ("*/*", false),
            ("image/*", false),
            ("", false),
        ] {
            assert_eq!(accepts_webp(accept), expected, "{accept}");
        }
    }

    #[test]
    fn the_automatic_format_becomes_one_of_the_client() {
        let plan = |text| ImagePlan::parse(text, &ImageLimits::default()).unwrap();
        let auto = plan("image/resize,w_10/format,auto");
        assert!(auto.varies_by_accept());
        assert_eq!(auto.clone().negotiated(Some("image/webp")), plan("image/resize,w_10/format,webp"));
        assert_eq!(auto.negotiated(None), plan("image/resize,w_10"));
        let fixed = plan("image/format,auto/format,png");
        assert!(!fixed.varies_by_accept());
        assert_eq!(fixed.negotiated(None), plan("image/format,png"));
    }
}
