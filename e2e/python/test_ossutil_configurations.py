"""ossutil on versions, links, tags and what a bucket has beside its objects; what the server lacks is refused by name."""

import json
import re

import pytest

import website_documents
from test_ossutil import OSSUTIL, bucket, ossutil, write  # noqa: F401

if OSSUTIL is None:
    pytest.skip("ossutil is not installed", allow_module_level=True)


def version_ids(ossutil, url):
    return re.findall(r"(CAEQ\S+|\bnull\b)", ossutil("ls", "--all-versions", url))


def test_versions_are_listed_read_removed_and_reverted(ossutil, bucket, tmp_path):
    ossutil("bucket-versioning", "--method", "put", bucket, "enabled")
    assert "Enabled" in ossutil("bucket-versioning", "--method", "get", bucket)
    url = f"{bucket}/k"
    for name, size in [("old", 10), ("new", 20)]:
        ossutil("cp", "-f", write(tmp_path / name, size), url)
    new, old = version_ids(ossutil, url)
    ossutil("cp", url, tmp_path / "back", "--version-id", old)
    assert (tmp_path / "back").read_bytes() == (tmp_path / "old").read_bytes()
    ossutil("rm", "-f", url)
    assert "Object Number is: 0" in ossutil("ls", url)
    ossutil("revert-versioning", url)
    assert ossutil.cat(url) == (tmp_path / "new").read_bytes()
    ossutil("rm", "-f", url, "--version-id", new)
    assert ossutil.cat(url) == (tmp_path / "old").read_bytes()
    ossutil("rm", "-r", "-f", "--all-versions", bucket)
    assert version_ids(ossutil, bucket) == []


def test_rules_and_versioning_exclude_each_other_in_both_directions(ossutil, bucket, tmp_path):
    rules = tmp_path / "rules.xml"
    rules.write_text(website_documents.mirror_all("http://127.0.0.1:9/"))
    ossutil("website", "--method", "put", bucket, rules)
    assert "InvalidArgument" in ossutil.fails("bucket-versioning", "--method", "put", bucket, "enabled")
    ossutil("website", "--method", "delete", bucket)
    ossutil("bucket-versioning", "--method", "put", bucket, "enabled")
    assert "InvalidArgument" in ossutil.fails("website", "--method", "put", bucket, rules)


def test_links_tags_appends_and_restores(ossutil, bucket, tmp_path):
    source = write(tmp_path / "a", 100)
    ossutil("appendfromfile", source, f"{bucket}/log")
    assert ossutil.cat(f"{bucket}/log") == source.read_bytes()
    ossutil("create-symlink", f"{bucket}/link", f"{bucket}/log")
    assert re.search(r"X-Oss-Symlink-Target\s*:\s*log", ossutil("read-symlink", f"{bucket}/link"))
    ossutil("object-tagging", "--method", "put", f"{bucket}/log", "team#blue")
    assert "blue" in ossutil("object-tagging", "--method", "get", f"{bucket}/log")
    ossutil("object-tagging", "--method", "delete", f"{bucket}/log")
    ossutil("cp", source, f"{bucket}/cold", "--meta", "X-Oss-Storage-Class:Archive")
    assert "InvalidObjectState" in ossutil.fails("cat", f"{bucket}/cold")
    ossutil("restore", f"{bucket}/cold")
    assert ossutil.cat(f"{bucket}/cold") == source.read_bytes()


CONFIGURATIONS = {
    "cors": "<CORSConfiguration><CORSRule><AllowedOrigin>*</AllowedOrigin><AllowedMethod>GET</AllowedMethod>"
    "</CORSRule></CORSConfiguration>",
    "lifecycle": "<LifecycleConfiguration><Rule><ID>r</ID><Prefix>tmp/</Prefix><Status>Enabled</Status>"
    "<Expiration><Days>3</Days></Expiration></Rule></LifecycleConfiguration>",
    "bucket-policy": json.dumps(
        {
            "Version": "1",
            "Statement": [
                {"Effect": "Allow", "Action": ["oss:GetObject"], "Principal": ["1234"], "Resource": ["acs:oss:*:*:NAME/*"]}
            ],
        }
    ),
}


@pytest.mark.parametrize("command", CONFIGURATIONS)
def test_configurations_of_a_bucket(ossutil, bucket, tmp_path, command):
    document = tmp_path / "document"
    document.write_text(CONFIGURATIONS[command].replace("NAME", bucket.removeprefix("oss://")))
    ossutil(command, "--method", "put", bucket, document)
    assert len(ossutil(command, "--method", "get", bucket)) > 60
    ossutil(command, "--method", "delete", bucket)
    assert "NoSuch" in ossutil.fails(command, "--method", "get", bucket)


def test_referers_payer_and_tags_of_a_bucket(ossutil, bucket):
    ossutil("referer", "--method", "put", bucket, "http://www.example.com")
    assert "www.example.com" in ossutil("referer", "--method", "get", bucket)
    ossutil("request-payment", "--method", "put", bucket, "Requester")
    assert "Requester" in ossutil("request-payment", "--method", "get", bucket)
    ossutil("bucket-tagging", "--method", "put", bucket, "team#blue")
    assert "blue" in ossutil("bucket-tagging", "--method", "get", bucket)
    ossutil("bucket-tagging", "--method", "delete", bucket)


def test_what_the_server_lacks_is_refused_by_name(ossutil, bucket, tmp_path):
    monitor = tmp_path / "monitor.xml"
    monitor.write_text("<AccessMonitorConfiguration><Status>Enabled</Status></AccessMonitorConfiguration>")
    for command, name in [
        (["worm", "init", bucket, "1"], "worm"),
        (["logging", "--method", "put", bucket, bucket], "logging"),
        (["access-monitor", "--method", "put", bucket, monitor], "accessmonitor"),
    ]:
        said = ossutil.fails(*command)
        assert "NotImplemented" in said and name in said, said
