//! `ListLiveChannelResult`, always empty: client test suites list live channels when they clean up.

use crate::XmlWriter;

/// Writes the response with the client's parameters.
pub fn to_xml(prefix: &str, marker: &str, max_keys: usize) -> Vec<u8> {
    XmlWriter::document("ListLiveChannelResult", 256, |w| {
        w.text("Prefix", prefix);
        w.text("Marker", marker);
        w.value("MaxKeys", max_keys);
        w.value("IsTruncated", false);
    })
}
