//! EXIF: the orientation of an image, and all fields with a name as texts.

use std::collections::BTreeMap;
use std::io::Cursor;

use ::exif::{Exif, Field, In, Rational, Reader, Tag, Value};

use crate::format::ImageFormat;

/// Longest text of a field in characters; makers' notes are longer and of no use.
const VALUE_CHARACTERS: usize = 512;
/// Numbers of a field that are shown.
const VALUE_NUMBERS: usize = 64;

/// PNG has no EXIF for OSS; GIF and BMP have none at all.
fn read(format: ImageFormat, bytes: &[u8]) -> Option<Exif> {
    if !matches!(format, ImageFormat::Jpeg | ImageFormat::WebP | ImageFormat::Tiff) {
        return None;
    }
    let mut reader = Reader::new();
    reader.continue_on_error(true);
    let read = reader.read_from_container(&mut Cursor::new(bytes));
    read.or_else(|error| error.distill_partial_result(|_| {})).ok()
}

/// 1, upright, where the tag is missing or broken.
pub(crate) fn orientation(format: ImageFormat, bytes: &[u8]) -> u8 {
    let exif = read(format, bytes);
    let field = exif.as_ref().and_then(|exif| exif.get_field(Tag::Orientation, In::PRIMARY));
    let value = field.and_then(|field| field.value.get_uint(0)).and_then(|value| u8::try_from(value).ok());
    value.filter(|value| (1..=8).contains(value)).unwrap_or(1)
}

/// The fields of the image itself, and those of its thumbnail that it does not have.
pub(crate) fn fields(format: ImageFormat, bytes: &[u8]) -> BTreeMap<String, String> {
    let Some(exif) = read(format, bytes) else { return BTreeMap::new() };
    let mut fields = BTreeMap::new();
    for ifd in [In::PRIMARY, In::THUMBNAIL] {
        for field in exif.fields().filter(|field| field.ifd_num == ifd) {
            let name = field.tag.to_string();
            let is_known = name.chars().all(|character| character.is_ascii_alphanumeric());
            if let Some(text) = text(field).filter(|_| is_known) {
                fields.entry(name).or_insert(text);
            }
        }
    }
    fields
}

fn text(field: &Field) -> Option<String> {
    let text = match (&field.value, field.tag) {
        (Value::Rational(parts), Tag::GPSLatitude | Tag::GPSLongitude) => degrees(parts),
        (Value::Ascii(lines), Tag::GPSLatitudeRef | Tag::GPSLongitudeRef) => match lines.first()?.first()? {
            b'N' => "North".to_owned(),
            b'S' => "South".to_owned(),
            b'E' => "East".to_owned(),
            b'W' => "West".to_owned(),
            _ => return None,
        },
        (Value::Ascii(lines), _) => lines.iter().map(|line| printable(line)).collect::<Vec<_>>().join(" "),
        (Value::Byte(values), _) => joined(values),
        (Value::Short(values), _) => joined(values),
        (Value::Long(values), _) => joined(values),
        (Value::SByte(values), _) => joined(values),
        (Value::SShort(values), _) => joined(values),
        (Value::SLong(values), _) => joined(values),
        (Value::Rational(values), _) => {
            joined(values.iter().map(|value| format!("{}/{}", value.num, value.denom)).collect::<Vec<_>>().as_slice())
        }
        (Value::SRational(values), _) => {
            joined(values.iter().map(|value| format!("{}/{}", value.num, value.denom)).collect::<Vec<_>>().as_slice())
        }
        (Value::Undefined(bytes, _), Tag::ExifVersion | Tag::FlashpixVersion) => printable(bytes),
        (Value::Undefined(bytes, _), _) => joined(bytes),
        (Value::Float(_) | Value::Double(_) | Value::Unknown(..), _) => return None,
    };
    (text.chars().count() <= VALUE_CHARACTERS).then_some(text)
}

fn printable(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).chars().filter(|character| !character.is_control()).collect()
}

fn joined<T: ToString>(values: &[T]) -> String {
    values.iter().take(VALUE_NUMBERS).map(T::to_string).collect::<Vec<_>>().join(" ")
}

/// As OSS writes coordinates: `22deg 31' 5.5"`, without what is missing.
fn degrees(parts: &[Rational]) -> String {
    let part = |index: usize, unit: &str| {
        let part = parts.get(index).filter(|part| part.denom != 0)?;
        let value = part.to_f64();
        (index == 0 || value != 0.0).then(|| format!("{value}{unit}"))
    };
    let written = [part(0, "deg"), part(1, "'"), part(2, "\"")];
    let written: Vec<String> = written.into_iter().flatten().collect();
    if written.len() == 1 { format!("{} ", written[0]) } else { written.join(" ") }
}
