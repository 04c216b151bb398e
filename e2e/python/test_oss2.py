"""oss2 2.19.1 against the binary, with V1, V2 and V4 signatures. CRC checks are on: oss2 compares by itself."""

import base64
import datetime
import hashlib
import io
import json
import xml.etree.ElementTree as ElementTree

import oss2
import pytest
import requests
from oss2.models import (
    AbortMultipartUpload,
    BucketLifecycle,
    BucketWebsite,
    Condition,
    LifecycleExpiration,
    LifecycleRule,
    MirrorHeadersSet,
    PartInfo,
    Redirect,
    RedirectMirrorHeaders,
    RestoreConfiguration,
    RestoreJobParameters,
    RoutingRule,
    StorageTransition,
)

import website_documents
from coho_process import ACCESS_KEY_ID, ACCESS_KEY_SECRET, REGION

KEYS = ["plain.txt", "dir/with space.txt", "dir/plus+and&.txt", "\u4f60\u597d/\u00fc.txt", "a%20b", "end/"]


@pytest.fixture(params=["v1", "v2", "v4"])
def auth(request):
    make = {"v1": oss2.Auth, "v2": oss2.AuthV2, "v4": oss2.AuthV4}[request.param]
    return make(ACCESS_KEY_ID, ACCESS_KEY_SECRET)


@pytest.fixture
def bucket(coho, auth, bucket_name):
    bucket = oss2.Bucket(auth, coho.endpoint, bucket_name, region=REGION)
    bucket.create_bucket(oss2.BUCKET_ACL_PRIVATE)
    return bucket


def service_error(code, call, *args, **kwargs):
    """The call fails with this code; the error."""
    with pytest.raises(oss2.exceptions.OssError) as caught:
        call(*args, **kwargs)
    assert caught.value.code == code, caught.value
    assert len(caught.value.request_id) == 24
    return caught.value


def test_buckets(coho, auth, bucket):
    service = oss2.Service(auth, coho.endpoint, region=REGION)
    names = [found.name for found in oss2.BucketIterator(service)]
    assert bucket.bucket_name in names
    info = bucket.get_bucket_info()
    assert (info.name, info.location, info.acl.grant) == (bucket.bucket_name, f"oss-{REGION}", "private")
    assert info.storage_class == "Standard"
    assert bucket.get_bucket_location().location == f"oss-{REGION}"
    bucket.put_bucket_acl(oss2.BUCKET_ACL_PUBLIC_READ)
    assert bucket.get_bucket_acl().acl == "public-read"
    bucket.put_object("a", b"12345")
    stat = bucket.get_bucket_stat()
    assert (stat.object_count, stat.storage_size_in_bytes) == (1, 5)
    assert service_error("BucketNotEmpty", bucket.delete_bucket).status == 409
    bucket.delete_object("a")
    bucket.delete_bucket()
    assert service_error("NoSuchBucket", bucket.get_bucket_info).status == 404


@pytest.mark.parametrize("key", KEYS)
def test_object_round_trip(bucket, key):
    put = bucket.put_object(key, b"hello world", headers={"x-oss-meta-Colour": "blue", "Content-Type": "text/x"})
    assert (put.etag, put.crc) == ("5EB63BBBE01EEED093CB22BB8F5ACDC3", 5981764153023615706)
    got = bucket.get_object(key)
    assert got.read() == b"hello world"
    assert got.server_crc == got.client_crc
    assert (got.content_type, got.headers["x-oss-meta-colour"]) == ("text/x", "blue")
    head = bucket.head_object(key)
    assert (head.content_length, head.etag, head.object_type) == (11, put.etag, "Normal")
    meta = bucket.get_object_meta(key)
    assert (meta.content_length, meta.etag) == (11, put.etag)
    assert bucket.object_exists(key)
    assert [found.key for found in oss2.ObjectIterator(bucket)] == [key]
    assert [found.key for found in oss2.ObjectIteratorV2(bucket)] == [key]
    bucket.delete_object(key)
    assert not bucket.object_exists(key)
    assert service_error("NoSuchKey", bucket.get_object, key).status == 404
    assert service_error("NoSuchKey", bucket.head_object, key).details["Code"] == "NoSuchKey"


