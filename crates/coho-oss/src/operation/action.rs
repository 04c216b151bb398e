//! What operations are to policies: OSS's table of actions ("Policy syntax and elements").

use super::Operation;
use coho_model::{LetterCase, matches};

/// What precedes the name of an action of OSS.
const SERVICE: &str = "oss:";

/// Operations whose action has another name.
const SHARED: &[(&str, &str)] = &[
    ("HeadObject", "oss:GetObject"),
    ("GetObjectMeta", "oss:GetObject"),
    ("GetSymlink", "oss:GetObject"),
    ("CopyObject", "oss:PutObject"),
    ("PostObject", "oss:PutObject"),
    ("AppendObject", "oss:PutObject"),
    ("SealAppendObject", "oss:PutObject"),
    ("PutSymlink", "oss:PutObject"),
    ("InitiateMultipartUpload", "oss:PutObject"),
    ("UploadPart", "oss:PutObject"),
    ("UploadPartCopy", "oss:PutObject"),
    ("CompleteMultipartUpload", "oss:PutObject"),
    ("CleanRestoredObject", "oss:RestoreObject"),
    ("DeleteMultipleObjects", "oss:DeleteObject"),
    ("ListObjectsV2", "oss:ListObjects"),
    ("ListBucketInventory", "oss:GetBucketInventory"),
    ("PutBucketTags", "oss:PutBucketTagging"),
    ("GetBucketTags", "oss:GetBucketTagging"),
    ("DeleteBucketTags", "oss:DeleteBucketTagging"),
    ("GetLiveChannelInfo", "oss:GetLiveChannel"),
];

/// Actions on an object, and those on one of its versions.
const OF_VERSIONS: &[(&str, &str)] = &[
    ("oss:GetObject", "oss:GetObjectVersion"),
    ("oss:DeleteObject", "oss:DeleteObjectVersion"),
    ("oss:GetObjectAcl", "oss:GetObjectVersionAcl"),
    ("oss:PutObjectAcl", "oss:PutObjectVersionAcl"),
    ("oss:RestoreObject", "oss:RestoreObjectVersion"),
    ("oss:GetObjectTagging", "oss:GetObjectVersionTagging"),
    ("oss:PutObjectTagging", "oss:PutObjectVersionTagging"),
    ("oss:DeleteObjectTagging", "oss:DeleteObjectVersionTagging"),
];

/// Further actions of OSS, without the service: Coho has no operation for them, and a policy may name them.
#[rustfmt::skip]
const OTHERS: &[&str] = &[
    "ListUserDataRedundancyTransition", "ActivateProduct", "CreateOrder", "InitiateBucketWorm", "AbortBucketWorm",
    "CompleteBucketWorm", "ExtendBucketWorm", "PutBucketLogging", "DeleteBucketLogging", "PutBucketReferer", "DeleteBucketReferer", "DeleteBucketReferer",
    "PutBucketLifecycle", "DeleteBucketLifecycle", "PutBucketTransferAcceleration", "PutBucketCors", "DeleteBucketCors",
    "PutBucketPolicy", "DeleteBucketPolicy", "PutBucketTagging", "DeleteBucketTagging", "PutBucketEncryption",
    "DeleteBucketEncryption", "PutBucketReplication", "ReplicateGet", "ReplicateList", "ReplicatePut", "ReplicateDelete",
    "PutBucketRTC", "DeleteBucketReplication", "PutBucketInventory", "DeleteBucketInventory", "PutBucketAccessMonitor",
    "OpenMetaQuery", "DoMetaQuery", "CloseMetaQuery", "InitUserAntiDDosInfo", "UpdateUserAntiDDosInfo",
    "GetUserAntiDDosInfo", "InitBucketAntiDDosInfo", "UpdateBucketAntiDDosInfo", "ListBucketAntiDDosInfo",
    "PutBucketResourceGroup", "CreateCnameToken", "GetCnameToken", "PutCname", "DeleteCname", "PutStyle", "DeleteStyle",
    "CreateAccessPoint", "DeleteAccessPoint", "PutAccessPointPolicy",
    "DeleteAccessPointPolicy", "PutBucketHttpsConfig", "CreateAccessPointForObjectProcess",
    "DeleteAccessPointForObjectProcess", "ListAccessPointsForObjectProcess", "PutAccessPointConfigForObjectProcess",
    "PutAccessPointPolicyForObjectProcess", "DeleteAccessPointPolicyForObjectProcess", "WriteGetObjectResponse",
    "CreateBucketDataRedundancyTransition", "GetBucketDataRedundancyTransition", "DeleteBucketDataRedundancyTransition",
    "PutAccessPointPublicAccessBlock", "GetAccessPointPublicAccessBlock", "DeleteAccessPointPublicAccessBlock",
    "PutPublicAccessBlock", "GetPublicAccessBlock", "DeletePublicAccessBlock", "PutBucketOverwriteConfig",
    "DeleteBucketOverwriteConfig", "PutObjectTagging", "DeleteObjectTagging", "PutLiveChannel",
    "DeleteLiveChannel", "PutLiveChannelStatus", "GetLiveChannelStat", "GetLiveChannelHistory", "PostVodPlaylist",
    "GetVodPlaylist", "PublishRtmpStream", "ProcessImm", "PostProcessTask", "PutBucketQoSInfo", "GetBucketQoSInfo",
    "DeleteBucketQoSInfo", "PutBucketRequesterQoSInfo", "GetBucketRequesterQoSInfo", "ListBucketRequesterQoSInfo",
    "DeleteBucketRequesterQoSInfo", "ListResourcePools", "GetResourcePoolInfo", "ListResourcePoolBuckets",
    "PutResourcePoolRequesterQoSInfo", "GetResourcePoolRequesterQoSInfo", "ListResourcePoolRequesterQoSInfos",
    "DeleteResourcePoolRequesterQoSInfo", "PutObjectRetention",
];

