"""The real ossutil 1.7.19 with nothing but endpoint and keys in its configuration file, V1 and V4."""

import os
import pathlib
import re
import shutil
import subprocess
import xml.etree.ElementTree as ElementTree

import pytest
import requests

import website_documents
from coho_process import ACCESS_KEY_ID, ACCESS_KEY_SECRET, REGION
from nginx_origin import NGINX, Nginx


def find_ossutil():
    tools = pathlib.Path(__file__).resolve().parents[1] / ".tools" / "ossutil"
    named = os.environ.get("COHO_E2E_OSSUTIL")
    return named or (str(tools) if tools.exists() else shutil.which("ossutil"))


OSSUTIL = find_ossutil()
pytestmark = pytest.mark.skipif(OSSUTIL is None, reason="ossutil is not there and could not be built")

CONFIG = """[Credentials]
language=EN
endpoint={endpoint}
accessKeyID={id}
accessKeySecret={secret}
"""

MIB = 1024 * 1024

# The commands that a test has run, by how the server has answered: with success, with a refusal by name.
SUCCEEDED, REFUSED = set(), set()


class Ossutil:
    def __init__(self, endpoint, folder, options):
        self.folder = folder
        self.options = options
        self.config = folder / "ossutilconfig"
        self.config.write_text(CONFIG.format(endpoint=endpoint, id=ACCESS_KEY_ID, secret=ACCESS_KEY_SECRET))

    def run(self, *args):
        command = [OSSUTIL, *map(str, args), "-c", str(self.config), *self.options]
        env = {"HOME": str(self.folder), "PATH": os.environ["PATH"]}
        done = subprocess.run(
            command, cwd=self.folder, env=env, stdin=subprocess.DEVNULL, capture_output=True, timeout=300
        )
        if done.returncode == 0:
            SUCCEEDED.add(args[0])
        elif b"NotImplemented" in done.stdout + done.stderr:
            REFUSED.add(args[0])
        return done

    def __call__(self, *args):
        """Runs a command that must succeed; its output as text."""
        done = self.run(*args)
        output = (done.stdout + done.stderr).decode(errors="replace")
        assert done.returncode == 0, f"ossutil {args}: exit {done.returncode}\n{output}"
        assert not re.search(r"^Error", output, re.M), output
        return output

    def fails(self, *args):
        """Runs a command that must fail; its output as text."""
        done = self.run(*args)
        output = (done.stdout + done.stderr).decode(errors="replace")
        assert done.returncode != 0, f"ossutil {args} succeeded\n{output}"
        return output

    def cat(self, url):
        """The object's bytes; ossutil appends a blank line and the time it took."""
        output = self.run("cat", url)
        assert output.returncode == 0, output
        body, mark, _ = output.stdout.rpartition(b"\n\n")
        assert mark, output
        return body


@pytest.fixture(params=["v1", "v4"])
def ossutil(request, coho, tmp_path):
    options = ["--sign-version", "v4", "--region", REGION] if request.param == "v4" else []
    return Ossutil(coho.endpoint, tmp_path, options)


@pytest.fixture
def bucket(ossutil, bucket_name):
    ossutil("mb", f"oss://{bucket_name}")
    return f"oss://{bucket_name}"


def write(path, size, seed=7):
    path.parent.mkdir(parents=True, exist_ok=True)
    block = bytes((i * seed) % 251 for i in range(64 * 1024))
    with open(path, "wb") as file:
        for at in range(0, size, len(block)):
            piece = at.to_bytes(8, "big") + block[8:]
            file.write(piece[: size - at])
    return path


def test_buckets_are_made_listed_described_and_removed(ossutil, bucket, tmp_path):
    assert bucket in ossutil("ls")
    described = ossutil("stat", bucket)
    assert re.search(r"^Name\s*:\s*" + bucket.removeprefix("oss://"), described, re.M), described
    assert re.search(r"^ACL\s*:\s*private", described, re.M), described
    ossutil("set-acl", bucket, "public-read", "-b")
    assert "public-read" in ossutil("stat", bucket)
    ossutil("cp", write(tmp_path / "a", 10), f"{bucket}/a")
    assert "BucketNotEmpty" in ossutil.fails("rm", "-b", "-f", bucket)
    ossutil("rm", "-a", "-r", "-b", "-f", bucket)
    assert bucket not in ossutil("ls")


