//! How an object is encrypted, as its record says it. The keys themselves are elsewhere: a record has its data key in sealed form.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Names a master key. Its text has 16 lower-case hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MasterKeyId(pub u64);

/// Names a data key; random, and the same for as long as the key is. No two data keys have the same.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DataKeyId(#[serde(with = "serde_bytes")] pub [u8; Self::BYTES]);

/// The data key of an object or an upload, sealed by a master key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SealedDataKey {
    /// Which data key it is; a rotation of the master key leaves it.
    pub id: DataKeyId,
    /// The master key that opens it.
    pub master: MasterKeyId,
    /// Nonce, ciphertext and tag.
    #[serde(with = "serde_bytes")]
    pub sealed: Box<[u8]>,
}

/// The algorithm that a client has asked for (`x-oss-server-side-encryption`, `SSEAlgorithm`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum SseAlgorithm {
    /// AES-256 with keys of the server.
    Aes256,
}

/// How an object is encrypted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObjectEncryption {
    /// What is shown of it.
    pub algorithm: SseAlgorithm,
    /// The key of its bytes.
    pub key: SealedDataKey,
}

impl MasterKeyId {
    /// The inverse of `Display`; `None` for anything but 16 lower-case hexadecimal digits.
    pub fn parse(text: &str) -> Option<Self> {
        let is_id = text.len() == 16 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        if is_id { u64::from_str_radix(text, 16).ok().map(Self) } else { None }
    }
}

impl fmt::Display for MasterKeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl DataKeyId {
    /// Bytes of an id.
    pub const BYTES: usize = 16;
}

impl fmt::Debug for DataKeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl SseAlgorithm {
    /// The wire text.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Aes256 => "AES256",
        }
    }
}
