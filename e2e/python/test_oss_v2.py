"""alibabacloud-oss-v2 1.4.1 against the binary, with V1 and V4 signatures. CRC checks are on."""

import datetime

import alibabacloud_oss_v2 as oss
import pytest
import requests

from coho_process import ACCESS_KEY_ID, ACCESS_KEY_SECRET, REGION

KEYS = ["plain.txt", "dir/with space.txt", "dir/plus+and&.txt", "\u4f60\u597d/\u00fc.txt", "a%20b"]


@pytest.fixture(params=["v1", "v4"])
def client(request, coho):
    config = oss.config.load_default()
    config.credentials_provider = oss.credentials.StaticCredentialsProvider(ACCESS_KEY_ID, ACCESS_KEY_SECRET)
    config.region = REGION
    config.endpoint = coho.endpoint
    config.signature_version = request.param
    return oss.Client(config)


@pytest.fixture
def bucket(client, bucket_name):
    client.put_bucket(oss.PutBucketRequest(bucket=bucket_name, acl="private"))
    return bucket_name


def service_error(code, call, *args, **kwargs):
    """The call fails with this code; the error."""
    with pytest.raises(oss.exceptions.OperationError) as caught:
        call(*args, **kwargs)
    error = caught.value.unwrap()
    assert error.code == code, error
    return error


def put(client, bucket, key, body, **kwargs):
    return client.put_object(oss.PutObjectRequest(bucket=bucket, key=key, body=body, **kwargs))


def read(client, bucket, key, **kwargs):
    return client.get_object(oss.GetObjectRequest(bucket=bucket, key=key, **kwargs)).body.content


def test_buckets(client, bucket):
    names = [found.name for page in client.list_buckets_paginator().iter_page(oss.ListBucketsRequest()) for found in page.buckets or []]
    assert bucket in names
    info = client.get_bucket_info(oss.GetBucketInfoRequest(bucket=bucket)).bucket_info
    assert (info.name, info.location, info.acl) == (bucket, f"oss-{REGION}", "private")
    assert client.get_bucket_location(oss.GetBucketLocationRequest(bucket=bucket)).location == f"oss-{REGION}"
    client.put_bucket_acl(oss.PutBucketAclRequest(bucket=bucket, acl="public-read"))
    assert client.get_bucket_acl(oss.GetBucketAclRequest(bucket=bucket)).acl == "public-read"
    put(client, bucket, "a", b"12345")
    stat = client.get_bucket_stat(oss.GetBucketStatRequest(bucket=bucket))
    assert (stat.object_count, stat.storage) == (1, 5)
    assert client.is_bucket_exist(bucket)
    error = service_error("BucketNotEmpty", client.delete_bucket, oss.DeleteBucketRequest(bucket=bucket))
    assert (error.status_code, error.ec) == (409, "0015-00000301")
    client.delete_object(oss.DeleteObjectRequest(bucket=bucket, key="a"))
    client.delete_bucket(oss.DeleteBucketRequest(bucket=bucket))
    assert not client.is_bucket_exist(bucket)


@pytest.mark.parametrize("key", KEYS)
def test_object_round_trip(client, bucket, key):
    result = put(client, bucket, key, b"hello world", metadata={"colour": "blue"}, content_type="text/x")
    assert (result.etag, result.hash_crc64) == ('"5EB63BBBE01EEED093CB22BB8F5ACDC3"', "5981764153023615706")
    got = client.get_object(oss.GetObjectRequest(bucket=bucket, key=key))
    assert (got.body.content, got.content_type, got.metadata["colour"]) == (b"hello world", "text/x", "blue")
    head = client.head_object(oss.HeadObjectRequest(bucket=bucket, key=key))
    assert (head.content_length, head.object_type) == (11, "Normal")
    meta = client.get_object_meta(oss.GetObjectMetaRequest(bucket=bucket, key=key))
    assert (meta.content_length, meta.etag) == (11, result.etag)
    assert client.is_object_exist(bucket, key)
    listed = client.list_objects(oss.ListObjectsRequest(bucket=bucket, encoding_type="url"))
    assert [found.key for found in listed.contents] == [key]
    listed = client.list_objects_v2(oss.ListObjectsV2Request(bucket=bucket, encoding_type="url"))
    assert [found.key for found in listed.contents] == [key]
    client.delete_object(oss.DeleteObjectRequest(bucket=bucket, key=key))
    assert not client.is_object_exist(bucket, key)
    error = service_error("NoSuchKey", client.get_object, oss.GetObjectRequest(bucket=bucket, key=key))
    assert (error.status_code, error.ec, len(error.request_id)) == (404, "0026-00000001", 24)
    service_error("NoSuchKey", client.head_object, oss.HeadObjectRequest(bucket=bucket, key=key))