@pytest.mark.parametrize("size", [0, 1, 100_000, 3_000_001])
def test_streams_are_chunked_and_bytes_are_not(bucket, size):
    body = bytes(i * 7 % 251 for i in range(size))

    def pieces():
        for at in range(0, size, 65_537):
            yield body[at : at + 65_537]

    assert bucket.put_object("bytes", body).status == 200
    assert bucket.put_object("file", io.BytesIO(body)).status == 200
    assert bucket.put_object("generator", pieces()).status == 200
    for key in ["bytes", "file", "generator"]:
        assert bucket.get_object(key).read() == body


def test_ranges_and_conditions(bucket):
    put = bucket.put_object("k", b"0123456789")
    assert bucket.get_object("k", byte_range=(2, 5)).read() == b"2345"
    assert bucket.get_object("k", byte_range=(7, None)).read() == b"789"
    assert bucket.get_object("k", byte_range=(None, 3)).read() == b"789"
    with pytest.raises(oss2.exceptions.NotModified):
        bucket.get_object("k", headers={"If-None-Match": put.etag})
    service_error("PreconditionFailed", bucket.get_object, "k", headers={"If-Match": "0" * 32})
    got = bucket.get_object("k", params={"response-content-type": "text/y; a=b"})
    assert got.content_type == "text/y; a=b"


def test_progress_and_file_transfers(bucket, tmp_path):
    source = tmp_path / "source"
    source.write_bytes(bytes(range(256)) * 20_000)
    seen = []
    oss2.resumable_upload(
        bucket,
        "big",
        str(source),
        store=oss2.ResumableStore(root=str(tmp_path)),
        multipart_threshold=1_000_000,
        part_size=1_000_000,
        num_threads=3,
        progress_callback=lambda done, total: seen.append(done),
    )
    assert seen[-1] == source.stat().st_size
    target = tmp_path / "target"
    oss2.resumable_download(
        bucket,
        "big",
        str(target),
        store=oss2.ResumableDownloadStore(root=str(tmp_path)),
        multiget_threshold=1_000_000,
        part_size=700_000,
        num_threads=3,
    )
    assert target.read_bytes() == source.read_bytes()
    assert bucket.head_object("big").object_type == "Multipart"


def test_list_with_delimiter_and_markers(bucket):
    for key in ["a/1", "a/2", "b c/1", "d+e", "z"]:
        bucket.put_object(key, b"x")
    for page_size in [1, 2, 100]:
        for iterator in [oss2.ObjectIterator, oss2.ObjectIteratorV2]:
            found = [(entry.key, entry.is_prefix()) for entry in iterator(bucket, delimiter="/", max_keys=page_size)]
            assert found == [("a/", True), ("b c/", True), ("d+e", False), ("z", False)]
    listed = bucket.list_objects(prefix="a/", max_keys=1)
    assert (listed.is_truncated, listed.next_marker) == (True, "a/1")
    listed = bucket.list_objects_v2(fetch_owner=True, start_after="a/2")
    assert [entry.key for entry in listed.object_list] == ["b c/1", "d+e", "z"]
    assert listed.object_list[0].owner.id
    versions = bucket.list_object_versions()
    assert [(v.key, v.versionid, v.is_latest) for v in versions.versions][0] == ("a/1", "null", True)
    assert not bucket.list_live_channel().channels


def test_delete_multiple(bucket):
    for key in ["a", "b c", "\u00fc+"]:
        bucket.put_object(key, b"x")
    result = bucket.batch_delete_objects(["a", "b c", "\u00fc+", "missing"])
    assert sorted(result.deleted_keys) == sorted(["a", "b c", "\u00fc+", "missing"])
    assert bucket.list_objects().object_list == []


