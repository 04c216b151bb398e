"""Every command of ossutil: those that other tests do not run, and a look at which ones have run at all."""

import pathlib
import re
import subprocess

import pytest

from test_ossutil import ACCESS_KEY_ID, ACCESS_KEY_SECRET, OSSUTIL, REFUSED, SUCCEEDED, bucket, ossutil, write  # noqa: F401

if OSSUTIL is None:
    pytest.skip("ossutil is not installed", allow_module_level=True)


def test_a_folder_is_synchronised_both_ways(ossutil, bucket, tmp_path):
    source, target = tmp_path / "source", tmp_path / "target"
    for name in ["a", "b c", "dir/c"]:
        write(source / name, 1000)
    ossutil("sync", f"{source}/", f"{bucket}/s/")
    (source / "a").unlink()
    write(source / "b c", 2000)
    ossutil("sync", f"{source}/", f"{bucket}/s/", "--delete", "-f")
    assert f"{bucket}/s/a" not in ossutil("ls", f"{bucket}/s/")
    ossutil("sync", f"{bucket}/s/", f"{target}/")
    assert (target / "b c").read_bytes() == (source / "b c").read_bytes()
    assert not (target / "a").exists()


def test_unfinished_uploads_are_described(coho, ossutil, bucket):
    import oss2

    sdk = oss2.Bucket(oss2.Auth(ACCESS_KEY_ID, ACCESS_KEY_SECRET), coho.endpoint, bucket.removeprefix("oss://"))
    upload = sdk.init_multipart_upload("pending").upload_id
    sdk.upload_part("pending", upload, 1, b"x" * 200_000)
    assert "200000" in ossutil("listpart", f"{bucket}/pending", upload)
    assert "200000" in ossutil("getallpartsize", bucket)


def test_preflights(ossutil, bucket, tmp_path):
    preflight = ["cors-options", "--acr-method", "PUT", "--origin", "http://page.example", f"{bucket}/k"]
    assert "AccessForbidden" in ossutil.fails(*preflight)
    rules = tmp_path / "cors.xml"
    rules.write_text(
        "<CORSConfiguration><CORSRule><AllowedOrigin>http://page.example</AllowedOrigin>"
        "<AllowedMethod>PUT</AllowedMethod></CORSRule></CORSConfiguration>"
    )
    ossutil("cors", "--method", "put", bucket, rules)
    assert "http://page.example" in ossutil(*preflight)


def test_encryption(ossutil, bucket, tmp_path):
    ossutil("bucket-encryption", "--method", "put", bucket, "--sse-algorithm", "AES256")
    assert "SSEAlgorithm:AES256" in ossutil("bucket-encryption", "--method", "get", bucket)
    ossutil("cp", write(tmp_path / "a", 1000), f"{bucket}/a")
    assert re.search(r"X-Oss-Server-Side-Encryption\s*:\s*AES256", ossutil("stat", f"{bucket}/a"))
    ossutil("bucket-encryption", "--method", "delete", bucket)
    assert "NoSuchServerSideEncryptionRule" in ossutil.fails("bucket-encryption", "--method", "get", bucket)


def test_buckets_of_a_region(coho, ossutil, bucket, tmp_path):
    endpoints = tmp_path / "endpoints"
    endpoints.write_text(coho.endpoint.removeprefix("http://") + "\n")
    assert bucket in ossutil("lrb", endpoints)


@pytest.mark.parametrize("mode", ["normal", "append", "multipart"])
def test_probes(coho, bucket, ossutil, tmp_path, mode):
    if ossutil.options:
        pytest.skip("this command has no option for V4")
    name = bucket.removeprefix("oss://")
    up = ["--upload", write(tmp_path / "up", 1000), "--bucketname", name, "--object", "probed", "--upmode", mode]
    assert "upload file:success" in ossutil("probe", *up, "--addr", "127.0.0.1")
    down = ["--download", "--bucketname", name, "--object", "probed", tmp_path / "down"]
    assert "download file:success" in ossutil("probe", *down, "--addr", "127.0.0.1")
    assert (tmp_path / "down").read_bytes() == (tmp_path / "up").read_bytes()


