//! Files that lie, are cut or broken: each gives an image or a refusal, in bounded memory, and never panics.

use std::fs;
use std::path::Path;

use crate::{processed_with, source};
use coho_image::{ImageError, ImageLimits, ImagePlan, WatermarkBodies, process};

/// Mutations of each source. The limits below keep each one cheap.
const ROUNDS: u64 = 60;
const PLANS: [&str; 4] = [
    "image/resize,w_20/format,webp",
    "image/auto-orient,1/crop,w_30,h_30,g_center/format,png",
    "image/rotate,30/quality,q_50",
    "image/info",
];

fn names() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/sources");
    let mut names: Vec<String> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// SplitMix64: a seed gives the same choices on every machine.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        (self.next() % end.max(1) as u64) as usize
    }
}

fn mutate(bytes: &mut Vec<u8>, random: &mut Random) {
    for _ in 0..=random.below(6) {
        // Headers are where lies do the most.
        let end = if random.below(2) == 0 { bytes.len().min(200) } else { bytes.len() };
        let at = random.below(end);
        match random.below(5) {
            0 if at < bytes.len() => bytes[at] = random.next() as u8,
            1 if at < bytes.len() => bytes[at] ^= 1 << random.below(8),
            2 if at + 4 <= bytes.len() => bytes[at..at + 4].fill(if random.below(2) == 0 { 0xff } else { 0 }),
            3 => bytes.truncate(at),
            _ => {
                let from = random.below(bytes.len());
                let piece = bytes[from..bytes.len().min(from + 16)].to_vec();
                bytes.splice(at.min(bytes.len())..at.min(bytes.len()), piece);
            }
        }
    }
}

fn small_limits() -> ImageLimits {
    ImageLimits { source_pixels: 4_000_000, source_frames: 50, decoded_bytes: 64_000_000, ..ImageLimits::default() }
}

#[test]
fn mutated_files_never_panic() {
    let (mut images, mut refusals) = (0, 0);
    for (index, name) in names().iter().enumerate() {
        let original = source(name);
        for round in 0..ROUNDS {
            let mut random = Random(round << 16 | index as u64);
            let mut bytes = original.clone();
            mutate(&mut bytes, &mut random);
            let text = PLANS[random.below(PLANS.len())];
            match processed_with(&bytes, text, &small_limits()) {
                Ok(result) => {
                    assert!(!result.body.is_empty(), "{name} {round}");
                    images += 1;
                }
                Err(error) => {
                    let is_expected =
                        matches!(error, ImageError::Damaged(_) | ImageError::TooLarge(_) | ImageError::BadRequest(_));
                    assert!(is_expected, "{name} {round}: {error:?}");
                    refusals += 1;
                }
            }
        }
    }
    assert!(images > 100 && refusals > 100, "{images} images, {refusals} refusals");
}

#[test]
fn a_file_may_end_anywhere() {
    for name in names() {
        let bytes = source(&name);
        for cut in (0..bytes.len()).step_by(bytes.len() / 40 + 1) {
            let result = processed_with(&bytes[..cut], "image/resize,w_20/format,png", &small_limits());
            let is_expected = matches!(result, Ok(_) | Err(ImageError::Damaged(_) | ImageError::TooLarge(_)));
            assert!(is_expected, "{name} cut at {cut}: {result:?}");
        }
    }
}

fn chunk(name: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let mut chunk = u32::try_from(data.len()).unwrap().to_be_bytes().to_vec();
    chunk.extend(name);
    chunk.extend(data);
    let mut crc = flate2::Crc::new();
    crc.update(&chunk[4..]);
    chunk.extend(crc.sum().to_be_bytes());
    chunk
}

fn zlib(data: impl Iterator<Item = u8>) -> Vec<u8> {
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    std::io::Write::write_all(&mut encoder, &data.collect::<Vec<u8>>()).unwrap();
    encoder.finish().unwrap()
}

fn png(width: u32, height: u32, chunks: &[Vec<u8>]) -> Vec<u8> {
    let mut head = [width.to_be_bytes(), height.to_be_bytes()].concat();
    head.extend([8, 2, 0, 0, 0]);
    let mut png = b"\x89PNG\r\n\x1a\n".to_vec();
    png.extend(chunk(b"IHDR", &head));
    png.extend(chunks.concat());
    png.extend(chunk(b"IEND", b""));
    png
}

fn tiff(width: u32, height: u32) -> Vec<u8> {
    let mut tiff = b"II*\0\x08\0\0\0\x09\0".to_vec();
    let mut entry = |tag: u16, value: u32| {
        tiff.extend(tag.to_le_bytes());
        tiff.extend([4, 0, 1, 0, 0, 0]);
        tiff.extend(value.to_le_bytes());
    };
    for (tag, value) in [
        (256, width),
        (257, height),
        (258, 8),
        (259, 1),
        (262, 1),
        (273, 200),
        (277, 1),
        (278, height),
        (279, width.wrapping_mul(height)),
    ] {
        entry(tag, value);
    }
    tiff.extend([0; 4]);
    tiff
}

fn gif(width: u16, height: u16, frames: usize) -> Vec<u8> {
    let mut gif = b"GIF89a".to_vec();
    gif.extend([width.to_le_bytes(), height.to_le_bytes()].concat());
    gif.extend([0x80, 0, 0, 0, 0, 0, 255, 255, 255]);
    for _ in 0..frames {
        gif.extend(b"\x2c\0\0\0\0\x01\0\x01\0\0\x02\x02\x44\x01\0");
    }
    gif.push(0x3b);
    gif
}

