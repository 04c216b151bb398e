//! Accounts and access keys: what is stored of them, what a key may do, and the changes to them.
//!
//! Secrets are sealed here: the server opens them with a key that is not in the metadata. The types are stored in the form that
//! `serde` gives them, by the rule of the bucket configurations.

mod change;
mod record;
mod rights;

pub use change::{AccessChange, AccessEffect, AccessRefusal, ResealedSecret};
pub use record::{
    AccessKeyRecord, AccessTable, AccountRecord, InvalidAccount, MAX_ACCESS_KEYS, MAX_ACCOUNT_ID_BYTES, MAX_ACCOUNTS,
    MAX_DISPLAY_NAME_BYTES, PreviousSecret, StoredSecret,
};
pub use rights::{InvalidRights, KeyAccess, KeyNeed, KeyRight, KeyRights, KeyTarget, MAX_KEY_RIGHTS};
