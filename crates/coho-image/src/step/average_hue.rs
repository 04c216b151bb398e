//! `average-hue`: the mean of all pixels, weighted by alpha.

use image::RgbaImage;

pub(crate) fn average_hue(image: &RgbaImage) -> [u8; 3] {
    let mut sums = [0_u64; 3];
    let mut weight = 0_u64;
    for pixel in image.pixels() {
        let alpha = u64::from(pixel.0[3]);
        weight += alpha;
        for (sum, channel) in sums.iter_mut().zip(pixel.0) {
            *sum += alpha * u64::from(channel);
        }
    }
    sums.map(|sum| u8::try_from((sum + weight / 2).checked_div(weight).unwrap_or(0)).unwrap_or(u8::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::Rgba;

    #[test]
    fn invisible_pixels_do_not_count() {
        for (left, right, expected) in [
            ([10, 20, 30, 255], [20, 40, 60, 255], [15, 30, 45]),
            ([10, 20, 30, 255], [200, 200, 200, 0], [10, 20, 30]),
            ([1, 2, 3, 0], [4, 5, 6, 0], [0, 0, 0]),
        ] {
            let image = RgbaImage::from_fn(2, 1, |x, _| Rgba(if x == 0 { left } else { right }));
            assert_eq!(average_hue(&image), expected, "{left:?} {right:?}");
        }
    }
}
