//! Entity tags.

use std::fmt;

/// Bytes of the longest quoted tag of a complete multipart upload: 32 digits, `-10000` and the quotes.
const QUOTED_BYTES: usize = 40;

/// The MD5 of the content of an object that a client has uploaded in one request; for a multipart object, the MD5 of its
/// parts' tags as concatenated text, and the number of parts. A fetched object has one part, and bits that are not an MD5; an
/// appendable one has bits that are not the MD5 of its content.
/// Upper-case hex, quoted on the wire (OSS `ETag`).
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct ETag {
    /// The 32 hex digits.
    pub bits: [u8; 16],
    /// The number of parts; 0 for an object that was uploaded in one request.
    pub parts: u32,
}

impl ETag {
    /// The tag of an object uploaded in one request.
    pub fn simple(md5: [u8; 16]) -> Self {
        Self { bits: md5, parts: 0 }
    }

    /// The tag of an object completed from parts with these tags.
    pub fn of_parts(parts: &[Self]) -> Self {
        use md5::Digest;
        let mut md5 = md5::Md5::new();
        for part in parts {
            // OSS hashes the text of the tags, where S3 hashes their bytes.
            md5.update(part.to_string());
        }
        Self { bits: md5.finalize().into(), parts: parts.len() as u32 }
    }

    /// The tag of an appendable object: of the one before the append, if there was one, and of the added bytes. Opaque to clients.
    pub fn of_append(before: Option<Self>, added: Self) -> Self {
        use md5::Digest;
        let mut md5 = md5::Md5::new();
        md5.update(before.map_or([0; 16], |before| before.bits));
        md5.update(added.bits);
        Self { bits: md5.finalize().into(), parts: 0 }
    }

    /// The wire form, with quotes.
    pub fn quoted(self) -> String {
        let mut text = String::with_capacity(QUOTED_BYTES);
        text.push('"');
        self.write_to(&mut text);
        text.push('"');
        text
    }

    /// Without the formatting machinery: every answer to a GET has a tag.
    fn write_to(self, text: &mut String) {
        const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
        for byte in self.bits {
            text.push(char::from(DIGITS[usize::from(byte >> 4)]));
            text.push(char::from(DIGITS[usize::from(byte & 15)]));
        }
        if self.parts > 0 {
            text.push('-');
            text.push_str(&self.parts.to_string());
        }
    }

    /// Whether a client's text names this tag: quoted or not, weak or not, in any case.
    pub fn is_named_by(self, text: &str) -> bool {
        let text = text.trim();
        let text = text.strip_prefix("W/").unwrap_or(text);
        let text = text.strip_prefix('"').and_then(|t| t.strip_suffix('"')).unwrap_or(text);
        text.eq_ignore_ascii_case(&self.to_string())
    }

    /// Whether the value of `If-Match` or `If-None-Match`, which may be `*` or a list, contains this tag.
    pub fn is_listed_in(self, value: &str) -> bool {
        value.split(',').any(|item| item.trim() == "*" || self.is_named_by(item))
    }

    /// The inverse of `Display`; `None` for any other text.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim().trim_matches('"');
        let (digest, parts) = match text.split_once('-') {
            Some((digest, parts)) => (digest, crate::decimal(parts)?),
            None => (text, 0),
        };
        let mut bits = [0; 16];
        hex::decode_to_slice(digest, &mut bits).ok()?;
        Some(Self { bits, parts })
    }
}

impl fmt::Display for ETag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::with_capacity(QUOTED_BYTES);
        self.write_to(&mut text);
        f.write_str(&text)
    }
}

impl fmt::Debug for ETag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clients_may_name_a_tag_in_any_form() {
        let tag = ETag::simple(hex_of("5d41402abc4b2a76b9719d911017c592"));
        assert_eq!(tag.quoted(), "\"5D41402ABC4B2A76B9719D911017C592\"");
        for text in [
            "\"5D41402ABC4B2A76B9719D911017C592\"",
            "5d41402abc4b2a76b9719d911017c592",
            "x, *",
            "W/\"5d41402abc4b2a76b9719d911017c592\"",
        ] {
            assert!(tag.is_listed_in(text), "{text}");
        }
        for text in ["", "\"\"", "5D41402ABC4B2A76B9719D911017C592-1", "x,y"] {
            assert!(!tag.is_listed_in(text), "{text}");
        }
    }

    #[test]
    fn the_tag_of_parts_is_the_md5_of_their_tags_as_text() {
        let check = |parts: &[&str], expected: &str| {
            let parts: Vec<ETag> = parts.iter().map(|part| ETag::simple(hex_of(part))).collect();
            let tag = ETag::of_parts(&parts);
            assert_eq!(tag.to_string(), expected);
            assert_eq!(ETag::parse(expected), Some(tag));
        };
        check(
            &["302D3A0C8E319EAA95B059B346DE1D1D", "7AEA2552DFE7EB84B9443B6FC9BA6E01"],
            "0D4E5A0383F9015FCFC87E135E0DFFE6-2",
        );
        check(&[], "D41D8CD98F00B204E9800998ECF8427E");
    }

    #[test]
    fn other_texts_are_not_tags() {
        for text in ["zz", "", "4AE71336E44BF9BF79D2752E234818A5-", "4AE71336E44BF9BF79D2752E234818A5-+1"] {
            assert_eq!(ETag::parse(text), None, "{text}");
        }
    }

    fn hex_of(text: &str) -> [u8; 16] {
        hex::decode(text).unwrap().try_into().unwrap()
    }
}
