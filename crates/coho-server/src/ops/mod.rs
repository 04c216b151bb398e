//! The operations of OSS, one file each under OSS's name. Each authorises, translates, and calls the store.

mod abort_multipart_upload;
mod append_object;
mod clean_restored_object;
mod complete_multipart_upload;
mod copy_object;
mod copy_source;
mod delete_bucket;
mod delete_bucket_cors;
mod delete_bucket_encryption;
mod delete_bucket_lifecycle;
mod delete_bucket_policy;
mod delete_bucket_tags;
mod delete_bucket_website;
mod delete_multiple_objects;
mod delete_object;
mod delete_object_tagging;
mod get_bucket_acl;
mod get_bucket_archive_direct_read;
mod get_bucket_cors;
mod get_bucket_encryption;
mod get_bucket_info;
mod get_bucket_lifecycle;
mod get_bucket_location;
mod get_bucket_policy;
mod get_bucket_policy_status;
mod get_bucket_referer;
mod get_bucket_request_payment;
mod get_bucket_stat;
mod get_bucket_tags;
mod get_bucket_versioning;
mod get_bucket_website;
mod get_object;
mod get_object_acl;
mod get_object_meta;
mod get_object_tagging;
mod get_symlink;
pub(crate) mod get_unset;
mod head_object;
mod initiate_multipart_upload;
mod list_buckets;
mod list_live_channel;
mod list_multipart_uploads;
mod list_object_versions;
mod list_objects;
mod list_objects_v2;
mod list_parts;
mod listing;
mod option_object;
mod post_object;
mod public_access_block;
mod put_bucket;
mod put_bucket_acl;
mod put_bucket_archive_direct_read;
mod put_bucket_cors;
mod put_bucket_encryption;
mod put_bucket_lifecycle;
mod put_bucket_policy;
mod put_bucket_referer;
mod put_bucket_request_payment;
mod put_bucket_tags;
mod put_bucket_versioning;
mod put_bucket_website;
mod put_object;
mod put_object_acl;
mod put_object_tagging;
mod put_symlink;
mod restore_object;
mod seal_append_object;
mod upload_part;
mod upload_part_copy;

use crate::{
    answer::{Outcome, empty, header_value, with_headers, xml},
    call::Call,
    failure::{Failure, FailureKind},
};
use coho_model::UploadId;
use coho_oss::{Operation, document::Placement};

/// Every operation and its handler.
pub(crate) async fn handle(call: &mut Call) -> Outcome {
    let handled = match call.operation {
        Operation::GetObject => get_object::handle(call).await,
        Operation::HeadObject => head_object::handle(call).await,
        Operation::PutObject => put_object::handle(call).await,
        // The rest is not on the hot path, and its futures would make every request's larger.
        other => Box::pin(handle_other(other, call)).await,
    };
    handled.map_err(|failure| match failure.kind {
        FailureKind::NoSuchUpload(None) => call.no_such_upload(),
        FailureKind::ObjectFrozen => {
            call.context.metrics.count_frozen_read();
            failure
        }
        FailureKind::IsDeleteMarker { method: None, marker } => {
            FailureKind::IsDeleteMarker { method: Some(call.method.clone()), marker }.into()
        }
        _ => failure,
    })
}

