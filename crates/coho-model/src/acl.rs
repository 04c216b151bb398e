//! Canned ACLs of buckets and objects.

/// Access to a bucket's objects (OSS bucket ACL).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum BucketAcl {
    /// Only the owner has access.
    #[default]
    Private,
    /// Anyone may read objects; only the owner may write.
    PublicRead,
    /// Anyone may read and write objects.
    PublicReadWrite,
}

/// Access to one object (OSS object ACL). Any value other than `Default` overrides the bucket's ACL.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum ObjectAcl {
    /// The bucket's ACL applies.
    #[default]
    Default,
    /// Only the owner has access.
    Private,
    /// Anyone may read the object.
    PublicRead,
    /// Anyone may read and write the object.
    PublicReadWrite,
}

impl BucketAcl {
    /// The wire text.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Private => "private",
            Self::PublicRead => "public-read",
            Self::PublicReadWrite => "public-read-write",
        }
    }

    /// Parses the wire text; `None` if it is unknown.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Private, Self::PublicRead, Self::PublicReadWrite].into_iter().find(|acl| acl.as_str() == text)
    }

    /// Whether requests other than the owner's may read objects.
    pub fn anyone_reads(self) -> bool {
        self != Self::Private
    }

    /// Whether requests other than the owner's may write objects.
    pub fn anyone_writes(self) -> bool {
        self == Self::PublicReadWrite
    }
}

impl ObjectAcl {
    /// The wire text.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::Private => "private",
            Self::PublicRead => "public-read",
            Self::PublicReadWrite => "public-read-write",
        }
    }

    /// Parses the wire text; `None` if it is unknown.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Default, Self::Private, Self::PublicRead, Self::PublicReadWrite]
            .into_iter()
            .find(|acl| acl.as_str() == text)
    }

    /// The ACL in effect for an object in a bucket with this ACL.
    pub fn effective(self, bucket: BucketAcl) -> BucketAcl {
        match self {
            Self::Default => bucket,
            Self::Private => BucketAcl::Private,
            Self::PublicRead => BucketAcl::PublicRead,
            Self::PublicReadWrite => BucketAcl::PublicReadWrite,
        }
    }
}
