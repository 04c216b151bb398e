use super::*;
use crate::{ErrorCode, OssError};
use coho_model::{KeyNeed, Query, RequestRefusal};
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use std::collections::HashSet;

/// Routes `METHOD level query`, with headers as `name: value`.
fn route(request: &str, headers: &[&str]) -> Result<Operation, OssError> {
    let (method, target) = request.split_once(' ').unwrap();
    let (level, query) = target.split_once('?').unwrap_or((target, ""));
    let level = match level {
        "/" => Level::Service,
        "/b" => Level::Bucket,
        "/b/k" => Level::Object,
        other => panic!("{other}"),
    };
    let mut map = HeaderMap::new();
    for header in headers {
        let (name, value) = header.split_once(": ").unwrap();
        map.insert(HeaderName::try_from(name).unwrap(), HeaderValue::try_from(value).unwrap());
    }
    Operation::route(&Method::from_bytes(method.as_bytes()).unwrap(), level, &Query::parse(query).unwrap(), &map)
        .map_err(OssError::from)
}

#[track_caller]
fn check(request: &str, headers: &[&str], expected: &str) {
    let routed = route(request, headers);
    let text = match &routed {
        Ok(operation) => operation.name(),
        Err(error) => error.code.as_str(),
    };
    assert_eq!(text, expected, "{request} {headers:?}: {routed:?}");
}

