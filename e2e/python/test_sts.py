"""AssumeRole by the official clients: the provider of alibabacloud-credentials (HMAC-SHA1), and the STS client (ACS3-HMAC-SHA256)."""

import json
import subprocess
from urllib.parse import urlsplit

import alibabacloud_oss_v2 as oss
import oss2
import pytest
from alibabacloud_credentials.client import Client as CredentialsClient
from alibabacloud_credentials.models import Config as CredentialsConfig
from alibabacloud_credentials.provider import ram_role_arn
from alibabacloud_sts20150401.client import Client as StsClient
from alibabacloud_sts20150401 import models as sts
from alibabacloud_tea_openapi.models import Config as OpenApiConfig
from Tea.exceptions import TeaException

from coho_process import ACCESS_KEY_ID, ACCESS_KEY_SECRET, BINARY, REGION

POLICY = json.dumps(
    {
        "Version": "1",
        "Statement": [{"Effect": "Allow", "Action": ["oss:GetObject"], "Resource": ["acs:oss:*:*:*/open/*"]}],
    }
)


def command(coho, *args):
    line = [BINARY, *args, "--data-dir", coho.work / "data", "--output", "json"]
    ran = subprocess.run(line, capture_output=True, text=True, timeout=60, check=False)
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout)


@pytest.fixture(scope="module")
def key(coho):
    """A key that may do nothing itself."""
    made = command(coho, "key", "create", "--rights", "read-only:none")
    return made["key"]["id"], made["secret"]


@pytest.fixture(scope="module")
def role(coho, key):
    rights = ["--rights", "read-only", "--external-id", "ci:7", "--trust", f"key:{key[0]}"]
    return command(coho, "role", "create", "readers", *rights)


@pytest.fixture
def bucket(coho, bucket_name):
    bucket = oss2.Bucket(oss2.Auth(ACCESS_KEY_ID, ACCESS_KEY_SECRET), coho.endpoint, bucket_name)
    bucket.create_bucket()
    for name in ("open/a", "other/a"):
        bucket.put_object(name, b"body")
    return bucket


@pytest.fixture
def plain_http(monkeypatch):
    """The provider speaks HTTPS alone; the store has no certificate of its own."""
    send = ram_role_arn.TeaCore.do_action

    def do_action(request, runtime_option=None):
        request.protocol = "http"
        return send(request, runtime_option)

    monkeypatch.setattr(ram_role_arn.TeaCore, "do_action", do_action)


def provider(coho, key, role, **more):
    settings = {
        "type": "ram_role_arn",
        "access_key_id": key[0],
        "access_key_secret": key[1],
        "role_arn": role["arn"],
        "external_id": "ci:7",
        "sts_endpoint": urlsplit(coho.endpoint).netloc,
        **more,
    }
    return CredentialsClient(CredentialsConfig(**settings))


def test_the_provider_feeds_oss2(coho, key, role, bucket, plain_http):
    found = provider(coho, key, role).get_credential()
    auth = oss2.StsAuth(found.access_key_id, found.access_key_secret, found.security_token, auth_version="v4")
    session = oss2.Bucket(auth, coho.endpoint, bucket.bucket_name, region=REGION)
    assert session.get_object("open/a").read() == b"body"
    with pytest.raises(oss2.exceptions.AccessDenied):
        session.put_object("open/b", b"body")


def test_the_provider_feeds_the_v2_sdk_within_its_policy(coho, key, role, bucket, plain_http):
    found = provider(coho, key, role, policy=POLICY, role_session_expiration=900).get_credential()
    config = oss.config.load_default()
    config.region, config.endpoint, config.use_path_style = REGION, coho.endpoint, True
    config.credentials_provider = oss.credentials.StaticCredentialsProvider(
        found.access_key_id, found.access_key_secret, found.security_token
    )
    client = oss.Client(config)
    answer = client.get_object(oss.GetObjectRequest(bucket=bucket.bucket_name, key="open/a"))
    assert answer.body.content == b"body"
    with pytest.raises(oss.exceptions.OperationError) as failed:
        client.get_object(oss.GetObjectRequest(bucket=bucket.bucket_name, key="other/a"))
    assert "The rights of the access key do not allow this." in str(failed.value)


def test_the_provider_shows_why_it_is_refused(coho, key, role, plain_http):
    for more, code in [
        ({"external_id": "ci:8"}, "NoPermission"),
        ({"role_arn": role["arn"] + "x"}, "EntityNotExist.Role"),
        ({"access_key_secret": "wrong"}, "SignatureDoesNotMatch"),
        ({"access_key_id": "nobody"}, "InvalidAccessKeyId.NotFound"),
        ({"role_session_expiration": 3601}, "InvalidParameter.DurationSeconds"),
    ]:
        with pytest.raises(Exception, match=code):
            provider(coho, key, role, **more).get_credential()


def sts_client(coho, key):
    endpoint = urlsplit(coho.endpoint).netloc
    config = OpenApiConfig(
        access_key_id=key[0], access_key_secret=key[1], endpoint=endpoint, protocol="http", region_id=REGION
    )
    return StsClient(config)


def assume(role, **more):
    settings = {"role_arn": role["arn"], "role_session_name": "e2e", "external_id": "ci:7", **more}
    return sts.AssumeRoleRequest(**settings)


def test_the_client_of_sts_assumes_a_role(coho, key, role, bucket):
    answer = sts_client(coho, key).assume_role(assume(role, duration_seconds=900, policy=POLICY)).body
    assert answer.assumed_role_user.arn == role["arn"] + "/e2e"
    assert answer.assumed_role_user.assumed_role_id == role["id"] + ":e2e"
    found = answer.credentials
    auth = oss2.StsAuth(found.access_key_id, found.access_key_secret, found.security_token)
    session = oss2.Bucket(auth, coho.endpoint, bucket.bucket_name)
    assert session.get_object("open/a").read() == b"body"
    with pytest.raises(oss2.exceptions.AccessDenied):
        session.get_object("other/a").read()
    command(coho, "role", "disable", role["id"])
    with pytest.raises(oss2.exceptions.ServerError) as failed:
        session.get_object("open/a").read()
    assert failed.value.code == "InvalidAccessKeyId"
    command(coho, "role", "enable", role["id"])
    assert session.get_object("open/a").read() == b"body"


def test_the_client_of_sts_gets_errors_as_it_knows_them(coho, key, role):
    for client_key, request, status, code in [
        (key, assume(role, external_id="ci:8"), 403, "NoPermission"),
        (key, assume(role, duration_seconds=60), 400, "InvalidParameter.DurationSeconds"),
        (key, assume(role, role_session_name="a b"), 400, "InvalidParameter.RoleSessionName"),
        ((key[0], "wrong"), assume(role), 400, "SignatureDoesNotMatch"),
    ]:
        with pytest.raises(TeaException) as failed:
            sts_client(coho, client_key).assume_role(request)
        assert (failed.value.statusCode, failed.value.code) == (status, code), failed.value
