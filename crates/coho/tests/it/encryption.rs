//! Server-side encryption on the wire, in the data folder, and without the key file.

use crate::fixture::{BINARY, Mirror, SITE, expect_error, options, server};
use coho_testkit::{
    Options, Oss, Server,
    body::generated,
    form::{Form, FormVersion},
    http::{Request, Response, exchange},
    oss::expect,
};
use std::{
    fs, io,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

const BUCKET: &str = "bucket-b";
const HEADER: &str = "x-oss-server-side-encryption";
/// Bytes of a body that are searched for on the disk.
const NEEDLE_BYTES: usize = 24;

fn aes(request: Request) -> Request {
    request.header(HEADER, "AES256")
}

fn rule(algorithm: &str) -> String {
    format!(
        "<ServerSideEncryptionRule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>{algorithm}</SSEAlgorithm>\
         </ApplyServerSideEncryptionByDefault></ServerSideEncryptionRule>"
    )
}

fn put_rule(oss: &Oss, algorithm: &str) -> Response {
    oss.call(oss.request("PUT", &format!("/{BUCKET}/?encryption")).body(rule(algorithm)))
}

/// Whether bytes from the beginning, the middle or the end of the body are in any file of the folder.
pub(crate) fn is_on_disk(folder: &Path, body: &[u8]) -> bool {
    let needles = [0, body.len() / 2, body.len() - NEEDLE_BYTES].map(|from| &body[from..from + NEEDLE_BYTES]);
    files(folder).into_iter().any(|file| {
        // A file of work in progress may go meanwhile.
        let stored = fs::read(&file).unwrap_or_else(|error| {
            assert_eq!(error.kind(), io::ErrorKind::NotFound, "{}", file.display());
            Vec::new()
        });
        needles.iter().any(|needle| stored.windows(NEEDLE_BYTES).any(|window| window == *needle))
    })
}

pub(crate) fn files(folder: &Path) -> Vec<PathBuf> {
    let mut all = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { all.extend(files(&path)) } else { all.push(path) }
    }
    all
}

/// Writes a body in each way, and gives each key with its body. With `encrypts` the requests ask for it.
pub(crate) fn write_in_every_way(oss: &Oss, encrypts: bool) -> Vec<(&'static str, Vec<u8>)> {
    let send = |method: &str, target: &str, body: &[u8]| {
        let request = oss.request(method, &format!("/{BUCKET}/{target}")).body(body);
        let answer = oss.call(if encrypts && !target.contains("uploadId") { aes(request) } else { request });
        expect(200, &answer);
        assert_eq!(answer.get(HEADER), encrypts.then_some("AES256"), "{method} {target}: {answer:?}");
        answer
    };
    let (small, large) = (generated("small", 100), generated("large", 300_000));
    send("PUT", "small", &small);
    send("PUT", "large", &large);
    let mut log = Vec::new();
    for round in 0..5 {
        let body = generated(&format!("append {round}"), 40_000);
        send("POST", &format!("log?append&position={}", log.len()), &body);
        log.extend_from_slice(&body);
    }
    let upload = send("POST", "parts?uploads", b"").element("UploadId").unwrap();
    let (mut parts, mut list) = (Vec::new(), String::new());
    for (number, size) in [(1, 150_001), (2, 70)] {
        let body = generated(&format!("part {number}"), size);
        let put = send("PUT", &format!("parts?partNumber={number}&uploadId={upload}"), &body);
        let etag = put.get("etag").unwrap();
        list += &format!("<Part><PartNumber>{number}</PartNumber><ETag>{etag}</ETag></Part>");
        parts.extend_from_slice(&body);
    }
    let list = format!("<CompleteMultipartUpload>{list}</CompleteMultipartUpload>");
    send("POST", &format!("parts?uploadId={upload}"), list.as_bytes());
    let copy = oss.request("PUT", &format!("/{BUCKET}/copy")).header("x-oss-copy-source", &format!("/{BUCKET}/large"));
    expect(200, &oss.call(if encrypts { aes(copy) } else { copy }.body("")));
    vec![("small", small), ("large", large.clone()), ("log", log), ("parts", parts), ("copy", large)]
}

