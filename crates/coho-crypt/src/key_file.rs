//! The key file and the list of known keys, as JSON.
//!
//! The key file holds the master keys themselves. The list in the data folder holds the ids of all keys that seal something there:
//! by it a start without the key file differs from a first start, and makes no new key in place of those that were lost.

use crate::{
    KeyError, Keyring,
    master_key::{KEY_BYTES, KeyBytes, MasterKey},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use coho_model::{MasterKeyId, Timestamp};
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeSet,
    fs::File,
    io::{self, Read},
    os::unix::fs::PermissionsExt,
    path::Path,
};
use zeroize::Zeroizing;

/// Version of the form that is written.
const VERSION: u32 = 1;
/// Most bytes of either file.
const MAX_FILE_BYTES: u64 = 1 << 20;
/// Most master keys.
pub(crate) const MAX_KEYS: usize = 1000;

/// Keys from the oldest to the active one.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct KeyFileForm {
    version: u32,
    keys: Vec<KeyForm>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct KeyForm {
    id: String,
    /// Milliseconds since the epoch.
    created: i64,
    /// 32 bytes in base64.
    #[serde(with = "erased_text")]
    key: Zeroizing<String>,
}

/// A text that is erased when it is dropped.
mod erased_text {
    use serde::{Deserialize, Deserializer, Serializer};
    use zeroize::Zeroizing;

    pub(super) fn serialize<S: Serializer>(text: &Zeroizing<String>, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(text)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Zeroizing<String>, D::Error> {
        String::deserialize(deserializer).map(Zeroizing::new)
    }
}

#[derive(Serialize, Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct KnownForm {
    keys: BTreeSet<String>,
}

/// The keys of the file; `None` without a file.
pub(crate) fn read_keys(path: &Path) -> Result<Option<Keyring>, KeyError> {
    let Some(text) = read(path, true)? else { return Ok(None) };
    let malformed = |reason: &str| KeyError::Malformed { path: path.to_owned(), reason: reason.to_owned() };
    // The library's message may quote the text, which has keys.
    let form: KeyFileForm = serde_json::from_str(&text).map_err(|error| {
        malformed(&format!("line {}, column {}: not the expected form", error.line(), error.column()))
    })?;
    if form.version != VERSION {
        return Err(malformed(&format!("it has version {}, this release knows version {VERSION}", form.version)));
    }
    if form.keys.is_empty() || form.keys.len() > MAX_KEYS {
        return Err(malformed(&format!("it has {} keys; from 1 to {MAX_KEYS} are possible", form.keys.len())));
    }
    let mut keys: Vec<MasterKey> = Vec::with_capacity(form.keys.len());
    for (number, form) in (1..).zip(&form.keys) {
        let id = MasterKeyId::parse(&form.id).ok_or_else(|| malformed(&format!("the id of key {number} is none")))?;
        if keys.iter().any(|key| key.id == id) {
            return Err(malformed(&format!("it has two keys with the id {id}")));
        }
        let bytes = STANDARD.decode(form.key.as_bytes()).ok().map(Zeroizing::new);
        let bytes: Option<[u8; KEY_BYTES]> = bytes.and_then(|bytes| bytes.as_slice().try_into().ok());
        let bytes = bytes.ok_or_else(|| malformed(&format!("key {id} is not 32 bytes in base64")))?;
        keys.push(MasterKey { id, created: Timestamp::from_unix_ms(form.created), bytes: KeyBytes::new(bytes) });
    }
    Ok(Some(Keyring { keys }))
}

/// The text of a key file.
pub(crate) fn text_of(ring: &Keyring) -> Result<Zeroizing<String>, KeyError> {
    let form = |key: &MasterKey| KeyForm {
        id: key.id.to_string(),
        created: key.created.unix_ms(),
        key: Zeroizing::new(STANDARD.encode(&key.bytes[..])),
    };
    let form = KeyFileForm { version: VERSION, keys: ring.keys.iter().map(form).collect() };
    serde_json::to_string_pretty(&form).map(Zeroizing::new).map_err(|_| KeyError::Library)
}

/// The ids of all keys that may have sealed something in the data folder.
pub(crate) fn read_known(path: &Path) -> Result<BTreeSet<MasterKeyId>, KeyError> {
    let Some(text) = read(path, false)? else { return Ok(BTreeSet::new()) };
    let malformed = |reason: String| KeyError::Malformed { path: path.to_owned(), reason };
    let form: KnownForm = serde_json::from_str(&text).map_err(|error| malformed(error.to_string()))?;
    let parse = |id: &String| MasterKeyId::parse(id).ok_or_else(|| malformed(format!("`{id}` is not the id of a key")));
    form.keys.iter().map(parse).collect()
}

/// The text of that list.
pub(crate) fn text_of_known(known: &BTreeSet<MasterKeyId>) -> Result<String, KeyError> {
    let form = KnownForm { keys: known.iter().map(ToString::to_string).collect() };
    serde_json::to_string_pretty(&form).map_err(|_| KeyError::Library)
}

fn read(path: &Path, is_secret: bool) -> Result<Option<Zeroizing<String>>, KeyError> {
    let failed = |operation| move |source| KeyError::File { operation, path: path.to_owned(), source };
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed("cannot open")(error)),
    };
    let mode = file.metadata().map_err(failed("cannot read"))?.permissions().mode();
    if is_secret && mode & 0o077 != 0 {
        tracing::warn!(path = %path.display(), mode = format!("{:o}", mode & 0o777), "other users can read the key file");
    }
    let mut text = Zeroizing::new(String::new());
    file.take(MAX_FILE_BYTES + 1).read_to_string(&mut text).map_err(failed("cannot read"))?;
    if text.len() as u64 > MAX_FILE_BYTES {
        return Err(KeyError::Malformed {
            path: path.to_owned(),
            reason: format!("longer than {MAX_FILE_BYTES} bytes"),
        });
    }
    Ok(Some(text))
}
