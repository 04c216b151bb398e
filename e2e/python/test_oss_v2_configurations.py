"""alibabacloud-oss-v2 on versions, on what objects have beside their bytes, and on the configurations of a bucket."""

import json

import alibabacloud_oss_v2 as oss
import requests

from test_oss_v2 import bucket, client, put, read, service_error  # noqa: F401  (fixtures)


def test_versions(client, bucket):
    for status in ["Enabled", "Suspended", "Enabled"]:
        configuration = oss.VersioningConfiguration(status=status)
        client.put_bucket_versioning(oss.PutBucketVersioningRequest(bucket=bucket, versioning_configuration=configuration))
        got = client.get_bucket_versioning(oss.GetBucketVersioningRequest(bucket=bucket))
        assert got.version_status == status
    first = put(client, bucket, "k", b"first").version_id
    put(client, bucket, "k", b"second")
    assert read(client, bucket, "k", version_id=first) == b"first"
    with client.open_file(bucket, "k", version_id=first) as file:
        assert file.read() == b"first"
    marker = client.delete_object(oss.DeleteObjectRequest(bucket=bucket, key="k"))
    assert marker.delete_marker
    listed = client.list_object_versions(oss.ListObjectVersionsRequest(bucket=bucket))
    assert (len(listed.version), [found.version_id for found in listed.delete_marker]) == (2, [marker.version_id])
    client.delete_object(oss.DeleteObjectRequest(bucket=bucket, key="k", version_id=marker.version_id))
    assert read(client, bucket, "k") == b"second"


def tagging(**pairs):
    return oss.Tagging(tag_set=oss.TagSet(tags=[oss.Tag(key=key, value=value) for key, value in pairs.items()]))


def test_tags_links_and_restores(client, bucket):
    put(client, bucket, "k", b"hello")
    client.put_object_tagging(oss.PutObjectTaggingRequest(bucket=bucket, key="k", tagging=tagging(team="a+b/c")))
    got = client.get_object_tagging(oss.GetObjectTaggingRequest(bucket=bucket, key="k"))
    assert [(tag.key, tag.value) for tag in got.tag_set.tags] == [("team", "a+b/c")]
    client.delete_object_tagging(oss.DeleteObjectTaggingRequest(bucket=bucket, key="k"))
    client.put_symlink(oss.PutSymlinkRequest(bucket=bucket, key="link", target="k"))
    assert client.get_symlink(oss.GetSymlinkRequest(bucket=bucket, key="link")).target == "k"
    assert read(client, bucket, "link") == b"hello"
    put(client, bucket, "cold", b"frozen", storage_class="ColdArchive")
    service_error("InvalidObjectState", client.get_object, oss.GetObjectRequest(bucket=bucket, key="cold"))
    restore = oss.RestoreRequest(days=2, job_parameters=oss.JobParameters(tier="Standard"))
    client.restore_object(oss.RestoreObjectRequest(bucket=bucket, key="cold", restore_request=restore))
    assert read(client, bucket, "cold") == b"frozen"
    client.clean_restored_object(oss.CleanRestoredObjectRequest(bucket=bucket, key="cold"))
    service_error("InvalidObjectState", client.get_object, oss.GetObjectRequest(bucket=bucket, key="cold"))


def test_files_and_operations_by_name(client, bucket, tmp_path):
    source = tmp_path / "source"
    source.write_bytes(b"from a file")
    client.put_object_from_file(oss.PutObjectRequest(bucket=bucket, key="file"), str(source))
    assert read(client, bucket, "file") == b"from a file"
    with client.append_file(bucket, "log") as log:
        log.write(b"hello ")
        log.write(b"world")
    assert read(client, bucket, "log") == b"hello world"
    output = client.invoke_operation(
        oss.OperationInput(op_name="GetBucketAcl", method="GET", parameters={"acl": ""}, bucket=bucket)
    )
    assert (output.status_code, b"<Grant>private</Grant>" in output.http_response.content) == (200, True)
    upload = client.initiate_multipart_upload(oss.InitiateMultipartUploadRequest(bucket=bucket, key="pending")).upload_id
    for number in [1, 2, 3]:
        part = oss.UploadPartRequest(bucket=bucket, key="pending", upload_id=upload, part_number=number, body=b"x")
        client.upload_part(part)
    request = oss.ListPartsRequest(bucket=bucket, key="pending", upload_id=upload)
    pages = client.list_parts_paginator(limit=2).iter_page(request)
    assert [part.part_number for page in pages for part in page.parts] == [1, 2, 3]
    pages = client.list_multipart_uploads_paginator(limit=1).iter_page(oss.ListMultipartUploadsRequest(bucket=bucket))
    assert [found.upload_id for page in pages for found in page.uploads or []] == [upload]