def test_ranges_conditions_and_overrides(client, bucket):
    etag = put(client, bucket, "k", b"0123456789").etag
    assert read(client, bucket, "k", range_header="bytes=2-5") == b"2345"
    assert read(client, bucket, "k", range_header="bytes=5-100", range_behavior="standard") == b"56789"
    request = oss.GetObjectRequest(bucket=bucket, key="k", if_match='"' + "0" * 32 + '"')
    service_error("PreconditionFailed", client.get_object, request)
    assert read(client, bucket, "k", if_match=etag) == b"0123456789"
    got = client.get_object(oss.GetObjectRequest(bucket=bucket, key="k", response_content_type="text/y; a=b"))
    assert got.content_type == "text/y; a=b"


def test_lists_page_by_page(client, bucket):
    for key in ["a/1", "a/2", "b c/1", "d+e", "z"]:
        put(client, bucket, key, b"x")
    for limit in [1, 2, 100]:
        for paginator, request in [
            (client.list_objects_paginator(limit=limit), oss.ListObjectsRequest(bucket=bucket, delimiter="/")),
            (client.list_objects_v2_paginator(limit=limit), oss.ListObjectsV2Request(bucket=bucket, delimiter="/")),
        ]:
            keys, prefixes = [], []
            for page in paginator.iter_page(request):
                keys += [found.key for found in page.contents or []]
                prefixes += [found.prefix for found in page.common_prefixes or []]
            assert (keys, prefixes) == (["d+e", "z"], ["a/", "b c/"])
    versions = []
    for page in client.list_object_versions_paginator(limit=2).iter_page(
        oss.ListObjectVersionsRequest(bucket=bucket)
    ):
        versions += [(found.key, found.version_id) for found in page.version or []]
    assert versions == [(key, "null") for key in ["a/1", "a/2", "b c/1", "d+e", "z"]]


@pytest.mark.parametrize("quiet", [False, True])
def test_delete_multiple(client, bucket, quiet):
    keys = ["a", "b c", "\u00fc+"]
    for key in keys:
        put(client, bucket, key, b"x")
    objects = [oss.DeleteObject(key=key) for key in [*keys, "missing"]]
    result = client.delete_multiple_objects(
        oss.DeleteMultipleObjectsRequest(bucket=bucket, objects=objects, quiet=quiet, encoding_type="url")
    )
    deleted = [found.key for found in result.deleted_objects or []]
    assert sorted(deleted) == ([] if quiet else sorted([*keys, "missing"]))
    assert not client.list_objects_v2(oss.ListObjectsV2Request(bucket=bucket)).contents


def test_multipart_by_hand(client, bucket):
    parts = [b"a" * 102_400, b"b" * 102_400, b"c" * 5]
    upload = client.initiate_multipart_upload(oss.InitiateMultipartUploadRequest(bucket=bucket, key="k"))
    sent = []
    for number, part in enumerate(parts, 1):
        result = client.upload_part(
            oss.UploadPartRequest(
                bucket=bucket, key="k", upload_id=upload.upload_id, part_number=number, body=part
            )
        )
        sent.append(oss.UploadPart(part_number=number, etag=result.etag))
    listed = client.list_parts(oss.ListPartsRequest(bucket=bucket, key="k", upload_id=upload.upload_id))
    assert [(part.part_number, part.size) for part in listed.parts] == [(1, 102_400), (2, 102_400), (3, 5)]
    uploads = client.list_multipart_uploads(oss.ListMultipartUploadsRequest(bucket=bucket)).uploads
    assert [(found.key, found.upload_id) for found in uploads] == [("k", upload.upload_id)]
    done = client.complete_multipart_upload(
        oss.CompleteMultipartUploadRequest(
            bucket=bucket,
            key="k",
            upload_id=upload.upload_id,
            complete_multipart_upload=oss.CompleteMultipartUpload(parts=sent),
        )
    )
    assert done.etag.strip('"').endswith("-3")
    assert read(client, bucket, "k") == b"".join(parts)

    upload = client.initiate_multipart_upload(oss.InitiateMultipartUploadRequest(bucket=bucket, key="copy"))
    client.upload_part_copy(
        oss.UploadPartCopyRequest(
            bucket=bucket,
            key="copy",
            upload_id=upload.upload_id,
            part_number=1,
            source_bucket=bucket,
            source_key="k",
            source_range="bytes=0-102399",
        )
    )
    client.complete_multipart_upload(
        oss.CompleteMultipartUploadRequest(
            bucket=bucket, key="copy", upload_id=upload.upload_id, complete_all="yes"
        )
    )
    assert read(client, bucket, "copy") == parts[0]

    upload = client.initiate_multipart_upload(oss.InitiateMultipartUploadRequest(bucket=bucket, key="gone"))
    client.abort_multipart_upload(
        oss.AbortMultipartUploadRequest(bucket=bucket, key="gone", upload_id=upload.upload_id)
    )
    service_error(
        "NoSuchUpload",
        client.list_parts,
        oss.ListPartsRequest(bucket=bucket, key="gone", upload_id=upload.upload_id),
    )


