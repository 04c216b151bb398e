//! The image of a watermark: an object of the same bucket, with the steps that prepare it.

use std::fmt;

use base64::Engine;
use image::RgbaImage;

use super::check_mark;
use crate::error::ImageError;
use crate::geometry::{Size, size_of};
use crate::limits::ImageLimits;
use crate::parse::{self, Arguments, BASE64};
use crate::plan::ImageStep;
use crate::run::{self, WatermarkBodies};

#[derive(Debug, Clone, PartialEq)]
pub struct WatermarkImage {
    /// The key of the object.
    pub(crate) object: String,
    steps: Vec<ImageStep>,
}

impl WatermarkImage {
    pub(super) fn parse(arguments: &mut Arguments<'_>, limits: &ImageLimits) -> Result<Option<Self>, ImageError> {
        let Some((position, text)) = arguments.base64("image")? else { return Ok(None) };
        let (object, steps) = match text.split_once('?') {
            Some((object, process)) => (object, parse::embedded(process, position, limits)?),
            None => (text.as_str(), Vec::new()),
        };
        if object.is_empty() {
            return Err(parse::invalid(position, "the watermark has no object name"));
        }
        Ok(Some(Self { object: object.to_owned(), steps }))
    }

    pub(super) fn render(
        &self,
        main: Size,
        bodies: &WatermarkBodies,
        limits: &ImageLimits,
    ) -> Result<RgbaImage, ImageError> {
        let failed = |error: &ImageError| ImageError::of_watermark(&self.object, error);
        let missing = || ImageError::Watermark(format!("{} does not exist", self.object));
        let body = bodies.get(&self.object).ok_or_else(missing)?;
        let image = run::watermark_image(body, &self.steps, main, limits).map_err(|error| failed(&error))?;
        check_mark(size_of(&image), limits)?;
        Ok(image)
    }
}

impl fmt::Display for WatermarkImage {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = self.object.clone();
        for (index, step) in self.steps.iter().enumerate() {
            text.push_str(if index == 0 { "?x-oss-process=image/" } else { "/" });
            text.push_str(&step.to_string());
        }
        write!(formatter, ",image_{}", BASE64.encode(text))
    }
}
