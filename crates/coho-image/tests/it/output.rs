//! What the result is encoded as: format, colour type, quality, progressive scans, orientation.

use crate::golden::{decoded, psnr};
use crate::{processed, processed_with, source};
use coho_image::{ImageError, ImageFormat, ImageHeader, ImageLimits};
use image::ColorType;

fn header(bytes: &[u8]) -> ImageHeader {
    ImageHeader::read(bytes, &ImageLimits::default()).unwrap()
}

#[test]
fn the_last_format_counts_and_a_gif_is_made_of_a_gif_alone() {
    use ImageFormat::{Bmp, Gif, Jpeg, Png, Tiff, WebP};
    for (name, text, expected) in [
        ("photo.jpg", "image/resize,w_10", Jpeg),
        ("photo.jpg", "image/format,png", Png),
        ("photo.jpg", "image/format,png/format,webp", WebP),
        ("photo.jpg", "image/format,bmp", Bmp),
        ("photo.jpg", "image/format,tiff", Tiff),
        ("photo.jpg", "image/format,gif", Jpeg),
        ("photo.jpg", "image/format,png/format,gif", Jpeg),
        ("disposal-1.gif", "image/resize,w_10", Gif),
        ("disposal-1.gif", "image/format,gif", Gif),
        ("disposal-1.gif", "image/format,jpg", Jpeg),
        ("alpha.png", "image/format,jpg", Jpeg),
        ("lossy.webp", "image/resize,w_10", WebP),
        ("image.bmp", "image/resize,w_10", Bmp),
        ("image.tiff", "image/resize,w_10", Tiff),
        ("photo.jpg", "image/format,auto", Jpeg),
    ] {
        let body = processed(name, text);
        assert_eq!(ImageFormat::of_bytes(&body), Some(expected), "{name} {text}");
        assert!(image::load_from_memory(&body).is_ok() || expected == WebP || expected == Jpeg, "{name} {text}");
    }
}

#[test]
fn images_without_alpha_or_colour_have_no_channel_for_it() {
    for (name, text, expected) in [
        ("plain.png", "image/resize,w_50", ColorType::Rgb8),
        ("alpha.png", "image/resize,w_50", ColorType::Rgba8),
        ("plain.png", "image/circle,r_20", ColorType::Rgba8),
        ("grey16.png", "image/resize,w_50", ColorType::L8),
        ("image.tiff", "image/resize,w_50", ColorType::Rgb8),
        ("image.bmp", "image/circle,r_20", ColorType::Rgba8),
    ] {
        assert_eq!(image::load_from_memory(&processed(name, text)).unwrap().color(), expected, "{name} {text}");
    }
}

fn jpeg_info(bytes: &[u8]) -> jpeg_decoder::ImageInfo {
    let mut decoder = jpeg_decoder::Decoder::new(bytes);
    decoder.read_info().unwrap();
    decoder.info().unwrap()
}

fn jpeg_pixels(bytes: &[u8]) -> image::RgbaImage {
    let body = processed_with(bytes, "image/format,png", &ImageLimits::default()).unwrap().body;
    decoded(&body)
}

#[test]
fn a_jpeg_is_white_where_the_image_was_transparent() {
    let circle = jpeg_pixels(&processed("photo.jpg", "image/circle,r_50"));
    assert!(circle.get_pixel(0, 0).0[..3].iter().all(|channel| *channel > 245), "{:?}", circle.get_pixel(0, 0));
    let flat = jpeg_pixels(&processed("alpha.png", "image/format,jpg"));
    assert!(flat.get_pixel(60, 0).0[..3].iter().all(|channel| *channel > 240), "{:?}", flat.get_pixel(60, 0));
}

