//! Which query parameters a V1 signature covers.
//!
//! The SDKs disagree, so this is the union of their lists plus every `x-oss-` parameter. Every parameter that the
//! server handles as a sub-resource must be in the list; otherwise anyone could add it to a signed request.

/// Prefix of the parameters that V1 signs without listing them.
const OSS_PREFIX: &str = "x-oss-";

/// V4 (and V2) authentication parameters. A V1 signature never covers them, and V1 requests ignore them.
const V4_AUTHENTICATION: [&str; 6] = [
    "x-oss-additional-headers",
    "x-oss-credential",
    "x-oss-date",
    "x-oss-expires",
    "x-oss-signature",
    "x-oss-signature-version",
];

/// Parameters that some SDKs sign and others send unsigned: the Python SDK v2 those of OSS; oss2, Java and Go v1
/// `accessmonitor` and `regions`; all but the v2 SDKs would send `action` and `quota` as parameters of the user's own. The
/// ones of OSS change how an object is served, not which one; the others read a setting, or are refused.
const TOLERATED_UNSIGNED: [&str; 6] =
    ["accessmonitor", "action", "quota", "regions", "x-oss-process", "x-oss-traffic-limit"];

/// Sorted for binary search. Excludes the `x-oss-` names, which the prefix covers.
const SUBRESOURCES: [&str; 109] = [
    "accessPoint",
    "accessPointConfigForObjectProcess",
    "accessPointForObjectProcess",
    "accessPointPolicy",
    "accessPointPolicyForObjectProcess",
    "accessmonitor",
    "acl",
    "action",
    "append",
    "asyncFetch",
    "bucketArchiveDirectRead",
    "bucketInfo",
    "callback",
    "callback-var",
    "cleanRestoredObject",
    "cloudboxes",
    "cname",
    "comp",
    "continuation-token",
    "cors",
    "dataAccelerator",
    "dataPipeline",
    "delete",
    "encryption",
    "endTime",
    "group",
    "httpsConfig",
    "img",
    "inventory",
    "inventoryId",
    "legalHold",
    "lifecycle",
    "link",
    "live",
    "location",
    "logging",
    "metaQuery",
    "metadataConfiguration",
    "metadataInventoryTable",
    "metadataJournalTable",
    "objectInfo",
    "objectMeta",
    "objectWorm",
    "overwriteConfig",
    "partNumber",
    "policy",
    "policyStatus",
    "position",
    "processConfiguration",
    "publicAccessBlock",
    "qos",
    "qosInfo",
    "qosRequester",
    "quota",
    "redundancyTransition",
    "referer",
    "regionList",
    "regions",
    "replication",
    "replicationLocation",
    "replicationProgress",
    "requestPayment",
    "requesterQosInfo",
    "resourceGroup",
    "resourcePool",
    "resourcePoolBuckets",
    "resourcePoolInfo",
    "response-cache-control",
    "response-content-disposition",
    "response-content-encoding",
    "response-content-language",
    "response-content-type",
    "response-expires",
    "responseHeader",
    "restore",
    "retention",
    "rtc",
    "seal",
    "security-token",
    "sequential",
    "startTime",
    "stat",
    "status",
    "style",
    "styleName",
    "symlink",
    "tagging",
    "transferAcceleration",
    "udf",
    "udfApplication",
    "udfApplicationLog",
    "udfId",
    "udfImage",
    "udfImageDesc",
    "udfName",
    "uploadId",
    "uploads",
    "userDefinedLogFieldsConfig",
    "versionId",
    "versioning",
    "versions",
    "vip",
    "vod",
    "vpcip",
    "website",
    "withHashContext",
    "worm",
    "wormExtend",
    "wormId",
];

/// Whether a V1 signature covers the query parameter of this name.
pub fn is_signed_v1(name: &str) -> bool {
    if name.starts_with(OSS_PREFIX) {
        return !V4_AUTHENTICATION.contains(&name);
    }
    SUBRESOURCES.binary_search(&name).is_ok()
}

/// Which parameters a V1 string to sign includes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Coverage {
    /// Every parameter for which [`is_signed_v1`] holds.
    Full,
    /// The same without `x-oss-` parameters and [`TOLERATED_UNSIGNED`].
    Reduced,
}

impl Coverage {
    pub(crate) fn includes(self, name: &str) -> bool {
        is_signed_v1(name) && (self == Self::Full || !is_contested(name))
    }
}

/// Whether [`Coverage::Reduced`] may be tried: the request has parameters that it leaves out, and leaving each of them
/// unsigned is harmless.
pub(crate) fn may_be_reduced(query: &[(String, String)]) -> bool {
    let mut contested = query.iter().map(|(name, _)| name.as_str()).filter(|name| is_contested(name)).peekable();
    contested.peek().is_some() && contested.all(|name| TOLERATED_UNSIGNED.contains(&name))
}

fn is_contested(name: &str) -> bool {
    name.starts_with(OSS_PREFIX) || TOLERATED_UNSIGNED.contains(&name)
}

#[cfg(test)]
mod tests {
    use super::{Coverage, SUBRESOURCES, is_signed_v1, may_be_reduced};

    #[test]
    fn the_table_is_sorted_and_has_no_duplicates() {
        assert!(SUBRESOURCES.windows(2).all(|pair| pair[0] < pair[1]));
    }

    #[test]
    fn sub_resources_of_single_sdks_are_signed() {
        for name in ["policyStatus", "processConfiguration", "seal", "vip", "vpcip", "accessmonitor", "bucketInfo"] {
            assert!(is_signed_v1(name), "{name}");
        }
    }

    #[test]
    fn parameters_of_listings_and_of_authentication_are_not_signed() {
        for name in [
            "prefix marker max-keys delimiter encoding-type list-type start-after fetch-owner key-marker",
            "version-id-marker upload-id-marker max-uploads max-parts part-number-marker Expires OSSAccessKeyId",
            "Signature x-oss-signature x-oss-signature-version x-oss-credential x-oss-date x-oss-expires ACL acl2",
        ]
        .iter()
        .flat_map(|line| line.split(' '))
        {
            assert!(!is_signed_v1(name), "{name}");
        }
        assert!(is_signed_v1("continuation-token") && is_signed_v1("x-oss-anything"));
        assert!(!Coverage::Reduced.includes("x-oss-process") && Coverage::Reduced.includes("acl"));
    }

    #[test]
    fn only_harmless_parameters_may_stay_unsigned() {
        let check = |names: &str, expected: bool| {
            let query: Vec<_> = names.split_terminator(' ').map(|n| (n.to_owned(), String::new())).collect();
            assert_eq!(may_be_reduced(&query), expected, "{names}");
        };
        check("x-oss-process", true);
        check("acl x-oss-traffic-limit x-oss-process", true);
        check("accessmonitor", true);
        check("regions action quota", true);
        check("accessmonitor x-oss-request-payer", false);
        check("acl", false);
        check("", false);
        check("x-oss-process x-oss-request-payer", false);
        check("x-oss-process x-oss-security-token", false);
    }
}
