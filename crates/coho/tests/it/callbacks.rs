//! Upload callbacks: a scripted receiver is called after the object is stored, and its answer is that of the upload.

use std::io::Read;
use std::time::Duration;

use base64::{Engine, engine::general_purpose::STANDARD};
use coho_testkit::form::{Form, FormVersion};
use coho_testkit::http::{Client, Request, Response};
use coho_testkit::origin::{Origin, Recorded, Script};
use coho_testkit::oss::{encode, expect};
use coho_testkit::{Options, Oss, Server};

use crate::fixture::{LOOPBACK, expect_error, options};
use crate::protocol::call;

const BUCKET: &str = "bucket-b";
const KEY_PATH: &str = "/.well-known/coho/callback_pub_key_v1.pem";

/// A server that may call the receiver, and a bucket.
struct Rig {
    receiver: Origin,
    server: Server,
    oss: Oss,
}

fn rig_with(options: Options) -> Rig {
    let receiver = Origin::start().unwrap();
    let server = Server::start(options).unwrap();
    let oss = Oss::new(&server);
    oss.put_bucket(BUCKET, "private");
    Rig { receiver, server, oss }
}

fn rig() -> Rig {
    rig_with(options().flag("--callback-allow", LOOPBACK))
}

impl Rig {
    /// The JSON of a callback to these paths of the receiver.
    fn json(&self, paths: &[&str], body: &str) -> String {
        let urls: Vec<String> = paths.iter().map(|path| self.receiver.url(path)).collect();
        serde_json::json!({"callbackUrl": urls.join(";"), "callbackBody": body}).to_string()
    }

    fn put(&self, key: &str, callback: &str) -> Response {
        self.oss.call(upload(&self.oss, key).header("x-oss-callback", &STANDARD.encode(callback)))
    }

    /// The last request that the receiver has got.
    fn received(&self) -> Recorded {
        self.receiver.requests().last().expect("the receiver was called").clone()
    }
}

fn upload(oss: &Oss, key: &str) -> Request {
    oss.request("PUT", &format!("/{BUCKET}/{key}")).header("Content-Type", "text/plain").body("hello")
}

fn text(recorded: &Recorded) -> String {
    String::from_utf8(recorded.body.clone()).unwrap()
}

