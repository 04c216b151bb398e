//! Routes a request to its operation.
//!
//! In this order: a parameter of an unimplemented feature refuses the request; a sub-resource of the level decides;
//! otherwise the method decides. Decisions of Coho:
//! - other unknown parameters are ignored, except that PUT and DELETE refuse one without a value: it may be a
//!   sub-resource of a newer OSS, and must not overwrite or delete the resource that it only qualifies;
//! - `PUT ?partNumber` without `uploadId`, or the reverse, is `MissingArgument` and never a plain PutObject;
//! - a `versionId` that cannot be one is `InvalidArgument`, and one that no version here has `NoSuchVersion`;
//! - OPTIONS is one operation, whatever the query names: a preflight asks for the request that follows it. The service
//!   has no rules for it: `AccessForbidden`;
//! - HEAD of the service is `MethodNotAllowed`, as OSS documents no such operation; so is HEAD of a bucket here, which the
//!   server routes as a listing.

use super::{Level, Operation, refuse, version_id};
use crate::header;
use Operation as Op;
use coho_model::{Query, RequestRefusal};
use http::{HeaderMap, Method};

/// The operation for each method of a resource; `None` for operations that OSS has and Coho lacks.
type Methods = &'static [(&'static str, Option<Operation>)];

const SERVICE: Methods = &[("GET", Some(Op::ListBuckets))];
const BUCKET: Methods = &[
    ("GET", Some(Op::ListObjects)),
    ("PUT", Some(Op::PutBucket)),
    ("DELETE", Some(Op::DeleteBucket)),
    ("POST", Some(Op::PostObject)),
];
const OBJECT: Methods = &[
    ("GET", Some(Op::GetObject)),
    ("HEAD", Some(Op::HeadObject)),
    ("PUT", Some(Op::PutObject)),
    ("DELETE", Some(Op::DeleteObject)),
];

const SERVICE_RESOURCES: &[(&str, Methods)] = &[(
    "publicAccessBlock",
    &[
        ("GET", Some(Op::GetPublicAccessBlock)),
        ("PUT", Some(Op::PutPublicAccessBlock)),
        ("DELETE", Some(Op::DeletePublicAccessBlock)),
    ],
)];

const BUCKET_RESOURCES: &[(&str, Methods)] = &[
    ("acl", &[("GET", Some(Op::GetBucketAcl)), ("PUT", Some(Op::PutBucketAcl))]),
    ("bucketInfo", &[("GET", Some(Op::GetBucketInfo))]),
    ("delete", &[("POST", Some(Op::DeleteMultipleObjects))]),
    ("live", &[("GET", Some(Op::ListLiveChannel))]),
    ("location", &[("GET", Some(Op::GetBucketLocation))]),
    ("stat", &[("GET", Some(Op::GetBucketStat))]),
    (
        "tagging",
        &[("GET", Some(Op::GetBucketTags)), ("PUT", Some(Op::PutBucketTags)), ("DELETE", Some(Op::DeleteBucketTags))],
    ),
    ("uploads", &[("GET", Some(Op::ListMultipartUploads))]),
    ("versioning", &[("GET", Some(Op::GetBucketVersioning)), ("PUT", Some(Op::PutBucketVersioning))]),
    ("versions", &[("GET", Some(Op::ListObjectVersions))]),
    (
        "website",
        &[
            ("GET", Some(Op::GetBucketWebsite)),
            ("PUT", Some(Op::PutBucketWebsite)),
            ("DELETE", Some(Op::DeleteBucketWebsite)),
        ],
    ),
];

