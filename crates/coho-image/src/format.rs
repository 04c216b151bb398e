//! The formats of images that are read or written.

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ImageFormat {
    Jpeg,
    Png,
    WebP,
    Bmp,
    Gif,
    Tiff,
}

impl ImageFormat {
    /// OSS's names.
    pub(crate) const NAMES: [(&'static str, Self); 6] = [
        ("jpg", Self::Jpeg),
        ("png", Self::Png),
        ("webp", Self::WebP),
        ("bmp", Self::Bmp),
        ("gif", Self::Gif),
        ("tiff", Self::Tiff),
    ];

    pub fn name(self) -> &'static str {
        crate::geometry::name_of(&Self::NAMES, self)
    }

    pub fn content_type(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::WebP => "image/webp",
            Self::Bmp => "image/bmp",
            Self::Gif => "image/gif",
            Self::Tiff => "image/tiff",
        }
    }

    /// By the first bytes of a file.
    pub fn of_bytes(bytes: &[u8]) -> Option<Self> {
        match bytes {
            [0xff, 0xd8, 0xff, ..] => Some(Self::Jpeg),
            [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Some(Self::Png),
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some(Self::WebP),
            [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Some(Self::Gif),
            [b'I', b'I', b'*', 0, ..] | [b'M', b'M', 0, b'*', ..] => Some(Self::Tiff),
            [b'B', b'M', ..] => Some(Self::Bmp),
            _ => None,
        }
    }

    /// Whether the format can have several frames.
    pub(crate) fn is_animated(self) -> bool {
        matches!(self, Self::Gif | Self::WebP)
    }
}
