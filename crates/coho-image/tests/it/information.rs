//! `info` and `average-hue`.

use crate::{processed, source};
use serde_json::{Value, json};

fn info(name: &str) -> Value {
    serde_json::from_slice(&processed(name, "image/info")).unwrap()
}

#[test]
fn every_value_of_info_is_a_string() {
    let value = |text: &str| json!({ "value": text });
    let exif = info("exif.jpg");
    for (name, expected) in [
        ("Format", "jpg"),
        ("ImageWidth", "40"),
        ("ImageHeight", "30"),
        ("FrameCount", "1"),
        ("Make", "Maker"),
        ("Orientation", "6"),
        ("DateTime", "2026:01:02 03:04:05"),
        ("XResolution", "72/1"),
        ("ResolutionUnit", "2"),
        ("GPSLatitudeRef", "North"),
        ("GPSLatitude", "22deg 31' 5.5\""),
    ] {
        assert_eq!(exif[name], value(expected), "{name} of {exif}");
    }
    assert_eq!(exif["FileSize"], value(&source("exif.jpg").len().to_string()));
    assert!(exif.as_object().unwrap().values().all(|value| value["value"].is_string()), "{exif}");
}

#[test]
fn images_without_exif_have_the_basic_fields() {
    for (name, format, width, frames, fields) in [
        ("plain.png", "png", "200", "1", 5),
        ("disposal-1.gif", "gif", "64", "4", 5),
        ("animated.webp", "webp", "64", "4", 5),
        ("image.bmp", "bmp", "160", "1", 5),
        ("photo.jpg", "jpg", "160", "1", 8),
    ] {
        let info = info(name);
        let seen =
            ["Format", "ImageWidth", "FrameCount"].map(|field| info[field]["value"].as_str().unwrap().to_owned());
        assert_eq!(seen, [format, width, frames], "{name}");
        assert_eq!(info.as_object().unwrap().len(), fields, "{name}: {info}");
    }
    assert_eq!(info("image.tiff")["ImageWidth"], json!({ "value": "160" }));
}

#[test]
fn the_average_hue_is_of_the_image_after_the_steps() {
    let hue = |text: &str| String::from_utf8(processed("base.png", text)).unwrap();
    assert_eq!(hue("image/bright,100/average-hue"), r#"{"RGB":"0xffffff"}"#);
    assert_eq!(hue("image/bright,-100/average-hue"), r#"{"RGB":"0x000000"}"#);
    let plain = hue("image/average-hue");
    assert!(plain.starts_with(r#"{"RGB":"0x"#) && plain.len() == 18, "{plain}");
}
