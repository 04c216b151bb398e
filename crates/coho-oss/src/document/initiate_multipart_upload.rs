//! `InitiateMultipartUploadResult`.

use super::Naming;
use crate::XmlWriter;
use coho_model::{BucketName, ObjectKey, UploadId};

/// Writes the response.
pub fn to_xml(bucket: &BucketName, key: &ObjectKey, upload: UploadId, naming: Naming) -> Vec<u8> {
    XmlWriter::document("InitiateMultipartUploadResult", 512, |w| {
        naming.declare(w);
        w.text("Bucket", bucket.as_str());
        naming.write(w, "Key", key.as_str());
        w.value("UploadId", upload);
    })
}
