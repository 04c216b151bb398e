//! The error of each refusal of a request. The match is written out without a wildcard, so that a new refusal must choose.

use crate::{ErrorCode, OssError, callback, form};
use coho_model::{InvalidTags, RequestRefusal, Tagged, UnsetConfiguration, website::located};

impl From<RequestRefusal> for OssError {
    fn from(refusal: RequestRefusal) -> Self {
        match refusal {
            RequestRefusal::InvalidBucketName(text) => Self::invalid_bucket_name(&text),
            RequestRefusal::InvalidObjectKey(text) => Self::invalid_object_name(&text),
            RequestRefusal::InvalidArgument { name, value, message } => Self::invalid_argument(&name, &value, message),
            RequestRefusal::Undecodable { name, raw, error } => Self::undecodable(name, &raw, error),
            RequestRefusal::MissingParameter(name) => {
                let message = format!("{} ({name})", ErrorCode::MissingArgument.default_message());
                Self::with_message(ErrorCode::MissingArgument, message).extra("ArgumentName", name)
            }
            RequestRefusal::MissingAcl => Self::new(ErrorCode::MissingArgument),
            RequestRefusal::UnreadableDigest => Self::new(ErrorCode::InvalidDigest),
            RequestRefusal::ForeignLocation => Self::new(ErrorCode::InvalidLocationConstraint),
            RequestRefusal::AmbiguousMessage { header, message } => {
                Self::with_message(ErrorCode::InvalidRequest, message).extra("Header", header)
            }
            RequestRefusal::AnonymousOverrides => {
                let message = "Request specific response headers cannot be used for anonymous GET requests.";
                Self::with_message(ErrorCode::InvalidRequest, message)
            }
            RequestRefusal::PartsBesideAll => {
                let message = "Should not speficy both complete all header and http body.";
                Self::invalid_argument("x-oss-complete-all", "yes", message).ec("0042-00000216")
            }
            RequestRefusal::InvalidTags(invalid) => invalid_tags(invalid),
            RequestRefusal::InvalidTrafficLimit(text) => {
                let message = "x-oss-traffic-limit is invalid, should be specified between 819200(100KB/s) and \
                               838860800(100MB/s).";
                Self::invalid_argument("x-oss-traffic-limit", &text, message).ec("0004-00000502")
            }
            RequestRefusal::TrafficLimitTwice => {
                let message = "x-oss-traffic-limit should be specified either in query string or header, not both.";
                Self::with_message(ErrorCode::InvalidArgument, message).extra("ArgumentName", "x-oss-traffic-limit")
            }
            RequestRefusal::UnknownVersion(id) => Self::new(ErrorCode::NoSuchVersion).extra("VersionId", id),
            RequestRefusal::MalformedDocument { detail, rule } => malformed(&detail, rule),
            RequestRefusal::InvalidWebsite(invalid) => Self::from(invalid),
            RequestRefusal::InvalidLifecycle(invalid) => Self::from(invalid),
            RequestRefusal::KmsNotEnabled => Self::new(ErrorCode::KmsServiceNotEnabled),
            RequestRefusal::UnsupportedEncryption { name, value } => {
                let error = Self::new(ErrorCode::InvalidEncryptionAlgorithmError);
                error.extra("ArgumentName", name).extra("ArgumentValue", value)
            }
            RequestRefusal::ForKmsAlone { name, value } => {
                let message = format!("{name} is valid only with the encryption KMS.");
                Self::invalid_argument(name, &value, message).ec("0005-00000204")
            }
            RequestRefusal::MissingKey => Self::new(ErrorCode::UserKeyMustBeSpecified),
            RequestRefusal::HeaderNotImplemented(name) => Self::not_implemented_header(&name),
            RequestRefusal::ParameterNotImplemented(name) => Self::not_implemented_parameter(&name),
            RequestRefusal::InvalidForm(invalid) => form::refusal(invalid),
            RequestRefusal::InvalidCallback(invalid) => callback::refusal(invalid),
            RequestRefusal::CrossOriginNotEnabled => {
                let message = "CORSResponse: CORS is not enabled for this bucket.";
                Self::with_message(ErrorCode::AccessForbidden, message).ec("0003-00000601")
            }
            RequestRefusal::CrossOriginNotAllowed => Self::new(ErrorCode::AccessForbidden).ec("0003-00000602"),
            RequestRefusal::IncompletePreflight("Origin") => {
                let message = "Insufficient information. Origin request header needed.";
                Self::with_message(ErrorCode::BadRequest, message).ec("0034-00000101")
            }
            RequestRefusal::IncompletePreflight(header) => {
                let message = format!("Insufficient information. {header} request header needed.");
                Self::with_message(ErrorCode::BadRequest, message).ec("0034-00000102")
            }
            RequestRefusal::TooManyCorsRules => Self::new(ErrorCode::CORSRuleBeyondLimit),
            RequestRefusal::InvalidPolicy(detail) => {
                Self::with_message(ErrorCode::InvalidPolicyDocument, format!("Invalid policy: {detail}."))
            }
            RequestRefusal::MethodNotAllowed { method, resource, allowed } => {
                Self::method_not_allowed(&method, resource, &allowed)
            }
            RequestRefusal::NotConfigured(what, bucket) => {
                Self::new(code_of(what)).extra("BucketName", bucket.as_str())
            }
            RequestRefusal::NoSuchLiveChannel(key) => {
                Self::new(ErrorCode::NoSuchLiveChannel).extra("Key", key.as_str())
            }
            RequestRefusal::SymlinkTargetMissing { link, target } => {
                Self::new(ErrorCode::SymlinkTargetNotExist).extra("Key", link.as_str()).extra("SymlinkTarget", target)
            }
            RequestRefusal::SymlinkToSymlink { link, target } => {
                Self::new(ErrorCode::InvalidTargetType).extra("Key", link.as_str()).extra("SymlinkTarget", target)
            }
            RequestRefusal::NotSymlink(key) => Self::new(ErrorCode::NotSymlink).extra("Key", key.as_str()),
        }
    }
}