#[test]
fn no_file_of_the_data_folder_has_an_encrypted_body_and_every_range_is_that_of_the_plain_one() {
    for encrypts in [true, false] {
        let (mut server, mut oss) = server();
        oss.put_bucket(BUCKET, "private");
        let bodies = write_in_every_way(&oss, encrypts);
        for restarted in [false, true] {
            for (key, body) in &bodies {
                let context = format!("{key}, encrypted: {encrypts}, restarted: {restarted}");
                let head = oss.head(BUCKET, key);
                assert_eq!(head.get(HEADER), encrypts.then_some("AES256"), "{context}");
                assert_eq!(head.get("content-length"), Some(body.len().to_string().as_str()), "{context}");
                let got = oss.get(BUCKET, key);
                assert_eq!(got.get(HEADER), encrypts.then_some("AES256"), "{context}");
                assert!(got.body == *body, "{context}");
                for step in 0..20 {
                    let (first, last) = range(body.len(), step);
                    let ranged = oss.request("GET", &format!("/{BUCKET}/{key}"));
                    let part = oss.call(ranged.header("Range", &format!("bytes={first}-{last}")));
                    expect(206, &part);
                    assert!(part.body == body[first..=last], "{context} {first}-{last}");
                }
                assert_eq!(is_on_disk(server.data_dir(), body), !encrypts, "{context}");
            }
            server.restart().unwrap();
            oss = Oss::new(&server);
        }
    }
}

/// A range inside of `length` bytes, spread by a multiplication with primes.
fn range(length: usize, step: usize) -> (usize, usize) {
    let (one, other) = (step * 104_729 % length, (step * 7_919 + 65_535) % length);
    (one.min(other), one.max(other))
}

#[test]
fn the_rule_of_a_bucket_encrypts_what_is_written_after_it() {
    let (server, oss) = server();
    oss.put_bucket(BUCKET, "private");
    let target = format!("/{BUCKET}/?encryption");
    let get = || oss.call(oss.request("GET", &target));
    let shown = || oss.call(oss.request("GET", &format!("/{BUCKET}/?bucketInfo"))).element("SSEAlgorithm");
    let algorithm = |key: &str| oss.head(BUCKET, key).get(HEADER).map(str::to_owned);
    expect_error(404, "NoSuchServerSideEncryptionRule", &get());
    assert_eq!(shown().as_deref(), Some("None"));
    oss.put(BUCKET, "before", b"before");
    expect(200, &put_rule(&oss, "AES256"));
    assert_eq!((get().element("SSEAlgorithm").as_deref(), shown().as_deref()), (Some("AES256"), Some("AES256")));
    oss.put(BUCKET, "after", &generated("after", 500));
    assert_eq!((algorithm("before"), algorithm("after").as_deref()), (None, Some("AES256")));
    assert!(!is_on_disk(server.data_dir(), &generated("after", 500)));
    for _ in 0..2 {
        expect(204, &oss.call(oss.request("DELETE", &target).body("")));
    }
    expect_error(404, "NoSuchServerSideEncryptionRule", &get());
    oss.put(BUCKET, "later", b"later");
    assert_eq!((algorithm("later"), algorithm("after").as_deref()), (None, Some("AES256")));
    assert_eq!(oss.get(BUCKET, "after").body, generated("after", 500));
}

