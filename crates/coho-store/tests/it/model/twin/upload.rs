//! Multipart uploads.

use super::{Denied, Kind, Object, Twin};
use bytes::Bytes;
use coho_model::{ETag, MIN_PART_BYTES, UploadId};
use std::collections::BTreeMap;

#[derive(Debug, Clone, PartialEq)]
pub(in super::super) struct Upload {
    pub(in super::super) id: UploadId,
    pub(in super::super) key: usize,
    pub(in super::super) begun: i64,
    pub(in super::super) forbid: bool,
    pub(in super::super) sequential: bool,
    /// What the object will have beside its bytes.
    pub(in super::super) object: Object,
    pub(in super::super) parts: BTreeMap<u16, Part>,
}

#[derive(Debug, Clone, PartialEq)]
pub(in super::super) struct Part {
    pub(in super::super) bytes: Bytes,
    pub(in super::super) etag: ETag,
}

impl Twin {
    pub(in super::super) fn put_part(&mut self, upload: usize, number: u16, part: Part) -> Result<(), Denied> {
        let upload = &mut self.uploads[upload];
        if upload.sequential && upload.parts.contains_key(&number) {
            return Err(Denied::PartExists);
        }
        if upload.sequential && number != 1 && !upload.parts.contains_key(&(number - 1)) {
            return Err(Denied::PartNotSequential);
        }
        upload.parts.insert(number, part);
        Ok(())
    }

    pub(in super::super) fn complete(&mut self, upload: usize, forbid: bool) -> Result<(), Denied> {
        let Upload { key, forbid: forbidden, sequential, object, parts, .. } = self.uploads[upload].clone();
        self.unless_exists(key, forbid || forbidden)?;
        let last = parts.keys().next_back().ok_or(Denied::NoParts)?;
        if parts.iter().any(|(number, part)| number != last && (part.bytes.len() as u64) < MIN_PART_BYTES) {
            return Err(Denied::PartTooSmall);
        }
        let bytes = parts.values().flat_map(|part| &part.bytes[..]).copied().collect();
        let kind = Kind::Multipart { sequential };
        self.uploads.remove(upload);
        self.make(key, Some(Object { bytes, kind, modified: self.now, ..object }));
        Ok(())
    }
}
