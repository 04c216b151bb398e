//! The HMACs: V1 and V2 signatures, the V4 signing key and a small cache of derived keys.
//!
//! A key is cached only after a signature made with it was accepted, so unauthenticated clients cannot fill the cache.
//! A full cache is emptied: deriving a key again costs four HMACs. Keys never appear in `Debug` output.

use std::{
    collections::HashMap,
    fmt,
    sync::{PoisonError, RwLock},
};

use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use sha2::Sha256;

use crate::authorization::{V4_TERMINATOR, V4Credential};

/// Maximum number of derived V4 keys that an [`crate::Authenticator`] caches.
pub const MAX_CACHED_SIGNING_KEYS: usize = 256;

const ANY_LENGTH: &str = "an HMAC takes a key of any length";

/// An unfinished V1 signature, so that it can be compared in constant time.
pub(crate) fn mac_v1(secret: &str, parts: &[&[u8]]) -> Hmac<Sha1> {
    let mut mac = Hmac::<Sha1>::new_from_slice(secret.as_bytes()).expect(ANY_LENGTH);
    for part in parts {
        mac.update(part);
    }
    mac
}

/// An unfinished V2 signature, so that it can be compared in constant time.
pub(crate) fn mac_v2(secret: &str, parts: &[&[u8]]) -> Hmac<Sha256> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect(ANY_LENGTH);
    for part in parts {
        mac.update(part);
    }
    mac
}

/// A V4 signing key, valid for one access key, day, region and product.
#[derive(Clone)]
pub(crate) struct SigningKey(Hmac<Sha256>);

impl SigningKey {
    pub(crate) fn derive(secret: &str, day: &str, region: &str, product: &str) -> Self {
        Self::derive_from(&format!("aliyun_v4{secret}"), &[day, region, product, V4_TERMINATOR])
    }

    /// The S3 signing key for day, region, service and terminator.
    pub(crate) fn derive_s3(secret: &str, parts: &[&str]) -> Self {
        Self::derive_from(&format!("AWS4{secret}"), parts)
    }

    fn derive_from(secret: &str, parts: &[&str]) -> Self {
        let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect(ANY_LENGTH);
        for part in parts {
            mac.update(part.as_bytes());
            mac = Hmac::<Sha256>::new_from_slice(&mac.finalize().into_bytes()).expect(ANY_LENGTH);
        }
        Self(mac)
    }

    /// The unfinished signature, to be compared in constant time or written out.
    pub(crate) fn mac(&self, string_to_sign: &[u8]) -> Hmac<Sha256> {
        let mut mac = self.0.clone();
        mac.update(string_to_sign);
        mac
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKey(..)")
    }
}

/// Derived keys by credential text, which names access key, day, region and product.
#[derive(Debug, Default)]
pub(crate) struct SigningKeyCache {
    keys: RwLock<HashMap<Box<str>, SigningKey>>,
}

impl SigningKeyCache {
    pub(crate) fn get(&self, credential: &V4Credential<'_>) -> Option<SigningKey> {
        self.keys.read().unwrap_or_else(PoisonError::into_inner).get(credential.text).cloned()
    }

    pub(crate) fn insert(&self, credential: &V4Credential<'_>, key: SigningKey) {
        let mut keys = self.keys.write().unwrap_or_else(PoisonError::into_inner);
        if keys.len() >= MAX_CACHED_SIGNING_KEYS {
            keys.clear();
        }
        keys.insert(credential.text.into(), key);
    }
}

#[cfg(test)]
mod tests {
    use super::{MAX_CACHED_SIGNING_KEYS, SigningKey, SigningKeyCache};
    use crate::authorization::V4Credential;

    #[test]
    fn the_cache_stays_bounded_and_keeps_the_newest() {
        let cache = SigningKeyCache::default();
        for n in 0..=MAX_CACHED_SIGNING_KEYS {
            let text = format!("ak/20261123/r{n}/oss/aliyun_v4_request");
            let credential = V4Credential::parse(&text).unwrap();
            cache.insert(&credential, SigningKey::derive("s", "20261123", credential.region, "oss"));
            assert!(cache.get(&credential).is_some());
            assert!(cache.keys.read().unwrap().len() <= MAX_CACHED_SIGNING_KEYS);
        }
        assert_eq!(cache.keys.read().unwrap().len(), 1);
    }
}