/// Configurations that a bucket cannot have yet. Reading one answers that it is not set; changing it is refused.
const UNSET_RESOURCES: &[(&str, Methods)] = &[
    ("accessPoint", &[("GET", Some(Op::ListAccessPoints)), ("PUT", None), ("DELETE", None)]),
    (
        "accessPointConfigForObjectProcess",
        &[("GET", Some(Op::GetAccessPointConfigForObjectProcess)), ("PUT", None), ("DELETE", None)],
    ),
    (
        "accessPointForObjectProcess",
        &[("GET", Some(Op::GetAccessPointForObjectProcess)), ("PUT", None), ("DELETE", None)],
    ),
    ("accessPointPolicy", &[("GET", Some(Op::GetAccessPointPolicy)), ("PUT", None), ("DELETE", None)]),
    (
        "accessPointPolicyForObjectProcess",
        &[("GET", Some(Op::GetAccessPointPolicyForObjectProcess)), ("PUT", None), ("DELETE", None)],
    ),
    ("accessmonitor", &[("GET", Some(Op::GetBucketAccessMonitor)), ("PUT", None)]),
    (
        "bucketArchiveDirectRead",
        &[("GET", Some(Op::GetBucketArchiveDirectRead)), ("PUT", Some(Op::PutBucketArchiveDirectRead))],
    ),
    ("cname", &[("GET", Some(Op::ListCname)), ("POST", None)]),
    (
        "cors",
        &[("GET", Some(Op::GetBucketCors)), ("PUT", Some(Op::PutBucketCors)), ("DELETE", Some(Op::DeleteBucketCors))],
    ),
    (
        "encryption",
        &[
            ("GET", Some(Op::GetBucketEncryption)),
            ("PUT", Some(Op::PutBucketEncryption)),
            ("DELETE", Some(Op::DeleteBucketEncryption)),
        ],
    ),
    ("httpsConfig", &[("GET", Some(Op::GetBucketHttpsConfig)), ("PUT", None)]),
    ("inventory", &[("GET", Some(Op::ListBucketInventory)), ("PUT", None), ("DELETE", None)]),
    (
        "lifecycle",
        &[
            ("GET", Some(Op::GetBucketLifecycle)),
            ("PUT", Some(Op::PutBucketLifecycle)),
            ("DELETE", Some(Op::DeleteBucketLifecycle)),
        ],
    ),
    ("logging", &[("GET", Some(Op::GetBucketLogging)), ("PUT", None), ("DELETE", None)]),
    ("metaQuery", &[("GET", Some(Op::GetMetaQueryStatus)), ("POST", None)]),
    ("overwriteConfig", &[("GET", Some(Op::GetBucketOverwriteConfig)), ("PUT", None), ("DELETE", None)]),
    (
        "policy",
        &[
            ("GET", Some(Op::GetBucketPolicy)),
            ("PUT", Some(Op::PutBucketPolicy)),
            ("DELETE", Some(Op::DeleteBucketPolicy)),
        ],
    ),
    ("policyStatus", &[("GET", Some(Op::GetBucketPolicyStatus))]),
    (
        "publicAccessBlock",
        &[
            ("GET", Some(Op::GetBucketPublicAccessBlock)),
            ("PUT", Some(Op::PutBucketPublicAccessBlock)),
            ("DELETE", Some(Op::DeleteBucketPublicAccessBlock)),
        ],
    ),
    ("qos", &[("GET", Some(Op::GetBucketStorageCapacity)), ("PUT", None)]),
    (
        "redundancyTransition",
        &[("GET", Some(Op::ListBucketDataRedundancyTransition)), ("POST", None), ("DELETE", None)],
    ),
    ("referer", &[("GET", Some(Op::GetBucketReferer)), ("PUT", Some(Op::PutBucketReferer))]),
    ("replication", &[("GET", Some(Op::GetBucketReplication)), ("POST", None)]),
    ("replicationLocation", &[("GET", Some(Op::GetBucketReplicationLocation))]),
    ("replicationProgress", &[("GET", Some(Op::GetBucketReplicationProgress))]),
    ("requestPayment", &[("GET", Some(Op::GetBucketRequestPayment)), ("PUT", Some(Op::PutBucketRequestPayment))]),
    ("resourceGroup", &[("GET", Some(Op::GetBucketResourceGroup)), ("PUT", None)]),
    ("style", &[("GET", Some(Op::ListStyle)), ("PUT", None), ("DELETE", None)]),
    ("transferAcceleration", &[("GET", Some(Op::GetBucketTransferAcceleration)), ("PUT", None)]),
    (
        "userDefinedLogFieldsConfig",
        &[("GET", Some(Op::GetUserDefinedLogFieldsConfig)), ("PUT", None), ("DELETE", None)],
    ),
    ("worm", &[("GET", Some(Op::GetBucketWorm)), ("POST", None), ("DELETE", None)]),
];

