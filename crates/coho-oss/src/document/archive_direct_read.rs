//! `ArchiveDirectReadConfiguration` (PutBucketArchiveDirectRead, GetBucketArchiveDirectRead).

use crate::{Element, XmlWriter, read_document};
use coho_model::RequestRefusal;

/// Maximum bytes of the request.
pub const MAX_BYTES: usize = 64 * 1024;

/// Parses the request.
pub fn parse(body: &[u8]) -> Result<bool, RequestRefusal> {
    let root = read_document(body, "ArchiveDirectReadConfiguration", MAX_BYTES)?;
    match root.child("Enabled")?.map_or("", Element::trimmed) {
        text if text.eq_ignore_ascii_case("true") => Ok(true),
        text if text.eq_ignore_ascii_case("false") => Ok(false),
        text => Err(RequestRefusal::invalid_argument("Enabled", text, "Enabled must be true or false.")),
    }
}

/// Writes the response.
pub fn to_xml(enabled: bool) -> Vec<u8> {
    XmlWriter::document("ArchiveDirectReadConfiguration", 128, |w| w.value("Enabled", enabled))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        for enabled in [true, false] {
            assert_eq!(parse(&to_xml(enabled)), Ok(enabled));
        }
        for body in ["", "<ArchiveDirectReadConfiguration/>", "<x><Enabled>true</Enabled></x>"] {
            assert!(parse(body.as_bytes()).is_err(), "{body}");
        }
    }
}
