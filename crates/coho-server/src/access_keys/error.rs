//! Why keys or accounts cannot be changed, or not be read.

use coho_auth::CredentialsError;
use coho_crypt::KeyError;
use coho_model::{AccessRefusal, InvalidAccount, InvalidRights, InvalidRole};
use coho_store::StoreError;

/// A failure, by what the operator can do about it.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AccessKeysError {
    /// The change cannot be made.
    #[error(transparent)]
    Refused(#[from] AccessRefusal),
    /// The account cannot be one.
    #[error(transparent)]
    Account(#[from] InvalidAccount),
    /// The rights cannot be some.
    #[error(transparent)]
    Rights(#[from] InvalidRights),
    /// The role cannot be one.
    #[error(transparent)]
    Role(#[from] InvalidRole),
    /// The key is one of the configuration, and is changed there.
    #[error("access key {0} comes from the configuration: it is changed there")]
    Configured(Box<str>),
    /// A key of the configuration acts for the account.
    #[error("account {0} has access keys of the configuration")]
    AccountConfigured(Box<str>),
    /// The account owns buckets.
    #[error("account {0} owns buckets")]
    AccountOwnsBuckets(Box<str>),
    /// The time is not one that a key may have.
    #[error("{name} must be from {min} to {max} seconds")]
    Seconds {
        /// What it is.
        name: &'static str,
        /// The time that was asked for.
        seconds: u64,
        /// The least.
        min: u64,
        /// The most.
        max: u64,
    },
    /// A secret cannot be sealed or opened.
    #[error("the secret of access key {id} cannot be opened or sealed")]
    Secret {
        /// The key.
        id: Box<str>,
        /// The cause.
        #[source]
        source: KeyError,
    },
    /// The sealed bytes are not those of a key.
    #[error("the secret of access key {0} is damaged")]
    DamagedSecret(Box<str>),
    /// The keys cannot be one set.
    #[error(transparent)]
    Set(#[from] CredentialsError),
    /// The metadata failed.
    #[error(transparent)]
    Store(StoreError),
    /// The operating system has no random bytes.
    #[error("no random bytes from the operating system")]
    NoRandomness,
}

impl From<StoreError> for AccessKeysError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Refused(coho_model::Refusal::Access(refusal)) => Self::Refused(refusal),
            error => Self::Store(error),
        }
    }
}
