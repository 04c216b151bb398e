//! Routes a request to its operation.
//!
//! In this order: a parameter of an unimplemented feature refuses the request; a sub-resource of the level decides;
//! otherwise the method decides. Decisions of Coho:
//! - other unknown parameters are ignored, except that PUT and DELETE refuse one without a value: it may be a
//!   sub-resource of a newer OSS, and must not overwrite or delete the resource that it only qualifies;
//! - `PUT ?partNumber` without `uploadId`, or the reverse, is `MissingArgument` and never a plain PutObject;
//! - a `versionId` other than `null` is `NoSuchVersion`, or `InvalidArgument` if it is not a possible version id;
//! - OPTIONS is answered as by a bucket without CORS rules, as every bucket is: `AccessForbidden`;
//! - HEAD of the service is `MethodNotAllowed`, as OSS documents no such operation; so is HEAD of a bucket here, which the
//!   server routes as a listing.

use super::Operation::{
    AbortMultipartUpload, CompleteMultipartUpload, CopyObject, DeleteBucket, DeleteBucketPublicAccessBlock,
    DeleteBucketWebsite, DeleteMultipleObjects, DeleteObject, GetAccessPoint, GetAccessPointConfigForObjectProcess,
    GetAccessPointForObjectProcess, GetAccessPointPolicy, GetAccessPointPolicyForObjectProcess, GetBucketAccessMonitor,
    GetBucketAcl, GetBucketArchiveDirectRead, GetBucketCallbackPolicy, GetBucketCors, GetBucketEncryption,
    GetBucketHttpsConfig, GetBucketInfo, GetBucketInventory, GetBucketLifecycle, GetBucketLocation, GetBucketLogging,
    GetBucketOverwriteConfig, GetBucketPolicy, GetBucketPolicyStatus, GetBucketPublicAccessBlock, GetBucketReferer,
    GetBucketReplication, GetBucketReplicationLocation, GetBucketReplicationProgress, GetBucketRequestPayment,
    GetBucketResourceGroup, GetBucketStat, GetBucketStorageCapacity, GetBucketTags, GetBucketTransferAcceleration,
    GetBucketVersioning, GetBucketWebsite, GetBucketWorm, GetLiveChannelInfo, GetMetaQueryStatus, GetObject,
    GetObjectAcl, GetObjectMeta, GetObjectTagging, GetStyle, GetSymlink, GetUserDefinedLogFieldsConfig, HeadObject,
    InitiateMultipartUpload, ListAccessPoints, ListBucketDataRedundancyTransition, ListBucketInventory, ListBuckets,
    ListCname, ListLiveChannel, ListMultipartUploads, ListObjectVersions, ListObjects, ListObjectsV2, ListParts,
    ListStyle, PutBucket, PutBucketAcl, PutBucketPublicAccessBlock, PutBucketVersioning, PutBucketWebsite, PutObject,
    PutObjectAcl, UploadPart, UploadPartCopy,
};
use super::{Level, Operation, refuse};
use crate::header;
use coho_model::{Query, RequestRefusal};
use http::{HeaderMap, Method};

/// The operation for each method of a resource; `None` for operations that OSS has and Coho lacks.
type Methods = &'static [(&'static str, Option<Operation>)];

const SERVICE: Methods = &[("GET", Some(ListBuckets))];
const BUCKET: Methods =
    &[("GET", Some(ListObjects)), ("PUT", Some(PutBucket)), ("DELETE", Some(DeleteBucket)), ("POST", None)];
const OBJECT: Methods =
    &[("GET", Some(GetObject)), ("HEAD", Some(HeadObject)), ("PUT", Some(PutObject)), ("DELETE", Some(DeleteObject))];

const BUCKET_RESOURCES: &[(&str, Methods)] = &[
    ("acl", &[("GET", Some(GetBucketAcl)), ("PUT", Some(PutBucketAcl))]),
    ("bucketInfo", &[("GET", Some(GetBucketInfo))]),
    ("delete", &[("POST", Some(DeleteMultipleObjects))]),
    ("live", &[("GET", Some(ListLiveChannel))]),
    ("location", &[("GET", Some(GetBucketLocation))]),
    ("stat", &[("GET", Some(GetBucketStat))]),
    ("uploads", &[("GET", Some(ListMultipartUploads))]),
    ("versioning", &[("GET", Some(GetBucketVersioning)), ("PUT", Some(PutBucketVersioning))]),
    ("versions", &[("GET", Some(ListObjectVersions))]),
    (
        "website",
        &[("GET", Some(GetBucketWebsite)), ("PUT", Some(PutBucketWebsite)), ("DELETE", Some(DeleteBucketWebsite))],
    ),
];