const ROUTED: &[(&str, &str)] = &[
    ("GET /", "ListBuckets"),
    ("GET /?regionList", "ListBuckets"),
    ("GET /?tag-key=a&tag-value=b", "ListBuckets"),
    ("GET /?prefix=a&marker=b&max-keys=10", "ListBuckets"),
    ("GET /?acl", "ListBuckets"),
    ("GET /?publicAccessBlock", "GetPublicAccessBlock"),
    ("PUT /?publicAccessBlock", "PutPublicAccessBlock"),
    ("DELETE /?publicAccessBlock", "DeletePublicAccessBlock"),
    ("GET /b", "ListObjects"),
    ("GET /b?prefix=a&delimiter=%2F&encoding-type=url", "ListObjects"),
    ("GET /b?list-type=1", "ListObjects"),
    ("GET /b?unheard-of", "ListObjects"),
    ("GET /b?OSSAccessKeyId=a&Expires=1&Signature=s", "ListObjects"),
    ("GET /b?list-type=2", "ListObjectsV2"),
    ("GET /b?list-type=2&continuation-token=x&fetch-owner=true", "ListObjectsV2"),
    ("GET /b?versions", "ListObjectVersions"),
    ("GET /b?versions&prefix=a", "ListObjectVersions"),
    ("GET /b?uploads", "ListMultipartUploads"),
    ("GET /b?uploads&key-marker=k&upload-id-marker=u", "ListMultipartUploads"),
    ("GET /b?live", "ListLiveChannel"),
    ("GET /b?bucketInfo", "GetBucketInfo"),
    ("GET /b?bucketInfo=", "GetBucketInfo"),
    ("GET /b?location", "GetBucketLocation"),
    ("GET /b?stat", "GetBucketStat"),
    ("GET /b?acl", "GetBucketAcl"),
    ("PUT /b?acl", "PutBucketAcl"),
    ("GET /b?versioning", "GetBucketVersioning"),
    ("PUT /b?versioning", "PutBucketVersioning"),
    ("GET /b?website", "GetBucketWebsite"),
    ("PUT /b?website", "PutBucketWebsite"),
    ("DELETE /b?website", "DeleteBucketWebsite"),
    ("PUT /b", "PutBucket"),
    ("PUT /b?x-oss-signature=s&x-oss-date=d", "PutBucket"),
    ("DELETE /b", "DeleteBucket"),
    ("DELETE /b?Expires=1&security-token=", "DeleteBucket"),
    ("POST /b?delete", "DeleteMultipleObjects"),
    ("POST /b?delete&encoding-type=url", "DeleteMultipleObjects"),
    ("GET /b?accessmonitor", "GetBucketAccessMonitor"),
    ("GET /b?bucketArchiveDirectRead", "GetBucketArchiveDirectRead"),
    ("GET /b?cname", "ListCname"),
    ("GET /b?cors", "GetBucketCors"),
    ("PUT /b?cors", "PutBucketCors"),
    ("DELETE /b?cors", "DeleteBucketCors"),
    ("GET /b?encryption", "GetBucketEncryption"),
    ("PUT /b?encryption", "PutBucketEncryption"),
    ("DELETE /b?encryption", "DeleteBucketEncryption"),
    ("GET /b?httpsConfig", "GetBucketHttpsConfig"),
    ("GET /b?inventory", "ListBucketInventory"),
    ("GET /b?inventory&inventoryId=x", "GetBucketInventory"),
    ("GET /b?lifecycle", "GetBucketLifecycle"),
    ("PUT /b?lifecycle", "PutBucketLifecycle"),
    ("DELETE /b?lifecycle", "DeleteBucketLifecycle"),
    ("GET /b?logging", "GetBucketLogging"),
    ("GET /b?metaQuery", "GetMetaQueryStatus"),
    ("GET /b?policy", "GetBucketPolicy"),
    ("PUT /b?policy", "PutBucketPolicy"),
    ("DELETE /b?policy", "DeleteBucketPolicy"),
    ("GET /b?policyStatus", "GetBucketPolicyStatus"),
    ("GET /b?publicAccessBlock", "GetBucketPublicAccessBlock"),
    ("GET /b?redundancyTransition", "ListBucketDataRedundancyTransition"),
    ("GET /b?referer", "GetBucketReferer"),
    ("PUT /b?referer", "PutBucketReferer"),
    ("GET /b?replication", "GetBucketReplication"),
    ("GET /b?replicationLocation", "GetBucketReplicationLocation"),
    ("GET /b?replicationProgress&rule-id=x", "GetBucketReplicationProgress"),
    ("GET /b?requestPayment", "GetBucketRequestPayment"),
    ("PUT /b?requestPayment", "PutBucketRequestPayment"),
    ("GET /b?resourceGroup", "GetBucketResourceGroup"),
    ("GET /b?style", "ListStyle"),
    ("GET /b?styleName=x&style", "GetStyle"),
    ("GET /b?tagging", "GetBucketTags"),
    ("PUT /b?tagging", "PutBucketTags"),
    ("DELETE /b?tagging", "DeleteBucketTags"),
    ("DELETE /b?tagging=a,b", "DeleteBucketTags"),
    ("GET /b?transferAcceleration", "GetBucketTransferAcceleration"),
    ("GET /b?userDefinedLogFieldsConfig", "GetUserDefinedLogFieldsConfig"),
    ("GET /b?worm", "GetBucketWorm"),
    ("GET /b?qos", "GetBucketStorageCapacity"),
    ("GET /b?overwriteConfig", "GetBucketOverwriteConfig"),
    ("POST /b", "PostObject"),
    ("POST /b?other=1", "PostObject"),
    ("GET /b?policy&comp=callback", "GetBucketCallbackPolicy"),
    ("GET /b?accessPoint", "ListAccessPoints"),
    ("GET /b?accessPointPolicy", "GetAccessPointPolicy"),
    ("GET /b?accessPointForObjectProcess", "GetAccessPointForObjectProcess"),
    ("GET /b?accessPointConfigForObjectProcess", "GetAccessPointConfigForObjectProcess"),
    ("GET /b?accessPointPolicyForObjectProcess", "GetAccessPointPolicyForObjectProcess"),
    ("GET /b/k?live", "GetLiveChannelInfo"),
    ("GET /b/k?live&comp=stat", "GetLiveChannelInfo"),
    ("GET /b?acl&lifecycle", "GetBucketAcl"),
    ("PUT /b?publicAccessBlock", "PutBucketPublicAccessBlock"),
    ("DELETE /b?publicAccessBlock", "DeleteBucketPublicAccessBlock"),
    ("GET /b/k?tagging", "GetObjectTagging"),
    ("PUT /b/k?tagging", "PutObjectTagging"),
    ("DELETE /b/k?tagging", "DeleteObjectTagging"),
    ("DELETE /b/k?tagging&versionId=null", "DeleteObjectTagging"),
    ("GET /b/k?symlink", "GetSymlink"),
    ("PUT /b/k?symlink", "PutSymlink"),
    ("GET /b/k", "GetObject"),
    ("GET /b/k?response-content-type=text%2Fplain", "GetObject"),
    ("GET /b/k?versionId=null", "GetObject"),
    ("GET /b/k?website", "GetObject"),
    ("GET /b/k?v=1", "GetObject"),
    ("GET /b/k?x-oss-traffic-limit=819200", "GetObject"),
    ("HEAD /b/k", "HeadObject"),
    ("HEAD /b/k?versionId=null", "HeadObject"),
    ("HEAD /b/k?objectMeta", "GetObjectMeta"),
    ("GET /b/k?objectMeta", "GetObjectMeta"),
    ("PUT /b/k", "PutObject"),
    ("PUT /b/k?x-oss-signature=&security-token=t", "PutObject"),
    ("PUT /b/k?unheard-of=1", "PutObject"),
    ("POST /b/k?append&position=0", "AppendObject"),
    ("POST /b/k?position=0&append=", "AppendObject"),
    ("POST /b/k?seal&position=0", "SealAppendObject"),
    ("POST /b/k?restore", "RestoreObject"),
    ("POST /b/k?restore&versionId=null", "RestoreObject"),
    ("POST /b/k?cleanRestoredObject", "CleanRestoredObject"),
    ("PUT /b?bucketArchiveDirectRead", "PutBucketArchiveDirectRead"),
    ("DELETE /b/k", "DeleteObject"),
    ("DELETE /b/k?versionId=null", "DeleteObject"),
    ("GET /b/k?acl", "GetObjectAcl"),
    ("GET /b/k?acl&versionId=null", "GetObjectAcl"),
    ("PUT /b/k?acl", "PutObjectAcl"),
    ("POST /b/k?uploads", "InitiateMultipartUpload"),
    ("POST /b/k?sequential&uploads&encoding-type=url", "InitiateMultipartUpload"),
    ("PUT /b/k?partNumber=1&uploadId=U", "UploadPart"),
    ("PUT /b/k?uploadId=U&partNumber=0", "UploadPart"),
    ("POST /b/k?uploadId=U", "CompleteMultipartUpload"),
    ("POST /b/k?encoding-type=url&uploadId=U", "CompleteMultipartUpload"),
    ("DELETE /b/k?uploadId=U", "AbortMultipartUpload"),
    ("GET /b/k?uploadId=U", "ListParts"),
    ("GET /b/k?uploadId=U&max-parts=2", "ListParts"),
    ("OPTIONS /b/k", "OptionObject"),
    ("OPTIONS /b/k?x-oss-process=image", "OptionObject"),
];