def test_a_folder_goes_up_and_comes_down(ossutil, bucket, tmp_path):
    source = tmp_path / "source"
    sizes = {"a.txt": 0, "b c.bin": 1, "d/e+f.bin": 100_000, "d/\u4f60/\u00fc.bin": 3 * MIB}
    for name, size in sizes.items():
        write(source / name, size)
    ossutil("cp", "-r", f"{source}/", f"{bucket}/up/")
    listed = ossutil("ls", f"{bucket}/up/")
    # ossutil makes an object of each folder below the first.
    objects = len(sizes) + 2
    assert f"Object Number is: {objects}" in listed, listed
    for name in sizes:
        assert f"{bucket}/up/{name}" in listed
    assert f"{bucket}/up/d/" in ossutil("ls", "-d", f"{bucket}/up/")
    target = tmp_path / "target"
    ossutil("cp", "-r", f"{bucket}/up/", f"{target}/")
    for name in sizes:
        assert (target / name).read_bytes() == (source / name).read_bytes(), name
    ossutil("cp", "-r", f"{bucket}/up/", f"{bucket}/copied/")
    assert f"Object Number is: {objects}" in ossutil("ls", f"{bucket}/copied/")
    used = ossutil("du", f"{bucket}/up/")
    assert re.search(r"total object count:\s*%d\b" % objects, used), used
    assert re.search(r"total object sum size:\s*%d\b" % sum(sizes.values()), used), used
    ossutil("rm", "-r", "-f", f"{bucket}/up/")
    assert "Object Number is: 0" in ossutil("ls", f"{bucket}/up/")


def test_a_large_file_goes_in_parts_and_comes_back_in_ranges(ossutil, bucket, tmp_path):
    source = write(tmp_path / "large", 120 * MIB)
    ossutil("cp", source, f"{bucket}/large", "--bigfile-threshold", 10 * MIB, "--part-size", 8 * MIB)
    described = ossutil("stat", f"{bucket}/large")
    assert re.search(r"^Content-Length\s*:\s*%d" % (120 * MIB), described, re.M), described
    assert re.search(r"^X-Oss-Object-Type\s*:\s*Multipart", described, re.M), described
    target = tmp_path / "back"
    ossutil("cp", f"{bucket}/large", target, "--bigfile-threshold", 10 * MIB, "--part-size", 8 * MIB)
    assert subprocess.run(["cmp", source, target]).returncode == 0
    hashed = subprocess.check_output([OSSUTIL, "hash", str(source)], text=True)
    crc = re.search(r"CRC64-ECMA\s*:\s*(\d+)", hashed).group(1)
    assert re.search(r"^X-Oss-Hash-Crc64ecma\s*:\s*%s" % crc, described, re.M), described
    assert "Object Number is: 1" in ossutil("ls", bucket)


def test_uploads_are_listed_and_removed(coho, ossutil, bucket):
    import oss2

    name = bucket.removeprefix("oss://")
    sdk = oss2.Bucket(oss2.Auth(ACCESS_KEY_ID, ACCESS_KEY_SECRET), coho.endpoint, name)
    upload = sdk.init_multipart_upload("pending")
    sdk.upload_part("pending", upload.upload_id, 1, b"x" * 200_000)
    assert upload.upload_id in ossutil("ls", "-m", bucket)
    ossutil("rm", "-m", "-r", "-f", bucket)
    assert "UploadID Number is: 0" in ossutil("ls", "-m", bucket)


