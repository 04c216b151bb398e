"""Every public method of oss2 and of alibabacloud-oss-v2 is called by some test; those that the server lacks are refused by name."""

import inspect
import pathlib

import alibabacloud_oss_v2 as oss
import oss2
import pytest

import conftest
from coho_process import ACCESS_KEY_ID, ACCESS_KEY_SECRET, REGION
from methods_missing import OSS2_BUCKET, OSS2_SERVICE, OSS_V2


@pytest.fixture
def service(coho):
    return oss2.Service(oss2.AuthV4(ACCESS_KEY_ID, ACCESS_KEY_SECRET), coho.endpoint, region=REGION)


@pytest.fixture
def bucket(coho, bucket_name):
    bucket = oss2.Bucket(oss2.AuthV4(ACCESS_KEY_ID, ACCESS_KEY_SECRET), coho.endpoint, bucket_name, region=REGION)
    bucket.create_bucket(oss2.BUCKET_ACL_PRIVATE)
    bucket.put_object("k", b"a,b\n")
    return bucket


@pytest.fixture
def client(coho):
    config = oss.config.load_default()
    config.credentials_provider = oss.credentials.StaticCredentialsProvider(ACCESS_KEY_ID, ACCESS_KEY_SECRET)
    config.region = REGION
    config.endpoint = coho.endpoint
    return oss.Client(config)


@pytest.mark.parametrize("name", OSS2_SERVICE)
def test_methods_of_the_service_of_oss2_that_are_refused(service, name):
    refuses(oss2.exceptions.OssError, lambda error: error, getattr(service, name), *OSS2_SERVICE[name])


@pytest.mark.parametrize("name", OSS2_BUCKET)
def test_methods_of_a_bucket_of_oss2_that_are_refused(bucket, name):
    refuses(oss2.exceptions.OssError, lambda error: error, getattr(bucket, name), *OSS2_BUCKET[name])


@pytest.mark.parametrize("name", OSS_V2)
def test_methods_of_oss_v2_that_are_refused(client, bucket, name):
    request = getattr(oss, "".join(word.capitalize() for word in name.split("_")) + "Request")
    fields = inspect.signature(request).parameters
    given = {"bucket": bucket.bucket_name} | OSS_V2[name]
    arguments = {field: value for field, value in given.items() if field in fields}
    refuses(oss.exceptions.OperationError, lambda error: error.unwrap(), getattr(client, name), request(**arguments))


def refuses(kind, service_error, method, *args):
    """The method fails with NotImplemented, in words that name what is not implemented."""
    with pytest.raises(kind) as caught:
        method(*args)
    error = service_error(caught.value)
    assert error.code == "NotImplemented", (method.__name__, error)
    assert "not implemented" in error.message, (method.__name__, error)


# What no test calls, and why.
UNCALLED = {
    "oss2.Bucket": {
        "sign_rtmp_url": "makes an address for RTMP, which the server does not speak",
    },
    "oss2.Service": {},
    "oss_v2.Client": {},
}


@pytest.mark.last
@pytest.mark.parametrize("name", UNCALLED)
def test_every_method_was_called(request, name):
    folder = pathlib.Path(__file__).parent
    collected = {item.path for item in request.session.items}
    if request.config.option.keyword or collected != set(folder.glob("test_*.py")):
        pytest.skip("only part of the tests has run")
    recorded = conftest.RECORDED[name]
    uncalled = recorded.names - recorded.answered - recorded.refused
    assert uncalled == set(UNCALLED[name]), "methods that no test calls"
    missing = {"oss2.Bucket": OSS2_BUCKET, "oss2.Service": OSS2_SERVICE, "oss_v2.Client": OSS_V2}[name]
    assert recorded.refused - recorded.answered == set(missing), "methods that the server refuses by name"
