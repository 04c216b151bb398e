//! Names of OSS's headers, and which request headers are stored with an object.

use http::{HeaderMap, HeaderName, header};

macro_rules! names {
    ($($(#[$doc:meta])* $constant:ident = $name:literal;)*) => {
        $($(#[$doc])* pub const $constant: HeaderName = HeaderName::from_static($name);)*
    };
}

names! {
    /// Id of the request, on every response.
    REQUEST_ID = "x-oss-request-id";
    /// Whole milliseconds spent on the request.
    SERVER_TIME = "x-oss-server-time";
    /// Fine-grained error code.
    EC = "x-oss-ec";
    /// Error document in base64, on responses without a body.
    ERR = "x-oss-err";
    /// Region of the bucket, on the answer to a HEAD of it.
    BUCKET_REGION = "x-oss-bucket-region";
    /// ACL of the bucket.
    ACL = "x-oss-acl";
    /// ACL of the object.
    OBJECT_ACL = "x-oss-object-acl";
    /// `Normal`, `Multipart` or `Appendable`.
    OBJECT_TYPE = "x-oss-object-type";
    /// Where the next append to an appendable object begins: its length.
    NEXT_APPEND_POSITION = "x-oss-next-append-position";
    /// When appends to an appendable object were ended.
    SEALED_TIME = "x-oss-sealed-time";
    /// Whether an archived object is restored, and until when.
    RESTORE = "x-oss-restore";
    /// How urgent a restore is.
    RESTORE_PRIORITY = "x-oss-object-restore-priority";
    /// Storage class.
    STORAGE_CLASS = "x-oss-storage-class";
    /// CRC-64 of the whole object, decimal.
    HASH_CRC64 = "x-oss-hash-crc64ecma";
    /// Version id.
    VERSION_ID = "x-oss-version-id";
    /// Version id of the source, on the answer to a copy.
    COPY_SOURCE_VERSION_ID = "x-oss-copy-source-version-id";
    /// `true`: the version is a delete marker.
    DELETE_MARKER = "x-oss-delete-marker";
    /// Marks a mirrored object.
    TAG = "x-oss-tag";
    /// `true`: an existing object is not replaced.
    FORBID_OVERWRITE = "x-oss-forbid-overwrite";
    /// Source of a copy: `/bucket/key`.
    COPY_SOURCE = "x-oss-copy-source";
    /// Range of the source, for UploadPartCopy.
    COPY_SOURCE_RANGE = "x-oss-copy-source-range";
    /// Condition on the source's entity tag.
    COPY_SOURCE_IF_MATCH = "x-oss-copy-source-if-match";
    /// Condition on the source's entity tag.
    COPY_SOURCE_IF_NONE_MATCH = "x-oss-copy-source-if-none-match";
    /// Condition on the source's date.
    COPY_SOURCE_IF_MODIFIED_SINCE = "x-oss-copy-source-if-modified-since";
    /// Condition on the source's date.
    COPY_SOURCE_IF_UNMODIFIED_SINCE = "x-oss-copy-source-if-unmodified-since";
    /// `COPY` or `REPLACE`.
    METADATA_DIRECTIVE = "x-oss-metadata-directive";
    /// `Copy` or `Replace`.
    TAGGING_DIRECTIVE = "x-oss-tagging-directive";
    /// `standard`: invalid ranges are errors.
    RANGE_BEHAVIOR = "x-oss-range-behavior";
    /// `yes`: completion takes every part.
    COMPLETE_ALL = "x-oss-complete-all";
    /// STS token.
    SECURITY_TOKEN = "x-oss-security-token";
    /// Access point that a request is about.
    ACCESS_POINT_NAME = "x-oss-access-point-name";
    /// `x-oss-date` of a V4 signature.
    OSS_DATE = "x-oss-date";
    /// Payload line of a V4 request: a digest or `UNSIGNED-PAYLOAD`.
    CONTENT_SHA256 = "x-oss-content-sha256";
    /// Digest of the body in base64.
    CONTENT_MD5 = "content-md5";
    /// Number of tags of an object, on the answer to a read.
    TAGGING_COUNT = "x-oss-tagging-count";
    /// Tags of an object, URL-encoded.
    TAGGING = "x-oss-tagging";
    /// Bits per second that a transfer may use.
    TRAFFIC_LIMIT = "x-oss-traffic-limit";
    /// How long the server has delayed an upload to keep to its limit, in milliseconds.
    QOS_DELAY_TIME = "x-oss-qos-delay-time";
    /// The payer of the request.
    REQUEST_PAYER = "x-oss-request-payer";
    /// Who was charged for the request, if not the bucket's owner.
    REQUEST_CHARGED = "x-oss-request-charged";
    /// Custom headers to be stored, `name:base64(value),…`.
    PERSISTENT_HEADERS = "x-oss-persistent-headers";
    /// Upload callback.
    CALLBACK = "x-oss-callback";
    /// Variables of the callback.
    CALLBACK_VAR = "x-oss-callback-var";
    /// When the object expires, and by which lifecycle rule.
    EXPIRATION = "x-oss-expiration";
    /// `true`: lifecycle rules with overlapping prefixes may have the same action.
    ALLOW_SAME_ACTION_OVERLAP = "x-oss-allow-same-action-overlap";
    /// Target of a symbolic link.
    SYMLINK_TARGET = "x-oss-symlink-target";
    /// How the object is encrypted, or is to be.
    SERVER_SIDE_ENCRYPTION = "x-oss-server-side-encryption";
    /// The key of a key management service.
    SERVER_SIDE_ENCRYPTION_KEY_ID = "x-oss-server-side-encryption-key-id";
    /// The algorithm of the data, with such a key.
    SERVER_SIDE_DATA_ENCRYPTION = "x-oss-server-side-data-encryption";
    /// Resource group of a bucket.
    RESOURCE_GROUP_ID = "x-oss-resource-group-id";
    /// Hierarchical namespace, for PutBucket.
    HNS_STATUS = "x-oss-hns-status";
}

/// Prefix of user metadata.
pub const META_PREFIX: &str = "x-oss-meta-";

/// The standard headers that are stored with an object and returned, besides user metadata.
pub const STORED_HEADERS: [HeaderName; 6] = [
    header::CACHE_CONTROL,
    header::CONTENT_DISPOSITION,
    header::CONTENT_ENCODING,
    header::CONTENT_LANGUAGE,
    header::CONTENT_TYPE,
    header::EXPIRES,
];

/// Query parameters of GetObject that override response headers.
pub const RESPONSE_OVERRIDES: [(&str, HeaderName); 6] = [
    ("response-cache-control", header::CACHE_CONTROL),
    ("response-content-disposition", header::CONTENT_DISPOSITION),
    ("response-content-encoding", header::CONTENT_ENCODING),
    ("response-content-language", header::CONTENT_LANGUAGE),
    ("response-content-type", header::CONTENT_TYPE),
    ("response-expires", header::EXPIRES),
];

/// Whether a request header is stored with the object.
pub fn is_stored(name: &HeaderName) -> bool {
    STORED_HEADERS.contains(name) || name.as_str().starts_with(META_PREFIX)
}

/// Whether the header is present with a value; OSS treats an empty header as absent.
pub fn is_present(headers: &HeaderMap, name: &HeaderName) -> bool {
    headers.get(name).is_some_and(|value| !value.as_bytes().trim_ascii().is_empty())
}

/// The headers of a request that are stored, as names and values. A standard header without a value is not stored. The last value of a repeated header counts once it is
/// put into [`coho_model::ObjectHeaders`].
pub fn stored(headers: &HeaderMap) -> impl Iterator<Item = (&str, &[u8])> {
    let is_set =
        |name: &HeaderName, value: &[u8]| name.as_str().starts_with(META_PREFIX) || !value.trim_ascii().is_empty();
    let stored = headers.iter().filter(move |(name, value)| is_stored(name) && is_set(name, value.as_bytes()));
    stored.map(|(name, value)| (name.as_str(), value.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    #[test]
    fn standard_headers_and_user_metadata_are_stored() {
        let mut headers = HeaderMap::new();
        for name in ["content-type", "x-oss-meta-a", "expires", "content-md5", "x-oss-acl", "host", "x-oss-metaa"] {
            headers.insert(HeaderName::from_static(name), HeaderValue::from_static("v"));
        }
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(""));
        headers.insert(HeaderName::from_static("x-oss-meta-b"), HeaderValue::from_static(""));
        let mut names: Vec<&str> = stored(&headers).map(|(name, _)| name).collect();
        names.sort_unstable();
        assert_eq!(names, ["content-type", "expires", "x-oss-meta-a", "x-oss-meta-b"]);
    }
}
