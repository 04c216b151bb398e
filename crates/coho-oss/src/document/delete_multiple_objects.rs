//! `Delete` and `DeleteResult` (DeleteMultipleObjects).

use super::Naming;
use crate::{Element, ErrorCode, OssError, XmlWriter, read_document};
use coho_model::ObjectKey;

/// Most bytes of the request (OSS: 2 MB).
pub const MAX_BYTES: usize = 2 * 1024 * 1024;
/// Most objects in one request.
pub const MAX_OBJECTS: usize = 1000;

/// What is to be deleted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeleteRequest {
    /// `Quiet`: the answer has no body at all.
    pub quiet: bool,
    /// The objects in the client's order; one may be named more than once.
    pub objects: Vec<DeleteItem>,
}

/// One object to be deleted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeleteItem {
    /// Its key.
    pub key: ObjectKey,
    /// The version, if one is named. Unversioned objects have `null` alone; another one does not exist, which
    /// is no error of a deletion.
    pub version_id: Option<String>,
}

/// Reads the request. Keys are as they are, whatever `encoding-type` says: it is about the answer.
pub fn parse(body: &[u8]) -> Result<DeleteRequest, OssError> {
    let root = read_document(body, "Delete", MAX_BYTES)?;
    let quiet = match root.child("Quiet")?.map(Element::trimmed) {
        None | Some("") => false,
        Some(text) if text.eq_ignore_ascii_case("true") => true,
        Some(text) if text.eq_ignore_ascii_case("false") => false,
        Some(_) => return Err(OssError::malformed_xml("Quiet is neither true nor false")),
    };
    let listed: Vec<_> = root.children().iter().filter(|child| child.name() == "Object").collect();
    if listed.is_empty() || listed.len() > MAX_OBJECTS {
        return Err(OssError::malformed_xml("1 to 1000 objects must be listed"));
    }
    let objects = listed.into_iter().map(item).collect::<Result<_, _>>()?;
    Ok(DeleteRequest { quiet, objects })
}

fn item(element: &Element<'_>) -> Result<DeleteItem, OssError> {
    let key = match element.child("Key")?.map(Element::text) {
        None | Some("") => return Err(OssError::new(ErrorCode::UserKeyMustBeSpecified)),
        Some(key) => ObjectKey::parse(key).map_err(|_| OssError::invalid_object_name(key))?,
    };
    let version_id = element.child("VersionId")?.map(|version| version.trimmed().to_owned());
    Ok(DeleteItem { key, version_id: version_id.filter(|version| !version.is_empty()) })
}

/// Writes the answer of a request that is not quiet. Objects that did not exist are deleted, too.
pub fn to_xml(deleted: &[DeleteItem], naming: Naming) -> Vec<u8> {
    XmlWriter::document("DeleteResult", 128 * deleted.len(), |w| {
        naming.declare(w);
        for item in deleted {
            w.element("Deleted", |w| {
                naming.write(w, "Key", item.key.as_str());
                w.optional("VersionId", item.version_id.as_ref());
            });
        }
    })
}
