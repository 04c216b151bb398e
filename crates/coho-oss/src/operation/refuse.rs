//! Refuses features that OSS has and Coho lacks, naming the parameter or header that asks for them.
//!
//! A request must not succeed without a feature that it asked for: an object that should be encrypted or locked
//! and is not, or an append whose callback is never called. Headers that only label a request (`x-oss-request-payer`) are ignored.

use super::{Level, Operation};
use crate::{header, server_side_encryption::HEADERS};
use coho_model::{Query, RequestRefusal};
use http::{HeaderMap, Method, header as standard};

/// Refused at every level.
const ANY_PARAMETERS: [&str; 2] = ["x-oss-async-process", "x-oss-process"];

/// Parameters of an upload's callback.
const CALLBACK_PARAMETERS: [&str; 2] = ["callback", "callback-var"];

/// Parameters whose value names a feature.
const PROCESS_PARAMETERS: [&str; 2] = ["x-oss-async-process", "x-oss-process"];
/// The features that they name, before any option.
const PROCESSES: [&str; 11] =
    ["csv/meta", "csv/select", "json/meta", "json/select", "audio", "doc", "hls", "image", "imm", "style", "video"];

/// Prefix of the parameters that restrict from where a signed URL may be used.
const ACCESS_CONTROL: &str = "x-oss-ac-";

const SERVICE_PARAMETERS: [&str; 12] = [
    "accessPoint",
    "accessPointForObjectProcess",
    "cloudboxes",
    "dataPipeline",
    "qosInfo",
    "redundancyTransition",
    "regions",
    "resourcePool",
    "resourcePoolBuckets",
    "resourcePoolInfo",
    "userDefinedLogFieldsConfig",
    "x-oss-write-get-object-response",
];

const BUCKET_PARAMETERS: [&str; 21] = [
    // Datasets; `metaQuery` is the index of a bucket.
    "MetaQuery",
    "asyncFetch",
    "dataAccelerator",
    "dataPipeline",
    "img",
    "metadataConfiguration",
    "metadataInventoryTable",
    "metadataJournalTable",
    "objectWorm",
    "processConfiguration",
    "qosInfo",
    "qosRequester",
    "quota",
    "requesterQosInfo",
    "responseHeader",
    "rtc",
    "symlink",
    "udf",
    "vod",
    "wormExtend",
    // With it a configuration is one of an access point, and not the bucket's.
    "x-oss-access-point-name",
];

/// Parameters that qualify a sub-resource, whose name a refusal gives instead.
const BUCKET_QUALIFIERS: [&str; 5] = ["comp", "inventoryId", "styleName", "udfId", "wormId"];

const OBJECT_PARAMETERS: [&str; 9] =
    ["asyncFetch", "img", "legalHold", "objectInfo", "retention", "vod", "x-oss-delete", "x-oss-dir", "x-oss-rename"];

/// Refuses parameters of unimplemented features.
pub(super) fn check_parameters(level: Level, query: &Query) -> Result<(), RequestRefusal> {
    let own: &[&str] = match level {
        Level::Service => &SERVICE_PARAMETERS,
        Level::Bucket => &BUCKET_PARAMETERS,
        Level::Object => &OBJECT_PARAMETERS,
    };
    refuse(query, |name| own.contains(&name))?;
    refuse(query, |name| ANY_PARAMETERS.contains(&name) || name.starts_with(ACCESS_CONTROL))
}

/// Refuses the parameters of a callback on operations that OSS's page *Callback* does not name. A form has them as fields.
pub(super) fn check_callback(operation: Operation, query: &Query) -> Result<(), RequestRefusal> {
    let has_callback = matches!(operation, Operation::PutObject | Operation::CompleteMultipartUpload);
    refuse(query, |name| !has_callback && CALLBACK_PARAMETERS.contains(&name))
}

/// Refuses parameters that qualify a sub-resource, in a request that names none.
pub(super) fn check_qualifiers(level: Level, query: &Query) -> Result<(), RequestRefusal> {
    refuse(query, |name| level == Level::Bucket && BUCKET_QUALIFIERS.contains(&name))
}

fn refuse(query: &Query, is_refused: impl Fn(&str) -> bool) -> Result<(), RequestRefusal> {
    let refused = query.pairs().iter().find(|(name, _)| is_refused(name));
    refused.map_or(Ok(()), |(name, value)| match process(name, value) {
        Some(process) => Err(RequestRefusal::parameter_not_implemented(&format!("{name}={process}"))),
        None => Err(RequestRefusal::parameter_not_implemented(name)),
    })
}