def test_cors_and_referers(client, bucket):
    rule = oss.CORSRule(allowed_origins=["http://page.example"], allowed_methods=["PUT"], allowed_headers=["*"], max_age_seconds=9)
    configuration = oss.CORSConfiguration(cors_rules=[rule])
    client.put_bucket_cors(oss.PutBucketCorsRequest(bucket=bucket, cors_configuration=configuration))
    got = client.get_bucket_cors(oss.GetBucketCorsRequest(bucket=bucket)).cors_configuration.cors_rules[0]
    assert (got.allowed_origins, got.max_age_seconds) == (["http://page.example"], 9)
    preflight = oss.OptionObjectRequest(
        bucket=bucket, key="k", origin="http://page.example", access_control_request_method="PUT"
    )
    assert client.option_object(preflight).access_control_allow_origin == "http://page.example"
    preflight.origin = "http://other.example"
    service_error("AccessForbidden", client.option_object, preflight)
    client.delete_bucket_cors(oss.DeleteBucketCorsRequest(bucket=bucket))

    referer = oss.RefererConfiguration(allow_empty_referer=False, referer_list=oss.RefererList(referers=["http://page.example"]))
    client.put_bucket_referer(oss.PutBucketRefererRequest(bucket=bucket, referer_configuration=referer))
    got = client.get_bucket_referer(oss.GetBucketRefererRequest(bucket=bucket)).referer_configuration
    assert (got.allow_empty_referer, got.referer_list.referers) == (False, ["http://page.example"])


def test_lifecycle_tags_payer_and_direct_reads(client, bucket):
    rule = oss.LifecycleRule(id="r", prefix="tmp/", status="Enabled", expiration=oss.LifecycleRuleExpiration(days=3))
    lifecycle = oss.LifecycleConfiguration(rules=[rule])
    client.put_bucket_lifecycle(oss.PutBucketLifecycleRequest(bucket=bucket, lifecycle_configuration=lifecycle))
    got = client.get_bucket_lifecycle(oss.GetBucketLifecycleRequest(bucket=bucket)).lifecycle_configuration.rules[0]
    assert (got.id, got.expiration.days) == ("r", 3)
    client.delete_bucket_lifecycle(oss.DeleteBucketLifecycleRequest(bucket=bucket))

    client.put_bucket_tags(oss.PutBucketTagsRequest(bucket=bucket, tagging=tagging(team=bucket)))
    assert client.get_bucket_tags(oss.GetBucketTagsRequest(bucket=bucket)).tagging.tag_set.tags[0].value == bucket
    listed = client.list_buckets(oss.ListBucketsRequest(tag_key="team", tag_value=bucket))
    assert [found.name for found in listed.buckets] == [bucket]
    client.delete_bucket_tags(oss.DeleteBucketTagsRequest(bucket=bucket))

    payment = oss.RequestPaymentConfiguration(payer="Requester")
    client.put_bucket_request_payment(oss.PutBucketRequestPaymentRequest(bucket=bucket, request_payment_configuration=payment))
    got = client.get_bucket_request_payment(oss.GetBucketRequestPaymentRequest(bucket=bucket))
    assert got.request_payment_configuration.payer == "Requester"

    direct = oss.ArchiveDirectReadConfiguration(enabled=True)
    request = oss.PutBucketArchiveDirectReadRequest(bucket=bucket, archive_direct_read_configuration=direct)
    client.put_bucket_archive_direct_read(request)
    got = client.get_bucket_archive_direct_read(oss.GetBucketArchiveDirectReadRequest(bucket=bucket))
    assert got.archive_direct_read_configuration.enabled
    put(client, bucket, "cold", b"frozen", storage_class="Archive")
    assert read(client, bucket, "cold") == b"frozen"