def test_objects_are_described_and_changed(ossutil, bucket, tmp_path):
    url = f"{bucket}/dir/a b.txt"
    ossutil("cp", write(tmp_path / "a", 1000), url, "--meta", "x-oss-meta-colour:blue#Content-Type:text/x")
    described = ossutil("stat", url)
    assert re.search(r"^X-Oss-Meta-Colour\s*:\s*blue", described, re.M), described
    assert re.search(r"^Content-Type\s*:\s*text/x", described, re.M), described
    assert re.search(r"^ACL\s*:\s*default", described, re.M), described
    ossutil("set-meta", url, "x-oss-meta-colour:red", "--update")
    assert re.search(r"^X-Oss-Meta-Colour\s*:\s*red", ossutil("stat", url), re.M)
    ossutil("set-acl", url, "public-read")
    assert re.search(r"^ACL\s*:\s*public-read", ossutil("stat", url), re.M)
    assert ossutil.cat(url) == (tmp_path / "a").read_bytes()
    ossutil("mkdir", f"{bucket}/folder/")
    assert f"{bucket}/folder/" in ossutil("ls", bucket)
    ossutil("rm", url)
    assert "NoSuchKey" in ossutil.fails("stat", url) or "404" in ossutil.fails("stat", url)


def test_a_signed_url_opens_the_object(ossutil, bucket, tmp_path):
    ossutil("cp", write(tmp_path / "a", 1000), f"{bucket}/dir/a b")
    url = re.search(r"http://\S+", ossutil("sign", f"{bucket}/dir/a b", "--timeout", 60)).group(0)
    assert requests.get(url, timeout=30).content == (tmp_path / "a").read_bytes()
    assert requests.get(url.split("?")[0], timeout=30).status_code == 403


@pytest.mark.parametrize("name", ["HOT_MIGRATION", "SPA", "EMPTY_SHELLS", "UNKNOWN_ELEMENTS"])
def test_website_put_get_delete(ossutil, bucket, tmp_path, name):
    sent = tmp_path / "sent.xml"
    sent.write_text(getattr(website_documents, name))
    ossutil("website", "--method", "put", bucket, sent)
    shown = ossutil("website", "--method", "get", bucket)
    assert "<WebsiteConfiguration" in shown
    received = tmp_path / "received.xml"
    ossutil("website", "--method", "get", bucket, received)
    root = ElementTree.fromstring(received.read_bytes())
    assert root.tag == "WebsiteConfiguration"
    # What was returned can be put again and is then returned unchanged.
    ossutil("website", "--method", "put", bucket, received)
    again = tmp_path / "again.xml"
    ossutil("website", "--method", "get", bucket, again)
    assert again.read_bytes() == received.read_bytes()
    ossutil("website", "--method", "delete", bucket)
    ossutil("website", "--method", "delete", bucket)
    assert "NoSuchWebsiteConfiguration" in ossutil.fails("website", "--method", "get", bucket)


@pytest.mark.parametrize("name", website_documents.REJECTED)
def test_bad_website_documents_are_rejected(ossutil, bucket, tmp_path, name):
    sent = tmp_path / "sent.xml"
    sent.write_text(website_documents.REJECTED[name])
    said = ossutil.fails("website", "--method", "put", bucket, sent)
    assert "InvalidArgument" in said or "MalformedXML" in said, said
    assert "NoSuchWebsiteConfiguration" in ossutil.fails("website", "--method", "get", bucket)


@pytest.mark.skipif(NGINX is None, reason="nginx is not installed")
def test_cat_of_a_missing_key_mirrors_it(ossutil, bucket, tmp_path):
    files = tmp_path / "files"
    write(files / "dir" / "a b.bin", 500_000)
    nginx = Nginx({"/old/": files})
    try:
        rules = tmp_path / "rules.xml"
        rules.write_text(website_documents.mirror_all(f"{nginx.url}/old/"))
        ossutil("website", "--method", "put", bucket, rules)
        expected = (files / "dir" / "a b.bin").read_bytes()
        assert "404" in ossutil.fails("stat", f"{bucket}/dir/a b.bin")
        assert ossutil.cat(f"{bucket}/dir/a b.bin") == expected
    finally:
        nginx.close()
    assert ossutil.cat(f"{bucket}/dir/a b.bin") == expected
    target = tmp_path / "target"
    ossutil("cp", f"{bucket}/dir/a b.bin", target)
    assert target.read_bytes() == expected
    assert re.search(r"^X-Oss-Tag\s*:\s*MIRROR", ossutil("stat", f"{bucket}/dir/a b.bin"), re.M)
    assert "Error" in ossutil.fails("cat", f"{bucket}/missing")
