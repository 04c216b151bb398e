"""Upload callbacks as oss2 2.19.1 and alibabacloud-oss-v2 ask for them, and an application that verifies them as OSS's sample does."""

import base64
import json
import threading
import urllib.parse
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import alibabacloud_oss_v2 as oss
import oss2
import pytest
import requests
from Crypto.Hash import MD5
from Crypto.PublicKey import RSA
from Crypto.Signature import pkcs1_15

from coho_process import ACCESS_KEY_ID, ACCESS_KEY_SECRET, REGION, Coho
from test_forms import signed


@pytest.fixture(scope="module")
def coho():
    server = Coho("--callback-allow", "127.0.0.1")
    yield server
    server.close()


class Application(BaseHTTPRequestHandler):
    """Verifies a callback, and answers with what it has got."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        url = base64.b64decode(self.headers["x-oss-pub-key-url"]).decode()
        assert url.startswith(self.server.coho.endpoint), url
        with urllib.request.urlopen(url) as answer:
            key = RSA.import_key(answer.read())
        path, mark, query = self.path.partition("?")
        text = urllib.parse.unquote(path) + mark + query + "\n" + body.decode()
        signature = base64.b64decode(self.headers["authorization"])
        try:
            pkcs1_15.new(key).verify(MD5.new(text.encode()), signature)
            status, document = 200, {"type": self.headers["content-type"], "body": body.decode(), "host": self.headers["host"]}
        except ValueError:
            status, document = 400, {"error": "the signature does not hold"}
        document = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(document)))
        self.end_headers()
        self.wfile.write(document)

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def application(coho):
    server = ThreadingHTTPServer(("127.0.0.1", 0), Application)
    server.coho = coho
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


@pytest.fixture
def bucket(coho, bucket_name):
    bucket = oss2.Bucket(oss2.AuthV4(ACCESS_KEY_ID, ACCESS_KEY_SECRET), coho.endpoint, bucket_name, region=REGION)
    bucket.create_bucket(oss2.BUCKET_ACL_PRIVATE)
    return bucket


def encoded(document):
    return base64.b64encode(json.dumps(document).encode()).decode()


def callback(application, **more):
    body = "bucket=${bucket}&object=${object}&size=${size}&mimeType=${mimeType}&my_var=${x:my_var}"
    return {"callbackUrl": f"{application}/a%20b?c=d", "callbackBody": body} | more


def headers(application, **more):
    return {"x-oss-callback": encoded(callback(application, **more)), "x-oss-callback-var": encoded({"x:my_var": "1 2"})}


def test_put_object(bucket, application):
    result = bucket.put_object("dir/k.txt", b"hello", headers=headers(application))
    name = bucket.bucket_name
    answer = json.loads(result.resp.read())
    assert answer["body"] == f"bucket={name}&object=dir%2Fk.txt&size=5&mimeType=text%2Fplain&my_var=1%202"
    assert answer["type"] == "application/x-www-form-urlencoded"
    assert (result.status, result.etag) == (200, "5D41402ABC4B2A76B9719D911017C592")
    more = {"callbackBodyType": "application/json", "callbackHost": "app.test", "callbackSNI": False}
    more["callbackBody"] = '{"mimeType":${mimeType},"size":${size},"my_var":${x:my_var}}'
    answer = json.loads(bucket.put_object("k", b"hello", headers=headers(application, **more)).resp.read())
    assert json.loads(answer["body"]) == {"mimeType": "application/octet-stream", "size": 5, "my_var": "1 2"}
    assert (answer["type"], answer["host"]) == ("application/json", "app.test")


def test_multipart_uploads(bucket, application, tmp_path):
    upload = bucket.init_multipart_upload("parts").upload_id
    part = bucket.upload_part("parts", upload, 1, b"hello")
    parts = [oss2.models.PartInfo(1, part.etag)]
    result = bucket.complete_multipart_upload("parts", upload, parts, headers=headers(application))
    assert "object=parts&size=5" in json.loads(result.resp.read())["body"]
    # The helper sends its headers with the initiation and with listings of parts, and not with the completion.
    file = tmp_path / "large"
    file.write_bytes(bytes(300_000))
    store = oss2.ResumableStore(root=str(tmp_path))
    result = oss2.resumable_upload(
        bucket, "large", str(file), store=store, multipart_threshold=200_000, part_size=100_000, headers=headers(application)
    )
    assert result.status == 200
    assert bucket.head_object("large").content_length == 300_000


def test_a_signed_url_and_a_form(bucket, application):
    params = {"callback": encoded(callback(application)), "callback-var": encoded({"x:my_var": "1"})}
    url = bucket.sign_url("PUT", "k", 60, params=params, slash_safe=True)
    answer = requests.put(url, b"hello")
    assert answer.json()["body"].endswith("object=k&size=5&mimeType=application%2Foctet-stream&my_var=1")
    fields = signed("v4", [{"bucket": bucket.bucket_name}]) | {"key": "form", "callback": params["callback"], "x:my_var": "ü"}
    answer = requests.post(f"{bucket.endpoint}/{bucket.bucket_name}/", data=fields, files={"file": ("f", b"hello")})
    assert answer.json()["body"].endswith("object=form&size=5&mimeType=application%2Foctet-stream&my_var=%C3%BC")


def test_a_callback_that_fails(bucket, application):
    result = bucket.put_object("k", b"hello", headers={"x-oss-callback": encoded({"callbackUrl": "127.0.0.1:1", "callbackBody": "b"})})
    assert (result.status, result.etag) == (203, "5D41402ABC4B2A76B9719D911017C592")
    assert b"<Code>CallbackFailed</Code>" in result.resp.read()
    assert bucket.get_object("k").read() == b"hello"
    with pytest.raises(oss2.exceptions.ServerError) as caught:
        bucket.put_object("l", b"hello", headers={"x-oss-callback": "x123-*&"})
    assert (caught.value.code, caught.value.details["EC"]) == ("InvalidArgument", "0007-00000002")
    assert not bucket.object_exists("l")


def test_the_client_of_version_2(coho, bucket, application):
    config = oss.config.load_default()
    config.credentials_provider = oss.credentials.StaticCredentialsProvider(ACCESS_KEY_ID, ACCESS_KEY_SECRET)
    config.region, config.endpoint = REGION, coho.endpoint
    client = oss.Client(config)
    asked = headers(application)
    request = oss.PutObjectRequest(
        bucket=bucket.bucket_name, key="k", body=b"hello", callback=asked["x-oss-callback"], callback_var=asked["x-oss-callback-var"]
    )
    assert json.loads(client.put_object(request).callback_result)["body"].endswith("&my_var=1%202")
