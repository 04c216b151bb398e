//! Structured values of records and settings as bytes: a version, then one item of CBOR (RFC 8949).
//!
//! CBOR is compact, holds byte strings, and names its fields: a field that is added later is absent in what was written
//! before, and has its default. A change that old values cannot be read with gets the next version, and the old one its own
//! decoder. Names are part of the format: only ever add.

mod access;
mod records;
mod settings;
mod website;

pub(crate) use access::{
    decode_access_key, decode_account, decode_role, encode_access_key, encode_account, encode_role,
};
pub(crate) use records::{
    decode_attributes, decode_extents, decode_headers, decode_provenance, encode_attributes, encode_extents,
    encode_headers, encode_provenance,
};
pub(crate) use settings::{BucketSettings, decode_settings, decode_website, encode_settings, encode_website};

use serde::{Serialize, de::DeserializeOwned};

/// The version that is written. Version 1 was a form of its own, which [the migration](crate::embedded) reads.
const VERSION: u8 = 2;

/// Stored bytes that this module does not write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum DecodeError {
    #[error("encoded value has version {0}, this release knows version {VERSION}")]
    Version(u8),
    #[error("encoded value is damaged")]
    Damaged,
}

fn encode(form: &impl Serialize) -> Vec<u8> {
    let mut out = vec![VERSION];
    ciborium::into_writer(form, &mut out).expect("memory takes every byte, and no form refuses to be serialised");
    out
}

fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, DecodeError> {
    match bytes.split_first() {
        Some((&VERSION, mut rest)) => {
            let form = ciborium::from_reader(&mut rest).map_err(|_| DecodeError::Damaged)?;
            if rest.is_empty() { Ok(form) } else { Err(DecodeError::Damaged) }
        }
        Some((&other, _)) => Err(DecodeError::Version(other)),
        None => Err(DecodeError::Damaged),
    }
}

#[cfg(test)]
mod tests;
