//! `ListLiveChannelResult`: there are never any, and client suites that clean up ask for them.

use crate::XmlWriter;

/// Writes the answer with what the client asked for.
pub fn to_xml(prefix: &str, marker: &str, max_keys: usize) -> Vec<u8> {
    XmlWriter::document("ListLiveChannelResult", 256, |w| {
        w.text("Prefix", prefix);
        w.text("Marker", marker);
        w.value("MaxKeys", max_keys);
        w.value("IsTruncated", false);
    })
}
