"""SDKs download a cold object while its origin is still sending it: a HEAD, then ranges with If-Match, side by side."""

import concurrent.futures
import os

import oss2
import pytest

from coho_process import ACCESS_KEY_ID, ACCESS_KEY_SECRET, REGION
from slow_origin import SlowOrigin
from website_documents import mirror_all

# More than what is waited for instead of being asked for by a range of its own.
BODY = os.urandom(9 * 1024 * 1024 + 12_345)
PART_BYTES = 1024 * 1024
CLIENTS = 3
THREADS = 4


@pytest.fixture(params=[True, False], ids=["ranges", "no ranges"])
def origin(request):
    origin = SlowOrigin(BODY, '"v1"', request.param)
    yield origin
    origin.close()


@pytest.fixture
def bucket(coho, origin, bucket_name):
    auth = oss2.AuthV4(ACCESS_KEY_ID, ACCESS_KEY_SECRET)
    bucket = oss2.Bucket(auth, coho.endpoint, bucket_name, region=REGION)
    bucket.create_bucket(oss2.BUCKET_ACL_PRIVATE)
    rule = mirror_all(f"{origin.url}/").replace(
        "</MirrorURL>", "</MirrorURL><MirrorAllowHeadObject>true</MirrorAllowHeadObject>"
    )
    bucket._Bucket__do_bucket("PUT", data=rule, params={"website": ""})
    return bucket


def download(bucket, folder):
    path = folder / "cold.bin"
    store = oss2.ResumableDownloadStore(root=str(folder))
    oss2.resumable_download(
        bucket,
        "cold.bin",
        str(path),
        multiget_threshold=PART_BYTES,
        part_size=PART_BYTES,
        num_threads=THREADS,
        store=store,
    )
    return path.read_bytes()


def test_a_cold_object_is_downloaded_in_ranges_however_slow_its_origin_is(bucket, origin, tmp_path):
    head = bucket.head_object("cold.bin")
    assert head.content_length == len(BODY)
    assert len(head.etag) == 34 and head.etag.endswith("-1"), head.etag
    meta = bucket.get_object_meta("cold.bin")
    assert (meta.etag, meta.content_length, meta.last_modified) == (head.etag, len(BODY), head.last_modified)
    # Up to here the origin has sent one piece.
    assert not origin.released.is_set()
    origin.release()
    folders = [tmp_path / str(number) for number in range(CLIENTS)]
    for folder in folders:
        folder.mkdir()
    with concurrent.futures.ThreadPoolExecutor(CLIENTS) as pool:
        for body in pool.map(lambda folder: download(bucket, folder), folders):
            assert body == BODY
    assert origin.requests.count("whole") == 1, origin.requests
    stored = bucket.get_object("cold.bin", headers={"If-Match": head.etag})
    assert stored.read() == BODY
    assert stored.last_modified == head.last_modified
    assert [found.etag for found in oss2.ObjectIterator(bucket)] == [head.etag]
    assert bucket.head_object("cold.bin").etag == head.etag