def test_multipart_by_hand(bucket):
    init = bucket.init_multipart_upload("k", headers={"x-oss-meta-a": "1"})
    parts = [b"a" * 102_400, b"b" * 102_400, b"c" * 5]
    sent = []
    for number, part in enumerate(parts, 1):
        result = bucket.upload_part("k", init.upload_id, number, part)
        sent.append(PartInfo(number, result.etag, size=len(part), part_crc=result.crc))
    listed = bucket.list_parts("k", init.upload_id)
    assert [(part.part_number, part.size) for part in listed.parts] == [(1, 102_400), (2, 102_400), (3, 5)]
    assert [upload.upload_id for upload in oss2.MultipartUploadIterator(bucket)] == [init.upload_id]
    assert not bucket.object_exists("k")
    done = bucket.complete_multipart_upload("k", init.upload_id, sent)
    assert done.etag.endswith("-3")
    assert bucket.get_object("k").read() == b"".join(parts)
    assert bucket.head_object("k").headers["x-oss-meta-a"] == "1"

    init = bucket.init_multipart_upload("copy")
    copied = bucket.upload_part_copy(bucket.bucket_name, "k", (0, 102_399), "copy", init.upload_id, 1)
    bucket.complete_multipart_upload("copy", init.upload_id, [PartInfo(1, copied.etag)])
    assert bucket.get_object("copy").read() == parts[0]

    init = bucket.init_multipart_upload("gone")
    bucket.abort_multipart_upload("gone", init.upload_id)
    service_error("NoSuchUpload", bucket.list_parts, "gone", init.upload_id)


def test_sequential_upload(bucket, tmp_path):
    source = tmp_path / "source"
    source.write_bytes(bytes(range(256)) * 20_000)

    def upload(threads):
        return oss2.resumable_upload(
            bucket,
            "k",
            str(source),
            store=oss2.ResumableStore(root=str(tmp_path / str(threads))),
            multipart_threshold=200 * 1024,
            part_size=100 * 1024,
            num_threads=threads,
            params={"sequential": ""},
        )

    upload(1)
    digest = base64.b64encode(hashlib.md5(source.read_bytes()).digest()).decode()
    assert bucket.head_object("k").headers["Content-MD5"] == digest
    with pytest.raises(oss2.exceptions.PartNotSequential):
        upload(6)


def test_copy_and_metadata(bucket):
    bucket.put_object("a b", b"copied", headers={"x-oss-meta-a": "1", "Content-Type": "text/x"})
    bucket.copy_object(bucket.bucket_name, "a b", "c+d")
    assert bucket.get_object("c+d").read() == b"copied"
    assert bucket.head_object("c+d").headers["x-oss-meta-a"] == "1"
    bucket.update_object_meta("a b", {"x-oss-meta-a": "2", "Content-Type": "text/y"})
    head = bucket.head_object("a b")
    assert (head.headers["x-oss-meta-a"], head.content_type) == ("2", "text/y")
    service_error("NoSuchKey", bucket.copy_object, bucket.bucket_name, "missing", "x")


def test_object_acl(bucket):
    bucket.put_object("k", b"x")
    assert bucket.get_object_acl("k").acl == "default"
    bucket.put_object_acl("k", oss2.OBJECT_ACL_PUBLIC_READ)
    assert bucket.get_object_acl("k").acl == "public-read"


def test_presigned_urls(bucket):
    url = bucket.sign_url("PUT", "dir/a b", 60, headers={"Content-Type": "text/x"}, slash_safe=True)
    assert requests.put(url, data=b"presigned", headers={"Content-Type": "text/x"}, timeout=30).status_code == 200
    url = bucket.sign_url("GET", "dir/a b", 60, params={"response-content-language": "de"})
    got = requests.get(url, timeout=30)
    assert (got.content, got.headers["content-language"]) == (b"presigned", "de")
    assert requests.get(url.replace("ignature=", "ignature=0"), timeout=30).status_code == 403
    assert requests.put(url, data=b"x", timeout=30).status_code == 403


def test_archived_objects_are_read_after_a_restore(bucket):
    bucket.put_object("k", b"cold", headers={"x-oss-storage-class": "ColdArchive"})
    assert service_error("InvalidObjectState", bucket.get_object, "k").status == 403
    configuration = RestoreConfiguration(days=2, job_parameters=RestoreJobParameters("Bulk"))
    assert bucket.restore_object("k", input=configuration).status == 202
    got = bucket.get_object("k")
    assert (got.read(), got.headers["x-oss-restore"][:24]) == (b"cold", 'ongoing-request="false",')
    assert bucket.restore_object("k", input=configuration).status == 200
    bucket.put_object("standard", b"x")
    assert service_error("OperationNotSupported", bucket.restore_object, "standard").status == 400