#[test]
fn interlace_makes_jpegs_progressive() {
    use jpeg_decoder::CodingProcess::{DctProgressive, DctSequential};
    for (name, text, expected) in [
        ("photo.jpg", "image/interlace,1", DctProgressive),
        ("photo.jpg", "image/interlace,0", DctSequential),
        ("progressive.jpg", "image/resize,w_50", DctSequential),
        ("alpha.png", "image/interlace,1/format,jpg", DctProgressive),
    ] {
        let coding = jpeg_info(&processed(name, text)).coding_process;
        assert!(
            matches!((&coding, &expected), (DctProgressive, DctProgressive) | (DctSequential, DctSequential)),
            "{text}"
        );
    }
    assert_eq!(jpeg_info(&processed("grey.jpg", "image/resize,w_50")).pixel_format, jpeg_decoder::PixelFormat::L8);
}

#[test]
fn less_quality_makes_smaller_files_and_more_than_the_source_has_makes_none_larger() {
    for format in ["jpg", "webp"] {
        let bytes = |quality: &str| processed("photo.jpg", &format!("image/format,{format}/quality,{quality}")).len();
        assert!(bytes("q_20") < bytes("q_60") && bytes("q_60") < bytes("q_100"), "{format}");
        assert!(bytes("Q_20") < bytes("Q_60"), "{format}");
    }
    let bytes = |text: &str| processed("photo.jpg", text).len();
    assert_eq!(bytes("image/quality,Q_100"), bytes("image/quality,Q_90"));
    assert_eq!(bytes("image/quality,q_100"), bytes("image/quality,Q_100"));
    assert_eq!(bytes("image/quality,q_50"), bytes("image/quality,Q_45"));
    // Without a quality a JPEG keeps its own.
    assert_eq!(bytes("image/resize,w_80"), bytes("image/resize,w_80/quality,Q_90"));
}

#[test]
fn an_encoded_image_is_near_to_its_pixels() {
    let exact = decoded(&processed("photo.jpg", "image/resize,w_80/format,png"));
    for (text, least) in [
        ("image/resize,w_80", 35.0),
        ("image/resize,w_80/format,webp/quality,Q_90", 28.0),
        ("image/resize,w_80/format,tiff", 98.0),
    ] {
        let body = processed("photo.jpg", text);
        let near = psnr(&jpeg_pixels(&body), &exact);
        assert!(near >= least, "{text}: {near}");
    }
}

#[test]
fn a_jpeg_keeps_its_orientation_until_it_is_applied() {
    for orientation in 1..=8 {
        let name = format!("orientation-{orientation}.jpg");
        assert_eq!(header(&source(&name)).orientation, orientation);
        assert_eq!(header(&processed(&name, "image/resize,w_40")).orientation, orientation);
        assert_eq!(header(&processed(&name, "image/auto-orient,0/resize,w_40")).orientation, orientation);
        assert_eq!(header(&processed(&name, "image/auto-orient,1/resize,w_40")).orientation, 1);
        assert_eq!(header(&processed(&name, "image/resize,w_40/format,png")).orientation, 1);
    }
}

#[test]
fn an_operation_that_cannot_be_done_says_so() {
    for (name, text, expected) in [
        ("base.png", "image/crop,x_100", "Advance cut's position is out of image."),
        (
            "base.png",
            "image/resize,p_1000/resize,p_1000/resize,p_1000",
            "pixels of the result: 60000000 is more than 16777216",
        ),
    ] {
        let refused = processed_with(&source(name), text, &ImageLimits::default());
        assert_eq!(refused.map_err(|error| error.to_string()).err().as_deref(), Some(expected), "{text}");
    }
    let missing = coho_image::process(
        &crate::plan("image/watermark,image_YQ"),
        &source("base.png"),
        &Default::default(),
        &ImageLimits::default(),
    );
    assert_eq!(missing, Err(ImageError::Watermark("a does not exist".to_owned())));
    let gif = processed_with(&source("base.png"), "image/watermark,image_ZGlzcG9zYWwtMS5naWY", &ImageLimits::default());
    assert!(matches!(gif, Err(ImageError::Watermark(_))), "{gif:?}");
}