const OBJECT_RESOURCES: &[(&str, Methods)] = &[
    ("uploads", &[("POST", Some(Op::InitiateMultipartUpload))]),
    (
        "uploadId",
        &[
            ("PUT", Some(Op::UploadPart)),
            ("POST", Some(Op::CompleteMultipartUpload)),
            ("DELETE", Some(Op::AbortMultipartUpload)),
            ("GET", Some(Op::ListParts)),
        ],
    ),
    ("append", &[("POST", Some(Op::AppendObject))]),
    ("seal", &[("POST", Some(Op::SealAppendObject))]),
    ("restore", &[("POST", Some(Op::RestoreObject))]),
    ("cleanRestoredObject", &[("POST", Some(Op::CleanRestoredObject))]),
    ("acl", &[("GET", Some(Op::GetObjectAcl)), ("PUT", Some(Op::PutObjectAcl))]),
    ("objectMeta", &[("HEAD", Some(Op::GetObjectMeta)), ("GET", Some(Op::GetObjectMeta))]),
    (
        "tagging",
        &[
            ("GET", Some(Op::GetObjectTagging)),
            ("PUT", Some(Op::PutObjectTagging)),
            ("DELETE", Some(Op::DeleteObjectTagging)),
        ],
    ),
    ("symlink", &[("GET", Some(Op::GetSymlink)), ("PUT", Some(Op::PutSymlink))]),
    ("live", &[("GET", Some(Op::GetLiveChannelInfo)), ("PUT", None), ("POST", None), ("DELETE", None)]),
];

/// Authentication parameters without the prefix `x-oss-`.
const AUTHENTICATION: [&str; 4] = ["Expires", "OSSAccessKeyId", "Signature", "security-token"];

impl Operation {
    /// Finds the operation of a request, or the error that refuses it.
    pub fn route(method: &Method, level: Level, query: &Query, headers: &HeaderMap) -> Result<Self, RequestRefusal> {
        if *method == Method::OPTIONS {
            let is_service = level == Level::Service;
            return if is_service { Err(RequestRefusal::CrossOriginNotEnabled) } else { Ok(Self::OptionObject) };
        }
        let (resource, methods) = if query.is_empty() { (None, plain(level)) } else { resource(method, level, query)? };
        let operation = match methods.iter().find(|(name, _)| *name == method.as_str()) {
            Some((_, Some(operation))) => *operation,
            Some((_, None)) => {
                // Only resources have such methods.
                return Err(RequestRefusal::parameter_not_implemented(resource.unwrap_or_default()));
            }
            None => return Err(not_allowed(method, level, methods)),
        };
        let operation = refine(operation, query, headers)?;
        refuse::check_callback(operation, query)?;
        operation.check_headers(method, headers)?;
        Ok(operation)
    }
}

fn plain(level: Level) -> Methods {
    match level {
        Level::Service => SERVICE,
        Level::Bucket => BUCKET,
        Level::Object => OBJECT,
    }
}