def test_policy_and_public_access_blocks(client, bucket, coho):
    put(client, bucket, "k", b"open")
    resources = [f"acs:oss:*:*:{bucket}/*"]
    statement = {"Effect": "Allow", "Action": ["oss:GetObject"], "Principal": ["*"], "Resource": resources}
    policy = json.dumps({"Version": "1", "Statement": [statement]})
    client.put_bucket_policy(oss.PutBucketPolicyRequest(bucket=bucket, body=policy))
    assert json.loads(client.get_bucket_policy(oss.GetBucketPolicyRequest(bucket=bucket)).body) == json.loads(policy)
    assert client.get_bucket_policy_status(oss.GetBucketPolicyStatusRequest(bucket=bucket)).policy_status.is_public

    def status():
        return requests.get(f"{coho.endpoint}/{bucket}/k", timeout=30).status_code

    assert status() == 200
    block = oss.PublicAccessBlockConfiguration(block_public_access=True)
    of_bucket = oss.PutBucketPublicAccessBlockRequest(bucket=bucket, public_access_block_configuration=block)
    client.put_bucket_public_access_block(of_bucket)
    got = client.get_bucket_public_access_block(oss.GetBucketPublicAccessBlockRequest(bucket=bucket))
    assert (got.public_access_block_configuration.block_public_access, status()) == (True, 403)
    client.delete_bucket_public_access_block(oss.DeleteBucketPublicAccessBlockRequest(bucket=bucket))
    assert status() == 200
    client.put_public_access_block(oss.PutPublicAccessBlockRequest(public_access_block_configuration=block))
    got = client.get_public_access_block(oss.GetPublicAccessBlockRequest())
    assert (got.public_access_block_configuration.block_public_access, status()) == (True, 403)
    client.delete_public_access_block(oss.DeletePublicAccessBlockRequest())
    client.delete_bucket_policy(oss.DeleteBucketPolicyRequest(bucket=bucket))
    assert status() == 403


# What was never set, with the code of the answer or none.
UNSET = {
    "get_access_point": ("NoSuchAccessPoint", {"access_point_name": "x"}),
    "get_access_point_policy": ("NoSuchAccessPoint", {"access_point_name": "x"}),
    "get_bucket_access_monitor": (None, {}),
    "get_bucket_https_config": (None, {}),
    "get_bucket_inventory": ("NoSuchInventory", {"inventory_id": "x"}),
    "get_bucket_logging": (None, {}),
    "get_bucket_overwrite_config": ("NoSuchBucketOverwriteConfig", {}),
    "get_bucket_replication": ("NoSuchReplicationConfiguration", {}),
    "get_bucket_replication_location": (None, {}),
    "get_bucket_replication_progress": ("NoSuchReplicationConfiguration", {"rule_id": "x"}),
    "get_bucket_resource_group": (None, {}),
    "get_bucket_transfer_acceleration": ("NoSuchTransferAccelerationConfiguration", {}),
    "get_bucket_worm": ("NoSuchWORMConfiguration", {}),
    "get_meta_query_status": ("MetaQueryNotExist", {}),
    "get_style": ("NoSuchStyle", {"style_name": "x"}),
    "get_user_defined_log_fields_config": ("NoSuchUserDefinedLogFieldsConfig", {}),
    "list_access_points": (None, {}),
    "list_bucket_data_redundancy_transition": (None, {}),
    "list_bucket_inventory": ("NoSuchInventory", {}),
    "list_cname": (None, {}),
    "list_style": (None, {}),
}


def test_what_was_never_set(client, bucket):
    for name, (code, fields) in UNSET.items():
        request = getattr(oss, "".join(word.capitalize() for word in name.split("_")) + "Request")(bucket=bucket, **fields)
        if code is None:
            assert getattr(client, name)(request).status_code == 200
        else:
            assert service_error(code, getattr(client, name), request).status_code == 404