def test_append(bucket):
    first = bucket.append_object("log", 0, b"hello ", headers={"Content-Type": "text/x", "x-oss-meta-a": "b"}, init_crc=0)
    second = bucket.append_object("log", first.next_position, b"world", init_crc=first.crc)
    assert (second.next_position, second.crc) == (11, 5981764153023615706)
    got = bucket.get_object("log")
    assert (got.read(), got.content_type, got.headers["x-oss-meta-a"]) == (b"hello world", "text/x", "b")
    head = bucket.head_object("log")
    assert (head.object_type, head.headers["x-oss-next-append-position"], head.etag) == ("Appendable", "11", second.etag)
    assert [(found.type, found.size) for found in oss2.ObjectIterator(bucket)] == [("Appendable", 11)]
    error = service_error("PositionNotEqualToLength", bucket.append_object, "log", 5, b"x")
    assert (error.status, error.next_position) == (409, 11)
    bucket.put_object("normal", b"x")
    assert service_error("ObjectNotAppendable", bucket.append_object, "normal", 1, b"x").status == 409


def test_what_is_not_there_yet_is_refused_cleanly(bucket):
    for call, code in [
        (bucket.get_bucket_lifecycle, "NoSuchLifecycle"),
        (bucket.get_bucket_encryption, "NoSuchServerSideEncryptionRule"),
        (bucket.get_bucket_callback_policy, "BucketCallbackPolicyNotExist"),
    ]:
        assert service_error(code, call).status == 404
    assert bucket.get_bucket_tagging().tag_set.tagging_rule == {}
    assert bucket.get_bucket_storage_capacity().storage_capacity == -1
    headers = {"x-oss-server-side-encryption": "KMS"}
    assert service_error("KmsServiceNotEnabled", bucket.put_object, "k", b"x", headers=headers).status == 403


def test_encryption(bucket):
    bucket.put_bucket_encryption(oss2.models.ServerSideEncryptionRule(sse_algorithm=oss2.SERVER_SIDE_ENCRYPTION_AES256))
    assert bucket.get_bucket_encryption().sse_algorithm == "AES256"
    bucket.put_object("by-rule", b"x" * 100_000)
    bucket.delete_bucket_encryption()
    assert bucket.get_object("by-rule", byte_range=(65_000, 66_000)).read() == b"x" * 1_001
    assert bucket.head_object("by-rule").headers["x-oss-server-side-encryption"] == "AES256"


def test_lifecycle_rules_of_the_sdk(bucket):
    rules = [
        LifecycleRule(
            "delete and move",
            "logs/",
            status=LifecycleRule.ENABLED,
            expiration=LifecycleExpiration(days=357),
            storage_transitions=[
                StorageTransition(days=180, storage_class=oss2.BUCKET_STORAGE_CLASS_IA),
                StorageTransition(days=356, storage_class=oss2.BUCKET_STORAGE_CLASS_ARCHIVE),
            ],
        ),
        LifecycleRule(
            "parts", "parts/", status=LifecycleRule.DISABLED, abort_multipart_upload=AbortMultipartUpload(days=30)
        ),
        LifecycleRule(
            "dates", "dates/", expiration=LifecycleExpiration(created_before_date=datetime.date(2018, 12, 25))
        ),
    ]
    bucket.put_bucket_lifecycle(BucketLifecycle(rules))
    got = bucket.get_bucket_lifecycle().rules
    assert [(rule.id, rule.prefix, rule.status) for rule in got] == [
        (rule.id, rule.prefix, rule.status) for rule in rules
    ]
    moves = [(move.days, move.storage_class) for move in got[0].storage_transitions]
    assert (got[0].expiration.days, moves) == (357, [(180, "IA"), (356, "Archive")])
    assert got[1].abort_multipart_upload.days == 30
    assert got[2].expiration.created_before_date == datetime.date(2018, 12, 25)
    bucket.put_object("logs/a", b"x")
    expiration = bucket.head_object("logs/a").headers["x-oss-expiration"]
    assert expiration.startswith('expiry-date="') and expiration.endswith('00:00:00 GMT", rule-id="delete and move"')
    overlapping = [LifecycleRule(name, "a", expiration=LifecycleExpiration(days=1)) for name in ("1", "2")]
    refused = service_error("InvalidRequest", bucket.put_bucket_lifecycle, BucketLifecycle(overlapping))
    assert refused.details["Message"] == "Overlap for same action type Expiration"
    bucket.put_bucket_lifecycle(BucketLifecycle(overlapping), headers={"x-oss-allow-same-action-overlap": "true"})
    bucket.delete_bucket_lifecycle()
    assert service_error("NoSuchLifecycle", bucket.get_bucket_lifecycle).status == 404


