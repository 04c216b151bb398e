//! `blur`: a Gaussian of a radius and a sigma, one direction after the other.

use std::fmt;

use image::RgbaImage;

use crate::error::ImageError;
use crate::parse::Arguments;

const RANGE: std::ops::RangeInclusive<u32> = 1..=50;
/// Weights are integers with this sum.
const ONE: u32 = 1 << 16;
const CHANNELS: usize = 4;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blur {
    radius: u32,
    sigma: u32,
}

impl Blur {
    pub(crate) fn parse(arguments: &mut Arguments<'_>) -> Result<Self, ImageError> {
        let (radius, sigma) = (arguments.count("r", RANGE)?, arguments.count("s", RANGE)?);
        Ok(Self { radius: arguments.required(radius, "r")?, sigma: arguments.required(sigma, "s")? })
    }

    pub(crate) fn apply(&self, image: RgbaImage) -> RgbaImage {
        gaussian(image, self.radius, self.sigma as f32)
    }
}

/// Colours are weighted by alpha, so that invisible colours do not appear.
pub(super) fn gaussian(mut image: RgbaImage, radius: u32, sigma: f32) -> RgbaImage {
    let weights = weights(radius, sigma);
    let row_bytes = image.width() as usize * CHANNELS;
    let has_alpha = image.pixels().any(|pixel| pixel.0[3] != 255);
    if has_alpha {
        premultiply(&mut image);
    }
    let mut line = Vec::new();
    for row in image.chunks_exact_mut(row_bytes) {
        line.clear();
        line.extend_from_slice(row);
        along(&line, row, &weights);
    }
    let rows = image.as_raw().clone();
    across(&rows, &mut image, row_bytes, &weights);
    if has_alpha {
        divide(&mut image);
    }
    image
}

/// Of the middle and of one side; all of both sides have the sum `ONE`.
fn weights(radius: u32, sigma: f32) -> Vec<u32> {
    let bell = |distance: u32| (-(distance as f32).powi(2) / (2.0 * sigma * sigma)).exp();
    let sum: f32 = bell(0) + 2.0 * (1..=radius).map(bell).sum::<f32>();
    let mut weights: Vec<u32> = (0..=radius).map(|distance| (bell(distance) / sum * ONE as f32) as u32).collect();
    let rest = ONE - (weights[0] + 2 * weights[1..].iter().sum::<u32>()).min(ONE);
    weights[0] += rest;
    weights
}

/// Each row is a sum of the rows around it; those of the border continue outside.
fn across(rows: &[u8], output: &mut [u8], row_bytes: usize, weights: &[u32]) {
    let last = (rows.len() / row_bytes).saturating_sub(1);
    let mut sums = vec![0_u32; row_bytes];
    for (at, row) in output.chunks_exact_mut(row_bytes).enumerate() {
        sums.fill(ONE / 2);
        let mut add = |index: usize, weight: u32| {
            for (sum, value) in sums.iter_mut().zip(&rows[index * row_bytes..(index + 1) * row_bytes]) {
                *sum += weight * u32::from(*value);
            }
        };
        add(at, weights[0]);
        for (distance, weight) in weights.iter().enumerate().skip(1) {
            add(at.saturating_sub(distance), *weight);
            add((at + distance).min(last), *weight);
        }
        for (value, sum) in row.iter_mut().zip(&sums) {
            *value = u8::try_from(sum / ONE).unwrap_or(u8::MAX);
        }
    }
}

/// One row of pixels; those of the border continue outside.
fn along(input: &[u8], output: &mut [u8], weights: &[u32]) {
    let pixels = input.len() / CHANNELS;
    let last = pixels.saturating_sub(1);
    for (at, pixel) in output.chunks_exact_mut(CHANNELS).enumerate() {
        let mut sum = [ONE / 2; CHANNELS];
        let mut add = |index: usize, weight: u32| {
            let begin = index * CHANNELS;
            for (sum, value) in sum.iter_mut().zip(&input[begin..begin + CHANNELS]) {
                *sum += weight * u32::from(*value);
            }
        };
        add(at, weights[0]);
        for (distance, weight) in weights.iter().enumerate().skip(1) {
            add(at.saturating_sub(distance), *weight);
            add((at + distance).min(last), *weight);
        }
        for (value, sum) in pixel.iter_mut().zip(sum) {
            *value = u8::try_from(sum / ONE).unwrap_or(u8::MAX);
        }
    }
}

fn premultiply(image: &mut RgbaImage) {
    for pixel in image.pixels_mut() {
        let alpha = u16::from(pixel.0[3]);
        for channel in &mut pixel.0[..3] {
            *channel = ((u16::from(*channel) * alpha + 127) / 255) as u8;
        }
    }
}

fn divide(image: &mut RgbaImage) {
    for pixel in image.pixels_mut() {
        let alpha = u16::from(pixel.0[3]);
        for channel in &mut pixel.0[..3] {
            let divided = (u16::from(*channel) * 255 + alpha / 2).checked_div(alpha).unwrap_or(0);
            *channel = u8::try_from(divided).unwrap_or(u8::MAX);
        }
    }
}

impl fmt::Display for Blur {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "blur,r_{},s_{}", self.radius, self.sigma)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::Rgba;

    #[test]
    fn weights_have_one_as_their_sum() {
        for (radius, sigma) in [(1, 1.0), (1, 50.0), (50, 1.0), (50, 50.0), (2, 1.0)] {
            let weights = weights(radius, sigma);
            assert_eq!(weights[0] + 2 * weights[1..].iter().sum::<u32>(), ONE, "{radius} {sigma}");
        }
    }

    #[test]
    fn a_plain_image_stays_and_an_edge_becomes_soft() {
        let plain = RgbaImage::from_pixel(7, 5, Rgba([9, 99, 199, 255]));
        assert_eq!(gaussian(plain.clone(), 50, 50.0), plain);
        let edge = RgbaImage::from_fn(20, 3, |x, _| if x < 10 { Rgba([0, 0, 0, 255]) } else { Rgba([255; 4]) });
        let soft = gaussian(edge, 3, 2.0);
        let row: Vec<u8> = (0..20).map(|x| soft.get_pixel(x, 1).0[0]).collect();
        assert!(row.is_sorted() && row[0] == 0 && row[19] == 255 && (60..128).contains(&row[9]), "{row:?}");
    }

    #[test]
    fn invisible_colours_do_not_appear() {
        let image =
            RgbaImage::from_fn(20, 1, |x, _| if x < 10 { Rgba([255, 0, 0, 0]) } else { Rgba([0, 0, 255, 255]) });
        let soft = gaussian(image, 3, 2.0);
        assert!(soft.pixels().all(|pixel| pixel.0[0] == 0), "{soft:?}");
        assert!((60..200).contains(&soft.get_pixel(9, 0).0[3]));
    }
}
