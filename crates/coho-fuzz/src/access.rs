//! Who may read a bucket from where.

use crate::parts;
use coho_oss::document::{cors, referer};

/// A CORS configuration that is accepted is written and parsed again without a change, and judges any request.
/// Input: the document, then an origin or header.
pub fn cors_xml(input: &[u8]) {
    let (document, text) = parts(input);
    let Ok(parsed) = cors::parse(document) else { return };
    assert_eq!(cors::parse(&cors::to_xml(&parsed)).as_ref(), Ok(&parsed));
    let text = String::from_utf8_lossy(text);
    parsed.rule(&text, "GET", &[&text]);
}

/// The same of a referer configuration.
pub fn referer_xml(input: &[u8]) {
    let (document, text) = parts(input);
    let Ok(parsed) = referer::parse(document) else { return };
    assert_eq!(referer::parse(&referer::to_xml(Some(&parsed))).as_ref(), Ok(&parsed));
    parsed.permits(&String::from_utf8_lossy(text));
}