fn invalid_tags(invalid: InvalidTags) -> OssError {
    match invalid {
        InvalidTags::TooMany(Tagged::Object) => OssError::new(ErrorCode::TooManyObjectTags),
        InvalidTags::TooMany(Tagged::Bucket) => OssError::new(ErrorCode::TooManyTags),
        InvalidTags::Repeated(key) => OssError::new(ErrorCode::RepeatedTags).extra("TagKey", key),
        InvalidTags::Key(Tagged::Object, key) => OssError::new(ErrorCode::InvalidTaggingKey).extra("TagKey", key),
        InvalidTags::Key(Tagged::Bucket, key) => {
            OssError::with_message(ErrorCode::InvalidTag, "The TagKey you have provided is invalid.")
                .extra("TagKey", key)
        }
        InvalidTags::Value(_, value) => {
            let message = "The TagValue you have provided is invalid.";
            OssError::with_message(ErrorCode::InvalidTag, message).extra("TagValue", value)
        }
        InvalidTags::Header(text) => {
            let message = "The header 'x-oss-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters \
                           without tag name duplicates.";
            OssError::invalid_argument("x-oss-tagging", &text, message).ec("0010-00000219")
        }
    }
}

fn malformed(detail: &str, rule: Option<(usize, Option<u32>)>) -> OssError {
    let mut error = OssError::malformed_xml(detail);
    if let Some((place, number)) = rule {
        error.message = located(&error.message, place, number).into();
    }
    error
}

fn code_of(what: UnsetConfiguration) -> ErrorCode {
    match what {
        UnsetConfiguration::AccessPoint => ErrorCode::NoSuchAccessPoint,
        UnsetConfiguration::AccessPointForObjectProcess => ErrorCode::NoSuchAccessPointForObjectProcess,
        UnsetConfiguration::CallbackPolicy => ErrorCode::BucketCallbackPolicyNotExist,
        UnsetConfiguration::Cors => ErrorCode::NoSuchCORSConfiguration,
        UnsetConfiguration::Encryption => ErrorCode::NoSuchServerSideEncryptionRule,
        UnsetConfiguration::Inventory => ErrorCode::NoSuchInventory,
        UnsetConfiguration::Lifecycle => ErrorCode::NoSuchLifecycle,
        UnsetConfiguration::MetadataIndex => ErrorCode::MetaQueryNotExist,
        UnsetConfiguration::OverwriteConfig => ErrorCode::NoSuchBucketOverwriteConfig,
        UnsetConfiguration::Policy => ErrorCode::NoSuchBucketPolicy,
        UnsetConfiguration::Replication => ErrorCode::NoSuchReplicationConfiguration,
        UnsetConfiguration::Retention => ErrorCode::NoSuchWORMConfiguration,
        UnsetConfiguration::Style => ErrorCode::NoSuchStyle,
        UnsetConfiguration::TransferAcceleration => ErrorCode::NoSuchTransferAccelerationConfiguration,
        UnsetConfiguration::UserDefinedLogFields => ErrorCode::NoSuchUserDefinedLogFieldsConfig,
    }
}
