//! Tests of whole images, through the public interface.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod animation;
mod golden;
mod hostile;
mod information;
mod output;
mod sheet;

use std::fs;
use std::path::Path;

use coho_image::{ImageError, ImageLimits, ImagePlan, ProcessedImage, WatermarkBodies, process};

fn golden_file(folder: &str, name: &str) -> Vec<u8> {
    fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(folder).join(name)).unwrap()
}

fn source(name: &str) -> Vec<u8> {
    golden_file("sources", name)
}

fn plan(text: &str) -> ImagePlan {
    ImagePlan::parse(text, &ImageLimits::default()).unwrap()
}

fn processed_with(source: &[u8], text: &str, limits: &ImageLimits) -> Result<ProcessedImage, ImageError> {
    let plan = plan(text);
    let bodies: WatermarkBodies =
        plan.watermark_objects().into_iter().map(|name| (name.to_owned(), golden_file("sources", name))).collect();
    process(&plan, source, &bodies, limits)
}

fn processed(name: &str, text: &str) -> Vec<u8> {
    processed_with(&source(name), text, &ImageLimits::default())
        .unwrap_or_else(|error| panic!("{name} {text}: {error}"))
        .body
}
