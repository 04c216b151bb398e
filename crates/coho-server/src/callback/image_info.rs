//! Size and format of an image, for the body of a callback.

use coho_model::{ByteRange, ObjectRecord};
use coho_oss::callback::ImageInfo;
use coho_store::{Store, StoreError};
use imagesize::ImageType;
use std::{panic::catch_unwind, sync::Arc};

/// Most bytes of an object that are read for its size as an image; of the formats here, only a JPEG whose metadata is larger tells its
/// size later.
const MAX_HEAD_BYTES: u64 = 256 * 1024;

/// What an object tells of itself as an image; `None` if it is none, or of an unknown format.
pub(super) async fn of_object(store: &Store, object: &Arc<ObjectRecord>) -> Result<Option<ImageInfo>, StoreError> {
    let length = object.size.min(MAX_HEAD_BYTES);
    if length == 0 {
        return Ok(None);
    }
    let mut reader = store.read_object(object.clone(), ByteRange { start: 0, end: length }).await?;
    let mut head = Vec::new();
    while let Some(bytes) = reader.read().await? {
        head.extend_from_slice(&bytes);
    }
    Ok(of_bytes(&head))
}

fn of_bytes(head: &[u8]) -> Option<ImageInfo> {
    // The bytes are a client's, and the parser is not ours: a panic of it must not fail a callback.
    catch_unwind(|| {
        let format = format(imagesize::image_type(head).ok()?)?;
        let size = imagesize::blob_size(head).ok()?;
        Some(ImageInfo { height: size.height as u64, width: size.width as u64, format })
    })
    .unwrap_or_default()
}

/// The names of OSS for the formats that its image service reads.
fn format(image_type: ImageType) -> Option<&'static str> {
    Some(match image_type {
        ImageType::Bmp => "bmp",
        ImageType::Gif => "gif",
        ImageType::Heif(_) => "heic",
        ImageType::Jpeg => "jpg",
        ImageType::Png => "png",
        ImageType::Tiff => "tiff",
        ImageType::Webp => "webp",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_tell_their_size_and_other_bytes_do_not() {
        let png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x01\x02\0\0\0\x03\x08\x02\0\0\0";
        let gif = b"GIF89a\x05\0\x07\0\0\0\0";
        for (bytes, expected) in [
            (&png[..], Some((258, 3, "png"))),
            (gif, Some((5, 7, "gif"))),
            (b"BM", None),
            (&png[..12], None),
            (b"\xff\xd8\xff\xe0\0\x10JFIF", None),
            (b"plain text", None),
            (b"", None),
        ] {
            let found = of_bytes(bytes).map(|image| (image.width, image.height, image.format));
            assert_eq!(found, expected, "{}", bytes.escape_ascii());
        }
    }
}