async fn handle_other(operation: Operation, call: &mut Call) -> Outcome {
    match operation {
        Operation::GetObject | Operation::HeadObject | Operation::PutObject => unreachable!("handled above"),
        Operation::ListBuckets => list_buckets::handle(call).await,
        Operation::PutBucket => put_bucket::handle(call).await,
        Operation::DeleteBucket => delete_bucket::handle(call).await,
        Operation::ListObjects => list_objects::handle(call).await,
        Operation::ListObjectsV2 => list_objects_v2::handle(call).await,
        Operation::ListObjectVersions => list_object_versions::handle(call).await,
        Operation::ListMultipartUploads => list_multipart_uploads::handle(call).await,
        Operation::ListLiveChannel => list_live_channel::handle(call).await,
        Operation::GetBucketInfo => get_bucket_info::handle(call).await,
        Operation::GetBucketLocation => get_bucket_location::handle(call).await,
        Operation::GetBucketStat => get_bucket_stat::handle(call).await,
        Operation::GetBucketAcl => get_bucket_acl::handle(call).await,
        Operation::PutBucketAcl => put_bucket_acl::handle(call).await,
        Operation::GetBucketVersioning => get_bucket_versioning::handle(call),
        Operation::PutBucketVersioning => put_bucket_versioning::handle(call).await,
        Operation::GetBucketWebsite => get_bucket_website::handle(call).await,
        Operation::PutBucketWebsite => put_bucket_website::handle(call).await,
        Operation::DeleteBucketWebsite => delete_bucket_website::handle(call).await,
        Operation::GetBucketRequestPayment => get_bucket_request_payment::handle(call),
        Operation::GetBucketArchiveDirectRead => get_bucket_archive_direct_read::handle(call),
        Operation::PutBucketArchiveDirectRead => put_bucket_archive_direct_read::handle(call).await,
        Operation::PutBucketRequestPayment => put_bucket_request_payment::handle(call).await,
        Operation::GetBucketLifecycle => get_bucket_lifecycle::handle(call),
        Operation::PutBucketLifecycle => put_bucket_lifecycle::handle(call).await,
        Operation::DeleteBucketLifecycle => delete_bucket_lifecycle::handle(call).await,
        Operation::DeleteMultipleObjects => delete_multiple_objects::handle(call).await,
        Operation::PostObject => post_object::handle(call).await,
        Operation::GetObjectMeta => get_object_meta::handle(call).await,
        Operation::AppendObject => append_object::handle(call).await,
        Operation::SealAppendObject => seal_append_object::handle(call).await,
        Operation::RestoreObject => restore_object::handle(call).await,
        Operation::CleanRestoredObject => clean_restored_object::handle(call).await,
        Operation::CopyObject => copy_object::handle(call).await,
        Operation::DeleteObject => delete_object::handle(call).await,
        Operation::GetObjectAcl => get_object_acl::handle(call).await,
        Operation::PutObjectAcl => put_object_acl::handle(call).await,
        Operation::InitiateMultipartUpload => initiate_multipart_upload::handle(call).await,
        Operation::UploadPart => upload_part::handle(call).await,
        Operation::UploadPartCopy => upload_part_copy::handle(call).await,
        Operation::CompleteMultipartUpload => complete_multipart_upload::handle(call).await,
        Operation::AbortMultipartUpload => abort_multipart_upload::handle(call).await,
        Operation::ListParts => list_parts::handle(call).await,
        Operation::GetBucketPublicAccessBlock => public_access_block::get_of_bucket(call),
        Operation::PutBucketPublicAccessBlock => public_access_block::put_of_bucket(call).await,
        Operation::DeleteBucketPublicAccessBlock => public_access_block::delete_of_bucket(call).await,
        Operation::GetPublicAccessBlock => public_access_block::get_of_account(call),
        Operation::PutPublicAccessBlock => public_access_block::put_of_account(call).await,
        Operation::DeletePublicAccessBlock => public_access_block::delete_of_account(call).await,
        Operation::GetBucketPolicy => get_bucket_policy::handle(call),
        Operation::PutBucketPolicy => put_bucket_policy::handle(call).await,
        Operation::DeleteBucketPolicy => delete_bucket_policy::handle(call).await,
        Operation::GetBucketPolicyStatus => get_bucket_policy_status::handle(call),
        Operation::GetBucketCors => get_bucket_cors::handle(call),
        Operation::PutBucketCors => put_bucket_cors::handle(call).await,
        Operation::DeleteBucketCors => delete_bucket_cors::handle(call).await,
        Operation::GetBucketEncryption => get_bucket_encryption::handle(call),
        Operation::PutBucketEncryption => put_bucket_encryption::handle(call).await,
        Operation::DeleteBucketEncryption => delete_bucket_encryption::handle(call).await,
        Operation::OptionObject => option_object::handle(call),
        Operation::GetBucketReferer => get_bucket_referer::handle(call),
        Operation::PutBucketReferer => put_bucket_referer::handle(call).await,
        Operation::GetBucketTags => get_bucket_tags::handle(call),
        Operation::PutBucketTags => put_bucket_tags::handle(call).await,
        Operation::DeleteBucketTags => delete_bucket_tags::handle(call).await,
        Operation::GetObjectTagging => get_object_tagging::handle(call).await,
        Operation::PutObjectTagging => put_object_tagging::handle(call).await,
        Operation::DeleteObjectTagging => delete_object_tagging::handle(call).await,
        Operation::GetSymlink => get_symlink::handle(call).await,
        Operation::PutSymlink => put_symlink::handle(call).await,
        Operation::GetLiveChannelInfo => get_unset::live_channel(call),
        get_unset::bucket_configuration!() => get_unset::of_bucket(call),
    }
}

impl Call {
    /// Where buckets are, as answers name it. There is one place: the address that the client already uses.
    fn placement(&self) -> Placement<'_> {
        Placement { region: &self.context.region, endpoint: self.endpoint() }
    }

    /// The upload that the request names. A malformed id names an upload that does not exist.
    fn upload_id(&self) -> Result<UploadId, Failure> {
        UploadId::parse(self.text("uploadId")).ok_or_else(|| self.no_such_upload())
    }

    /// The upload that the request names does not exist.
    fn no_such_upload(&self) -> Failure {
        FailureKind::NoSuchUpload(Some((self.operation, self.text("uploadId").into()))).into()
    }
}
