"""Back-to-origin against a real nginx: real files of this machine, and one large file asked for by many."""

import concurrent.futures
import hashlib
import os
import pathlib
import time
import urllib.parse

import pytest
import requests

from coho_process import Coho
from nginx_origin import NGINX, Nginx

pytestmark = pytest.mark.skipif(NGINX is None, reason="nginx is not installed")

DOC = pathlib.Path("/usr/share/doc")
SAMPLE_FILES = 400
BIG_MIB = int(os.environ.get("COHO_E2E_BIG_MIB", 1024))
BIG_READERS = 6
MIB = 1024 * 1024


@pytest.fixture(scope="module")
def sample():
    """Every n-th readable file below /usr/share/doc, so that all kinds of names and sizes are among them."""
    files = sorted(path for path in DOC.rglob("*") if path.is_file() and os.access(path, os.R_OK))
    if not files:
        pytest.skip(f"{DOC} has no files on this machine")
    return files[:: max(1, len(files) // SAMPLE_FILES)]


def address(endpoint, key):
    return f"{endpoint}/site/{urllib.parse.quote(key)}"


def test_real_files_come_through_and_stay_when_the_origin_is_gone(sample):
    nginx = Nginx({"/doc/": DOC})
    coho = Coho("--mirror", f"site={nginx.url}/doc/")
    try:
        session = requests.Session()
        # As stored, not as decoded: a .gz file is served with its own bytes.
        session.headers["Accept-Encoding"] = "identity"
        for turn in ["from nginx", "from the store"]:
            for path in sample:
                key = str(path.relative_to(DOC))
                got = session.get(address(coho.endpoint, key), timeout=60, stream=True)
                body = got.raw.read(decode_content=False)
                assert got.status_code == 200, (turn, key, got.status_code, body[:500])
                assert body == path.read_bytes(), (turn, key)
                assert got.headers["x-oss-tag"].startswith("MIRROR http%3a%2f%2f"), (turn, key)
            assert session.get(address(coho.endpoint, "no/such/file"), timeout=60).status_code in (404, 424)
            if turn == "from nginx":
                served = [request for request in nginx.requests() if request[0] == 200]
                assert len(served) == len(sample), "one request for each file"
                nginx.stop()
    finally:
        nginx.close()
        coho.close()


def write_big(path):
    """Writes the file and returns its SHA-256."""
    digest = hashlib.sha256()
    block = bytearray(os.urandom(MIB))
    with open(path, "wb") as file:
        for number in range(BIG_MIB):
            block[:8] = number.to_bytes(8, "big")
            file.write(block)
            digest.update(block)
    return digest.hexdigest()


def read_big(url):
    """Reads the object in pieces and returns (status, length, SHA-256)."""
    digest = hashlib.sha256()
    length = 0
    with requests.get(url, timeout=120, stream=True) as got:
        for piece in got.iter_content(MIB):
            digest.update(piece)
            length += len(piece)
        return got.status_code, length, digest.hexdigest()


def test_one_large_file_is_fetched_once_for_many_readers(tmp_path):
    expected = (200, BIG_MIB * MIB, write_big(tmp_path / "big.bin"))
    nginx = Nginx({"/files/": tmp_path})
    coho = Coho("--mirror", f"site={nginx.url}/files/")
    try:
        url = address(coho.endpoint, "big.bin")
        started = time.monotonic()
        with concurrent.futures.ThreadPoolExecutor(BIG_READERS) as pool:
            results = list(pool.map(read_big, [url] * BIG_READERS))
        assert results == [expected] * BIG_READERS
        seconds = time.monotonic() - started
        print(f"{BIG_READERS} readers of {BIG_MIB} MiB: {seconds:.1f} s")
        nginx.stop()
        assert nginx.requests() == [(200, "/files/big.bin")]
        assert read_big(url) == expected
    finally:
        nginx.close()
        coho.close()
        (tmp_path / "big.bin").unlink()