/// Configurations that a bucket cannot have yet. Reading one answers that it is not set; changing it is refused.
const UNSET_RESOURCES: &[(&str, Methods)] = &[
    ("accessPoint", &[("GET", Some(ListAccessPoints)), ("PUT", None), ("DELETE", None)]),
    (
        "accessPointConfigForObjectProcess",
        &[("GET", Some(GetAccessPointConfigForObjectProcess)), ("PUT", None), ("DELETE", None)],
    ),
    ("accessPointForObjectProcess", &[("GET", Some(GetAccessPointForObjectProcess)), ("PUT", None), ("DELETE", None)]),
    ("accessPointPolicy", &[("GET", Some(GetAccessPointPolicy)), ("PUT", None), ("DELETE", None)]),
    (
        "accessPointPolicyForObjectProcess",
        &[("GET", Some(GetAccessPointPolicyForObjectProcess)), ("PUT", None), ("DELETE", None)],
    ),
    ("accessmonitor", &[("GET", Some(GetBucketAccessMonitor)), ("PUT", None)]),
    ("bucketArchiveDirectRead", &[("GET", Some(GetBucketArchiveDirectRead)), ("PUT", None)]),
    ("cname", &[("GET", Some(ListCname)), ("POST", None)]),
    ("cors", &[("GET", Some(GetBucketCors)), ("PUT", None), ("DELETE", None)]),
    ("encryption", &[("GET", Some(GetBucketEncryption)), ("PUT", None), ("DELETE", None)]),
    ("httpsConfig", &[("GET", Some(GetBucketHttpsConfig)), ("PUT", None)]),
    ("inventory", &[("GET", Some(ListBucketInventory)), ("PUT", None), ("DELETE", None)]),
    ("lifecycle", &[("GET", Some(GetBucketLifecycle)), ("PUT", None), ("DELETE", None)]),
    ("logging", &[("GET", Some(GetBucketLogging)), ("PUT", None), ("DELETE", None)]),
    ("metaQuery", &[("GET", Some(GetMetaQueryStatus)), ("POST", None)]),
    ("overwriteConfig", &[("GET", Some(GetBucketOverwriteConfig)), ("PUT", None), ("DELETE", None)]),
    ("policy", &[("GET", Some(GetBucketPolicy)), ("PUT", None), ("DELETE", None)]),
    ("policyStatus", &[("GET", Some(GetBucketPolicyStatus))]),
    (
        "publicAccessBlock",
        &[
            ("GET", Some(GetBucketPublicAccessBlock)),
            ("PUT", Some(PutBucketPublicAccessBlock)),
            ("DELETE", Some(DeleteBucketPublicAccessBlock)),
        ],
    ),
    ("qos", &[("GET", Some(GetBucketStorageCapacity)), ("PUT", None)]),
    ("redundancyTransition", &[("GET", Some(ListBucketDataRedundancyTransition)), ("POST", None), ("DELETE", None)]),
    ("referer", &[("GET", Some(GetBucketReferer)), ("PUT", None)]),
    ("replication", &[("GET", Some(GetBucketReplication)), ("POST", None)]),
    ("replicationLocation", &[("GET", Some(GetBucketReplicationLocation))]),
    ("replicationProgress", &[("GET", Some(GetBucketReplicationProgress))]),
    ("requestPayment", &[("GET", Some(GetBucketRequestPayment)), ("PUT", None)]),
    ("resourceGroup", &[("GET", Some(GetBucketResourceGroup)), ("PUT", None)]),
    ("style", &[("GET", Some(ListStyle)), ("PUT", None), ("DELETE", None)]),
    ("tagging", &[("GET", Some(GetBucketTags)), ("PUT", None), ("DELETE", None)]),
    ("transferAcceleration", &[("GET", Some(GetBucketTransferAcceleration)), ("PUT", None)]),
    ("userDefinedLogFieldsConfig", &[("GET", Some(GetUserDefinedLogFieldsConfig)), ("PUT", None), ("DELETE", None)]),
    ("worm", &[("GET", Some(GetBucketWorm)), ("POST", None), ("DELETE", None)]),
];

const OBJECT_RESOURCES: &[(&str, Methods)] = &[
    ("uploads", &[("POST", Some(InitiateMultipartUpload))]),
    (
        "uploadId",
        &[
            ("PUT", Some(UploadPart)),
            ("POST", Some(CompleteMultipartUpload)),
            ("DELETE", Some(AbortMultipartUpload)),
            ("GET", Some(ListParts)),
        ],
    ),
    ("acl", &[("GET", Some(GetObjectAcl)), ("PUT", Some(PutObjectAcl))]),
    ("objectMeta", &[("HEAD", Some(GetObjectMeta)), ("GET", Some(GetObjectMeta))]),
    ("tagging", &[("GET", Some(GetObjectTagging)), ("PUT", None), ("DELETE", None)]),
    ("symlink", &[("GET", Some(GetSymlink)), ("PUT", None)]),
    ("live", &[("GET", Some(GetLiveChannelInfo)), ("PUT", None), ("POST", None), ("DELETE", None)]),
];

