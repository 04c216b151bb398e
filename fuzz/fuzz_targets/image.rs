//! Any bytes as an image, with any text as its operations: a result or a refusal, in bounded memory.
//! Input: the text, a zero byte, the image.
#![no_main]

use coho_image::{ImageError, ImageLimits, ImagePlan, WatermarkBodies, process};

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    let Some(at) = input.iter().position(|byte| *byte == 0) else { return };
    let limits = ImageLimits {
        source_pixels: 1_000_000,
        source_frames: 20,
        result_pixels: 1_000_000,
        decoded_bytes: 64_000_000,
        ..ImageLimits::default()
    };
    let Ok(plan) = ImagePlan::parse(&String::from_utf8_lossy(&input[..at]), &limits) else { return };
    // The normal text means the same.
    assert_eq!(ImagePlan::parse(&plan.to_string(), &limits).as_ref(), Ok(&plan));
    let source = &input[at + 1..];
    // A watermark is the image itself.
    let bodies: WatermarkBodies =
        plan.watermark_objects().into_iter().map(|name| (name.to_owned(), source.to_vec())).collect();
    match process(&plan, source, &bodies, &limits) {
        Ok(image) => assert!(!image.body.is_empty()),
        Err(ImageError::InvalidArgument { .. } | ImageError::MissingArgument { .. } | ImageError::TooManyOperations { .. }) => {
            panic!("the plan was accepted before")
        }
        Err(_) => {}
    }
});
