//! A curve for the three colours; alpha stays.

use image::RgbaImage;

pub(super) fn map(mut image: RgbaImage, curve: impl Fn(f32) -> f32) -> RgbaImage {
    let mut table = [0_u8; 256];
    for (input, output) in (0_u8..=255).zip(&mut table) {
        *output = curve(f32::from(input)).clamp(0.0, 255.0).round() as u8;
    }
    for pixel in image.pixels_mut() {
        for channel in &mut pixel.0[..3] {
            *channel = table[usize::from(*channel)];
        }
    }
    image
}
