//! Headers, extents and the provenance of objects.

use super::{DecodeError, decode, encode};
use coho_model::{BlobId, Extent, Fetched, ObjectAttributes, ObjectHeaders, Provenance, Timestamp};
use serde::{Deserialize, Serialize};
use serde_bytes::{ByteArray, ByteBuf, Bytes};

/// Names and values, in the order in which they were set.
pub(crate) fn encode_headers(headers: &ObjectHeaders) -> Vec<u8> {
    let pairs: Vec<(&str, &Bytes)> = headers.iter().map(|(name, value)| (name, Bytes::new(value))).collect();
    encode(&pairs)
}

pub(crate) fn decode_headers(bytes: &[u8]) -> Result<ObjectHeaders, DecodeError> {
    let pairs: Vec<(String, ByteBuf)> = decode(bytes)?;
    let mut headers = ObjectHeaders::new();
    for (name, value) in &pairs {
        headers.set(name, value);
    }
    Ok(headers)
}

/// Blob, offset and length of each.
type ExtentForm = (ByteArray<16>, u64, u64);

pub(crate) fn encode_extents(extents: &[Extent]) -> Vec<u8> {
    let form = |extent: &Extent| (ByteArray::new(extent.blob.to_bytes()), extent.offset, extent.length);
    encode(&extents.iter().map(form).collect::<Vec<ExtentForm>>())
}

pub(crate) fn decode_extents(bytes: &[u8]) -> Result<Vec<Extent>, DecodeError> {
    let forms: Vec<ExtentForm> = decode(bytes)?;
    let extent =
        |(blob, offset, length): ExtentForm| Extent { blob: BlobId::from_bytes(blob.into_array()), offset, length };
    Ok(forms.into_iter().map(extent).collect())
}

#[derive(Serialize, Deserialize)]
struct ProvenanceForm {
    url: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    fetch: Option<FetchForm>,
    /// Milliseconds since the epoch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    rewritten: Option<i64>,
}

#[derive(Serialize, Deserialize)]
struct FetchForm {
    /// Milliseconds since the epoch.
    at: i64,
    rule: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    etag: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    modified: Option<String>,
}

pub(crate) fn encode_provenance(provenance: &Provenance) -> Vec<u8> {
    let fetch = provenance.fetch.as_ref().map(|fetch| FetchForm {
        at: fetch.at.unix_ms(),
        rule: fetch.rule_number,
        etag: fetch.etag.as_deref().map(Into::into),
        modified: fetch.last_modified.as_deref().map(Into::into),
    });
    let rewritten = provenance.rewritten.map(Timestamp::unix_ms);
    encode(&ProvenanceForm { url: provenance.url.as_ref().into(), fetch, rewritten })
}

pub(crate) fn decode_provenance(bytes: &[u8]) -> Result<Provenance, DecodeError> {
    let ProvenanceForm { url, fetch, rewritten } = decode(bytes)?;
    let fetch = fetch.map(|fetch| Fetched {
        at: Timestamp::from_unix_ms(fetch.at),
        rule_number: fetch.rule,
        etag: fetch.etag.map(Into::into),
        last_modified: fetch.modified.map(Into::into),
    });
    Ok(Provenance { url: url.into(), fetch, rewritten: rewritten.map(Timestamp::from_unix_ms) })
}

/// The model's type is its own form.
pub(crate) fn encode_attributes(attributes: &ObjectAttributes) -> Vec<u8> {
    encode(attributes)
}

pub(crate) fn decode_attributes(bytes: &[u8]) -> Result<ObjectAttributes, DecodeError> {
    decode(bytes)
}