#[test]
fn encryption_that_there_is_not_is_refused_by_its_code_and_writes_nothing() {
    let (_server, oss) = server();
    oss.put_bucket(BUCKET, "private");
    oss.put(BUCKET, "k", b"v");
    let key_id = "x-oss-server-side-encryption-key-id";
    let data = "x-oss-server-side-data-encryption";
    for (headers, status, code) in [
        (&[(HEADER, "KMS")][..], 403, "KmsServiceNotEnabled"),
        (&[(HEADER, "KMS"), (key_id, "9468da86")], 403, "KmsServiceNotEnabled"),
        (&[(HEADER, "SM4")], 400, "InvalidEncryptionAlgorithmError"),
        (&[(HEADER, "aes256")], 400, "InvalidEncryptionAlgorithmError"),
        (&[(HEADER, "AES256"), (key_id, "9468da86")], 400, "InvalidArgument"),
        (&[(data, "SM4")], 400, "InvalidArgument"),
    ] {
        for (method, target) in [("PUT", "k"), ("POST", "log?append&position=0"), ("POST", "k?uploads")] {
            let request = oss.request(method, &format!("/{BUCKET}/{target}")).body("other");
            let request = headers.iter().fold(request, |request, (name, value)| request.header(name, value));
            expect_error(status, code, &oss.call(request));
        }
    }
    expect_error(400, "InvalidArgument", &oss.call(aes(oss.request("GET", &format!("/{BUCKET}/k")))));
    for (algorithm, status, code) in [
        ("KMS", 403, "KmsServiceNotEnabled"),
        ("SM4", 400, "InvalidEncryptionAlgorithmError"),
        ("", 400, "MalformedXML"),
    ] {
        expect_error(status, code, &put_rule(&oss, algorithm));
    }
    assert_eq!((oss.get(BUCKET, "k").body, oss.keys(BUCKET)), (b"v".to_vec(), vec!["k".to_owned()]));
}

#[test]
fn without_its_key_file_a_store_serves_the_rest_and_loses_nothing() {
    let place = tempfile::tempdir().unwrap();
    let (keys, config) = (place.path().join("keys.json"), place.path().join("coho.toml"));
    fs::write(&config, format!("[storage]\nencryption_keys_file = \"{}\"\n", keys.display())).unwrap();
    let started = Options::new(BINARY).flag("--config", config.display().to_string());
    let mut server = Server::start(started).unwrap();
    let oss = Oss::new(&server);
    oss.put_bucket(BUCKET, "private");
    oss.put(BUCKET, "plain", b"plain");
    assert!(!keys.exists(), "nothing is encrypted yet");
    let bodies = [("small", generated("small", 100)), ("large", generated("large", 200_000))];
    let put =
        |oss: &Oss, key: &str, body: &[u8]| oss.call(aes(oss.request("PUT", &format!("/{BUCKET}/{key}"))).body(body));
    for (key, body) in &bodies {
        expect(200, &put(&oss, key, body));
    }
    assert_eq!(fs::metadata(&keys).unwrap().permissions().mode() & 0o777, 0o600);

    let kept = place.path().join("kept.json");
    fs::rename(&keys, &kept).unwrap();
    server.restart().unwrap();
    let oss = Oss::new(&server);
    server.wait_for_log("a master key that the data folder needs is not in the key file");
    for (key, body) in &bodies {
        expect_error(500, "InternalError", &oss.get(BUCKET, key));
        assert_eq!(oss.head(BUCKET, key).get("content-length"), Some(body.len().to_string().as_str()));
    }
    assert_eq!(oss.get(BUCKET, "plain").body, b"plain");
    expect_error(500, "InternalError", &put(&oss, "small", b"other"));
    assert!(!keys.exists(), "no new key takes the place of the lost one");
    oss.put(BUCKET, "more", b"more");

    fs::rename(&kept, &keys).unwrap();
    server.restart().unwrap();
    let oss = Oss::new(&server);
    for (key, body) in &bodies {
        assert!(oss.get(BUCKET, key).body == *body, "{key}");
    }
    expect(200, &put(&oss, "small", b"other"));
    assert_eq!(oss.get(BUCKET, "small").body, b"other");
}

