"""Shared fixtures: one server per module, a fresh bucket per test."""

import itertools

import alibabacloud_oss_v2 as oss
import oss2
import pytest

from coho_process import BINARY, Coho
from recorded_methods import RecordedMethods

NUMBERS = itertools.count(1)


def code_of_oss2(error):
    return error.code if isinstance(error, oss2.exceptions.OssError) else None


def code_of_v2(error):
    return getattr(error.unwrap(), "code", None) if isinstance(error, oss.exceptions.OperationError) else None


# Before any test imports a method by itself.
RECORDED = {
    "oss2.Service": RecordedMethods(oss2.Service, code_of_oss2),
    "oss2.Bucket": RecordedMethods(oss2.Bucket, code_of_oss2),
    "oss_v2.Client": RecordedMethods(oss.Client, code_of_v2),
}


def pytest_configure(config):
    config.addinivalue_line("markers", "last: runs after all others")


def pytest_collection_modifyitems(items):
    items.sort(key=lambda item: item.get_closest_marker("last") is not None)


def pytest_sessionstart(session):
    if not BINARY.exists():
        pytest.exit(f"{BINARY} is not there; build it with: cargo build --profile checked", returncode=4)


@pytest.fixture(scope="module")
def coho():
    server = Coho("--origin-allow", "127.0.0.0/8")
    yield server
    server.close()


@pytest.fixture
def bucket_name():
    return f"e2e-bucket-{next(NUMBERS)}"
