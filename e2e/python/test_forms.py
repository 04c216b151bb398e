"""Uploads by forms (PostObject), as programs of the application sign them and `requests` sends them."""

import base64
import datetime
import hashlib
import hmac
import json
import xml.etree.ElementTree as ElementTree

import oss2
import pytest
import requests

from coho_process import ACCESS_KEY_ID, ACCESS_KEY_SECRET, REGION


def keyed(key, text, digest=hashlib.sha256):
    key = key if isinstance(key, bytes) else key.encode()
    return hmac.new(key, text.encode(), digest)


def signed(version, conditions):
    """The fields of a signature, by the formulas of OSS's documents."""
    now = datetime.datetime.now(datetime.timezone.utc)
    expiration = (now + datetime.timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    date, day = now.strftime("%Y%m%dT%H%M%SZ"), now.strftime("%Y%m%d")
    credential = f"{ACCESS_KEY_ID}/{day}/{REGION}/oss/aliyun_v4_request"
    of_v4 = {"x-oss-signature-version": "OSS4-HMAC-SHA256", "x-oss-credential": credential, "x-oss-date": date}
    if version == "v4":
        conditions = conditions + [{name: value} for name, value in of_v4.items()]
    document = json.dumps({"expiration": expiration, "conditions": conditions})
    policy = base64.b64encode(document.encode()).decode()
    if version == "v1":
        signature = base64.b64encode(keyed(ACCESS_KEY_SECRET, policy, hashlib.sha1).digest()).decode()
        return {"policy": policy, "OSSAccessKeyId": ACCESS_KEY_ID, "Signature": signature}
    if version == "v2":
        signature = base64.b64encode(keyed(ACCESS_KEY_SECRET, policy).digest()).decode()
        fields = {"x-oss-signature-version": "OSS2", "x-oss-access-key-id": ACCESS_KEY_ID}
        return {"policy": policy, "x-oss-signature": signature} | fields
    key = f"aliyun_v4{ACCESS_KEY_SECRET}".encode()
    for part in [day, REGION, "oss", "aliyun_v4_request"]:
        key = keyed(key, part).digest()
    return {"policy": policy, "x-oss-signature": keyed(key, policy).hexdigest()} | of_v4


@pytest.mark.parametrize("version", ["v1", "v2", "v4"])
def test_a_form_is_uploaded(coho, bucket_name, version):
    bucket = oss2.Bucket(oss2.AuthV4(ACCESS_KEY_ID, ACCESS_KEY_SECRET), coho.endpoint, bucket_name, region=REGION)
    bucket.create_bucket(oss2.BUCKET_ACL_PRIVATE)

    def post(key, body, conditions):
        fields = {"key": key, "success_action_status": "201", "x-oss-meta-a": "b"} | signed(version, conditions)
        files = {"file": ("\u4f60\u597d.txt", body, "text/plain")}
        return requests.post(f"{coho.endpoint}/{bucket_name}/", data=fields, files=files, timeout=30)

    conditions = [{"bucket": bucket_name}, ["starts-with", "$key", "dir/"], ["content-length-range", 1, 5_000_000]]
    body = b"0123456789" * 400_000
    answer = post("dir/${filename}", body, conditions)
    assert answer.status_code == 201, answer.text
    assert ElementTree.fromstring(answer.text).findtext("Key") == "dir/\u4f60\u597d.txt"
    stored = bucket.get_object("dir/\u4f60\u597d.txt")
    assert stored.read() == body
    assert (stored.headers["x-oss-meta-a"], stored.content_type) == ("b", "text/plain")
    for key, size, code in [("other/k", 1, "AccessDenied"), ("dir/k", 5_000_001, "EntityTooLarge")]:
        refused = post(key, b"x" * size, conditions)
        assert ElementTree.fromstring(refused.text).findtext("Code") == code
    assert [found.key for found in oss2.ObjectIterator(bucket)] == ["dir/\u4f60\u597d.txt"]
