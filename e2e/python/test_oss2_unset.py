"""oss2 on what a bucket was never given, on public access, and on files and signed addresses."""

import oss2

from coho_process import REGION
from test_oss2 import auth, bucket, service_error  # noqa: F401  (fixtures)


def test_what_was_never_set(bucket):
    for name, code, arguments in [
        ("get_access_point", "NoSuchAccessPoint", ["x"]),
        ("get_access_point_policy", "NoSuchAccessPoint", ["x"]),
        ("get_bucket_inventory_configuration", "NoSuchInventory", ["x"]),
        ("get_bucket_meta_query_status", "MetaQueryNotExist", []),
        ("get_bucket_replication", "NoSuchReplicationConfiguration", []),
        ("get_bucket_replication_progress", "NoSuchReplicationConfiguration", ["x"]),
        ("get_bucket_style", "NoSuchStyle", ["x"]),
        ("get_bucket_transfer_acceleration", "NoSuchTransferAccelerationConfiguration", []),
        ("get_bucket_worm", "NoSuchWORMConfiguration", []),
        ("get_live_channel", "NoSuchLiveChannel", ["x"]),
        ("get_live_channel_history", "NoSuchLiveChannel", ["x"]),
        ("get_live_channel_stat", "NoSuchLiveChannel", ["x"]),
        ("list_bucket_inventory_configurations", "NoSuchInventory", []),
    ]:
        assert service_error(code, getattr(bucket, name), *arguments).status == 404
    assert bucket.get_bucket_access_monitor().access_monitor.status == "Disabled"
    assert not bucket.get_bucket_https_config().tls_enabled
    assert bucket.get_bucket_logging().target_bucket == ""
    assert bucket.get_bucket_resource_group().resource_group_id == "rg-default"
    for name in [
        "get_bucket_replication_location",
        "list_bucket_access_points",
        "list_bucket_cname",
        "list_bucket_data_redundancy_transition",
        "list_bucket_style",
    ]:
        assert getattr(bucket, name)().status == 200


def test_public_access_and_direct_reads(coho, auth, bucket):
    assert not bucket.get_bucket_public_access_block().block_public_access
    bucket.put_bucket_public_access_block(True)
    assert bucket.get_bucket_public_access_block().block_public_access
    bucket.delete_bucket_public_access_block()
    service = oss2.Service(auth, coho.endpoint, region=REGION)
    service.put_public_access_block(True)
    assert service.get_public_access_block().block_public_access
    service.delete_public_access_block()
    assert not service.get_public_access_block().block_public_access
    bucket.put_bucket_archive_direct_read(True)
    assert bucket.get_bucket_archive_direct_read().enabled


def test_files_and_signed_addresses(bucket, tmp_path):
    source, target = tmp_path / "source", tmp_path / "target"
    source.write_bytes(b"hello")
    bucket.put_object_from_file("a", str(source))
    bucket.get_object_to_file("a", str(target))
    assert target.read_bytes() == b"hello"
    bucket.put_object_with_url(bucket.sign_url("PUT", "b", 60), b"signed")
    assert bucket.get_object_with_url(bucket.sign_url("GET", "b", 60)).read() == b"signed"
    bucket.put_object_with_url_from_file(bucket.sign_url("PUT", "c", 60), str(source))
    bucket.get_object_with_url_to_file(bucket.sign_url("GET", "c", 60), str(target))
    assert target.read_bytes() == b"hello"