const REFUSED: &[(&str, &str)] = &[
    ("PUT /", "MethodNotAllowed"),
    ("HEAD /", "MethodNotAllowed"),
    ("GET /?regions", "NotImplemented"),
    ("GET /b/k?x-oss-ac-source-ip=192.0.2.1", "NotImplemented"),
    ("GET /b?x-oss-ac-vpc-id=v", "NotImplemented"),
    ("DELETE /b/k?x-oss-delete", "NotImplemented"),
    ("POST /b/k?x-oss-dir", "NotImplemented"),
    ("POST /b/k?x-oss-rename", "NotImplemented"),
    ("GET /?redundancyTransition", "NotImplemented"),
    ("GET /b?redundancyTransition&x-oss-redundancy-transition-taskid=x", "NotImplemented"),
    ("GET /b?quota", "NotImplemented"),
    ("GET /b?dataPipeline", "NotImplemented"),
    ("GET /b?metadataConfiguration", "NotImplemented"),
    ("PUT /b?qos", "NotImplemented"),
    ("PUT /b?accessPoint", "NotImplemented"),
    ("DELETE /b?overwriteConfig", "NotImplemented"),
    ("PUT /b/k?live", "NotImplemented"),
    ("GET /?qosInfo", "NotImplemented"),
    ("HEAD /b", "MethodNotAllowed"),
    ("PATCH /b", "MethodNotAllowed"),
    ("DELETE /b?versioning", "MethodNotAllowed"),
    ("DELETE /b?acl", "MethodNotAllowed"),
    ("POST /b?website", "MethodNotAllowed"),
    ("PUT /b?bucketInfo", "MethodNotAllowed"),
    ("GET /b?delete", "MethodNotAllowed"),
    ("PUT /b?logging", "NotImplemented"),
    ("GET /b?cname&comp=token", "NotImplemented"),
    ("GET /b?comp=x", "NotImplemented"),
    ("PUT /b?policy&comp=callback", "NotImplemented"),
    ("POST /?x-oss-write-get-object-response", "NotImplemented"),
    ("POST /?dataPipeline&action=createDataPipeline", "NotImplemented"),
    ("POST /b?MetaQuery&action=createDataset", "NotImplemented"),
    ("GET /b?publicAccessBlock&x-oss-access-point-name=a", "NotImplemented"),
    ("PUT /b?publicAccessBlock&x-oss-access-point-name=a", "NotImplemented"),
    ("DELETE /b?publicAccessBlock&x-oss-access-point-name=a", "NotImplemented"),
    ("POST /b?worm", "NotImplemented"),
    ("POST /b?wormId=1&wormExtend", "NotImplemented"),
    ("POST /b?cname&comp=add", "NotImplemented"),
    ("POST /b?metaQuery&comp=query", "NotImplemented"),
    ("DELETE /b?from-the-future", "NotImplemented"),
    ("PUT /b?from-the-future", "NotImplemented"),
    ("OPTIONS /", "AccessForbidden"),
    ("DELETE /b?referer", "MethodNotAllowed"),
    ("POST /b/k", "MethodNotAllowed"),
    ("PUT /b/k?objectMeta", "MethodNotAllowed"),
    ("GET /b/k?append", "MethodNotAllowed"),
    ("HEAD /b/k?acl", "MethodNotAllowed"),
    ("DELETE /b/k?acl", "MethodNotAllowed"),
    ("GET /b/k?uploads", "MethodNotAllowed"),
    ("DELETE /b/k?from-the-future", "NotImplemented"),
    ("PUT /b/k?from-the-future", "NotImplemented"),
    ("PUT /b/k?live", "NotImplemented"),
    ("GET /b/k?x-oss-process=image%2Fresize%2Cw_100", "NotImplemented"),
    ("POST /b/k?x-oss-process", "NotImplemented"),
    ("POST /b/k?x-oss-async-process", "NotImplemented"),
    ("PUT /b/k?callback=e30%3D&callback-var=e30%3D", "PutObject"),
    ("PUT /b/k?callback", "PutObject"),
    ("POST /b/k?uploadId=U&callback=e30%3D", "CompleteMultipartUpload"),
    ("POST /b/k?append&position=0&callback=e30%3D", "NotImplemented"),
    ("PUT /b/k?uploadId=U&partNumber=1&callback=e30%3D", "NotImplemented"),
    ("POST /b?callback=e30%3D", "NotImplemented"),
    ("GET /b/k?callback-var=e30%3D", "NotImplemented"),
    ("PUT /b/k?partNumber=1", "MissingArgument"),
    ("PUT /b/k?uploadId=U", "MissingArgument"),
    ("GET /b/k?versionId=", "InvalidArgument"),
    ("GET /b/k?versionId=a%20b", "InvalidArgument"),
    ("HEAD /b/k?versionId=CAEQMxiBgID6v86D0BYiIDc3ZDI0YTBj", "NoSuchVersion"),
    ("DELETE /b/k?versionId=CAEQMxiBgID6v86D0BYiIDc3ZDI0YTBj", "NoSuchVersion"),
    ("GET /b/k?acl&versionId=x", "NoSuchVersion"),
    ("GET /b/k?objectMeta&versionId=x", "NoSuchVersion"),
];

