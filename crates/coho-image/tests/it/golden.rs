//! Results against images that Pillow has made: size, and how near the pixels are. `tests/golden/make.py` makes both.

use image::RgbaImage;

use crate::{golden_file, processed};

/// Stands for equal images.
const EQUAL_DB: f64 = 99.0;

pub(crate) fn decoded(bytes: &[u8]) -> RgbaImage {
    image::load_from_memory(bytes).unwrap().into_rgba8()
}

/// Peak signal-to-noise ratio in dB: the lesser of that of alpha and that of colours, weighted by alpha.
pub(crate) fn psnr(left: &RgbaImage, right: &RgbaImage) -> f64 {
    assert_eq!(left.dimensions(), right.dimensions());
    let (mut colour, mut alpha) = (0.0, 0.0);
    for (left, right) in left.pixels().zip(right.pixels()) {
        let visible =
            |pixel: &image::Rgba<u8>, channel: usize| f64::from(pixel.0[channel]) * f64::from(pixel.0[3]) / 255.0;
        for channel in 0..3 {
            colour += (visible(left, channel) - visible(right, channel)).powi(2) / 3.0;
        }
        alpha += (f64::from(left.0[3]) - f64::from(right.0[3])).powi(2);
    }
    let pixels = f64::from(left.width()) * f64::from(left.height());
    let worst = f64::max(colour, alpha) / pixels;
    if worst == 0.0 { EQUAL_DB } else { 10.0 * (255.0 * 255.0 / worst).log10() }
}

#[test]
fn results_are_near_to_those_of_pillow() {
    let cases: serde_json::Value = serde_json::from_slice(&golden_file("", "cases.json")).unwrap();
    let mut wrong = Vec::new();
    for case in cases.as_array().unwrap() {
        let text = |name: &str| case[name].as_str().unwrap();
        let expected = decoded(&golden_file("expected", text("expected")));
        let result = decoded(&processed(text("source"), text("process")));
        let least = case["psnr"].as_f64().unwrap();
        let name = format!("{} {} {}", text("expected"), text("source"), text("process"));
        if result.dimensions() != expected.dimensions() {
            wrong.push(format!("{name}: {:?} instead of {:?}", result.dimensions(), expected.dimensions()));
            continue;
        }
        let near = psnr(&result, &expected);
        if near < least {
            wrong.push(format!("{name}: {near:.1} dB, at least {least}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(cases.as_array().unwrap().len() > 40);
}
