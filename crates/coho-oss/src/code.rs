//! The OSS error codes that Coho returns, with their statuses, messages and fine-grained codes.

macro_rules! error_codes {
    ($($code:ident $status:literal $message:literal $(ec $ec:literal)?;)*) => {
        /// A code of OSS's error table (`<Code>`).
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[allow(missing_docs)]
        pub enum ErrorCode { $($code,)* }

        impl ErrorCode {
            /// Every code.
            pub const ALL: &'static [Self] = &[$(Self::$code,)*];

            /// The wire text.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$code => stringify!($code),)* }
            }

            /// The HTTP status.
            pub fn status(self) -> http::StatusCode {
                let status = match self { $(Self::$code => $status,)* };
                http::StatusCode::from_u16(status).unwrap_or(http::StatusCode::INTERNAL_SERVER_ERROR)
            }

            /// OSS's own wording, for errors without further details.
            pub fn default_message(self) -> &'static str {
                match self { $(Self::$code => $message,)* }
            }

            /// The fine-grained code (`<EC>`, `x-oss-ec`) if it is known and the error code alone determines it.
            pub fn default_ec(self) -> Option<&'static str> {
                match self { $(Self::$code => error_codes!(@ec $($ec)?),)* }
            }
        }
    };
    (@ec $ec:literal) => { Some($ec) };
    (@ec) => { None };
}

