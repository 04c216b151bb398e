//! Canned access rules of buckets and objects.

/// Who may do what with a bucket's objects (OSS bucket ACL).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum BucketAcl {
    /// Only the owner.
    #[default]
    Private,
    /// Everybody reads objects, the owner writes.
    PublicRead,
    /// Everybody reads and writes objects.
    PublicReadWrite,
}

/// Who may do what with one object; anything but `Default` overrides the bucket (OSS object ACL).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum ObjectAcl {
    /// As the bucket says.
    #[default]
    Default,
    /// Only the owner.
    Private,
    /// Everybody reads.
    PublicRead,
    /// Everybody reads and writes.
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

    /// Reads the wire text; `None` if it is unknown.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Private, Self::PublicRead, Self::PublicReadWrite].into_iter().find(|acl| acl.as_str() == text)
    }

    /// Whether somebody who is not the owner may read objects.
    pub fn anyone_reads(self) -> bool {
        self != Self::Private
    }

    /// Whether somebody who is not the owner may write objects.
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

    /// Reads the wire text; `None` if it is unknown.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Default, Self::Private, Self::PublicRead, Self::PublicReadWrite]
            .into_iter()
            .find(|acl| acl.as_str() == text)
    }

    /// The rule that holds for an object in a bucket with this ACL.
    pub fn effective(self, bucket: BucketAcl) -> BucketAcl {
        match self {
            Self::Default => bucket,
            Self::Private => BucketAcl::Private,
            Self::PublicRead => BucketAcl::PublicRead,
            Self::PublicReadWrite => BucketAcl::PublicReadWrite,
        }
    }
}
