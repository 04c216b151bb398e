//! Who pays for the requests to a bucket.

use serde::{Deserialize, Serialize};

/// Who pays (`Payer`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Payer {
    /// The owner of the bucket.
    #[default]
    BucketOwner,
    /// Who sends the request, and says so with `x-oss-request-payer`.
    Requester,
}

impl Payer {
    /// The wire text.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::BucketOwner => "BucketOwner",
            Self::Requester => "Requester",
        }
    }

    /// Parses the wire text; `None` if it is unknown.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::BucketOwner, Self::Requester].into_iter().find(|payer| payer.as_str() == text)
    }

    pub(super) fn is_default(&self) -> bool {
        *self == Self::default()
    }
}