/// Authentication parameters without the prefix `x-oss-`.
const AUTHENTICATION: [&str; 4] = ["Expires", "OSSAccessKeyId", "Signature", "security-token"];

impl Operation {
    /// Finds the operation of a request, or the error that refuses it.
    pub fn route(method: &Method, level: Level, query: &Query, headers: &HeaderMap) -> Result<Self, RequestRefusal> {
        let (resource, methods) = if query.is_empty() { (None, plain(level)) } else { resource(method, level, query)? };
        let operation = match methods.iter().find(|(name, _)| *name == method.as_str()) {
            Some((_, Some(operation))) => *operation,
            Some((_, None)) => {
                return Err(resource.map_or_else(|| no_post_object(method), RequestRefusal::parameter_not_implemented));
            }
            None => return Err(not_allowed(method, level, methods)),
        };
        let operation = refine(operation, query, headers)?;
        refuse::check_headers(operation, method, headers)?;
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
        Level::Service => (&[], &[]),
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
    AUTHENTICATION.contains(&name) || name.starts_with("x-oss-") || matches!(name, "versionId" | "partNumber")
}

/// Distinguishes operations that share a method by a parameter or a header.
fn refine(operation: Operation, query: &Query, headers: &HeaderMap) -> Result<Operation, RequestRefusal> {
    let copies = || header::is_present(headers, &header::COPY_SOURCE);
    let operation = match operation {
        ListCname | GetMetaQueryStatus if query.has("comp") => {
            let resource = if operation == ListCname { "cname" } else { "metaQuery" };
            return Err(RequestRefusal::parameter_not_implemented(resource));
        }
        ListBucketDataRedundancyTransition if query.has("x-oss-redundancy-transition-taskid") => {
            return Err(RequestRefusal::parameter_not_implemented("redundancyTransition"));
        }
        GetBucketPolicy if query.get("comp") == Some("callback") => GetBucketCallbackPolicy,
        ListAccessPoints if header::is_present(headers, &header::ACCESS_POINT_NAME) => GetAccessPoint,
        ListBucketInventory if query.has("inventoryId") => GetBucketInventory,
        ListStyle if query.has("styleName") => GetStyle,
        ListObjects if query.get("list-type") == Some("2") => ListObjectsV2,
        PutObject if query.has("partNumber") => return Err(RequestRefusal::MissingParameter("uploadId")),
        PutObject if copies() => CopyObject,
        UploadPart if !query.has("partNumber") => return Err(RequestRefusal::MissingParameter("partNumber")),
        UploadPart if copies() => UploadPartCopy,
        other => other,
    };
    if matches!(
        operation,
        GetObject
            | HeadObject
            | GetObjectMeta
            | DeleteObject
            | GetObjectAcl
            | PutObjectAcl
            | GetObjectTagging
            | GetSymlink
    ) {
        query.get("versionId").map_or(Ok(()), check_version)?;
    }
    Ok(operation)
}

/// Every object is its own only version, `null`.
fn check_version(version: &str) -> Result<(), RequestRefusal> {
    // Maximum bytes of a version id. OSS's are opaque and base64-like.
    const MAX_VERSION_ID_BYTES: usize = 100;
    let invalid = |message| Err(RequestRefusal::invalid_argument("versionId", version, message));
    let is_id = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b'+' | b'/' | b'=');
    match version {
        "null" => Ok(()),
        "" => invalid("Version id can not be the empty string."),
        _ if version.len() > MAX_VERSION_ID_BYTES || !version.bytes().all(is_id) => {
            invalid("Invalid version id specified.")
        }
        _ => Err(RequestRefusal::UnknownVersion(version.into())),
    }
}

fn no_post_object(method: &Method) -> RequestRefusal {
    RequestRefusal::FormUploadNotImplemented { method: method.as_str().into() }
}

fn not_allowed(method: &Method, level: Level, methods: Methods) -> RequestRefusal {
    if *method == Method::OPTIONS {
        return RequestRefusal::CrossOriginNotEnabled;
    }
    let resource = match level {
        Level::Service => "Service",
        Level::Bucket => "Bucket",
        Level::Object => "Object",
    };
    let allowed = methods.iter().map(|(name, _)| *name).collect();
    RequestRefusal::MethodNotAllowed { method: method.as_str().into(), resource, allowed }
}
