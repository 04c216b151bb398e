//! `CreateBucketConfiguration` (PutBucket).

use crate::{Element, read_document};
use coho_model::{DataRedundancy, RequestRefusal, StorageClass};

/// Maximum bytes of the request.
pub const MAX_BYTES: usize = 64 * 1024;

/// The settings in the body of PutBucket.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CreateBucket {
    /// `StorageClass`.
    pub storage_class: Option<StorageClass>,
    /// `DataRedundancyType`.
    pub redundancy: Option<DataRedundancy>,
    /// `LocationConstraint`, sent by older clients: `oss-` and a region.
    pub location: Option<String>,
}

/// Parses the request; an empty body has no settings.
pub fn parse(body: &[u8]) -> Result<CreateBucket, RequestRefusal> {
    if body.trim_ascii().is_empty() {
        return Ok(CreateBucket::default());
    }
    let root = read_document(body, "CreateBucketConfiguration", MAX_BYTES)?;
    Ok(CreateBucket {
        storage_class: value(&root, "StorageClass", StorageClass::parse)?,
        redundancy: value(&root, "DataRedundancyType", DataRedundancy::parse)?,
        location: value(&root, "LocationConstraint", |text| Some(text.to_owned()))?,
    })
}

fn value<T>(root: &Element<'_>, name: &str, parse: impl Fn(&str) -> Option<T>) -> Result<Option<T>, RequestRefusal> {
    match root.child(name)?.map(Element::trimmed) {
        None | Some("") => Ok(None),
        Some(text) => match parse(text) {
            Some(value) => Ok(Some(value)),
            None => Err(RequestRefusal::invalid_argument(name.to_owned(), text, format!("{name} is Invalid"))),
        },
    }
}
