//! Embedded colour profiles: pixels become sRGB, and the profile is dropped. A profile that cannot be read is ignored.

use image::RgbaImage;
use moxcms::{ColorProfile, DataColorSpace, Layout, TransformExecutor, TransformOptions};
use std::sync::Arc;

use crate::limits::ImageLimits;

type Transform = Arc<dyn TransformExecutor<u8> + Send + Sync>;

/// Colours that a profile is tried with: one that changes none of them by more than rounding is sRGB itself.
const SAMPLES: [u8; 32] = [
    0, 0, 0, 255, 255, 255, 255, 255, 255, 0, 0, 255, 0, 255, 0, 255, 0, 0, 255, 255, 128, 128, 128, 255, 200, 100, 50,
    255, 30, 60, 90, 255,
];
const ROUNDING: u8 = 1;

pub(crate) fn to_srgb(image: &mut RgbaImage, profile: Option<&[u8]>, limits: &ImageLimits) {
    let Some(transform) = profile.and_then(|profile| transform(profile, DataColorSpace::Rgb, limits)) else { return };
    let mut samples = [0; SAMPLES.len()];
    if transform.transform(&SAMPLES, &mut samples).is_err() || is_nearly(&samples) {
        return;
    }
    convert_rows(image, &transform);
}

/// Pixels whose four channels are inks, with 255 for full ink; they become opaque colours.
pub(crate) fn cmyk_to_srgb(image: &mut RgbaImage, profile: Option<&[u8]>, limits: &ImageLimits) {
    match profile.and_then(|profile| transform(profile, DataColorSpace::Cmyk, limits)) {
        Some(transform) => convert_rows(image, &transform),
        None => image.pixels_mut().for_each(|pixel| {
            let [cyan, magenta, yellow, black] = pixel.0.map(|ink| u16::from(255 - ink));
            let mixed = |light: u16| ((light * black + 127) / 255) as u8;
            pixel.0 = [mixed(cyan), mixed(magenta), mixed(yellow), 255];
        }),
    }
    image.pixels_mut().for_each(|pixel| pixel.0[3] = 255);
}

fn transform(profile: &[u8], space: DataColorSpace, limits: &ImageLimits) -> Option<Transform> {
    if profile.len() > limits.profile_bytes {
        return None;
    }
    let source = ColorProfile::new_from_slice(profile).ok().filter(|source| source.color_space == space)?;
    let srgb = ColorProfile::new_srgb();
    source.create_transform_8bit(Layout::Rgba, &srgb, Layout::Rgba, TransformOptions::default()).ok()
}

fn is_nearly(samples: &[u8]) -> bool {
    samples.iter().zip(SAMPLES).all(|(converted, sample)| converted.abs_diff(sample) <= ROUNDING)
}

fn convert_rows(image: &mut RgbaImage, transform: &Transform) {
    let row_bytes = image.width() as usize * 4;
    let mut source = vec![0; row_bytes];
    for row in image.chunks_exact_mut(row_bytes) {
        source.copy_from_slice(row);
        // Rows have the length that the transform expects; a refusal would leave the row as it is.
        if transform.transform(&source, row).is_err() {
            row.copy_from_slice(&source);
        }
    }
}
