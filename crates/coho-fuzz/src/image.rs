//! Images.

use crate::parts;
use coho_image::{ImageError, ImageLimits, ImagePlan, WatermarkBodies, process};

/// Any bytes as an image, with any text as its operations: a result or a refusal, in bounded memory.
/// Input: the text, then the image.
pub fn image(input: &[u8]) {
    let (text, source) = parts(input);
    let limits = ImageLimits {
        source_pixels: 100_000,
        source_frames: 20,
        result_pixels: 100_000,
        decoded_bytes: 8_000_000,
        ..ImageLimits::default()
    };
    let Ok(plan) = ImagePlan::parse(&String::from_utf8_lossy(text), &limits) else { return };
    // The normal text means the same.
    assert_eq!(ImagePlan::parse(&plan.to_string(), &limits).as_ref(), Ok(&plan));
    // A watermark is the image itself.
    let bodies: WatermarkBodies =
        plan.watermark_objects().into_iter().map(|name| (name.to_owned(), source.to_vec())).collect();
    match process(&plan, source, &bodies, &limits) {
        Ok(image) => assert!(!image.body.is_empty()),
        Err(
            ImageError::InvalidArgument { .. }
            | ImageError::MissingArgument { .. }
            | ImageError::TooManyOperations { .. },
        ) => {
            panic!("the plan was accepted before")
        }
        Err(_) => {}
    }
}
