"""Versioning as oss2 2.19.1 sees it: ids, delete markers, the version null, listings, restoring, and what excludes it."""

import oss2
import pytest
from oss2.models import (
    BatchDeleteObjectVersion,
    BatchDeleteObjectVersionList,
    BucketVersioningConfig,
    BucketWebsite,
    Condition,
    PartInfo,
    Redirect,
    RoutingRule,
)

from coho_process import ACCESS_KEY_ID, ACCESS_KEY_SECRET, REGION


@pytest.fixture(params=["v1", "v4"])
def bucket(request, coho, bucket_name):
    auth = (oss2.Auth if request.param == "v1" else oss2.AuthV4)(ACCESS_KEY_ID, ACCESS_KEY_SECRET)
    bucket = oss2.Bucket(auth, coho.endpoint, bucket_name, region=REGION)
    bucket.create_bucket(oss2.BUCKET_ACL_PRIVATE)
    return bucket


def set_versioning(bucket, status):
    config = BucketVersioningConfig()
    config.status = status
    bucket.put_bucket_versioning(config)
    assert bucket.get_bucket_versioning().status == status
    assert bucket.get_bucket_info().versioning_status == status


def fails(code, call, *args, **kwargs):
    with pytest.raises(oss2.exceptions.OssError) as caught:
        call(*args, **kwargs)
    assert caught.value.code == code, caught.value
    return caught.value


def listed(bucket, **options):
    found = bucket.list_object_versions(**options)
    versions = [(v.key, v.versionid, v.is_latest) for v in found.versions]
    return versions, [(m.key, m.versionid, m.is_latest) for m in found.delete_marker]


def test_the_whole_life_of_versions(bucket):
    assert bucket.get_bucket_versioning().status is None
    assert bucket.put_object("k", b"before").versionid is None
    set_versioning(bucket, "Enabled")
    first = bucket.put_object("k", b"first").versionid
    second = bucket.put_object("k", b"second", headers={"x-oss-forbid-overwrite": "true"}).versionid
    contents = {"null": b"before", first: b"first", second: b"second"}
    for version, content in contents.items():
        got = bucket.get_object("k", params={"versionId": version})
        assert (got.read(), got.versionid) == (content, version)
        assert bucket.head_object("k", params={"versionId": version}).versionid == version
        meta = bucket.get_object_meta("k", params={"versionId": version})
        assert (meta.versionid, meta.content_length) == (version, len(content))
        assert bucket.get_object_acl("k", params={"versionId": version}).acl == "default"
    assert listed(bucket) == ([("k", second, True), ("k", first, False), ("k", "null", False)], [])

    deleted = bucket.delete_object("k")
    assert deleted.delete_marker and deleted.versionid not in contents
    missing = fails("NoSuchKey", bucket.get_object, "k")
    assert missing.headers["x-oss-delete-marker"] == "true"
    assert missing.headers["x-oss-version-id"] == deleted.versionid
    assert not bucket.object_exists("k")
    marker = fails("MethodNotAllowed", bucket.get_object, "k", params={"versionId": deleted.versionid})
    assert (marker.status, marker.headers["Allow"]) == (405, "DELETE")
    assert listed(bucket)[1] == [("k", deleted.versionid, True)]
    assert bucket.list_objects().object_list == []

    restored = bucket.copy_object(bucket.bucket_name, "k", "k", params={"versionId": first})
    assert restored.versionid not in contents
    assert bucket.get_object("k").read() == b"first"
    bucket.delete_object("k", params={"versionId": restored.versionid})
    bucket.delete_object("k", params={"versionId": deleted.versionid})
    assert bucket.get_object("k").read() == b"second"
    fails("NoSuchVersion", bucket.get_object, "k", params={"versionId": restored.versionid})

    fails("BucketNotEmpty", bucket.delete_bucket)
    every = BatchDeleteObjectVersionList()
    for version in contents:
        every.append(BatchDeleteObjectVersion("k", version))
    for _ in range(2):
        assert {v.versionid for v in bucket.delete_object_versions(every).delete_versions} == set(contents)
    bucket.delete_bucket()


