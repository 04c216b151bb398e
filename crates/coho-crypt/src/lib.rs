//! Encryption at rest: master keys in a key file, data keys and small secrets that they seal, and bodies in frames; and the key pair that
//! signs callbacks.
//!
//! A *master key* encrypts nothing but keys and small secrets. Each object has a random *data key*, which its record keeps sealed by a
//! master key; so a rotation of the master key writes records and no bodies. Invariant: no key leaves this crate except into its
//! file, and none is in a log, an error or `Debug` text. Who may read what, and which objects are encrypted, is decided elsewhere.

mod callback_key;
mod data_key;
mod error;
mod frames;
mod key_file;
mod keyring;
mod master_key;
mod master_keys;
mod scratch;
mod sealed_secret;

pub use callback_key::{CallbackKey, CallbackKeyFile};
pub use data_key::DataKey;
pub use error::KeyError;
pub use frames::{BodySealer, FRAME_BYTES, FrameCipher, STORED_FRAME_BYTES, stored_bytes};
pub use keyring::{KeyOverview, Keyring};
pub use master_keys::{KeyFiles, MasterKeys, ReplaceKeyFile};
pub use scratch::ScratchCipher;
pub use sealed_secret::SealedSecret;
