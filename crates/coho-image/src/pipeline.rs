//! The steps of a plan, applied to one frame after the other.

use image::RgbaImage;

use crate::error::ImageError;
use crate::geometry::{Size, size_of};
use crate::header::ImageHeader;
use crate::limits::ImageLimits;
use crate::plan::ImageStep;
use crate::run::WatermarkBodies;
use crate::step::{PreparedWatermark, auto_orient};

pub(crate) struct Pipeline<'a> {
    steps: &'a [ImageStep],
    bodies: &'a WatermarkBodies,
    limits: &'a ImageLimits,
    header: &'a ImageHeader,
    /// The image that a watermark is for; of an image that is none, itself.
    main: Size,
    /// The watermark of each step, drawn for the size that it has met last.
    prepared: Vec<Option<PreparedWatermark>>,
}

impl<'a> Pipeline<'a> {
    pub(crate) fn new(
        steps: &'a [ImageStep],
        header: &'a ImageHeader,
        main: Size,
        bodies: &'a WatermarkBodies,
        limits: &'a ImageLimits,
    ) -> Self {
        let prepared = steps.iter().map(|_| None).collect();
        Self { steps, bodies, limits, header, main, prepared }
    }

    /// The size that a decoder may shrink to, where the first step that touches pixels is a resize.
    pub(crate) fn least_size(&self) -> Result<Option<(f64, f64)>, ImageError> {
        let mut orientation = 1;
        for step in self.steps {
            match step {
                ImageStep::AutoOrient(step) if step.is_on => orientation = self.header.orientation,
                ImageStep::AutoOrient(_) | ImageStep::Interlace(_) | ImageStep::Format(_) | ImageStep::Quality(_) => {}
                ImageStep::Resize(resize) => {
                    let size = auto_orient::oriented_size((self.header.width, self.header.height), orientation);
                    let Some(target) = resize.target(size, self.main, self.limits)? else { return Ok(None) };
                    let (width, height) = target.whole();
                    return Ok(Some(if orientation >= 5 { (height, width) } else { (width, height) }));
                }
                _ => return Ok(None),
            }
        }
        Ok(None)
    }

    /// `image` may be smaller than the header says, by what `least_size` has allowed.
    pub(crate) fn apply(&mut self, mut image: RgbaImage) -> Result<RgbaImage, ImageError> {
        // Sizes are computed from the size of the header, so that shrinking decoders change none.
        let mut nominal = (self.header.width, self.header.height);
        let mut has_alpha = self.header.has_alpha;
        for (index, step) in self.steps.iter().enumerate() {
            image = match step {
                ImageStep::AutoOrient(step) if step.is_on => {
                    nominal = auto_orient::oriented_size(nominal, self.header.orientation);
                    auto_orient::orient(image, self.header.orientation)
                }
                ImageStep::AutoOrient(_) | ImageStep::Interlace(_) | ImageStep::Format(_) | ImageStep::Quality(_) => {
                    image
                }
                ImageStep::Resize(resize) => match resize.target(nominal, self.main, self.limits)? {
                    Some(target) => resize.apply(image, &target, has_alpha)?,
                    None => image,
                },
                ImageStep::Watermark(watermark) => {
                    let main = size_of(&image);
                    let slot = &mut self.prepared[index];
                    let prepared = match slot.take().filter(|prepared| prepared.is_for(main)) {
                        Some(prepared) => prepared,
                        None => watermark.prepare(main, self.bodies, self.limits)?,
                    };
                    watermark.draw(&mut image, slot.insert(prepared));
                    image
                }
                ImageStep::Crop(step) => step.apply(&image)?,
                ImageStep::IndexCrop(step) => step.apply(image),
                ImageStep::Circle(step) => step.apply(&image),
                ImageStep::RoundedCorners(step) => step.apply(image),
                ImageStep::Rotate(step) => step.apply(image, self.limits)?,
                ImageStep::Blur(step) => step.apply(image),
                ImageStep::Bright(step) => step.apply(image),
                ImageStep::Contrast(step) => step.apply(image),
                ImageStep::Sharpen(step) => step.apply(image),
            };
            has_alpha |= matches!(step, ImageStep::Circle(_) | ImageStep::RoundedCorners(_) | ImageStep::Rotate(_));
            if !matches!(
                step,
                ImageStep::AutoOrient(_) | ImageStep::Interlace(_) | ImageStep::Format(_) | ImageStep::Quality(_)
            ) {
                nominal = size_of(&image);
            }
        }
        Ok(image)
    }
}
