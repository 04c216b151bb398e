"""oss2 that encrypts before it sends: whole objects, ranges and parts."""

import oss2
import pytest
from Crypto.PublicKey import RSA
from oss2.crypto import RsaProvider
from oss2.models import MultipartUploadCryptoContext, PartInfo

from coho_process import ACCESS_KEY_ID, ACCESS_KEY_SECRET, REGION

PART_BYTES = 102_400


@pytest.fixture(params=["v1", "v4"])
def bucket(request, coho, bucket_name):
    key = RSA.generate(2048)
    pair = {"private_key": key.export_key().decode(), "public_key": key.public_key().export_key().decode()}
    auth = (oss2.Auth if request.param == "v1" else oss2.AuthV4)(ACCESS_KEY_ID, ACCESS_KEY_SECRET)
    oss2.Bucket(auth, coho.endpoint, bucket_name, region=REGION).create_bucket()
    return oss2.CryptoBucket(auth, coho.endpoint, bucket_name, crypto_provider=RsaProvider(key_pair=pair), region=REGION)


def plain(bucket):
    """The same bucket without a key."""
    return oss2.Bucket(bucket.auth, bucket.endpoint, bucket.bucket_name, region=REGION)


def test_objects_are_encrypted_by_the_client(bucket):
    content = bytes(range(256)) * 400
    bucket.put_object("k", content)
    assert bucket.get_object("k").read() == content
    assert bucket.get_object("k", byte_range=(32, 99)).read() == content[32:100]
    assert plain(bucket).get_object("k").read() != content
    assert bucket.head_object("k").headers["x-oss-meta-client-side-encryption-cek-alg"] == "AES/CTR/NoPadding"


def test_parts_are_encrypted_by_the_client(bucket):
    content = bytes(range(256)) * 900
    context = MultipartUploadCryptoContext(len(content), PART_BYTES)
    upload = bucket.init_multipart_upload("big", upload_context=context).upload_id
    parts = []
    for number, at in enumerate(range(0, len(content), PART_BYTES), 1):
        part = bucket.upload_part("big", upload, number, content[at : at + PART_BYTES], upload_context=context)
        parts.append(PartInfo(number, part.etag))
    bucket.complete_multipart_upload("big", upload, parts)
    assert bucket.get_object("big").read() == content