def test_managed_transfers(client, bucket, tmp_path):
    source = tmp_path / "source"
    source.write_bytes(bytes(range(256)) * 20_000)
    uploader = client.uploader(part_size=500_000, parallel_num=3)
    uploader.upload_file(oss.PutObjectRequest(bucket=bucket, key="big"), filepath=str(source))
    target = tmp_path / "target"
    downloader = client.downloader(part_size=700_000, parallel_num=3)
    downloader.download_file(oss.GetObjectRequest(bucket=bucket, key="big"), filepath=str(target))
    assert target.read_bytes() == source.read_bytes()
    whole = tmp_path / "whole"
    client.get_object_to_file(oss.GetObjectRequest(bucket=bucket, key="big"), str(whole))
    assert whole.read_bytes() == source.read_bytes()
    copier = client.copier(part_size=500_000, parallel_num=2, multipart_copy_threshold=1_000_000)
    copier.copy(oss.CopyObjectRequest(bucket=bucket, key="copied", source_bucket=bucket, source_key="big"))
    assert read(client, bucket, "copied") == source.read_bytes()


def test_copy_and_metadata(client, bucket):
    put(client, bucket, "a b", b"copied", metadata={"a": "1"}, content_type="text/x")
    client.copy_object(oss.CopyObjectRequest(bucket=bucket, key="c+d", source_bucket=bucket, source_key="a b"))
    head = client.head_object(oss.HeadObjectRequest(bucket=bucket, key="c+d"))
    assert (head.content_type, head.metadata["a"]) == ("text/x", "1")
    client.copy_object(
        oss.CopyObjectRequest(
            bucket=bucket,
            key="c+d",
            source_bucket=bucket,
            source_key="a b",
            metadata_directive="REPLACE",
            metadata={"a": "2"},
            content_type="text/y",
        )
    )
    head = client.head_object(oss.HeadObjectRequest(bucket=bucket, key="c+d"))
    assert (head.content_type, head.metadata["a"]) == ("text/y", "2")


def test_object_acl(client, bucket):
    put(client, bucket, "k", b"x")
    client.put_object_acl(oss.PutObjectAclRequest(bucket=bucket, key="k", acl="public-read"))
    assert client.get_object_acl(oss.GetObjectAclRequest(bucket=bucket, key="k")).acl == "public-read"


def test_presigned_urls(client, bucket):
    expires = datetime.timedelta(seconds=60)
    signed = client.presign(oss.PutObjectRequest(bucket=bucket, key="dir/a b"), expires=expires)
    assert requests.put(signed.url, data=b"presigned", headers=signed.signed_headers, timeout=30).status_code == 200
    signed = client.presign(oss.GetObjectRequest(bucket=bucket, key="dir/a b"), expires=expires)
    assert requests.get(signed.url, timeout=30).content == b"presigned"
    assert requests.get(signed.url.replace("dir/a", "dir/b"), timeout=30).status_code == 403
    assert requests.delete(signed.url, timeout=30).status_code == 403