const WITH_HEADERS: &[(&str, &[&str], &str)] = &[
    ("GET /b?accessPoint", &["x-oss-access-point-name: a"], "GetAccessPoint"),
    ("OPTIONS /b?acl", &[], "OptionObject"),
    ("PUT /b/k", &["x-oss-copy-source: /b/a"], "CopyObject"),
    ("PUT /b/k?partNumber=1&uploadId=U", &["x-oss-copy-source: /b/a"], "UploadPartCopy"),
    ("PUT /b/k?acl", &["x-oss-copy-source: /b/a"], "PutObjectAcl"),
    ("POST /b/k?uploads", &["x-oss-copy-source: /b/a"], "InitiateMultipartUpload"),
    ("PUT /b/k", &["x-oss-meta-a: b", "x-oss-forbid-overwrite: true", "x-oss-unheard-of: 1"], "PutObject"),
    (
        "PUT /b/k",
        &["x-oss-storage-class: IA", "x-oss-object-acl: private", "x-oss-request-payer: requester"],
        "PutObject",
    ),
    ("PUT /b/k", &["x-oss-server-side-encryption: AES256"], "PutObject"),
    ("POST /b/k?uploads", &["x-oss-server-side-encryption: KMS"], "InitiateMultipartUpload"),
    ("POST /b", &["x-oss-server-side-encryption: AES256"], "PostObject"),
    ("GET /b/k", &["x-oss-server-side-encryption: AES256"], "InvalidArgument"),
    ("HEAD /b/k", &["x-oss-server-side-encryption-key-id: k"], "InvalidArgument"),
    ("PUT /b/k?acl", &["x-oss-server-side-data-encryption: SM4"], "InvalidArgument"),
    ("PUT /b", &["x-oss-server-side-encryption: AES256"], "NotImplemented"),
    ("PUT /b/k", &["x-oss-server-side-encryption-context: c"], "NotImplemented"),
    ("GET /b/k", &["x-oss-server-side-encryption-customer-key: x"], "NotImplemented"),
    ("PUT /b/k", &["x-oss-callback: e30="], "PutObject"),
    ("POST /b/k?uploadId=U", &["x-oss-callback-var: e30="], "CompleteMultipartUpload"),
    ("POST /b/k?uploads", &["x-oss-callback: e30="], "InitiateMultipartUpload"),
    ("GET /b/k?uploadId=U", &["x-oss-callback: e30="], "ListParts"),
    ("POST /b/k?append&position=0", &["x-oss-callback: e30="], "NotImplemented"),
    ("PUT /b/k", &["x-oss-copy-source: /b/s", "x-oss-callback: e30="], "NotImplemented"),
    ("PUT /b/k", &["x-oss-tagging: a=1"], "PutObject"),
    ("POST /b/k?append&position=0", &["x-oss-tagging: a=1"], "AppendObject"),
    ("GET /b/k", &["x-oss-tagging: a=1"], "GetObject"),
    ("PUT /b/k", &["x-oss-copy-source: /b/a", "x-oss-tagging-directive: Copy"], "CopyObject"),
    ("PUT /b/k", &["x-oss-persistent-headers: a:YQ=="], "PutObject"),
    ("POST /b/k?uploadId=U", &["x-oss-persistent-headers: a:YQ=="], "NotImplemented"),
    ("PUT /b/k", &["x-oss-object-worm-mode: COMPLIANCE"], "NotImplemented"),
    ("PUT /b", &["x-oss-bucket-object-worm-enabled: true"], "NotImplemented"),
    ("GET /b/k", &["x-oss-traffic-limit: 819200"], "GetObject"),
    ("PUT /b", &["x-oss-hns-status: Enabled"], "NotImplemented"),
    ("PUT /b", &["x-oss-hns-status: disabled", "x-oss-acl: private"], "PutBucket"),
    ("PUT /b", &["x-oss-resource-group-id: rg"], "NotImplemented"),
    ("GET /", &["x-oss-resource-group-id: rg"], "NotImplemented"),
    ("PUT /b/k", &["if-modified-since: Fri, 24 Feb 2012 08:42:32 GMT"], "NotImplemented"),
    ("PUT /b/k", &["if-unmodified-since: Fri, 24 Feb 2012 08:42:32 GMT"], "NotImplemented"),
    ("PUT /b/k", &["if-match: x"], "NotImplemented"),
    ("PUT /b/k?partNumber=1&uploadId=U", &["if-none-match: *"], "NotImplemented"),
    ("GET /b/k", &["if-none-match: x", "if-modified-since: y", "range: bytes=0-1"], "GetObject"),
    ("PUT /b/k", &["x-oss-copy-source: /b/a", "x-oss-copy-source-if-match: x"], "CopyObject"),
    ("PUT /b/k", &["x-oss-copy-source: /b/a", "x-oss-copy-source-if-match: x", "if-match: x"], "CopyObject"),
    ("PUT /b/k", &["x-oss-copy-source: /b/a", "if-match: x"], "NotImplemented"),
    ("PUT /b/k", &["x-oss-copy-source: /b/a", "x-oss-copy-source-if-match: ", "if-match: x"], "NotImplemented"),
    ("PUT /b/k", &["x-oss-copy-source: ", "if-match: "], "PutObject"),
];