/// The name and the methods of the resource that the query names.
fn resource(method: &Method, level: Level, query: &Query) -> Result<(Option<&'static str>, Methods), RequestRefusal> {
    refuse::check_parameters(level, query)?;
    let (resources, unset): (&[_], &[_]) = match level {
        Level::Service => (SERVICE_RESOURCES, &[]),
        Level::Bucket => (BUCKET_RESOURCES, UNSET_RESOURCES),
        Level::Object => (OBJECT_RESOURCES, &[]),
    };
    if let Some((name, methods)) = resources.iter().chain(unset).find(|(name, _)| query.has(name)) {
        return Ok((Some(name), methods));
    }
    refuse::check_qualifiers(level, query)?;
    if *method == Method::PUT || *method == Method::DELETE {
        let unknown = query.pairs().iter().find(|(name, value)| value.is_empty() && !is_known(name));
        if let Some((name, _)) = unknown {
            return Err(RequestRefusal::parameter_not_implemented(name));
        }
    }
    Ok((None, plain(level)))
}

/// Parameters that may be empty without naming a resource.
fn is_known(name: &str) -> bool {
    let is_argument = matches!(name, "versionId" | "partNumber" | "callback" | "callback-var");
    AUTHENTICATION.contains(&name) || name.starts_with("x-oss-") || is_argument
}

/// Distinguishes operations that share a method by a parameter or a header.
fn refine(operation: Operation, query: &Query, headers: &HeaderMap) -> Result<Operation, RequestRefusal> {
    let copies = || header::is_present(headers, &header::COPY_SOURCE);
    let operation = match operation {
        Op::ListCname | Op::GetMetaQueryStatus if query.has("comp") => {
            let resource = if operation == Op::ListCname { "cname" } else { "metaQuery" };
            return Err(RequestRefusal::parameter_not_implemented(resource));
        }
        Op::ListBucketDataRedundancyTransition if query.has("x-oss-redundancy-transition-taskid") => {
            return Err(RequestRefusal::parameter_not_implemented("redundancyTransition"));
        }
        Op::GetBucketPolicy if query.get("comp") == Some("callback") => Op::GetBucketCallbackPolicy,
        Op::PutBucketPolicy | Op::DeleteBucketPolicy if query.has("comp") => {
            return Err(RequestRefusal::parameter_not_implemented("comp"));
        }
        Op::ListAccessPoints if header::is_present(headers, &header::ACCESS_POINT_NAME) => Op::GetAccessPoint,
        Op::ListBucketInventory if query.has("inventoryId") => Op::GetBucketInventory,
        Op::ListStyle if query.has("styleName") => Op::GetStyle,
        Op::ListObjects if query.get("list-type") == Some("2") => Op::ListObjectsV2,
        Op::PutObject if query.has("partNumber") => return Err(RequestRefusal::MissingParameter("uploadId")),
        Op::PutObject if copies() => Op::CopyObject,
        Op::UploadPart if !query.has("partNumber") => return Err(RequestRefusal::MissingParameter("partNumber")),
        Op::UploadPart if copies() => Op::UploadPartCopy,
        other => other,
    };
    if matches!(
        operation,
        Op::GetObject
            | Op::HeadObject
            | Op::GetObjectMeta
            | Op::DeleteObject
            | Op::GetObjectAcl
            | Op::PutObjectAcl
            | Op::GetObjectTagging
            | Op::PutObjectTagging
            | Op::DeleteObjectTagging
            | Op::GetSymlink
            | Op::RestoreObject
            | Op::CleanRestoredObject
    ) {
        query.get("versionId").map_or(Ok(()), |text| version_id("versionId", text).map(drop))?;
    }
    Ok(operation)
}

fn not_allowed(method: &Method, level: Level, methods: Methods) -> RequestRefusal {
    let resource = match level {
        Level::Service => "Service",
        Level::Bucket => "Bucket",
        Level::Object => "Object",
    };
    let allowed = methods.iter().map(|(name, _)| *name).collect();
    RequestRefusal::MethodNotAllowed { method: method.as_str().into(), resource, allowed }
}
