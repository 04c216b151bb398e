//! The quality of a JPEG, estimated from its quantisation tables.

/// The luminance table of ITU T.81 Annex K, which the common quality scale multiplies, in zigzag order.
const LUMINANCE: [u16; 64] = [
    16, 11, 12, 14, 12, 10, 16, 14, 13, 14, 18, 17, 16, 19, 24, 40, 26, 24, 22, 22, 24, 49, 35, 37, 29, 40, 58, 51, 61,
    60, 57, 51, 56, 55, 64, 72, 92, 78, 64, 68, 87, 69, 55, 56, 80, 109, 81, 87, 95, 98, 103, 104, 103, 62, 77, 113,
    121, 112, 100, 120, 92, 101, 103, 99,
];

/// The quality from 1 to 100 whose table is nearest to the first table of the file; nothing without a table.
pub(crate) fn estimate(bytes: &[u8]) -> Option<u8> {
    let table = first_table(bytes)?;
    (1..=100).min_by_key(|quality| distance(&table, *quality))
}

fn distance(table: &[u16; 64], quality: u8) -> u64 {
    let quality = u32::from(quality);
    let scale = if quality < 50 { 5000 / quality } else { 200 - 2 * quality };
    let expected = LUMINANCE.iter().map(|value| ((u32::from(*value) * scale + 50) / 100).clamp(1, 255));
    table.iter().zip(expected).map(|(value, expected)| u64::from(u32::from(*value).abs_diff(expected))).sum()
}

/// Table 0 of the first `DQT` segments before the first scan.
fn first_table(bytes: &[u8]) -> Option<[u16; 64]> {
    let mut rest = bytes.get(2..)?;
    loop {
        let [0xff, marker, high, low, ..] = *rest else { return None };
        let length = usize::from(u16::from_be_bytes([high, low]));
        let segment = rest.get(4..2 + length)?;
        match marker {
            0xdb => {
                if let Some(table) = table_zero(segment) {
                    return Some(table);
                }
            }
            0xda | 0xd9 => return None,
            _ => {}
        }
        rest = rest.get(2 + length..)?;
    }
}

fn table_zero(mut segment: &[u8]) -> Option<[u16; 64]> {
    loop {
        let (&head, values) = segment.split_first()?;
        let is_wide = head >> 4 != 0;
        let bytes = if is_wide { 128 } else { 64 };
        let (values, rest) = values.split_at_checked(bytes)?;
        if head & 0x0f == 0 {
            let mut table = [0; 64];
            for (index, value) in table.iter_mut().enumerate() {
                *value = if is_wide {
                    u16::from_be_bytes([values[2 * index], values[2 * index + 1]])
                } else {
                    values[index].into()
                };
            }
            return Some(table);
        }
        segment = rest;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jpeg_encoder::{ColorType, Encoder, QuantizationTableType};

    #[test]
    fn the_quality_of_an_encoder_is_found_again() {
        for quality in [1, 10, 35, 50, 75, 80, 90, 95, 99, 100] {
            let mut jpeg = Vec::new();
            let mut encoder = Encoder::new(&mut jpeg, quality);
            encoder.set_quantization_tables(QuantizationTableType::Default, QuantizationTableType::Default);
            encoder.encode(&[0; 64 * 3], 8, 8, ColorType::Rgb).unwrap();
            assert_eq!(estimate(&jpeg), Some(quality));
        }
    }

    #[test]
    fn broken_files_have_no_quality() {
        for bytes in [
            &b""[..],
            b"\xff\xd8",
            b"\xff\xd8\xff\xdb\x00\x02",
            b"\xff\xd8\xff\xdb\x00\x00",
            b"\xff\xd8\xff\xdb\xff\xff",
        ] {
            assert_eq!(estimate(bytes), None, "{bytes:?}");
        }
    }
}