def test_website_document_of_the_sdk(bucket):
    mirror_headers = RedirectMirrorHeaders(
        pass_all=True, pass_list=["a", "b"], remove_list=["c"], set_list=[MirrorHeadersSet("k", "v")]
    )
    # oss2 writes booleans as Python does: True, False.
    redirect = Redirect(
        redirect_type="Mirror",
        mirror_url="http://127.0.0.1:9001/",
        mirror_pass_query_string=True,
        mirror_follow_redirect=False,
        mirror_check_md5=True,
        mirror_headers=mirror_headers,
    )
    condition = Condition(key_prefix_equals="img/", http_err_code_return_equals=404)
    bucket.put_bucket_website(
        BucketWebsite("index.html", "error.html", [RoutingRule(rule_num=1, condition=condition, redirect=redirect)])
    )
    got = bucket.get_bucket_website()
    assert (got.index_file, got.error_file) == ("index.html", "error.html")
    back = got.rules[0].redirect
    assert (back.mirror_url, back.mirror_pass_query_string, back.pass_query_string) == (
        "http://127.0.0.1:9001/",
        True,
        True,
    )
    assert (back.mirror_follow_redirect, back.mirror_check_md5) == (False, True)
    assert (back.mirror_headers.pass_all, back.mirror_headers.pass_list) == (True, ["a", "b"])
    bucket.delete_bucket_website()
    bucket.delete_bucket_website()
    service_error("NoSuchWebsiteConfiguration", bucket.get_bucket_website)


def put_website(bucket, xml):
    return bucket._Bucket__do_bucket("PUT", data=xml, params={"website": ""})


def get_website(bucket):
    return ElementTree.fromstring(bucket._Bucket__do_bucket("GET", params={"website": ""}).read())


@pytest.mark.parametrize("name", ["HOT_MIGRATION", "SPA", "EMPTY_SHELLS", "UNKNOWN_ELEMENTS"])
def test_website_documents_come_back_with_all_they_had(bucket, name):
    sent = getattr(website_documents, name)
    put_website(bucket, sent)
    got = get_website(bucket)
    for element in ElementTree.fromstring(sent).iter():
        text = (element.text or "").strip()
        if text:
            back = [found.text for found in got.iter(element.tag)]
            assert any((found or "").lower() == text.lower() for found in back), (element.tag, text, back)


def test_website_defaults_are_filled_in(bucket):
    put_website(bucket, website_documents.mirror_all("http://127.0.0.1:9001/"))
    redirect = get_website(bucket).find("RoutingRules/RoutingRule/Redirect")
    for tag, value in [
        ("PassQueryString", "false"),
        ("MirrorPassQueryString", "false"),
        ("MirrorFollowRedirect", "true"),
        ("MirrorCheckMd5", "false"),
        ("MirrorPassOriginalSlashes", "false"),
    ]:
        assert redirect.findtext(tag) == value, tag


@pytest.mark.parametrize("name", website_documents.REJECTED)
def test_bad_website_documents_are_rejected_whole(bucket, name):
    put_website(bucket, website_documents.SPA)
    with pytest.raises(oss2.exceptions.OssError) as caught:
        put_website(bucket, website_documents.REJECTED[name])
    assert (caught.value.status, caught.value.code in ("InvalidArgument", "MalformedXML")) == (400, True)
    assert get_website(bucket).findtext("ErrorDocument/Key") == "index.html"


