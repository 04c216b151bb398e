//! Why a request is refused for what it says, in no dialect. Each dialect gives every reason its code and text.

use crate::{
    BucketName, InvalidCallback, InvalidForm, InvalidLifecycle, InvalidTags, ObjectKey, UrlDecodeError,
    website::InvalidWebsite,
};
use std::{borrow::Cow, fmt};

/// A request that is refused for its address, its arguments, its documents, or a feature that it asks for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RequestRefusal {
    /// The text is not a valid bucket name.
    #[error("{0:?} is not a bucket name")]
    InvalidBucketName(Box<str>),
    /// The text is not a valid object key.
    #[error("{0:?} is not an object key")]
    InvalidObjectKey(Box<str>),
    /// An argument has an invalid value; the message is for the client.
    #[error("{name}: {message}")]
    InvalidArgument {
        /// The argument.
        name: Cow<'static, str>,
        /// Its value.
        value: Box<str>,
        /// The reason.
        message: Cow<'static, str>,
    },
    /// A query string or a path cannot be decoded.
    #[error("{name} cannot be decoded: {error}")]
    Undecodable {
        /// What it is.
        name: &'static str,
        /// As it was sent.
        raw: Box<str>,
        /// The reason.
        error: UrlDecodeError,
    },
    /// A parameter is missing that the operation needs.
    #[error("{0} is missing")]
    MissingParameter(&'static str),
    /// An ACL is to be set, and none is named.
    #[error("no ACL is named")]
    MissingAcl,
    /// The text of a digest is not one.
    #[error("the digest of the body cannot be read")]
    UnreadableDigest,
    /// A bucket is to be made in another region.
    #[error("the location is another region")]
    ForeignLocation,
    /// The message itself can be read in two ways.
    #[error("{header}: {message}")]
    AmbiguousMessage {
        /// The header at fault.
        header: &'static str,
        /// The reason, for the client.
        message: &'static str,
    },
    /// A request without a signature asks for response headers of its own.
    #[error("response headers are asked for without a signature")]
    AnonymousOverrides,
    /// A completion lists parts and asks for all of them.
    #[error("a list of parts beside the request for all")]
    PartsBesideAll,
    /// Tags of an object or a bucket are invalid.
    #[error("invalid tags: {0}")]
    InvalidTags(#[from] InvalidTags),
    /// `x-oss-traffic-limit` is not a limit that OSS allows.
    #[error("{0:?} is not a limit of traffic")]
    InvalidTrafficLimit(Box<str>),
    /// `x-oss-traffic-limit` is in the header and in the query.
    #[error("the traffic is limited twice")]
    TrafficLimitTwice,
    /// Objects have no version of this id.
    #[error("version {0} does not exist")]
    UnknownVersion(Box<str>),

    /// A document is malformed.
    #[error("malformed document: {detail}")]
    MalformedDocument {
        /// The reason.
        detail: Box<str>,
        /// The place of the rule at fault, counted from 1, and its number.
        rule: Option<(usize, Option<u32>)>,
    },
    /// A bucket policy is invalid.
    #[error("invalid policy: {0}")]
    InvalidPolicy(Box<str>),
    /// A CORS configuration has too many rules.
    #[error("too many CORS rules")]
    TooManyCorsRules,
    /// A preflight lacks the header of this name.
    #[error("a preflight without {0}")]
    IncompletePreflight(&'static str),
    /// The bucket's rules do not allow what a preflight asks for.
    #[error("the cross-origin request is not allowed")]
    CrossOriginNotAllowed,
    /// A website document is invalid.
    #[error("{}", .0.message)]
    InvalidWebsite(InvalidWebsite),
    /// A lifecycle document is invalid.
    #[error("{0}")]
    InvalidLifecycle(InvalidLifecycle),
    /// Encryption with keys of a key management service is asked for, and there is none.
    #[error("the key management service is not enabled")]
    KmsNotEnabled,
    /// An encryption algorithm is asked for that is not supported.
    #[error("{name}: {value:?} is not a supported encryption")]
    UnsupportedEncryption {
        /// The argument.
        name: &'static str,
        /// Its value.
        value: Box<str>,
    },
    /// An argument of the key management service, without its algorithm.
    #[error("{name} without KMS")]
    ForKmsAlone {
        /// The argument.
        name: &'static str,
        /// Its value.
        value: Box<str>,
    },
    /// A document lists an object without a key.
    #[error("an object is listed without a key")]
    MissingKey,
    /// The form of an upload is refused.
    #[error("{0}")]
    InvalidForm(InvalidForm),
    /// The callback of an upload is refused.
    #[error("{0}")]
    InvalidCallback(InvalidCallback),

    /// A request header asks for a feature that is not implemented.
    #[error("header {0} is not implemented")]
    HeaderNotImplemented(Box<str>),
    /// A query parameter asks for a feature that is not implemented.
    #[error("parameter {0} is not implemented")]
    ParameterNotImplemented(Box<str>),
    /// A preflight of a bucket that has no rules for it.
    #[error("cross-origin requests are not enabled")]
    CrossOriginNotEnabled,
    /// The method cannot be used on the resource.
    #[error("{method} is not allowed on a {resource}")]
    MethodNotAllowed {
        /// The request's method.
        method: Box<str>,
        /// What it addresses.
        resource: &'static str,
        /// The methods of that.
        allowed: Vec<&'static str>,
    },
    /// The bucket has no such configuration.
    #[error("bucket {1} has no configuration of {0:?}")]
    NotConfigured(UnsetConfiguration, BucketName),
    /// The object is not a symbolic link.
    #[error("object {0} is not a symbolic link")]
    NotSymlink(ObjectKey),
    /// The object that a symbolic link names does not exist.
    #[error("the target of link {link}, {target}, does not exist")]
    SymlinkTargetMissing {
        /// The link.
        link: ObjectKey,
        /// What it names.
        target: Box<str>,
    },
    /// A symbolic link names another one.
    #[error("the target of link {link}, {target}, is a link")]
    SymlinkToSymlink {
        /// The link.
        link: ObjectKey,
        /// What it names.
        target: Box<str>,
    },
    /// The object is not a live channel.
    #[error("object {0} is not a live channel")]
    NoSuchLiveChannel(ObjectKey),
}

/// A configuration that no bucket can have yet and whose absence is an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names say it")]
pub enum UnsetConfiguration {
    AccessPoint,
    AccessPointForObjectProcess,
    CallbackPolicy,
    Cors,
    Encryption,
    Inventory,
    Lifecycle,
    MetadataIndex,
    OverwriteConfig,
    Policy,
    Replication,
    Retention,
    Style,
    TransferAcceleration,
    UserDefinedLogFields,
}

impl RequestRefusal {
    /// The text is not a valid bucket name.
    pub fn invalid_bucket_name(text: &str) -> Self {
        Self::InvalidBucketName(text.into())
    }

    /// The text is not a valid object key.
    pub fn invalid_object_key(text: &str) -> Self {
        Self::InvalidObjectKey(text.into())
    }

    /// An argument has an invalid value.
    pub fn invalid_argument(
        name: impl Into<Cow<'static, str>>,
        value: &str,
        message: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self::InvalidArgument { name: name.into(), value: value.into(), message: message.into() }
    }

    /// A query string or a path cannot be decoded.
    pub fn undecodable(name: &'static str, raw: &str, error: UrlDecodeError) -> Self {
        Self::Undecodable { name, raw: raw.into(), error }
    }

    /// A request header asks for a feature that is not implemented.
    pub fn header_not_implemented(name: &str) -> Self {
        Self::HeaderNotImplemented(name.into())
    }

    /// A query parameter asks for a feature that is not implemented.
    pub fn parameter_not_implemented(name: &str) -> Self {
        Self::ParameterNotImplemented(name.into())
    }

    /// A document is malformed.
    pub fn malformed_document(detail: impl fmt::Display) -> Self {
        Self::MalformedDocument { detail: detail.to_string().into(), rule: None }
    }
}

impl From<InvalidForm> for RequestRefusal {
    fn from(invalid: InvalidForm) -> Self {
        Self::InvalidForm(invalid)
    }
}

impl From<InvalidCallback> for RequestRefusal {
    fn from(invalid: InvalidCallback) -> Self {
        Self::InvalidCallback(invalid)
    }
}

impl From<InvalidLifecycle> for RequestRefusal {
    fn from(invalid: InvalidLifecycle) -> Self {
        Self::InvalidLifecycle(invalid)
    }
}

impl From<InvalidWebsite> for RequestRefusal {
    fn from(invalid: InvalidWebsite) -> Self {
        Self::InvalidWebsite(invalid)
    }
}
