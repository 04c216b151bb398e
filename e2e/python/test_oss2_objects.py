"""What objects have beside their bytes, as oss2 2.19.1 sets and reads it."""

import time

import oss2
import pytest
import requests
from oss2.models import Tagging, TaggingRule

from coho_process import REGION
from test_oss2 import auth, bucket, service_error  # noqa: F401  (fixtures)


def tagging(pairs):
    rule = TaggingRule()
    for key, value in pairs.items():
        rule.add(key, value)
    return Tagging(rule)


def tags_of(bucket, key):
    return bucket.get_object_tagging(key).tag_set.tagging_rule


def test_tags_of_objects(bucket):
    bucket.put_object("k", b"v")
    assert tags_of(bucket, "k") == {}
    pairs = {128 * "a": 256 * "b", "+-.:": "_/", " +/ ": "\u4e2d\u6587"}
    assert bucket.put_object_tagging("k", tagging(pairs)).status == 200
    assert tags_of(bucket, "k") == pairs
    assert bucket.head_object("k").headers["x-oss-tagging-count"] == "3"
    for key, value in [("%@abc", "v"), ("", "v"), ("k", "%abc"), (129 * "a", "v"), ("k", 257 * "a")]:
        wrong = tagging({})
        wrong.tag_set.tagging_rule[key] = value
        with pytest.raises(oss2.exceptions.OssError) as caught:
            bucket.put_object_tagging("k", wrong)
        assert caught.value.status == 400
    service_error("TooManyObjectTags", bucket.put_object_tagging, "k", tagging({f"k{at}": "" for at in range(11)}))
    assert tags_of(bucket, "k") == pairs
    assert bucket.delete_object_tagging("k").status == 204
    assert tags_of(bucket, "k") == {}
    service_error("NoSuchKey", bucket.get_object_tagging, "none")


def test_tags_of_written_and_copied_objects(bucket):
    headers = {"x-oss-tagging": tagging({"k1": "v1", "+-/": ":+:"}).tag_set.to_query_string()}
    bucket.put_object("k", b"v", headers=headers)
    assert tags_of(bucket, "k") == {"k1": "v1", "+-/": ":+:"}
    bucket.copy_object(bucket.bucket_name, "k", "copy", headers={"x-oss-tagging-directive": "COPY"})
    assert tags_of(bucket, "copy") == {"k1": "v1", "+-/": ":+:"}
    replace = {"x-oss-tagging-directive": "REPLACE", "x-oss-tagging": "%E4%B8%AD=test%2B%2B/"}
    bucket.copy_object(bucket.bucket_name, "k", "copy", headers=replace)
    assert tags_of(bucket, "copy") == {"\u4e2d": "test++/"}
    upload = bucket.init_multipart_upload("parts", headers=headers).upload_id
    part = bucket.upload_part("parts", upload, 1, b"v")
    bucket.complete_multipart_upload("parts", upload, [oss2.models.PartInfo(1, part.etag)])
    assert tags_of(bucket, "parts") == {"k1": "v1", "+-/": ":+:"}


def test_tags_of_buckets(coho, auth, bucket):
    pairs = {"team": "red & blue", "\u6210\u672c": ""}
    assert bucket.put_bucket_tagging(tagging(pairs)).status == 200
    assert bucket.get_bucket_tagging().tag_set.tagging_rule == pairs
    service = oss2.Service(auth, coho.endpoint, region=REGION)
    listed = service.list_buckets(params={"tag-key": "team", "tag-value": "red & blue"})
    assert bucket.bucket_name in [found.name for found in listed.buckets]
    assert service.list_buckets(params={"tag-key": "none"}).buckets == []
    bucket.delete_bucket_tagging()
    assert bucket.get_bucket_tagging().tag_set.tagging_rule == {}


def test_symbolic_links(bucket):
    bucket.put_object("dir/t arget+\u4e16", b"hello")
    bucket.put_symlink("dir/t arget+\u4e16", "link", headers={"x-oss-meta-a": "b", "x-oss-tagging": "k=v"})
    assert bucket.get_symlink("link").target_key == "dir/t arget+\u4e16"
    head = bucket.head_object("link")
    assert (head.content_length, head.etag) == (5, "5D41402ABC4B2A76B9719D911017C592")
    assert (head.object_type, head.headers["x-oss-meta-a"]) == ("Symlink", "b")
    assert bucket.get_object("link").read() == b"hello"
    assert tags_of(bucket, "link") == {"k": "v"}
    assert [found.type for found in oss2.ObjectIterator(bucket, prefix="link")] == ["Symlink"]
    bucket.delete_object("dir/t arget+\u4e16")
    service_error("SymlinkTargetNotExist", bucket.get_object, "link")
    bucket.put_symlink("link", "link")
    service_error("InvalidTargetType", bucket.get_object, "link")
    bucket.put_object("plain", b"x")
    service_error("NotSymlink", bucket.get_symlink, "plain")


def test_traffic_limits(bucket):
    body = 300_000 * b"a"
    limit = {oss2.models.OSS_TRAFFIC_LIMIT: str(100 * 1024 * 8)}

    def seconds(call):
        began = time.monotonic()
        assert call().status == 200
        return time.monotonic() - began

    assert seconds(lambda: bucket.put_object("k", body, headers=limit)) > 2
    url = bucket.sign_url("GET", "k", 60, params=limit)
    began = time.monotonic()
    assert requests.get(url, timeout=30).content == body
    assert time.monotonic() - began > 2
    low = {oss2.models.OSS_TRAFFIC_LIMIT: "819199"}
    service_error("InvalidArgument", bucket.get_object, "k", headers=low)


def test_persistent_headers(bucket):
    bucket.put_object("k", b"v", headers={"x-oss-persistent-headers": "Subscription-Userinfo:dXBsb2FkPTE="})
    assert bucket.head_object("k").headers["subscription-userinfo"] == "upload=1"
    bucket.copy_object(bucket.bucket_name, "k", "copy")
    assert bucket.get_object("copy").headers["subscription-userinfo"] == "upload=1"
    wrong = {"x-oss-persistent-headers": "Subscription-Userinfo:upload=1;x"}
    service_error("InvalidArgument", bucket.put_object, "k", b"w", headers=wrong)