def test_suspended_writes_replace_the_version_null(bucket):
    set_versioning(bucket, "Enabled")
    kept = bucket.put_object("k", b"kept").versionid
    set_versioning(bucket, "Suspended")
    for content in [b"one", b"two"]:
        assert bucket.put_object("k", content).versionid == "null"
    assert listed(bucket) == ([("k", "null", True), ("k", kept, False)], [])
    deleted = bucket.delete_object("k")
    assert (deleted.versionid, deleted.delete_marker) == ("null", True)
    assert listed(bucket) == ([("k", kept, False)], [("k", "null", True)])
    stat = bucket.get_bucket_stat()
    assert (stat.object_count, stat.storage_size_in_bytes, stat.delete_marker_count) == (1, 4, 1)


def test_deletions_of_many_name_their_markers(bucket):
    set_versioning(bucket, "Enabled")
    for key in ["a", "b c"]:
        bucket.put_object(key, b"x")
    result = bucket.batch_delete_objects(["a", "b c", "none"])
    assert all(version.delete_marker for version in result.delete_versions)
    markers = {(version.key, version.delete_marker_versionid) for version in result.delete_versions}
    assert {(key, version) for key, version, _ in listed(bucket)[1]} == markers


def test_uploads_and_parts_by_version(bucket):
    set_versioning(bucket, "Enabled")
    source = bucket.put_object("source", b"a" * 102_400).versionid
    bucket.put_object("source", b"b")
    upload = bucket.init_multipart_upload("k").upload_id
    part = bucket.upload_part_copy(
        bucket.bucket_name, "source", (0, None), "k", upload, 1, params={"versionId": source}
    )
    done = bucket.complete_multipart_upload("k", upload, [PartInfo(1, part.etag)])
    assert done.versionid and bucket.get_object("k", params={"versionId": done.versionid}).read() == b"a" * 102_400


def test_pages_of_versions(bucket):
    set_versioning(bucket, "Enabled")
    for key in ["a/1", "a/2", "b", "b", "b", "c+d"]:
        bucket.put_object(key, b"x")
    bucket.delete_object("b")
    for page_size in [1, 2, 100]:
        keys, markers, options = [], [], {}
        while True:
            page = bucket.list_object_versions(max_keys=page_size, **options)
            keys += [(v.key, v.versionid) for v in page.versions]
            markers += [m.key for m in page.delete_marker]
            if not page.is_truncated:
                break
            options = {"key_marker": page.next_key_marker, "versionid_marker": page.next_versionid_marker}
        assert [key for key, _ in keys] == ["a/1", "a/2", "b", "b", "b", "c+d"] and markers == ["b"]
        assert len(set(keys)) == 6
    page = bucket.list_object_versions(delimiter="/")
    assert page.common_prefix == ["a/"]


def test_bad_versions_are_refused(bucket):
    set_versioning(bucket, "Enabled")
    bucket.put_object("k", b"x")
    for call in [bucket.get_object, bucket.head_object, bucket.get_object_meta, bucket.get_object_acl]:
        fails("InvalidArgument", call, "k", params={"versionId": ""})
        fails("InvalidArgument", call, "k", params={"versionId": "a b"})
        fails("NoSuchVersion", call, "k", params={"versionId": "CAEQJhiBgIDVmYrr1RYiIGE5ZmUxMjVi"})
    for status in ["Off", ""]:
        config = BucketVersioningConfig()
        config.status = status
        fails("MalformedXML", bucket.put_bucket_versioning, config)
    fails("InvalidArgument", bucket.list_object_versions, versionid_marker="null")


def test_rules_and_versioning_exclude_each_other(bucket):
    redirect = Redirect(redirect_type="External", host_name="example.com", http_redirect_code=302)
    rule = RoutingRule(1, Condition(http_err_code_return_equals=404), redirect)
    rules = BucketWebsite("index.html", "error.html", [rule])
    bucket.put_bucket_website(rules)
    config = BucketVersioningConfig()
    config.status = "Enabled"
    refused = fails("InvalidArgument", bucket.put_bucket_versioning, config)
    assert "back-to-origin rules" in refused.message
    bucket.put_bucket_website(BucketWebsite("index.html", "error.html"))
    set_versioning(bucket, "Enabled")
    fails("InvalidArgument", bucket.put_bucket_website, rules)
    set_versioning(bucket, "Suspended")
    fails("InvalidArgument", bucket.put_bucket_website, rules)