# What was never set: the command, the code of the answer or what it prints.
UNSET = [
    (["logging", "--method", "get"], [], "<TargetBucket></TargetBucket>"),
    (["access-monitor", "--method", "get"], [], "<Status>Disabled</Status>"),
    (["resource-group", "--method", "get"], [], "rg-default"),
    (["bucket-cname", "--method", "get"], [], "<ListCnameResult>"),
    (["replication", "--method", "get", "--item", "location"], [], "<ReplicationLocation>"),
    (["replication", "--method", "get"], [], "NoSuchReplicationConfiguration"),
    (["style", "--method", "list"], [], "<StyleList>"),
    (["style", "--method", "get"], ["x"], "NoSuchStyle"),
    (["inventory", "--method", "get"], ["x"], "NoSuchInventory"),
    (["worm", "get"], [], "NoSuchWORMConfiguration"),
]

# What the server lacks, with the parameter that its refusal names.
LACKING = [
    (["style", "--method", "put"], ["x", "DOCUMENT"], "style"),
    (["style", "--method", "delete"], ["x"], "style"),
    (["inventory", "--method", "delete"], ["x"], "inventory"),
    (["replication", "--method", "put"], ["DOCUMENT"], "replication"),
    (["replication", "--method", "delete"], ["x"], "replication"),
    (["bucket-cname", "--method", "put"], ["www.example.com"], "cname"),
    (["resource-group", "--method", "put"], ["DOCUMENT"], "resourceGroup"),
    (["bucket-qos", "--method", "get"], [], "qosInfo"),
    (["bucket-qos", "--method", "delete"], [], "qosInfo"),
    (["logging", "--method", "delete"], [], "logging"),
    (["worm", "abort"], [], "worm"),
]


def test_what_was_never_set_and_what_the_server_lacks(ossutil, bucket, tmp_path):
    for command, arguments, expected in UNSET:
        done = ossutil.run(*command, bucket, *arguments)
        assert expected in (done.stdout + done.stderr).decode(), command
        assert (done.returncode == 0) == (not expected.startswith("NoSuch")), command
    document = tmp_path / "document.xml"
    document.write_text("<Document></Document>")
    for command, arguments, name in LACKING:
        said = ossutil.fails(*command, bucket, *[document if text == "DOCUMENT" else text for text in arguments])
        assert f"NotImplemented" in said and f"not implemented: {name}" in said, said
    for command, name in [(["lcb"], "cloudboxes"), (["user-qos", "--method", "get"], "qosInfo")]:
        said = ossutil.fails(*command)
        assert f"not implemented: {name}" in said, said


# What no test runs against a server, and why.
LOCAL = {
    "config": "writes the configuration file",
    "hash": "reads a local file",
    "help": "prints texts of the program",
    "update": "fetches a newer program from its publisher",
}
# What the server refuses in every form.
MISSING = {"bucket-qos", "lcb", "user-qos"}
# Their parameters are refused or absent; no form of them can succeed.
ONLY_ABSENT = {"inventory", "worm"}


@pytest.mark.last
def test_every_command_has_run(request):
    folder = pathlib.Path(__file__).parent
    if request.config.option.keyword or not {item.path for item in request.session.items} >= set(folder.glob("test_ossutil*.py")):
        pytest.skip("only part of the tests has run")
    listed = subprocess.run([OSSUTIL, "help"], capture_output=True, text=True, timeout=60).stdout
    commands = set(re.findall(r"^  ([a-z][a-z-]*)(?:\s|$)", listed, re.M))
    assert len(commands) > 40, listed
    expected = commands - set(LOCAL) - MISSING - ONLY_ABSENT
    assert expected - SUCCEEDED == set(), "commands that no test runs with success"
    assert (MISSING | ONLY_ABSENT) - REFUSED == set(), "commands that were not refused"
    assert (MISSING | ONLY_ABSENT | set(LOCAL)) <= commands, "the lists name no other commands"
