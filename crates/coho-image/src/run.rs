//! Bytes → bytes: header, limits, frames, steps, encoder.

use std::collections::BTreeMap;

use image::RgbaImage;

use crate::decode;
use crate::encode::{self, EncodeOptions};
use crate::error::ImageError;
use crate::format::ImageFormat;
use crate::geometry::Size;
use crate::header::ImageHeader;
use crate::info;
use crate::jpeg_quality;
use crate::limits::ImageLimits;
use crate::pipeline::Pipeline;
use crate::plan::{ImageAnswer, ImagePlan, ImageStep};
use crate::step::{QualityStep, TargetFormat, average_hue};

/// The bodies of the objects that `ImagePlan::watermark_objects` names, by their keys.
pub type WatermarkBodies = BTreeMap<String, Vec<u8>>;

/// Of an image that has no quality of its own.
const DEFAULT_QUALITY: u8 = 90;
const DEFAULT_WEBP_QUALITY: u8 = 80;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProcessedImage {
    pub body: Vec<u8>,
    pub content_type: &'static str,
}

/// Does what the plan says. A plan with `format,auto` must be negotiated before; otherwise the source's format stays.
pub fn process(
    plan: &ImagePlan,
    source: &[u8],
    bodies: &WatermarkBodies,
    limits: &ImageLimits,
) -> Result<ProcessedImage, ImageError> {
    let header = ImageHeader::read(source, limits)?;
    let json = |text: String| ProcessedImage { body: text.into_bytes(), content_type: "application/json" };
    match plan.answer {
        ImageAnswer::Info => Ok(json(info::info(&header, source))),
        ImageAnswer::AverageHue => {
            let main = (header.width, header.height);
            let image = first_image(source, &header, &plan.steps, main, bodies, limits)?;
            Ok(json(info::hue(average_hue(&image))))
        }
        ImageAnswer::Image => image(plan, source, &header, bodies, limits),
    }
}

fn image(
    plan: &ImagePlan,
    source: &[u8],
    header: &ImageHeader,
    bodies: &WatermarkBodies,
    limits: &ImageLimits,
) -> Result<ProcessedImage, ImageError> {
    let options = encode_options(plan, header, source);
    let mut pipeline = Pipeline::new(&plan.steps, header, (header.width, header.height), bodies, limits);
    let frames = decode::frames(source, header, pipeline.least_size()?, limits)?;
    let is_static = plan.steps.iter().any(|step| matches!(step, ImageStep::Resize(resize) if resize.is_by_percent()));
    let count = if options.format.is_animated() && !is_static { header.frames as usize } else { 1 };
    let mut processed = frames.take(count).map(|frame| {
        let mut frame = frame?;
        frame.image = pipeline.apply(frame.image)?;
        Ok(frame)
    });
    let body = encode::encode(&mut processed, count > 1, &options, limits)?;
    Ok(ProcessedImage { body, content_type: options.format.content_type() })
}

/// The image of a watermark, after the steps that prepare it.
pub(crate) fn watermark_image(
    source: &[u8],
    steps: &[ImageStep],
    main: Size,
    limits: &ImageLimits,
) -> Result<RgbaImage, ImageError> {
    let header = ImageHeader::read(source, limits)?;
    if header.format == ImageFormat::Gif {
        return Err(ImageError::Damaged("a GIF cannot be a watermark".to_owned()));
    }
    first_image(source, &header, steps, main, &WatermarkBodies::new(), limits)
}

fn first_image(
    source: &[u8],
    header: &ImageHeader,
    steps: &[ImageStep],
    main: Size,
    bodies: &WatermarkBodies,
    limits: &ImageLimits,
) -> Result<RgbaImage, ImageError> {
    let mut pipeline = Pipeline::new(steps, header, main, bodies, limits);
    let mut frames = decode::frames(source, header, pipeline.least_size()?, limits)?;
    let frame = frames.next().ok_or_else(|| ImageError::Damaged("it has no frame".to_owned()))??;
    pipeline.apply(frame.image)
}

fn encode_options(plan: &ImagePlan, header: &ImageHeader, source: &[u8]) -> EncodeOptions {
    let mut format = header.format;
    let mut quality_step = None::<QualityStep>;
    let mut is_progressive = false;
    let mut is_oriented = false;
    for step in &plan.steps {
        match step {
            // OSS makes a GIF of nothing but a GIF.
            ImageStep::Format(step) => match step.target {
                TargetFormat::Format(ImageFormat::Gif) if header.format != ImageFormat::Gif => format = header.format,
                TargetFormat::Format(wanted) => format = wanted,
                TargetFormat::Auto => {}
            },
            ImageStep::Quality(step) => quality_step = Some(*step),
            ImageStep::Interlace(step) => is_progressive = step.is_on,
            ImageStep::AutoOrient(step) => is_oriented |= step.is_on,
            _ => {}
        }
    }
    let stays_jpeg = format == ImageFormat::Jpeg && header.format == ImageFormat::Jpeg;
    let source_quality = stays_jpeg.then(|| jpeg_quality::estimate(source)).flatten();
    let default =
        if format == ImageFormat::WebP { DEFAULT_WEBP_QUALITY } else { source_quality.unwrap_or(DEFAULT_QUALITY) };
    let quality = quality_step.map_or(default, |step| step.of(source_quality));
    // Viewers turn an image by its EXIF; as that is dropped, the tag alone is written again.
    let orientation = if stays_jpeg && !is_oriented { header.orientation } else { 1 };
    EncodeOptions { format, quality, is_progressive, orientation, plays: header.plays }
}
