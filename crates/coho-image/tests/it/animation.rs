//! Animations stay animations where the format can have them.

use std::io::Cursor;

use crate::{processed, source};
use coho_image::{ImageFormat, ImageHeader, ImageLimits};
use image::AnimationDecoder;
use image::codecs::gif::GifDecoder;

fn header(bytes: &[u8]) -> ImageHeader {
    ImageHeader::read(bytes, &ImageLimits::default()).unwrap()
}

/// Delays in milliseconds, and the alpha of a pixel in each frame.
fn gif_frames(bytes: &[u8], x: u32, y: u32) -> Vec<(u32, u8)> {
    let frames = GifDecoder::new(Cursor::new(bytes)).unwrap().into_frames();
    let delay = |frame: &image::Frame| frame.delay().numer_denom_ms().0 / frame.delay().numer_denom_ms().1;
    frames.map(|frame| frame.unwrap()).map(|frame| (delay(&frame), frame.buffer().get_pixel(x, y).0[3])).collect()
}

fn webp_delays(bytes: &[u8]) -> Vec<u32> {
    let mut decoder = image_webp::WebPDecoder::new(Cursor::new(bytes)).unwrap();
    let mut pixels = vec![0; decoder.output_buffer_size().unwrap()];
    (0..decoder.num_frames()).map(|_| decoder.read_frame(&mut pixels).unwrap()).collect()
}

const DELAYS: [u32; 4] = [100, 50, 200, 70];

#[test]
fn gifs_keep_frames_delays_and_disposal() {
    for disposal in 0..4 {
        let name = format!("disposal-{disposal}.gif");
        // In the middle of the first frame's block, which later frames cover or clear.
        let before = gif_frames(&source(&name), 4, 20);
        let body = processed(&name, "image/resize,w_32");
        let after = gif_frames(&body, 2, 10);
        assert_eq!(after.iter().map(|frame| frame.0).collect::<Vec<_>>(), DELAYS, "{name}");
        assert_eq!(after, before, "{name}");
        let (read, original) = (header(&body), header(&source(&name)));
        assert_eq!((read.width, read.height, read.frames), (32, 24, 4), "{name}");
        assert_eq!(read.plays, original.plays, "{name}");
    }
}

#[test]
fn webps_keep_frames_and_delays() {
    for (name, text) in [
        ("animated.webp", "image/resize,w_32"),
        ("animated.webp", "image/circle,r_20"),
        ("disposal-2.gif", "image/resize,w_32/format,webp"),
    ] {
        let body = processed(name, text);
        assert_eq!(webp_delays(&body), DELAYS, "{name} {text}");
        assert_eq!(header(&body).plays, header(&source(name)).plays, "{name} {text}");
    }
}

#[test]
fn a_percentage_or_a_still_format_takes_the_first_frame() {
    for (name, text, format) in [
        ("disposal-1.gif", "image/resize,p_50", ImageFormat::Gif),
        ("disposal-1.gif", "image/format,png", ImageFormat::Png),
        ("animated.webp", "image/resize,p_50", ImageFormat::WebP),
        ("animated.webp", "image/format,jpg", ImageFormat::Jpeg),
    ] {
        let read = header(&processed(name, text));
        assert_eq!((read.format, read.frames), (format, 1), "{name} {text}");
    }
}
