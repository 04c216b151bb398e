//! Accounts, access keys and roles: what is stored of them, what a key may do, and the changes to them.
//!
//! Secrets are sealed here: the server opens them with a key that is not in the metadata. The types are stored in the form that
//! `serde` gives them, by the rule of the bucket configurations.

mod change;
mod record;
mod rights;
mod role;

pub use change::{AccessChange, AccessEffect, AccessRefusal, ResealedSecret};
pub use record::{
    AccessKeyRecord, AccessTable, AccountRecord, InvalidAccount, MAX_ACCESS_KEYS, MAX_ACCOUNT_ID_BYTES, MAX_ACCOUNTS,
    MAX_DISPLAY_NAME_BYTES, PreviousSecret, StoredSecret,
};
pub use rights::{InvalidRights, KeyAccess, KeyNeed, KeyRight, KeyRights, KeyTarget, MAX_KEY_RIGHTS};
pub use role::{
    DEFAULT_ROLE_SESSION_SECONDS, InvalidRole, MAX_EXTERNAL_ID_BYTES, MAX_ROLE_NAME_BYTES, MAX_ROLE_PRINCIPALS,
    MAX_ROLES, MAX_SESSION_SECONDS, MIN_SESSION_SECONDS, RolePrincipal, RoleRecord, RoleUpdate, is_external_id,
};

use record::is_id;