fn bmp(width: i32, height: i32) -> Vec<u8> {
    let mut bmp = b"BM\0\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0".to_vec();
    bmp.extend([width.to_le_bytes(), height.to_le_bytes()].concat());
    bmp.extend([1, 0, 24, 0]);
    bmp.resize(54, 0);
    bmp
}

fn jpeg_with_sides(width: u16, height: u16) -> Vec<u8> {
    let mut jpeg = source("photo.jpg");
    let at = jpeg.windows(2).position(|marker| marker == [0xff, 0xc0]).unwrap();
    jpeg[at + 5..at + 7].copy_from_slice(&height.to_be_bytes());
    jpeg[at + 7..at + 9].copy_from_slice(&width.to_be_bytes());
    jpeg
}

#[test]
fn huge_claims_are_refused_by_the_header() {
    for (name, bytes) in [
        ("png", png(30_001, 1, &[])),
        ("png", png(u32::MAX >> 1, u32::MAX >> 1, &[])),
        ("png", png(20_000, 20_000, &[chunk(b"IDAT", &zlib(std::iter::repeat_n(0, 1000)))])),
        ("tiff", tiff(20_000, 20_000)),
        ("tiff", tiff(u32::MAX, u32::MAX)),
        ("gif", gif(u16::MAX, u16::MAX, 1)),
        ("gif", gif(30_000, 8_000, 2)),
        ("gif", gif(1, 1, 10_001)),
        ("bmp", bmp(30_001, 1)),
        ("bmp", bmp(20_000, -20_000)),
        ("jpeg", jpeg_with_sides(u16::MAX, u16::MAX)),
        ("jpeg", jpeg_with_sides(20_000, 20_000)),
        ("scans", [source("photo.jpg"), [0xff, 0xda].repeat(200)].concat()),
        ("bytes", vec![0; 20 * 1024 * 1024 + 1]),
    ] {
        let result = processed_with(&bytes, "image/resize,w_20", &ImageLimits::default());
        assert!(matches!(result, Err(ImageError::TooLarge(_))), "{name}: {result:?}");
    }
}

#[test]
fn what_is_no_image_is_damaged() {
    for bytes in [
        &b""[..],
        b"<html><body>Not found</body></html>",
        b"\xff\xd8\xff",
        b"GIF89a",
        b"BM",
        b"RIFF\0\0\0\0WEBP",
        b"II*\0",
        b"\0\0\0\x18ftypheic",
        b"\0\0\0\x18ftypavif",
        &png(0, 5, &[]),
        &png(5, 5, &[]),
        &gif(0, 5, 1),
        &gif(5, 5, 0),
        &tiff(0, 5),
        &jpeg_with_sides(0, 5),
    ] {
        let result = processed_with(bytes, "image/resize,w_20", &ImageLimits::default());
        assert!(matches!(result, Err(ImageError::Damaged(_))), "{:?}: {result:?}", String::from_utf8_lossy(bytes));
    }
}

#[test]
fn compressed_bombs_beside_the_pixels_do_no_harm() {
    let pixels = chunk(b"IDAT", &zlib((0..20).flat_map(|_| std::iter::once(0).chain(std::iter::repeat_n(90, 60)))));
    let zeros = zlib(std::iter::repeat_n(0, 100_000_000));
    let profile = chunk(b"iCCP", &[b"x\0\0", &zeros[..]].concat());
    let text = chunk(b"zTXt", &[b"x\0\0", &zeros[..]].concat());
    for chunks in [vec![profile, pixels.clone()], vec![text.clone(), pixels.clone()], vec![pixels, text]] {
        let result = processed_with(&png(20, 20, &chunks), "image/resize,w_10", &small_limits());
        assert!(matches!(result, Ok(_) | Err(ImageError::TooLarge(_) | ImageError::Damaged(_))), "{result:?}");
    }
}

#[test]
fn a_long_image_is_read_and_resized() {
    let row = std::iter::once(0).chain(std::iter::repeat_n(90, 30_000 * 3));
    let long = png(30_000, 2, &[chunk(b"IDAT", &zlib(row.clone().chain(row)))]);
    for (text, size) in [
        ("image/resize,w_300", (300, 1)),
        ("image/crop,x_29999", (1, 2)),
        ("image/resize,m_fill,w_100,h_100,limit_0", (100, 100)),
    ] {
        let body = processed_with(&long, text, &ImageLimits::default()).unwrap().body;
        assert_eq!(crate::golden::decoded(&body).dimensions(), size, "{text}");
    }
    let refused = processed_with(&long, "image/resize,m_mfit,h_4,limit_0", &ImageLimits::default());
    assert!(matches!(refused, Err(ImageError::TooLarge(_))), "{refused:?}");
}

#[test]
fn a_broken_watermark_is_an_error_of_the_watermark() {
    let limits = ImageLimits::default();
    let plan = ImagePlan::parse("image/watermark,image_YQ", &limits).unwrap();
    for body in [b"not an image".to_vec(), png(30_001, 1, &[]), gif(1, 1, 1)] {
        let bodies = WatermarkBodies::from([("a".to_owned(), body)]);
        let result = process(&plan, &source("base.png"), &bodies, &limits);
        assert!(matches!(result, Err(ImageError::Watermark(_))), "{result:?}");
    }
}
