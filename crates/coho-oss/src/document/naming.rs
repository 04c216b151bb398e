//! How names are written: verbatim or percent-encoded.

use crate::XmlWriter;
use coho_model::{Query, RequestRefusal};

/// The client's `encoding-type`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Naming {
    /// Names verbatim.
    #[default]
    Plain,
    /// Names percent-encoded.
    Url,
}

impl Naming {
    /// Parses `encoding-type`; `url` is its only value.
    pub fn of(query: &Query) -> Result<Self, RequestRefusal> {
        match query.get("encoding-type") {
            None | Some("") => Ok(Self::Plain),
            Some(text) if text.eq_ignore_ascii_case("url") => Ok(Self::Url),
            Some(text) => Err(RequestRefusal::invalid_argument(
                "encoding-type",
                text,
                "Invalid Encoding Method specified in Request.",
            )),
        }
    }

    /// Writes `EncodingType`, without which SDKs do not decode names.
    pub(super) fn declare(self, w: &mut XmlWriter) {
        if self == Self::Url {
            w.text("EncodingType", "url");
        }
    }

    /// Writes an element that holds a name.
    pub(super) fn write(self, w: &mut XmlWriter, element: &str, name: &str) {
        w.name_text(element, name, self == Self::Url);
    }
}