#[test]
fn bodies_and_secrets_of_access_keys_have_one_key_file() {
    let (mut server, oss) = server();
    oss.put_bucket(BUCKET, "private");
    let authorization = format!("Bearer {}", server.admin_token());
    let request = Request::new("POST", "/v1/access-keys").header("Host", "localhost");
    let request = request.header("Authorization", &authorization).header("Content-Type", "application/json");
    expect(201, &exchange(server.admin(), &request.body("{}")).unwrap());
    let names = ["encryption-keys.json", "known-keys.json"];
    let [keys, known] = names.map(|name| server.data_dir().join(name));
    let [first_keys, first_known] = [&keys, &known].map(|path| fs::read_to_string(path).unwrap());
    expect(200, &oss.call(aes(oss.request("PUT", &format!("/{BUCKET}/k"))).body("v")));
    assert_eq!([&keys, &known].map(|path| fs::read_to_string(path).unwrap()), [first_keys, first_known]);

    let kept = server.data_dir().join("kept.json");
    fs::rename(&keys, &kept).unwrap();
    let refused = format!("{:#}", server.restart().unwrap_err());
    assert!(refused.contains("the access keys of the data folder cannot be used"), "{refused}");
    assert!(refused.contains(&keys.display().to_string()), "{refused}");
    assert!(!keys.exists(), "no new key takes the place of the lost one");
    fs::rename(&kept, &keys).unwrap();
    server.restart().unwrap();
    assert_eq!(Oss::new(&server).get(BUCKET, "k").body, b"v");
}

#[test]
fn a_fetched_object_is_not_encrypted_by_the_rule_of_its_bucket() {
    let mirror = Mirror::start_with(options());
    mirror.origin.route("/old/k", coho_testkit::Script::ok("fetched"));
    let document = mirror.oss.request("PUT", &format!("/{SITE}/?encryption")).body(rule("AES256"));
    expect(200, &mirror.oss.call(document));
    assert_eq!(mirror.get("k").body, b"fetched");
    assert_eq!(mirror.keys(), ["k"]);
    let head = mirror.oss.head(SITE, "k");
    assert_eq!((head.status(), head.get(HEADER)), (200, None));
}

#[test]
fn a_copy_is_encrypted_as_it_says_and_a_link_shows_its_target() {
    let (_server, oss) = server();
    oss.put_bucket(BUCKET, "private");
    let body = generated("source", 90_000);
    expect(200, &oss.call(aes(oss.request("PUT", &format!("/{BUCKET}/source"))).body(body.as_slice())));
    let copy = |to: &str, encrypts: bool| {
        let request = oss.request("PUT", &format!("/{BUCKET}/{to}"));
        let request = request.header("x-oss-copy-source", &format!("/{BUCKET}/source"));
        oss.call(if encrypts { aes(request) } else { request }.body(""))
    };
    for (to, encrypts) in [("sealed", true), ("plain", false)] {
        let answer = copy(to, encrypts);
        expect(200, &answer);
        let expected = encrypts.then_some("AES256");
        let got = oss.get(BUCKET, to);
        assert_eq!((answer.get(HEADER), got.get(HEADER)), (expected, expected), "{to}");
        assert!(got.body == body, "{to}");
    }
    let link = oss.request("PUT", &format!("/{BUCKET}/link?symlink")).header("x-oss-symlink-target", "source");
    expect(200, &oss.call(link.body("")));
    let got = oss.get(BUCKET, "link");
    assert!(got.body == body);
    assert_eq!(got.get(HEADER), Some("AES256"));
}

#[test]
fn a_field_of_a_form_encrypts_its_file() {
    let (server, oss) = server();
    oss.put_bucket(BUCKET, "private");
    let policy =
        format!("{{\"expiration\":\"2999-01-01T00:00:00.000Z\",\"conditions\":[{{\"bucket\":\"{BUCKET}\"}}]}}");
    let body = generated("form", 120_000);
    let post = |algorithm: &str| {
        let fields = oss.form_signature(FormVersion::V4, &policy);
        let form = Form::new().fields(fields.iter().map(|(name, value)| (*name, value.as_str())));
        let form = form.field("key", "k").field(HEADER, algorithm).file("f", "text/plain", &body);
        oss.anonymous(&form.request(&oss, &format!("/{BUCKET}/")))
    };
    expect_error(403, "KmsServiceNotEnabled", &post("KMS"));
    expect_error(400, "InvalidEncryptionAlgorithmError", &post("SM4"));
    assert_eq!(oss.keys(BUCKET), Vec::<String>::new());
    let answer = post("AES256");
    expect(204, &answer);
    let got = oss.get(BUCKET, "k");
    assert_eq!((answer.get(HEADER), got.get(HEADER)), (Some("AES256"), Some("AES256")));
    assert!(got.body == body);
    assert!(!is_on_disk(server.data_dir(), &body));
}