#[test]
fn the_answer_of_the_receiver_is_that_of_the_upload() {
    let rig = rig();
    rig.receiver.route("/done", Script::ok(r#"{"Status":"OK"}"#));
    let json = rig.json(
        &["/done?from=oss"],
        "b=${bucket}&o=${object}&e=${etag}&s=${size}&m=${mimeType}&c=${crc64}&d=${contentMd5}&i=${clientIp}&r=${reqId}&p=${operation}&h=${imageInfo.height}&v=${x:v}",
    );
    let variables = STANDARD.encode(r#"{"x:v":"1 2"}"#);
    let request = upload(&rig.oss, "dir/k").header("x-oss-callback", &STANDARD.encode(&json));
    let answer = rig.oss.call(request.header("x-oss-callback-var", &variables));
    expect(200, &answer);
    assert_eq!(
        (answer.text(), answer.get("content-type")),
        (r#"{"Status":"OK"}"#.to_owned(), Some("application/json"))
    );
    assert_eq!(answer.get("etag"), Some("\"5D41402ABC4B2A76B9719D911017C592\""));
    let received = rig.received();
    let id = answer.get("x-oss-request-id").unwrap();
    let crc64 = answer.get("x-oss-hash-crc64ecma").unwrap();
    assert_eq!(
        text(&received),
        format!(
            "b=bucket-b&o=dir%2Fk&e=5D41402ABC4B2A76B9719D911017C592&s=5&m=text%2Fplain&c={crc64}&d=XUFAKrxLKna5cZ2REBfFkg%3D%3D&i=127.0.0.1&r={id}&p=PutObject&h=&v=1%202"
        )
    );
    for (name, value) in [
        ("content-type", "application/x-www-form-urlencoded".to_owned()),
        ("host", rig.receiver.address().to_string()),
        ("x-oss-pub-key-url", STANDARD.encode(format!("http://{}{KEY_PATH}", rig.oss.address()))),
    ] {
        assert_eq!(received.header(name), Some(&*value), "{name}");
    }
    assert_eq!((received.method.as_str(), received.target.as_str()), ("POST", "/done?from=oss"));
    assert_eq!(rig.oss.get(BUCKET, "dir/k").body, b"hello");
}

#[test]
fn a_signed_url_a_completion_and_a_form_call_as_well() {
    let rig = rig();
    rig.receiver.route("/done", Script::ok(r#"{"a":1}"#));
    let callback = STANDARD.encode(rig.json(&["/done"], "${operation} ${object} ${size} ${contentMd5} ${x:v}"));
    let variables = STANDARD.encode(r#"{"x:v":"1"}"#);
    // In the query of a signed request, as in that of a presigned URL.
    let query = format!("callback={}&callback-var={}", encode(&callback, b""), encode(&variables, b""));
    let answer = rig.oss.call(rig.oss.request("PUT", &format!("/{BUCKET}/url?{query}")).body("hello"));
    assert_eq!((answer.status(), answer.text()), (200, r#"{"a":1}"#.to_owned()));
    assert_eq!(text(&rig.received()), "PutObject url 5 XUFAKrxLKna5cZ2REBfFkg%3D%3D 1");

    let begun = call(&rig.oss, "POST", &format!("/{BUCKET}/parts?uploads"), "");
    let id = begun.element("UploadId").unwrap();
    let part =
        rig.oss.call(rig.oss.request("PUT", &format!("/{BUCKET}/parts?partNumber=1&uploadId={id}")).body("hello"));
    let list = format!(
        "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>{}</ETag></Part></CompleteMultipartUpload>",
        part.get("etag").unwrap()
    );
    let complete = rig.oss.request("POST", &format!("/{BUCKET}/parts?uploadId={id}")).body(list);
    let answer = rig.oss.call(complete.header("x-oss-callback", &callback));
    assert_eq!((answer.status(), answer.text()), (200, r#"{"a":1}"#.to_owned()), "{answer:?}");
    assert!(answer.get("etag").is_some_and(|etag| etag.contains("-1")), "{answer:?}");
    assert_eq!(text(&rig.received()), "CompleteMultipartUpload parts 5  ");

    let policy = r#"{"expiration":"2999-01-01T00:00:00.000Z","conditions":[{"bucket":"bucket-b"}]}"#;
    let fields = rig.oss.form_signature(FormVersion::V4, policy);
    let form = Form::new().fields(fields.iter().map(|(name, value)| (*name, value.as_str())));
    let form = form.field("key", "form/${filename}").field("callback", &callback).field("x:v", "ü");
    let form = form.field("success_action_status", "201").field("success_action_redirect", "http://a.test/");
    let answer = form.file("f", "text/plain", b"hello").post(&rig.oss, BUCKET);
    assert_eq!((answer.status(), answer.text()), (200, r#"{"a":1}"#.to_owned()), "{answer:?}");
    assert_eq!(text(&rig.received()), "PostObject form%2Ff 5 XUFAKrxLKna5cZ2REBfFkg%3D%3D %C3%BC");
    assert_eq!(rig.oss.keys(BUCKET), ["form/f", "parts", "url"]);
}

#[test]
fn the_size_of_an_image_is_in_the_body() {
    let rig = rig();
    rig.receiver.route("/done", Script::ok("{}"));
    let json = serde_json::json!({
        "callbackUrl": rig.receiver.url("/done"), "callbackBodyType": "application/json",
        "callbackBody": r#"{"w":${imageInfo.width},"h":${imageInfo.height},"f":${imageInfo.format},"m":${mimeType}}"#,
    });
    let png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x01\x02\0\0\0\x03\x08\x02\0\0\0";
    for (body, expected) in [
        (&png[..], r#"{"w":258,"h":3,"f":"png","m":"image/png"}"#),
        (b"no image", r#"{"w":"","h":"","f":"","m":"image/png"}"#),
        (b"", r#"{"w":"","h":"","f":"","m":"image/png"}"#),
    ] {
        let request = rig.oss.request("PUT", &format!("/{BUCKET}/k")).header("Content-Type", "image/png").body(body);
        expect(200, &rig.oss.call(request.header("x-oss-callback", &STANDARD.encode(json.to_string()))));
        let received = rig.received();
        assert_eq!((text(&received), received.header("content-type")), (expected.to_owned(), Some("application/json")));
    }
}

/// That the object is stored all the same.
#[track_caller]
fn failed(rig: &Rig, key: &str, answer: &Response, message: &str, ec: &str) {
    expect_error(203, "CallbackFailed", answer);
    let text = answer.error("Message").unwrap();
    assert!(text.starts_with(message), "{key}: {text}");
    assert_eq!(answer.get("x-oss-ec"), Some(ec), "{key}");
    assert_eq!(answer.get("etag"), Some("\"5D41402ABC4B2A76B9719D911017C592\""), "{key}");
    assert_eq!(rig.oss.get(BUCKET, key).body, b"hello", "{key}");
}

#[test]
fn a_callback_that_fails_keeps_its_object() {
    let rig = rig();
    let most = vec![b' '; 1 << 20];
    for (key, script, message, ec) in [
        ("status", Script::answer(500, "{}"), "Error status : 500.", "0007-00000203"),
        ("created", Script::answer(201, "{}"), "Error status : 201.", "0007-00000203"),
        ("redirect", Script::redirect(302, "/other"), "Error status : 302.", "0007-00000203"),
        ("text", Script::ok("OK"), "Response body is not valid json format.", "0007-00000205"),
        ("empty", Script::ok(""), "Response body is not valid json format.", "0007-00000205"),
        ("deep", Script::ok("[".repeat(100_000)), "Response body is not valid json format.", "0007-00000205"),
        ("huge", Script::ok([&most[..], b"{}"].concat()), "Error status : 400.User server", "0007-00000203"),
        ("chunked", Script::ok("{}").chunked(1), "Error status : 400.User server", "0007-00000203"),
        (
            "cut",
            Script::ok("{}").fault(coho_testkit::origin::Fault::Short { after_bytes: 1 }),
            "Error status : -1.",
            "0007-00000203",
        ),
        (
            "closed",
            Script::ok("{}").fault(coho_testkit::origin::Fault::CloseBeforeHead),
            "Error status : -1.",
            "0007-00000203",
        ),
    ] {
        rig.receiver.route(&format!("/{key}"), script);
        let answer = rig.put(key, &rig.json(&[&format!("/{key}")], "k=${object}"));
        failed(&rig, key, &answer, message, ec);
    }
    assert_eq!(rig.receiver.hits("/other"), 0, "a redirect is not followed");
    // The largest answer is one.
    rig.receiver.route("/largest", Script::ok([b"{}", &most[2..]].concat()));
    assert_eq!(rig.put("largest", &rig.json(&["/largest"], "b")).body.len(), 1 << 20);
    // No connection.
    let gone = Origin::start().unwrap();
    let url = gone.url("/");
    gone.stop();
    let json = serde_json::json!({"callbackUrl": url, "callbackBody": "b"}).to_string();
    failed(&rig, "refused", &rig.put("refused", &json), "Error status : -1.OSS can not connect", "0007-00000203");
    let page = metrics(&rig.server);
    for line in [
        "coho_callbacks_total{result=\"ok\"} 1",
        "coho_callbacks_total{result=\"status\"} 3",
        "coho_callbacks_total{result=\"not_json\"} 3",
        "coho_callbacks_total{result=\"unreachable\"} 1",
        "coho_callback_seconds_count 12",
    ] {
        assert!(page.lines().any(|found| found == line), "{line} is not in\n{page}");
    }
    rig.server.wait_for_log("callback failed; its object is stored");
}

fn metrics(server: &Server) -> String {
    let request = Request::new("GET", "/-/metrics").header("Host", &server.admin().to_string());
    Client::connect(server.admin()).unwrap().exchange(&request).unwrap().text()
}

#[test]
fn a_slow_receiver_is_left_after_the_timeout_and_the_next_one_is_called() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("coho.toml");
    std::fs::write(&config, "[callback]\ntimeout_ms = 300\npublic_key_url = \"https://keys.test/k.pem\"\n").unwrap();
    let rig = rig_with(options().flag("--callback-allow", LOOPBACK).flag("--config", config.to_str().unwrap()));
    rig.receiver.route("/slow", Script::ok("{}").gated_head());
    rig.receiver.route("/drip", Script::ok("{}  ").drip(1, Duration::from_millis(200)));
    rig.receiver.route("/bad", Script::answer(404, "{}"));
    rig.receiver.route("/good", Script::ok(r#"{"a":"b"}"#));
    for key in ["slow", "drip"] {
        let answer = rig.put(key, &rig.json(&[&format!("/{key}")], "b"));
        failed(&rig, key, &answer, "Cost too long time.", "0007-00000202");
    }
    let answer = rig.put("k", &rig.json(&["/slow", "/bad", "/good", "/never"], "b"));
    assert_eq!((answer.status(), answer.text()), (200, r#"{"a":"b"}"#.to_owned()));
    assert_eq!((rig.receiver.hits("/bad"), rig.receiver.hits("/good"), rig.receiver.hits("/never")), (1, 1, 0));
    assert_eq!(rig.received().header("x-oss-pub-key-url"), Some(&*STANDARD.encode("https://keys.test/k.pem")));
    // The last one decides what is said.
    let answer = rig.put("l", &rig.json(&["/slow", "/bad"], "b"));
    failed(&rig, "l", &answer, "Error status : 404.", "0007-00000203");
}

#[test]
fn a_client_that_leaves_does_not_end_the_call() {
    let rig = rig();
    rig.receiver.route("/held", Script::ok("{}").gated_head());
    let json = rig.json(&["/held"], "k=${object}");
    let request = rig.oss.signed(upload(&rig.oss, "k").header("x-oss-callback", &STANDARD.encode(json)));
    let mut client = Client::connect(rig.oss.address()).unwrap();
    client.send(&request).unwrap();
    rig.receiver.wait_for_hits("/held", 1);
    // The object is stored before the receiver answers.
    assert_eq!(rig.oss.get(BUCKET, "k").body, b"hello");
    drop(client);
    rig.receiver.release("/held");
    rig.receiver.wait_for_finished("/held", 1);
}

#[test]
fn an_address_that_is_not_allowed_is_refused() {
    let rig = rig_with(options());
    rig.receiver.route("/done", Script::ok("{}"));
    // A literal address before anything is stored.
    for url in [
        rig.receiver.url("/done"),
        "127.0.0.1:1/x".into(),
        "http://[::1]/".into(),
        "http://10.0.0.1/".into(),
        "http://100.100.100.200/".into(),
    ] {
        let json =
            serde_json::json!({"callbackUrl": format!("http://8.8.8.8/;{url}"), "callbackBody": "b"}).to_string();
        let answer = rig.put("k", &json);
        expect_error(400, "InvalidArgument", &answer);
        assert_eq!(answer.get("x-oss-ec"), Some("0007-00000008"), "{url}");
    }
    expect(404, &rig.oss.head(BUCKET, "k"));
    // A name where the connection is made.
    let url = format!("http://localhost:{}/done", rig.receiver.address().port());
    let json = serde_json::json!({"callbackUrl": url, "callbackBody": "b"}).to_string();
    failed(&rig, "k", &rig.put("k", &json), "Error status : -1.OSS can not connect", "0007-00000203");
    rig.server.wait_for_log("--callback-allow");
    assert_eq!(rig.receiver.requests().len(), 0);
    // What is allowed for origins is not for callbacks.
    let origins = rig_with(options().flag("--origin-allow", LOOPBACK));
    let answer = origins.put("k", &origins.json(&["/done"], "b"));
    assert_eq!(answer.get("x-oss-ec"), Some("0007-00000008"), "{answer:?}");
}

#[test]
fn an_invalid_callback_is_refused_before_the_body() {
    let rig = rig();
    let encoded = |json: &str| STANDARD.encode(json);
    for (name, value, ec) in [
        ("x-oss-callback", "x123-*&".to_owned(), "0007-00000002"),
        ("x-oss-callback", encoded("{"), "0007-00000003"),
        ("x-oss-callback", "A".repeat(5121), "0007-00000001"),
        ("x-oss-callback", encoded(r#"{"callbackUrl":"a.test:x","callbackBody":"b"}"#), "0007-00000004"),
        ("x-oss-callback", encoded(r#"{"callbackUrl":"a.test","callbackBody":"$x"}"#), "0007-00000105"),
        ("x-oss-callback-var", encoded(r#"{"v":"1"}"#), "0007-00000104"),
    ] {
        let request = upload(&rig.oss, "k").header(name, &value).header("Expect", "100-continue");
        let mut client = Client::connect(rig.oss.address()).unwrap();
        client.send_raw(&rig.oss.signed(request).head()).unwrap();
        let answer = client.read_response(false).unwrap();
        expect_error(400, "InvalidArgument", &answer);
        assert_eq!(answer.get("x-oss-ec"), Some(ec), "{name}: {value}");
    }
    let query = format!("/{BUCKET}/k?callback=e30%3D");
    let both = rig.oss.call(rig.oss.request("PUT", &query).header("x-oss-callback", "e30=").body("x"));
    expect_error(400, "InvalidArgument", &both);
    expect(404, &rig.oss.head(BUCKET, "k"));
    // Without a URL nothing is called.
    expect(200, &rig.put("k", "{}"));
    // Signatures cover the parameter.
    let signed = rig.oss.signed(rig.oss.request("PUT", &query).body("x"));
    let other = Request { target: format!("/{BUCKET}/k?callback=e30"), ..signed };
    expect_error(403, "SignatureDoesNotMatch", &rig.oss.anonymous(&other));
}

#[test]
fn the_public_key_is_for_everyone_and_stays() {
    let mut rig = rig();
    let key = |oss: &Oss, method: &str| oss.anonymous(&oss.request(method, KEY_PATH));
    let first = key(&rig.oss, "GET");
    expect(200, &first);
    assert!(first.text().starts_with("-----BEGIN PUBLIC KEY-----\n"), "{first:?}");
    let head = key(&rig.oss, "HEAD");
    assert_eq!((head.status(), head.head.content_length()), (200, Some(first.body.len() as u64)), "{head:?}");
    expect(404, &rig.oss.anonymous(&rig.oss.request("GET", "/.well-known/coho/other.pem")));
    // Under the host of a bucket the path is one of its objects.
    let object = Request::new("GET", KEY_PATH).header("Host", &format!("{BUCKET}.oss.localhost"));
    expect(403, &rig.oss.anonymous(&object));
    let file = rig.server.data_dir().join("callback-key.pem");
    let mode = std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(&file).unwrap().permissions());
    assert_eq!(mode & 0o777, 0o600);
    rig.server.restart().unwrap();
    assert_eq!(key(&Oss::new(&rig.server), "GET").body, first.body);
    // A file without a key is not replaced: the upload is refused, and nothing is stored.
    std::fs::write(&file, "no key").unwrap();
    rig.server.restart().unwrap();
    rig.oss = Oss::new(&rig.server);
    expect_error(500, "InternalError", &rig.put("k", &rig.json(&["/done"], "b")));
    expect(404, &rig.oss.head(BUCKET, "k"));
    let mut kept = String::new();
    std::fs::File::open(&file).unwrap().read_to_string(&mut kept).unwrap();
    assert_eq!(kept, "no key");
}
