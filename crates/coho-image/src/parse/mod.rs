//! `image/resize,w_100/format,webp` → `ImagePlan`. Operations are separated by `/`, parameters by `,`, keys from
//! values by the first `_`. Whatever is not known is refused with its position; nothing is ignored.

mod arguments;
#[cfg(test)]
mod tests;

pub(crate) use arguments::{Arguments, BASE64, invalid, quoted};

use crate::error::ImageError;
use crate::limits::ImageLimits;
use crate::plan::{ImageAnswer, ImagePlan, ImageStep};
use crate::step::{
    AutoOrient, Blur, Bright, Circle, Contrast, Crop, FormatStep, IndexCrop, Interlace, QualityStep, Resize,
    RotateStep, RoundedCorners, Sharpen, Watermark,
};

pub(crate) const PREFIX: &str = "image/";

/// Longest text in bytes that is read.
const TEXT_BYTES: usize = 16 * 1024;

/// Operations of OSS that are not here.
const NOT_IMPLEMENTED: [&str; 8] =
    ["deblur", "enhance", "strip", "blindwatermark", "deblindwatermark", "superresolution", "segment", "ocr"];

/// Image watermarks of one request (OSS).
const IMAGE_WATERMARKS: usize = 3;

pub(crate) fn plan(text: &str, limits: &ImageLimits) -> Result<ImagePlan, ImageError> {
    if text.len() > TEXT_BYTES {
        return Err(invalid(TEXT_BYTES, &format!("longer than {TEXT_BYTES} bytes")));
    }
    let operations = text.strip_prefix(PREFIX).ok_or_else(|| invalid(0, "the text must begin with `image/`"))?;
    let mut steps = Vec::new();
    let mut answer = ImageAnswer::Image;
    for (index, (position, operation)) in split(operations, PREFIX.len()).enumerate() {
        if index >= limits.operations {
            return Err(ImageError::TooManyOperations { limit: limits.operations });
        }
        if answer != ImageAnswer::Image {
            return Err(invalid(position, "info and average-hue must be the last operation"));
        }
        let arguments = Arguments::of(operation, position);
        match arguments.operation() {
            "info" if index > 0 => return Err(invalid(position, "info cannot be combined with other operations")),
            "info" => {
                arguments.finish()?;
                answer = ImageAnswer::Info;
            }
            "average-hue" => {
                arguments.finish()?;
                answer = ImageAnswer::AverageHue;
            }
            _ => steps.push(step(arguments, limits)?),
        }
    }
    check_watermarks(&steps)?;
    Ok(ImagePlan { steps, answer })
}

/// The parts between slashes, each with its position in the whole text.
fn split(text: &str, begin: usize) -> impl Iterator<Item = (usize, &str)> {
    let mut next = begin;
    text.split('/').map(move |part| {
        let position = next;
        next += part.len() + 1;
        (position, part)
    })
}

fn step(mut arguments: Arguments<'_>, limits: &ImageLimits) -> Result<ImageStep, ImageError> {
    match known_step(&mut arguments, limits) {
        Ok(step) => arguments.finish().map(|()| step),
        // A misspelt parameter is not missing, but unknown.
        Err(missing @ ImageError::MissingArgument { .. }) => Err(arguments.finish().err().unwrap_or(missing)),
        Err(error) => Err(error),
    }
}

fn known_step(arguments: &mut Arguments<'_>, limits: &ImageLimits) -> Result<ImageStep, ImageError> {
    let position = arguments.position();
    Ok(match arguments.operation() {
        "resize" => ImageStep::Resize(Resize::parse(arguments, false)?),
        "crop" => ImageStep::Crop(Crop::parse(arguments)?),
        "indexcrop" => ImageStep::IndexCrop(IndexCrop::parse(arguments)?),
        "circle" => ImageStep::Circle(Circle::parse(arguments)?),
        "rounded-corners" => ImageStep::RoundedCorners(RoundedCorners::parse(arguments)?),
        "auto-orient" => ImageStep::AutoOrient(AutoOrient::parse(arguments)?),
        "rotate" => ImageStep::Rotate(RotateStep::parse(arguments)?),
        "interlace" => ImageStep::Interlace(Interlace::parse(arguments)?),
        "blur" => ImageStep::Blur(Blur::parse(arguments)?),
        "bright" => ImageStep::Bright(Bright::parse(arguments)?),
        "contrast" => ImageStep::Contrast(Contrast::parse(arguments)?),
        "sharpen" => ImageStep::Sharpen(Sharpen::parse(arguments)?),
        "format" => ImageStep::Format(FormatStep::parse(arguments)?),
        "quality" => ImageStep::Quality(QualityStep::parse(arguments)?),
        "watermark" => ImageStep::Watermark(Box::new(Watermark::parse(arguments, limits)?)),
        "" => return Err(invalid(position, "an operation is missing")),
        name if NOT_IMPLEMENTED.contains(&name) => {
            return Err(ImageError::NotImplemented { position, what: name.to_owned() });
        }
        name => return Err(invalid(position, &format!("unknown operation {}", quoted(name)))),
    })
}

/// The steps of the text that a watermark's name has: a few operations that make an image of an image.
pub(crate) fn embedded(text: &str, position: usize, limits: &ImageLimits) -> Result<Vec<ImageStep>, ImageError> {
    // The position of the parameter: one inside of the decoded text would not be found in the request.
    let at_parameter = |error| match error {
        ImageError::InvalidArgument { message, .. } => ImageError::InvalidArgument { position, message },
        ImageError::MissingArgument { message, .. } => ImageError::MissingArgument { position, message },
        other => other,
    };
    let operations = text
        .strip_prefix("x-oss-process=")
        .and_then(|process| process.strip_prefix(PREFIX))
        .ok_or_else(|| invalid(position, "after the object's name `?x-oss-process=image/` is expected"))?;
    let mut steps = Vec::new();
    for (at, operation) in split(operations, 0) {
        if steps.len() >= limits.operations {
            return Err(ImageError::TooManyOperations { limit: limits.operations });
        }
        let mut arguments = Arguments::of(operation, at);
        let parsed = match arguments.operation() {
            "resize" => Resize::parse(&mut arguments, true).map(ImageStep::Resize),
            "crop" => Crop::parse(&mut arguments).map(ImageStep::Crop),
            "indexcrop" => IndexCrop::parse(&mut arguments).map(ImageStep::IndexCrop),
            "rounded-corners" => RoundedCorners::parse(&mut arguments).map(ImageStep::RoundedCorners),
            "rotate" => RotateStep::parse(&mut arguments).map(ImageStep::Rotate),
            name => Err(invalid(at, &format!("a watermark cannot be prepared by {}", quoted(name)))),
        };
        steps.push(parsed.and_then(|step| arguments.finish().map(|()| step)).map_err(at_parameter)?);
    }
    Ok(steps)
}

fn check_watermarks(steps: &[ImageStep]) -> Result<(), ImageError> {
    let with_image = steps.iter().filter(|step| matches!(step, ImageStep::Watermark(mark) if mark.image.is_some()));
    if with_image.count() > IMAGE_WATERMARKS {
        return Err(ImageError::Watermark(format!("more than {IMAGE_WATERMARKS} image watermarks")));
    }
    Ok(())
}
