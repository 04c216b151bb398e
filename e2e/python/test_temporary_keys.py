"""Temporary keys with a security token: oss2 and alibabacloud-oss-v2 use them until they expire."""

import json
import time

import alibabacloud_oss_v2 as oss
import oss2
import pytest
import requests

from coho_process import ACCESS_KEY_ID, ACCESS_KEY_SECRET, REGION

EXPIRY_SECONDS = 30


class Issued:
    """A temporary key, made through the admin address."""

    def __init__(self, coho, expires_seconds):
        admin = json.loads((coho.work / "data" / "admin.json").read_text())
        answer = requests.post(
            admin["address"] + "/v1/access-keys",
            json={"expires_seconds": expires_seconds},
            headers={"Authorization": f"Bearer {admin['token']}"},
            timeout=30,
        )
        assert answer.status_code == 201, answer.text
        issued = answer.json()
        self.id, self.secret, self.token = issued["key"]["id"], issued["secret"], issued["security_token"]


@pytest.fixture
def name(coho, bucket_name):
    oss2.Bucket(oss2.Auth(ACCESS_KEY_ID, ACCESS_KEY_SECRET), coho.endpoint, bucket_name).create_bucket()
    return bucket_name


def oss2_bucket(coho, name, key, version, token=None):
    auth = oss2.StsAuth(key.id, key.secret, token or key.token, auth_version=version)
    return oss2.Bucket(auth, coho.endpoint, name, region=REGION)


@pytest.mark.parametrize("version", ["v1", "v2", "v4"])
def test_oss2_uses_a_temporary_key(coho, name, version):
    key = Issued(coho, 3600)
    bucket = oss2_bucket(coho, name, key, version)
    bucket.put_object("k", b"temporary")
    assert bucket.get_object("k").read() == b"temporary"
    assert requests.get(bucket.sign_url("GET", "k", 60), timeout=30).content == b"temporary"
    with pytest.raises(oss2.exceptions.OssError) as caught:
        oss2_bucket(coho, name, key, version, token=key.token[:-1]).get_object("k")
    assert (caught.value.status, caught.value.code) == (403, "InvalidSecurityToken")


@pytest.mark.parametrize("version", ["v1", "v4"])
def test_oss_v2_uses_a_temporary_key(coho, name, version):
    key = Issued(coho, 3600)
    config = oss.config.load_default()
    config.credentials_provider = oss.credentials.StaticCredentialsProvider(key.id, key.secret, key.token)
    config.region = REGION
    config.endpoint = coho.endpoint
    config.signature_version = version
    client = oss.Client(config)
    client.put_object(oss.PutObjectRequest(bucket=name, key="k", body=b"temporary"))
    signed = client.presign(oss.GetObjectRequest(bucket=name, key="k"))
    assert requests.get(signed.url, timeout=30).content == b"temporary"


def test_an_expired_key_is_refused_by_name(coho, name):
    bucket = oss2_bucket(coho, name, Issued(coho, 1), "v4")
    deadline = time.monotonic() + EXPIRY_SECONDS
    with pytest.raises(oss2.exceptions.OssError) as caught:
        while time.monotonic() < deadline:
            bucket.get_bucket_acl()
    assert (caught.value.status, caught.value.code) == (403, "SecurityTokenExpired")
