//! Smooth borders of round shapes: how much of a pixel is inside of a circle.

/// The share of a pixel whose centre is `distance` from the centre of a circle.
pub(super) fn coverage(distance: f32, radius: f32) -> f32 {
    (radius - distance + 0.5).clamp(0.0, 1.0)
}

pub(super) fn fade(alpha: u8, coverage: f32) -> u8 {
    (f32::from(alpha) * coverage).round() as u8
}
