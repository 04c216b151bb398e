"""Apache OpenDAL's OSS service, which signs with V1 in headers, on the server."""

import os

import opendal
import pytest

from coho_process import ACCESS_KEY_ID, ACCESS_KEY_SECRET


@pytest.fixture
def operator(coho, bucket_name):
    import oss2

    oss2.Bucket(oss2.Auth(ACCESS_KEY_ID, ACCESS_KEY_SECRET), coho.endpoint, bucket_name).create_bucket()
    return opendal.Operator(
        "oss",
        bucket=bucket_name,
        # The endpoint is an IP address, so the bucket is the first segment of the path.
        endpoint=coho.endpoint,
        addressing_style="path",
        access_key_id=ACCESS_KEY_ID,
        access_key_secret=ACCESS_KEY_SECRET,
    )


def test_objects_are_written_read_described_and_removed(operator):
    body = os.urandom(300_000)
    operator.write("dir/a b+\u4f60.bin", body, content_type="text/x")
    assert bytes(operator.read("dir/a b+\u4f60.bin")) == body
    described = operator.stat("dir/a b+\u4f60.bin")
    assert (described.content_length, described.content_type) == (len(body), "text/x")
    operator.delete("dir/a b+\u4f60.bin")
    with pytest.raises(opendal.exceptions.NotFound):
        operator.read("dir/a b+\u4f60.bin")


def test_a_file_is_read_in_ranges_and_copied(operator):
    body = os.urandom(100_000)
    operator.write("k", body)
    with operator.open("k", "rb") as file:
        file.seek(1_000)
        assert file.read(500) == body[1_000:1_500]
    operator.copy("k", "copy")
    assert bytes(operator.read("copy")) == body