error_codes! {
    AccessDenied 403 "AccessDenied" ec "0003-00000001";
    AccessForbidden 403 "CORSResponse: This CORS request is not allowed. This is usually because the evalution of Origin, request method / Access-Control-Request-Method or Access-Control-Requet-Headers are not whitelisted by the resource's CORS spec.";
    BadRequest 400 "The request is not valid.";
    BucketAlreadyExists 409 "The requested bucket name is not available. The bucket namespace is shared by all users of the system. Please select a different name and try again." ec "0015-00000104";
    BucketNotEmpty 409 "The bucket has objects. Please delete them first." ec "0015-00000301";
    EntityTooLarge 400 "Your proposed upload exceeds the maximum allowed object size.";
    EntityTooSmall 400 "Your proposed upload smaller than the minimum allowed size.";
    ExternalRedirectForbidden 400 "3xx redirect to public network is not allowed using the OSS endpoint, please use CNAME instead." ec "0048-00000300";
    FileAlreadyExists 409 "The object you specified already exists and can not be overwritten.";
    IncompleteBody 400 "The request body is smaller than the Content-Length says.";
    // Not a code of OSS: the disk is full. Clients should not retry a 507 in a loop, but SDKs do retry 5xx.
    InsufficientStorage 507 "The store has no room left. Please try again later.";
    InternalError 500 "We encountered an internal error. Please try again.";
    InvalidAccessKeyId 403 "The OSS Access Key Id you provided does not exist in our records." ec "0002-00000902";
    InvalidArgument 400 "One of the arguments is not valid.";
    InvalidBucketName 400 "The specified bucket is not valid.";
    InvalidCRC64 400 "The x-oss-hash-crc64ecma you specified does not match what we calculated.";
    InvalidDigest 400 "The Content-MD5 you specified was invalid." ec "0017-00000503";
    InvalidLocationConstraint 400 "The specified location-constraint is not valid.";
    InvalidObjectName 400 "The specified object is not valid.";
    InvalidPart 400 "One or more of the specified parts could not be found or the specified entity tag might not have matched the part's entity tag.";
    InvalidPartOrder 400 "The list of parts was not in ascending order. Parts list must be specified in order by part number.";
    InvalidRange 416 "The requested range cannot be satisfied.";
    InvalidRequest 400 "The request is not valid.";
    InvalidSecurityToken 403 "The security token you provided is invalid.";
    MalformedXML 400 "The XML you provided was not well-formed or did not validate against our published schema.";
    MethodNotAllowed 405 "The specified method is not allowed against this resource.";
    MirrorFailed 424 "Mirroring failed, please check your mirror configuration.";
    MissingArgument 400 "Missing Some Required Arguments." ec "0016-00000502";
    MissingContentLength 411 "You must provide the Content-Length HTTP header.";
    NonStandardHostForbidden 403 "The host you specified is not known here.";
    NoSuchBucket 404 "The specified bucket does not exist." ec "0015-00000101";
    NoSuchKey 404 "The specified key does not exist." ec "0026-00000001";
    NoSuchUpload 404 "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.";
    NoSuchVersion 404 "The specified version does not exist.";
    NoSuchWebsiteConfiguration 404 "The specified bucket does not have a website configuration.";
    NotImplemented 400 "A header you provided implies functionality that is not implemented.";
    NotModified 304 "The object has not been modified.";
    PreconditionFailed 412 "At least one of the pre-conditions you specified did not hold.";
    QpsLimitExceeded 429 "Please reduce your request rate.";
    RequestTimeTooSkewed 403 "The difference between the request time and the current time is too large." ec "0002-00000504";
    RequestTimeout 400 "Your socket connection to the server was not read from or written to within the timeout period. Idle connections will be closed.";
    SecurityTokenExpired 403 "The security token you provided has expired.";
    ServiceUnavailable 503 "Please retry later.";
    SignatureDoesNotMatch 403 "The request signature we calculated does not match the signature you provided. Check your key and signing method." ec "0002-00000040";
    TooManyBuckets 400 "You have attempted to create more buckets than allowed.";
    UserKeyMustBeSpecified 400 "The Key element must be specified for every object.";
    // New codes follow here, because the position decides the fine-grained code.
    MetaQueryNotExist 404 "The specified MetaQuery does not exist.";
    NoSuchBucketPolicy 404 "The bucket policy does not exist.";
    NoSuchCORSConfiguration 404 "The CORS Configuration does not exist.";
    NoSuchInventory 404 "The specified inventory configuration does not exist.";
    NoSuchLifecycle 404 "No Row found in Lifecycle Table.";
    NoSuchReplicationConfiguration 404 "The bucket replication configuration does not exist.";
    NoSuchServerSideEncryptionRule 404 "The server side encryption configuration does not exist.";
    NoSuchStyle 404 "The specified style does not exist.";
    NoSuchTransferAccelerationConfiguration 404 "The transfer acceleration configuration does not exist.";
    NoSuchUserDefinedLogFieldsConfig 404 "The user-defined log fields configuration does not exist.";
    NoSuchWORMConfiguration 404 "The WORM Configuration does not exist.";
    NotSymlink 400 "The object is not symlink.";
    InvalidEncryptionRequest 400 "The parts are not those that the client-side encryption headers of the initiation announce.";
    BucketCallbackPolicyNotExist 404 "The bucket callback policy does not exist.";
    NoSuchAccessPoint 404 "The specified access point does not exist.";
    NoSuchAccessPointForObjectProcess 404 "The specified access point for object process does not exist.";
    NoSuchBucketOverwriteConfig 404 "The bucket overwrite configuration does not exist.";
    NoSuchLiveChannel 404 "The specified live channel does not exist.";
    SlowDown 503 "Please reduce your request rate.";
    PartNotSequential 400 "For sequential multipart upload, you must upload or complete parts with sequential part number.";
    PartAlreadyExist 409 "For sequential multipart upload, you can't overwrite uploaded parts.";
    // Not codes of OSS: those of the console, whose requests have a session in place of a signature.
    SessionRequired 401 "Sign in to the console: the session is missing or has ended.";
    CsrfTokenRequired 403 "A change through the console needs the X-Coho-Csrf header with the token of its session.";
    CrossOriginRequest 403 "The console answers only requests of its own pages.";
    CORSRuleBeyondLimit 400 "The CORS Rules num is beyond limit." ec "0034-00000006";
    InvalidPolicyDocument 400 "The content of the policy is not valid.";
    InvalidTag 400 "The tag you have provided is invalid." ec "0010-00000219";
    InvalidTaggingKey 400 "The tagging key you provided is invalid." ec "0010-00000219";
    RepeatedTags 400 "Tag keys must be unique." ec "0010-00000210";
    TooManyTags 400 "The bucket tags num is beyond limit.";
    TooManyObjectTags 400 "The object tags num is beyond limit.";
    ObjectNotAppendable 409 "The object is not appendable." ec "0026-00000017";
    PositionNotEqualToLength 409 "Position is not equal to file length." ec "0026-00000016";
    SymlinkTargetNotExist 404 "The symlink target object does not exist.";
    InvalidTargetType 400 "The symbolic's target file type is invalid." ec "0026-00000011";
    InvalidObjectState 403 "The operation is not valid for the object's state";
    RestoreAlreadyInProgress 409 "The restore operation is in progress." ec "0016-00000701";
    OperationNotSupported 400 "The operation is not supported for this resource." ec "0016-00000702";
    ArchiveRestoreFileStale 409 "The archive file or restore info stale" ec "0016-00000718";
    ArchiveRestoreNotFinished 409 "The archive file's restore is not finished." ec "0016-00000719";
    RequestIsNotMultiPartContent 400 "Bucket POST must be of the enclosure-type multipart/form-data.";
    MalformedPOSTRequest 400 "The body of your POST request is not well-formed multipart/form-data.";
    FieldItemTooLong 400 "Your post form field's name or value is too long.";
    MaxPOSTPreDataLengthExceededError 400 "Your POST request fields preceding the upload file were too large.";
    IncorrectNumberOfFilesInPOSTRequest 400 "POST requires exactly one file upload per request.";
    InvalidEncryptionAlgorithmError 400 "The encryption request you specified is not valid. Supported value: AES256." ec "0005-00000003";
    KmsServiceNotEnabled 403 "The KMS service is not enabled.";
    // The upload itself has succeeded.
    CallbackFailed 203 "The callback has failed.";
}

impl std::fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statuses_are_failures_or_not_modified_and_fine_grained_codes_have_their_form() {
        for code in ErrorCode::ALL {
            let status = code.status().as_u16();
            assert!((400..=507).contains(&status) || matches!(status, 203 | 304), "{code}");
            assert!(status < 500 || matches!(status, 500 | 503 | 507), "{code}");
            let well_formed =
                |ec: &str| ec.len() == 13 && ec.split_once('-').is_some_and(|(a, b)| a.len() == 4 && b.len() == 8);
            assert!(code.default_ec().is_none_or(well_formed), "{code}");
            assert!(!code.default_message().is_empty());
        }
        assert_eq!(ErrorCode::MirrorFailed.status(), http::StatusCode::FAILED_DEPENDENCY);
        assert_eq!(ErrorCode::InvalidCRC64.as_str(), "InvalidCRC64");
    }
}
