//! `Delete` and `DeleteResult` (DeleteMultipleObjects).

use super::Naming;
use crate::{Element, XmlWriter, read_document};
use coho_model::{ObjectKey, RequestRefusal, VersionId};

/// Maximum bytes of the request (OSS: 2 MB).
pub const MAX_BYTES: usize = 2 * 1024 * 1024;
/// Maximum number of objects in one request.
pub const MAX_OBJECTS: usize = 1000;

/// The parsed request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeleteRequest {
    /// `Quiet`: the response has no body.
    pub quiet: bool,
    /// The objects in the client's order, possibly with duplicates.
    pub objects: Vec<DeleteItem>,
}

/// One object to delete.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeleteItem {
    /// Its key.
    pub key: ObjectKey,
    /// The version, if the request names one, as the client wrote it.
    pub version_id: Option<String>,
}

/// One object that was deleted, or did not exist.
#[derive(Debug, Clone)]
pub struct DeletedItem<'a> {
    /// What was asked for.
    pub item: &'a DeleteItem,
    /// The delete marker that was made, or removed.
    pub marker: Option<VersionId>,
}

/// Parses the request. Keys are never decoded: `encoding-type` applies to the response only.
pub fn parse(body: &[u8]) -> Result<DeleteRequest, RequestRefusal> {
    let root = read_document(body, "Delete", MAX_BYTES)?;
    let quiet = match root.child("Quiet")?.map(Element::trimmed) {
        None | Some("") => false,
        Some(text) if text.eq_ignore_ascii_case("true") => true,
        Some(text) if text.eq_ignore_ascii_case("false") => false,
        Some(_) => return Err(RequestRefusal::malformed_document("Quiet is neither true nor false")),
    };
    let listed: Vec<_> = root.children().iter().filter(|child| child.name() == "Object").collect();
    if listed.is_empty() || listed.len() > MAX_OBJECTS {
        return Err(RequestRefusal::malformed_document("1 to 1000 objects must be listed"));
    }
    let objects = listed.into_iter().map(item).collect::<Result<_, _>>()?;
    Ok(DeleteRequest { quiet, objects })
}

fn item(element: &Element<'_>) -> Result<DeleteItem, RequestRefusal> {
    let key = match element.child("Key")?.map(Element::text) {
        None | Some("") => return Err(RequestRefusal::MissingKey),
        Some(key) => ObjectKey::parse(key).map_err(|_| RequestRefusal::invalid_object_key(key))?,
    };
    let version_id = element.child("VersionId")?.map(|version| version.trimmed().to_owned());
    Ok(DeleteItem { key, version_id: version_id.filter(|version| !version.is_empty()) })
}

/// Writes the response to a request that is not quiet. Objects that did not exist are listed as deleted.
pub fn to_xml(deleted: &[DeletedItem<'_>], naming: Naming) -> Vec<u8> {
    XmlWriter::document("DeleteResult", 128 * deleted.len(), |w| {
        naming.declare(w);
        for DeletedItem { item, marker } in deleted {
            w.element("Deleted", |w| {
                naming.write(w, "Key", item.key.as_str());
                w.optional("VersionId", item.version_id.as_ref());
                if let Some(marker) = marker {
                    w.text("DeleteMarker", "true");
                    w.text("DeleteMarkerVersionId", &marker.to_string());
                }
            });
        }
    })
}