#[test]
fn requests_reach_their_operations() {
    for (request, expected) in ROUTED.iter().chain(REFUSED) {
        check(request, &[], expected);
    }
    for (request, headers, expected) in WITH_HEADERS {
        check(request, headers, expected);
    }
}

#[test]
fn every_operation_is_reached_at_its_level() {
    let plain = ROUTED.iter().map(|(request, name)| (*request, &[] as &[&str], *name));
    let reached: HashSet<Operation> = plain
        .chain(WITH_HEADERS.iter().copied())
        .filter_map(|(request, headers, _)| route(request, headers).ok())
        .collect();
    for operation in Operation::ALL {
        assert!(reached.contains(operation), "{operation} is in no table");
    }
    for (request, name) in ROUTED {
        let level = match request.matches('/').count() {
            2 => Level::Object,
            _ if request.contains("/b") => Level::Bucket,
            _ => Level::Service,
        };
        assert_eq!(route(request, &[]).unwrap().level(), level, "{name}");
    }
}

#[test]
fn a_refusal_names_what_it_refuses() {
    let named = |request, headers: &[&str], element: &str| {
        let error = route(request, headers).unwrap_err();
        let value = error.extras.iter().find(|(name, _)| *name == element).map(|(_, value)| value.clone());
        assert!(value.as_ref().is_none_or(|value| element == "Method" || error.message.contains(value)), "{error}");
        value.unwrap_or_default()
    };
    for (request, sub_resource) in [
        ("PUT /b?logging", "logging"),
        ("POST /b?comp=add&cname", "cname"),
        ("GET /b?comp=token&cname", "cname"),
        ("POST /b?comp=add&metaQuery", "metaQuery"),
        ("PUT /b?inventoryId=x&inventory", "inventory"),
        ("PUT /b?styleName=x&style", "style"),
        ("POST /b?wormId=x&wormExtend", "wormExtend"),
        ("POST /b?wormId=x", "wormId"),
        ("PUT /b/k?callback=x&tagging", "callback"),
        ("GET /b?comp=x&udf", "udf"),
    ] {
        assert_eq!(named(request, &[], "Parameter"), sub_resource, "{request}");
    }
    assert_eq!(named("GET /b/k", &["x-oss-callback: e30="], "Header"), "x-oss-callback");
    assert_eq!(named("PUT /b/k", &["if-match: x"], "Header"), "if-match");
    assert_eq!(named("PUT /b/k?partNumber=1", &[], "ArgumentName"), "uploadId");
    let error = route("POST /b/k", &[]).unwrap_err();
    assert_eq!((error.code, error.status().as_u16()), (ErrorCode::MethodNotAllowed, 405));
    assert_eq!(error.headers[0].1, "GET, HEAD, PUT, DELETE");
}