def test_append_and_seal(client, bucket):
    def append(position, body):
        return oss.AppendObjectRequest(bucket=bucket, key="log", position=position, body=body)

    assert client.append_object(append(0, b"hello ")).next_position == 6
    done = client.append_object(append(6, b"world"))
    assert (done.next_position, done.hash_crc64) == (11, "5981764153023615706")
    head = client.head_object(oss.HeadObjectRequest(bucket=bucket, key="log"))
    assert (head.object_type, head.headers["x-oss-next-append-position"]) == ("Appendable", "11")
    assert client.get_object(oss.GetObjectRequest(bucket=bucket, key="log")).body.content == b"hello world"
    assert service_error("PositionNotEqualToLength", client.append_object, append(6, b"x")).status_code == 409
    sealed = client.seal_append_object(oss.SealAppendObjectRequest(bucket=bucket, key="log", position=11))
    assert sealed.sealed_time.endswith("GMT")
    assert service_error("ObjectNotAppendable", client.append_object, append(11, b"x")).status_code == 409


def test_what_is_not_there_yet_is_refused_cleanly(client, bucket):
    request = oss.GetBucketCorsRequest(bucket=bucket)
    assert service_error("NoSuchCORSConfiguration", client.get_bucket_cors, request).status_code == 404
    request = oss.PutObjectRequest(bucket=bucket, key="k", body=b"x", server_side_encryption="KMS")
    assert service_error("KmsServiceNotEnabled", client.put_object, request).status_code == 403


def test_encryption(client, bucket):
    default = oss.ApplyServerSideEncryptionByDefault(sse_algorithm="AES256")
    rule = oss.ServerSideEncryptionRule(apply_server_side_encryption_by_default=default)
    client.put_bucket_encryption(oss.PutBucketEncryptionRequest(bucket=bucket, server_side_encryption_rule=rule))
    got = client.get_bucket_encryption(oss.GetBucketEncryptionRequest(bucket=bucket)).server_side_encryption_rule
    assert got.apply_server_side_encryption_by_default.sse_algorithm == "AES256"
    client.put_object(oss.PutObjectRequest(bucket=bucket, key="by-rule", body=b"x" * 100_000))
    client.delete_bucket_encryption(oss.DeleteBucketEncryptionRequest(bucket=bucket))
    client.put_object(oss.PutObjectRequest(bucket=bucket, key="plain", body=b"x"))
    assert client.head_object(oss.HeadObjectRequest(bucket=bucket, key="plain")).server_side_encryption is None
    result = client.get_object(oss.GetObjectRequest(bucket=bucket, key="by-rule"))
    assert (result.server_side_encryption, result.body.content) == ("AES256", b"x" * 100_000)


def test_website(client, bucket):
    rule = oss.RoutingRule(
        rule_number=1,
        condition=oss.RoutingRuleCondition(key_prefix_equals="img/", http_error_code_returned_equals=404),
        redirect=oss.RoutingRuleRedirect(
            redirect_type="Mirror",
            mirror_url="http://127.0.0.1:9001/",
            mirror_pass_query_string=True,
            mirror_check_md5=True,
            mirror_headers=oss.MirrorHeaders(pass_all=True, removes=["cookie"]),
            transparent_mirror_response_codes="400,404",
        ),
    )
    configuration = oss.WebsiteConfiguration(
        index_document=oss.IndexDocument(suffix="index.html", support_sub_dir=True, type=0),
        error_document=oss.ErrorDocument(key="error.html", http_status=404),
        routing_rules=oss.RoutingRules(routing_rules=[rule]),
    )
    client.put_bucket_website(
        oss.PutBucketWebsiteRequest(bucket=bucket, website_configuration=configuration)
    )
    got = client.get_bucket_website(oss.GetBucketWebsiteRequest(bucket=bucket)).website_configuration
    assert (got.index_document.suffix, got.index_document.support_sub_dir) == ("index.html", True)
    assert (got.error_document.key, got.error_document.http_status) == ("error.html", 404)
    back = got.routing_rules.routing_rules[0].redirect
    assert (back.mirror_url, back.mirror_check_md5, back.mirror_follow_redirect) == (
        "http://127.0.0.1:9001/",
        True,
        True,
    )
    assert (back.mirror_headers.pass_all, back.mirror_headers.removes) == (True, ["cookie"])
    assert back.transparent_mirror_response_codes == "400,404"
    client.delete_bucket_website(oss.DeleteBucketWebsiteRequest(bucket=bucket))
    client.delete_bucket_website(oss.DeleteBucketWebsiteRequest(bucket=bucket))
    service_error(
        "NoSuchWebsiteConfiguration", client.get_bucket_website, oss.GetBucketWebsiteRequest(bucket=bucket)
    )
