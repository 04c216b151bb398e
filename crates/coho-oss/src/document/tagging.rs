//! `Tagging` of objects and buckets (PutObjectTagging, GetObjectTagging, PutBucketTags, GetBucketTags).

use crate::{Element, XmlWriter, xml::read_kept_document};
use coho_model::{RequestRefusal, TagSet, Tagged};

/// Maximum bytes of the request.
pub const MAX_BYTES: usize = 64 * 1024;

/// Parses the request. A set without tags is as good as none.
pub fn parse(body: &[u8], tagged: Tagged) -> Result<TagSet, RequestRefusal> {
    let root = read_kept_document(body, "Tagging", MAX_BYTES)?;
    let missing = |name: &str| RequestRefusal::malformed_document(format!("{name} is missing"));
    let set = root.child("TagSet")?.ok_or_else(|| missing("TagSet"))?;
    let mut pairs = Vec::new();
    for tag in set.children().iter().filter(|child| child.name() == "Tag") {
        let key = tag.child("Key")?.map(Element::text).ok_or_else(|| missing("Key"))?;
        let value = tag.child("Value")?.map_or("", Element::text);
        pairs.push((key.to_owned(), value.to_owned()));
    }
    Ok(TagSet::new(tagged, pairs)?)
}

/// Writes the response; `TagSet` is present even when it is empty.
pub fn to_xml(tags: &TagSet) -> Vec<u8> {
    XmlWriter::document("Tagging", 128 + 64 * tags.len(), |w| {
        w.element("TagSet", |w| {
            for (key, value) in tags.iter() {
                w.element("Tag", |w| {
                    w.text("Key", key);
                    w.text("Value", value);
                });
            }
        });
    })
}