def test_request_payment_is_kept(bucket):
    assert bucket.get_bucket_request_payment().payer == "BucketOwner"
    bucket.put_bucket_request_payment(oss2.models.PAYER_REQUESTER)
    assert bucket.get_bucket_request_payment().payer == oss2.models.PAYER_REQUESTER
    # The owner is not charged.
    bucket.put_object("k", b"v")


def test_bucket_policy_is_kept_byte_for_byte(bucket):
    service_error("NoSuchBucketPolicy", bucket.get_bucket_policy)
    policy = json.dumps(
        {
            "Version": "1",
            "Statement": [
                {
                    "Action": ["oss:PutObject", "oss:GetObject"],
                    "Effect": "Deny",
                    "Principal": ["20000"],
                    "Resource": [f"acs:oss:*:*:{bucket.bucket_name}/*"],
                }
            ],
        },
        indent=1,
    )
    bucket.put_bucket_policy(policy)
    assert bucket.get_bucket_policy().policy == policy
    service_error("InvalidPolicyDocument", bucket.put_bucket_policy, '{"Version":"1"}')
    assert bucket.get_bucket_policy().policy == policy
    bucket.delete_bucket_policy()
    service_error("NoSuchBucketPolicy", bucket.get_bucket_policy)


def test_a_policy_opens_objects_to_everyone_until_public_access_is_blocked(bucket):
    bucket.put_object("open/k", b"v")
    bucket.put_object("k", b"v")
    statement = {
        "Effect": "Allow",
        "Principal": ["*"],
        "Action": ["oss:GetObject"],
        "Resource": [f"acs:oss:*:*:{bucket.bucket_name}/open/*"],
    }
    bucket.put_bucket_policy(json.dumps({"Version": "1", "Statement": [statement]}))
    anonymous = oss2.Bucket(oss2.AnonymousAuth(), bucket.endpoint, bucket.bucket_name)
    assert anonymous.get_object("open/k").read() == b"v"
    service_error("AccessDenied", anonymous.get_object, "k")


def test_cors(bucket):
    service_error("NoSuchCORSConfiguration", bucket.get_bucket_cors)
    rule = oss2.models.CorsRule(
        allowed_origins=["https://app.test"],
        allowed_methods=["GET", "PUT"],
        allowed_headers=["*"],
        expose_headers=["ETag"],
        max_age_seconds=100,
    )
    bucket.put_bucket_cors(oss2.models.BucketCors([rule]))
    (kept,) = bucket.get_bucket_cors().rules
    assert (kept.allowed_origins, kept.allowed_methods, kept.allowed_headers) == (
        ["https://app.test"],
        ["GET", "PUT"],
        ["*"],
    )
    assert (kept.expose_headers, kept.max_age_seconds) == (["ETag"], 100)
    bucket.put_object("k", b"v")
    url = bucket.sign_url("GET", "k", 60)
    answer = requests.get(url, headers={"Origin": "https://app.test"}, timeout=10)
    assert (answer.status_code, answer.headers["Access-Control-Allow-Origin"]) == (200, "https://app.test")
    bucket.delete_bucket_cors()
    service_error("NoSuchCORSConfiguration", bucket.get_bucket_cors)


def test_referer(bucket):
    kept = bucket.get_bucket_referer()
    assert (kept.allow_empty_referer, kept.referers) == (True, [])
    bucket.put_object("k", b"v")
    bucket.put_bucket_referer(oss2.models.BucketReferer(False, ["http://good.test/", "http://中文.test"]))
    kept = bucket.get_bucket_referer()
    assert (kept.allow_empty_referer, kept.referers) == (False, ["http://good.test/", "http://中文.test"])
    url = bucket.sign_url("GET", "k", 60)
    assert requests.get(url, headers={"Referer": "http://good.test/page"}, timeout=10).status_code == 200
    for headers in ({}, {"Referer": "http://other.test/"}):
        assert requests.get(url, headers=headers, timeout=10).status_code == 403
    assert bucket.get_object("k").read() == b"v"