impl Operation {
    /// The action that policies name.
    pub fn action(self) -> &'static str {
        let name = self.name();
        SHARED.iter().find(|(of, _)| *of == name).map_or_else(|| self.own_action(), |(_, action)| action)
    }
}

/// The action on one version of an object, if the action has such a form.
pub fn action_on_version(action: &str) -> Option<&'static str> {
    OF_VERSIONS.iter().find(|(of, _)| *of == action).map(|(_, version)| *version)
}

/// Whether a pattern of actions names an action of OSS.
pub(crate) fn names_an_action(pattern: &str) -> bool {
    let is_named = |action: &str| matches(pattern, action, LetterCase::Either);
    let of_operations = Operation::ALL.iter().map(|operation| operation.action());
    let of_versions = OF_VERSIONS.iter().map(|(_, version)| *version);
    of_operations.chain(of_versions).any(is_named) || OTHERS.iter().any(|name| is_named(&format!("{SERVICE}{name}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operations_have_the_actions_of_oss() {
        for (operation, action) in [
            (Operation::GetObject, "oss:GetObject"),
            (Operation::HeadObject, "oss:GetObject"),
            (Operation::UploadPartCopy, "oss:PutObject"),
            (Operation::AbortMultipartUpload, "oss:AbortMultipartUpload"),
            (Operation::ListParts, "oss:ListParts"),
            (Operation::ListObjectsV2, "oss:ListObjects"),
            (Operation::ListObjectVersions, "oss:ListObjectVersions"),
            (Operation::DeleteMultipleObjects, "oss:DeleteObject"),
            (Operation::PutBucketWebsite, "oss:PutBucketWebsite"),
        ] {
            assert_eq!(operation.action(), action, "{operation}");
        }
        for operation in Operation::ALL {
            let name = operation.action().strip_prefix(SERVICE).unwrap();
            assert!(name.bytes().all(|byte| byte.is_ascii_alphanumeric()), "{operation}");
            assert!(names_an_action(operation.action()), "{operation}");
        }
    }

    #[test]
    fn patterns_name_actions_that_exist() {
        for pattern in ["*", "oss:*", "oss:Get*", "OSS:getobject", "oss:GetObjectVersionAcl", "oss:*Policy"] {
            assert!(names_an_action(pattern), "{pattern}");
        }
        for pattern in ["", "GetObject", "oss:GetObjects", "s3:GetObject", "oss:", "os:*"] {
            assert!(!names_an_action(pattern), "{pattern}");
        }
        assert_eq!(action_on_version("oss:PutObjectAcl"), Some("oss:PutObjectVersionAcl"));
        assert_eq!(action_on_version("oss:PutObject"), None);
    }
}
