//! Tags of objects and buckets.

use coho_model::{TagSet, Tagged};
use coho_oss::document::tagging as document;

/// Tags that are accepted are written and parsed again without a change.
pub fn tagging_xml(input: &[u8]) {
    for tagged in [Tagged::Object, Tagged::Bucket] {
        let Ok(tags) = document::parse(input, tagged) else { continue };
        assert!(tags.len() <= tagged.max_tags());
        assert_eq!(document::parse(&document::to_xml(&tags), tagged).as_ref(), Ok(&tags));
    }
}

/// Tags of a header keep the rules of objects.
pub fn tagging(input: &[u8]) {
    let Ok(tags) = TagSet::parse_header(&String::from_utf8_lossy(input)) else { return };
    assert_eq!(TagSet::new(Tagged::Object, tags.as_pairs().to_vec()), Ok(tags));
}