/// By the verbs of OSS's names. An operation that does otherwise must be looked at, and named here.
#[test]
fn operations_need_what_their_verbs_say() {
    const READS: [&str; 4] = ["Get", "Head", "List", "Option"];
    // They change objects, although they are requests to a bucket.
    const OF_OBJECTS: [Operation; 2] = [Operation::DeleteMultipleObjects, Operation::PostObject];
    for operation in Operation::ALL.iter().copied() {
        let reads = READS.iter().any(|verb| operation.name().starts_with(verb));
        let expected = match operation.level() {
            _ if reads => KeyNeed::Read,
            Level::Object => KeyNeed::Write,
            Level::Bucket if OF_OBJECTS.contains(&operation) => KeyNeed::Write,
            Level::Bucket | Level::Service => KeyNeed::Manage,
        };
        assert_eq!(operation.need(), expected, "{operation}");
    }
}

#[test]
fn a_process_that_is_refused_is_named() {
    for (query, expected) in [
        ("x-oss-process=csv/select", "x-oss-process=csv/select"),
        ("x-oss-process=json%2Fselect", "x-oss-process=json/select"),
        ("x-oss-process=csv/meta,x", "x-oss-process=csv/meta"),
        ("x-oss-process=video/snapshot,t_1|sys/saveas,o_x", "x-oss-process=video"),
        ("x-oss-async-process=video/convert", "x-oss-async-process=video"),
        ("x-oss-process=videos", "x-oss-process"),
        ("x-oss-process=", "x-oss-process"),
        ("x-oss-ac-subnet-mask=video", "x-oss-ac-subnet-mask"),
    ] {
        let query = Query::parse(query).unwrap();
        let refused = Operation::route(&Method::POST, Level::Object, &query, &HeaderMap::new());
        assert_eq!(refused, Err(RequestRefusal::parameter_not_implemented(expected)));
    }
}