/// The process that a parameter asks for, if it is one of OSS's.
fn process(name: &str, value: &str) -> Option<&'static str> {
    let is_named = |process: &&str| {
        let options = value.strip_prefix(process);
        options.is_some_and(|options| options.is_empty() || options.starts_with(['/', ',', '|']))
    };
    PROCESSES.into_iter().find(is_named).filter(|_| PROCESS_PARAMETERS.contains(&name))
}

/// The conditions of a copy. Beside them OSS ignores plain conditions, which ali-oss also sends.
const SOURCE_CONDITIONS: [http::HeaderName; 4] = [
    header::COPY_SOURCE_IF_MATCH,
    header::COPY_SOURCE_IF_NONE_MATCH,
    header::COPY_SOURCE_IF_MODIFIED_SINCE,
    header::COPY_SOURCE_IF_UNMODIFIED_SINCE,
];

impl Operation {
    /// Refuses headers of unimplemented features, and conditions on operations where OSS has none. Routing does it; what stands for
    /// headers in the body of a form is checked by the operation.
    pub fn check_headers(self, method: &Method, headers: &HeaderMap) -> Result<(), RequestRefusal> {
        check_headers(self, method, headers)
    }
}

fn check_headers(operation: Operation, method: &Method, headers: &HeaderMap) -> Result<(), RequestRefusal> {
    for (name, value) in headers {
        let is_encryption = HEADERS.contains(name) && !value.is_empty();
        if is_encryption && makes_object(operation) {
            continue;
        }
        if is_encryption && operation.level() == Level::Object {
            // OSS: the header is one of the operations that make an object, and an error in all others.
            let text = String::from_utf8_lossy(value.as_bytes());
            let message = "The header is valid only in a request that makes an object.";
            return Err(RequestRefusal::invalid_argument(name.as_str().to_owned(), &text, message));
        }
        let name = name.as_str();
        if name.starts_with("x-oss-") && !value.is_empty() && is_refused(operation, name, value.as_bytes()) {
            return Err(RequestRefusal::header_not_implemented(name));
        }
    }
    let copies = matches!(operation, Operation::CopyObject | Operation::UploadPartCopy);
    if *method != Method::PUT || (copies && SOURCE_CONDITIONS.iter().any(|name| header::is_present(headers, name))) {
        return Ok(());
    }
    let conditions =
        [standard::IF_MODIFIED_SINCE, standard::IF_UNMODIFIED_SINCE, standard::IF_MATCH, standard::IF_NONE_MATCH];
    match conditions.into_iter().find(|name| header::is_present(headers, name)) {
        Some(name) => Err(RequestRefusal::header_not_implemented(name.as_str())),
        None => Ok(()),
    }
}

/// Whether the operation makes an object, and may say how it is encrypted.
fn makes_object(operation: Operation) -> bool {
    use Operation::{AppendObject, CopyObject, InitiateMultipartUpload, PostObject, PutObject};
    matches!(operation, PutObject | PostObject | CopyObject | AppendObject | InitiateMultipartUpload)
}

/// Whether the header's name begins with `x-oss-` and its value is not empty.
fn is_refused(operation: Operation, name: &str, value: &[u8]) -> bool {
    use Operation::{CompleteMultipartUpload, InitiateMultipartUpload, ListBuckets, ListParts, PutBucket, PutObject};
    let rest = &name["x-oss-".len()..];
    if rest.starts_with("server-side-") || rest.starts_with("object-worm") || rest.starts_with("bucket-object-worm") {
        return true;
    }
    let is = |header: http::HeaderName| header.as_str() == name;
    // SDKs send the headers of a multipart upload with its initiation and its listing, too; the completion is what calls.
    let may_call = matches!(operation, PutObject | CompleteMultipartUpload | InitiateMultipartUpload | ListParts);
    (!may_call && (is(header::CALLBACK) || is(header::CALLBACK_VAR)))
        // The headers of an object are given when its upload begins.
        || (operation == CompleteMultipartUpload && is(header::PERSISTENT_HEADERS))
        || (matches!(operation, PutBucket | ListBuckets) && is(header::RESOURCE_GROUP_ID))
        || (operation == PutBucket && is(header::HNS_STATUS) && value.eq_ignore_ascii_case(b"enabled"))
}
