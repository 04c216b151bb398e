//! The key pair that signs upload callbacks, in a file of the data folder.
//!
//! OSS signs them with RSA, PKCS #1 v1.5 and MD5, and programs verify just that. So the signature shows only that a callback comes from
//! a holder of this key; nothing else relies on it. Invariant: a signature is blinded, since clients choose what is signed and may
//! measure how long it takes.

use crate::{KeyError, ReplaceKeyFile};
use aws_lc_rs::{
    encoding::{AsDer, Pkcs8V1Der},
    rsa::KeySize,
    signature::RsaKeyPair,
};
use md5::{Digest, Md5};
use rsa::{
    Pkcs1v15Sign, RsaPrivateKey,
    pkcs8::{DecodePrivateKey, EncodePrivateKey, EncodePublicKey, LineEnding},
    rand_core::OsRng,
};
use std::{
    fmt,
    fs::File,
    io::{self, Read},
    path::PathBuf,
    sync::{Arc, Mutex, OnceLock, PoisonError},
};
use zeroize::Zeroizing;

/// Most bytes of the key file.
const MAX_FILE_BYTES: u64 = 64 * 1024;
/// The algorithm that precedes an MD5 in what is signed: the `DigestInfo` of RFC 8017, section 9.2, in DER.
const MD5_DIGEST_INFO: [u8; 18] =
    [0x30, 0x20, 0x30, 0x0c, 0x06, 0x08, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x02, 0x05, 0x05, 0x00, 0x04, 0x10];
/// Bytes of an MD5.
const MD5_BYTES: usize = 16;

/// The key pair of a data folder, which is made when it is first needed.
#[derive(Debug)]
pub struct CallbackKeyFile {
    path: PathBuf,
    replace: ReplaceKeyFile,
    key: OnceLock<Arc<CallbackKey>>,
    /// One maker at a time.
    making: Mutex<()>,
}

/// The key pair.
pub struct CallbackKey {
    private: RsaPrivateKey,
    public_pem: String,
}

impl fmt::Debug for CallbackKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CallbackKey(…)")
    }
}

impl CallbackKeyFile {
    /// The pair in this file.
    pub fn new(path: PathBuf, replace: ReplaceKeyFile) -> Self {
        Self { path, replace, key: OnceLock::new(), making: Mutex::new(()) }
    }

    /// The pair, if that needs neither the disk nor time.
    pub fn ready(&self) -> Option<Arc<CallbackKey>> {
        self.key.get().cloned()
    }

    /// The pair. The first call reads the file, or makes and writes it, which takes a moment; it must not run where connections are
    /// served.
    ///
    /// # Errors
    /// [`KeyError::File`], and [`KeyError::Malformed`] for a file that was changed: another pair in its place would make the
    /// signatures of this server invalid without a trace.
    pub fn open(&self) -> Result<Arc<CallbackKey>, KeyError> {
        if let Some(key) = self.ready() {
            return Ok(key);
        }
        let _making = self.making.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(key) = self.ready() {
            return Ok(key);
        }
        let key = match self.read()? {
            Some(key) => key,
            None => self.make()?,
        };
        Ok(self.key.get_or_init(|| Arc::new(key)).clone())
    }

    fn read(&self) -> Result<Option<CallbackKey>, KeyError> {
        let failed = |source| KeyError::File { operation: "cannot read", path: self.path.clone(), source };
        let file = match File::open(&self.path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            opened => opened.map_err(failed)?,
        };
        let mut pem = Zeroizing::new(String::new());
        file.take(MAX_FILE_BYTES).read_to_string(&mut pem).map_err(failed)?;
        // The library's message might quote the text.
        let malformed =
            |_| KeyError::Malformed { path: self.path.clone(), reason: "not an RSA key in PKCS #8 and PEM".to_owned() };
        let private = RsaPrivateKey::from_pkcs8_pem(&pem).map_err(malformed)?;
        CallbackKey::new(private).map(Some)
    }

    fn make(&self) -> Result<CallbackKey, KeyError> {
        let pair = RsaKeyPair::generate(KeySize::Rsa2048).map_err(|_| KeyError::Library)?;
        let der: Pkcs8V1Der<'_> = pair.as_der().map_err(|_| KeyError::Library)?;
        let private = RsaPrivateKey::from_pkcs8_der(der.as_ref()).map_err(|_| KeyError::Library)?;
        let pem = private.to_pkcs8_pem(LineEnding::LF).map_err(|_| KeyError::Library)?;
        let failed = |source| KeyError::File { operation: "cannot write", path: self.path.clone(), source };
        (self.replace)(&self.path, &pem).map_err(failed)?;
        tracing::info!(file = %self.path.display(), "the key pair that signs callbacks was made");
        CallbackKey::new(private)
    }
}

impl CallbackKey {
    fn new(private: RsaPrivateKey) -> Result<Self, KeyError> {
        let public_pem = private.to_public_key().to_public_key_pem(LineEnding::LF).map_err(|_| KeyError::Library)?;
        Ok(Self { private, public_pem })
    }

    /// The public key: `SubjectPublicKeyInfo` in PEM, as that of OSS.
    pub fn public_pem(&self) -> &str {
        &self.public_pem
    }

    /// The signature of a text.
    ///
    /// # Errors
    /// [`KeyError::Library`].
    pub fn sign(&self, text: &[u8]) -> Result<Vec<u8>, KeyError> {
        let scheme = Pkcs1v15Sign { hash_len: Some(MD5_BYTES), prefix: MD5_DIGEST_INFO.into() };
        let digest = Md5::digest(text);
        self.private.sign_with_rng(&mut OsRng, scheme, &digest).map_err(|_| KeyError::Library)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rsa::{RsaPublicKey, pkcs8::DecodePublicKey};
    use std::{fs, path::Path};

    fn write(path: &Path, text: &str) -> io::Result<()> {
        fs::write(path, text)
    }

    #[test]
    fn a_signature_is_verified_by_the_public_key_also_after_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("callback-key.pem");
        let file = CallbackKeyFile::new(path.clone(), write);
        assert!(file.ready().is_none());
        let first = file.open().unwrap();
        assert_eq!(file.ready().map(|key| key.public_pem().to_owned()), Some(first.public_pem().to_owned()));
        let second = CallbackKeyFile::new(path, write).open().unwrap();
        assert_eq!(first.public_pem(), second.public_pem());
        assert!(first.public_pem().starts_with("-----BEGIN PUBLIC KEY-----\n"), "{}", first.public_pem());
        let public = RsaPublicKey::from_public_key_pem(first.public_pem()).unwrap();
        let signature = second.sign(b"/path\nbody").unwrap();
        for (text, holds) in [(&b"/path\nbody"[..], true), (b"/path\nbodY", false)] {
            let scheme = Pkcs1v15Sign { hash_len: Some(MD5_BYTES), prefix: MD5_DIGEST_INFO.into() };
            assert_eq!(public.verify(scheme, &Md5::digest(text), &signature).is_ok(), holds);
        }
    }

    #[test]
    fn a_file_that_is_no_key_is_named_and_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("callback-key.pem");
        fs::write(&path, "secret nonsense").unwrap();
        let error = CallbackKeyFile::new(path.clone(), write).open().unwrap_err().to_string();
        assert!(error.contains("callback-key.pem") && !error.contains("nonsense"), "{error}");
        assert_eq!(fs::read_to_string(&path).unwrap(), "secret nonsense");
        let missing = CallbackKeyFile::new(folder.path().join("missing/key.pem"), write);
        assert!(matches!(missing.open(), Err(KeyError::File { operation: "cannot write", .. })));
    }
}
