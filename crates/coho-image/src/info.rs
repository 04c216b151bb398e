//! `info` and `average-hue`: JSON. Every value of `info` is a string, as OSS has it.

use serde_json::{Map, Value, json};

use crate::exif;
use crate::format::ImageFormat;
use crate::header::ImageHeader;

pub(crate) fn info(header: &ImageHeader, bytes: &[u8]) -> String {
    let mut fields = exif::fields(header.format, bytes);
    if let Some((unit, x, y)) = density(header.format, bytes) {
        let density = [("ResolutionUnit", unit), ("XResolution", format!("{x}/1")), ("YResolution", format!("{y}/1"))];
        for (name, value) in density {
            fields.entry(name.to_owned()).or_insert(value);
        }
    }
    // What the file is counts more than what its EXIF claims.
    let own = [
        ("FileSize", bytes.len().to_string()),
        ("Format", header.format.name().to_owned()),
        ("FrameCount", header.frames.to_string()),
        ("ImageHeight", header.height.to_string()),
        ("ImageWidth", header.width.to_string()),
    ];
    fields.extend(own.map(|(name, value)| (name.to_owned(), value)));
    let members: Map<String, Value> =
        fields.into_iter().map(|(name, value)| (name, json!({ "value": value }))).collect();
    Value::Object(members).to_string()
}

pub(crate) fn hue([red, green, blue]: [u8; 3]) -> String {
    json!({ "RGB": format!("0x{red:02x}{green:02x}{blue:02x}") }).to_string()
}

/// The pixel density of a JFIF header, with the unit in EXIF's numbers: 1 none, 2 inch, 3 centimetre.
fn density(format: ImageFormat, bytes: &[u8]) -> Option<(String, u16, u16)> {
    if format != ImageFormat::Jpeg {
        return None;
    }
    let segment = bytes.get(2..20)?;
    let [0xff, 0xe0, _, _, b'J', b'F', b'I', b'F', 0, _, _, unit, x_high, x_low, y_high, y_low, ..] = *segment else {
        return None;
    };
    let density = (u16::from_be_bytes([x_high, x_low]), u16::from_be_bytes([y_high, y_low]));
    (unit <= 2).then(|| ((unit + 1).to_string(), density.0, density.1))
}
