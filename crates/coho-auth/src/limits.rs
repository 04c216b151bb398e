//! What limits the holder of an access key beside its account: the rights of the key, and the policy of its session.

use coho_model::{BucketPolicy, KeyRights};

/// The limits of a sender. It may do what each of them allows, and what its account may do.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct KeyLimits {
    /// The rights of the key; `None` for a key without limits.
    pub rights: Option<KeyRights>,
    /// The policy of the session: it allows what one of its statements allows and none denies.
    pub policy: Option<Box<BucketPolicy>>,
}
