"""Shared fixtures: one server per module, a fresh bucket per test."""

import itertools

import pytest

from coho_process import BINARY, Coho

NUMBERS = itertools.count(1)


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
