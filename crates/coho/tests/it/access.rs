//! What the admin address tells of buckets, access keys and settings, and the addresses that it signs.

use std::process::Command;

use coho_admin_api::{
    ProblemDetails,
    access::{AccessKeyKind, AccessKeySource, AccessKeys, PresignedAddress},
    bucket::{BucketSummary, BucketSummaryPage},
    configuration::{Configuration, SettingSource, SettingValue},
};
use coho_testkit::Server;
use coho_testkit::http::{Request, Response, exchange};
use coho_testkit::oss::expect;
use serde::de::DeserializeOwned;

use crate::fixture::{BINARY, mirror_rule, options, server};

fn admin(server: &Server, method: &str, path: &str, body: Option<&str>) -> Response {
    let mut request = Request::new(method, path)
        .header("Host", "localhost")
        .header("Authorization", &format!("Bearer {}", server.admin_token()));
    if let Some(body) = body {
        request = request.header("Content-Type", "application/json").body(body);
    }
    exchange(server.admin(), &request).unwrap()
}

#[track_caller]
fn get<T: DeserializeOwned>(server: &Server, path: &str) -> T {
    let answer = admin(server, "GET", path, None);
    expect(200, &answer);
    serde_json::from_slice(&answer.body).unwrap()
}

#[track_caller]
fn refused(answer: &Response, status: u16, code: &str, hint: &str) {
    expect(status, answer);
    let problem: ProblemDetails = serde_json::from_slice(&answer.body).unwrap();
    assert!(problem.code == code && format!("{problem:?}").contains(hint), "{problem:?}");
}

#[test]
fn buckets_are_listed_by_name_with_what_the_store_counts() {
    let (server, oss) = server();
    for name in ["pear", "apple", "plum"] {
        oss.put_bucket(name, "private");
    }
    oss.put("apple", "a", b"1234");
    oss.put("apple", "b", b"56");
    expect(200, &oss.put_website("plum", &mirror_rule("a/", "http://o.test/")));
    expect(204, &oss.call(oss.request("DELETE", "/plum/?website")));
    expect(200, &oss.put_website("plum", &mirror_rule("b/", "http://o.test/")));
    let names = |page: &BucketSummaryPage| page.buckets.iter().map(|bucket| bucket.name.clone()).collect::<Vec<_>>();
    let all: BucketSummaryPage = get(&server, "/v1/buckets");
    assert_eq!((names(&all), &all.next_after), (vec!["apple".into(), "pear".into(), "plum".into()], &None));
    let first: BucketSummaryPage = get(&server, "/v1/buckets?max=2");
    assert_eq!((names(&first).len(), first.next_after.as_deref()), (2, Some("pear")));
    let rest: BucketSummaryPage = get(&server, "/v1/buckets?max=2&after=pear");
    assert_eq!((names(&rest), &rest.next_after), (vec!["plum".to_owned()], &None));
    assert_eq!(names(&get(&server, "/v1/buckets?prefix=p&max=1")), ["pear"]);
    assert_eq!(names(&get(&server, "/v1/buckets?owner=nobody")), [""; 0]);
    let owner = &all.buckets[0].owner;
    assert_eq!(names(&get(&server, &format!("/v1/buckets?owner={owner}"))).len(), 3);

    for bucket in &all.buckets {
        assert_eq!(get::<BucketSummary>(&server, &format!("/v1/buckets/{}", bucket.name)), *bucket);
    }
    let [apple, pear, plum] = &all.buckets[..] else { panic!("{all:?}") };
    assert_eq!((apple.objects, apple.object_bytes, apple.acl.as_str()), (2, 6, "private"), "{apple:?}");
    assert!(apple.created_at.ends_with('Z') && apple.website.is_none() && apple.website_version.is_none(), "{apple:?}");
    assert_eq!((pear.objects, pear.mirrored_objects, pear.public_access_block), (0, 0, Some(false)));
    let website = plum.website.as_ref().unwrap();
    assert_eq!((website.mirror_rules, website.redirect_rules, website.other_rules), (1, 0, 0));
    assert_eq!(plum.website_version.as_deref(), Some("3"));

    for query in ["max=0", "max=1001", "max=x", "max=1&max=2", "marker=a"] {
        let path = format!("/v1/buckets?{query}");
        refused(&admin(&server, "GET", &path, None), 400, "InvalidArgument", query.split('=').next().unwrap());
    }
    refused(&admin(&server, "GET", "/v1/buckets/none", None), 404, "NoSuchBucket", "none");
    refused(&admin(&server, "GET", "/v1/buckets/UPPER", None), 400, "InvalidBucketName", "UPPER");
}

const KEY: &str = "folder/ä b+c?.txt";

fn sign(server: &Server, bucket: &str, fields: &str) -> Response {
    let key = KEY.replace('"', "\\\"");
    let body = format!("{{\"key\":\"{key}\",\"expires_seconds\":60{fields}}}");
    admin(server, "POST", &format!("/v1/buckets/{bucket}/presign"), Some(&body))
}

/// Uses an address without any other signature.
fn used(server: &Server, signed: &PresignedAddress, body: &str) -> Response {
    let endpoint = server.endpoint();
    let mut request =
        Request::new(signed.method.as_str(), &signed.path_and_query).header("Host", &endpoint.to_string());
    for (name, value) in &signed.headers {
        request = request.header(name, value);
    }
    exchange(endpoint, &request.body(body)).unwrap()
}

#[test]
fn a_signed_address_works_as_it_says_and_no_answer_has_the_secret() {
    let (mut server, oss) = server();
    oss.put_bucket("private-one", "private");
    let signed = |fields: &str| {
        let answer = sign(&server, "private-one", fields);
        expect(200, &answer);
        assert!(!answer.text().contains(&server.credentials().access_key_secret), "{answer:?}");
        serde_json::from_slice::<PresignedAddress>(&answer.body).unwrap()
    };
    for version in ["V1", "V2", "V4"] {
        let with = |fields: &str| signed(&format!(",\"version\":\"{version}\"{fields}"));
        let put = with(",\"method\":\"PUT\",\"content_type\":\"text/plain\"");
        expect(200, &used(&server, &put, "bytes"));
        let other_type =
            PresignedAddress { headers: [("Content-Type".into(), "text/html".into())].into(), ..put.clone() };
        expect(403, &used(&server, &other_type, "bytes"));
        let answer = used(
            &server,
            &with(
                ",\"response_headers\":{\"content_disposition\":\"attachment; filename=\\\"a b\\\"\",\"cache_control\":\"no-store\"}",
            ),
            "",
        );
        expect(200, &answer);
        assert_eq!((answer.text().as_str(), answer.get("cache-control")), ("bytes", Some("no-store")), "{version}");
        assert_eq!(answer.get("content-disposition"), Some("attachment; filename=\"a b\""));
        let read = with("");
        expect(403, &used(&server, &PresignedAddress { method: put.method, ..read.clone() }, ""));
        let path = read.path_and_query.replacen("folder", "other", 1);
        expect(403, &used(&server, &PresignedAddress { path_and_query: path, ..read }, ""));
        // In a bucket without versioning the object is its version `null`.
        let null = with(",\"version_id\":\"null\"");
        assert_eq!(used(&server, &null, "").text(), "bytes", "{version}");
        let path = null.path_and_query.replacen("versionId=null", "versionId=nulls", 1);
        expect(403, &used(&server, &PresignedAddress { path_and_query: path, ..null }, ""));
        expect(204, &used(&server, &with(",\"method\":\"DELETE\""), ""));
    }
    for (fields, status, code, hint) in [
        (",\"access_key_id\":\"unknown\"", 404, "NoSuchAccessKey", "unknown"),
        (",\"expires_seconds\":1", 400, "MalformedJSON", "duplicate"),
        (",\"speed\":1", 400, "MalformedJSON", "speed"),
        (",\"method\":\"POST\"", 400, "MalformedJSON", "POST"),
        (",\"version\":\"V3\"", 400, "MalformedJSON", "V3"),
        (",\"content_type\":\"a\\nb\"", 400, "InvalidArgument", "content_type"),
        (",\"response_headers\":{\"expires\":\"a\\nb\"}", 400, "InvalidArgument", "response-expires"),
        (",\"response_headers\":{\"expires\":\"\"}", 400, "InvalidArgument", "response-expires"),
        (",\"response_headers\":{\"server\":\"x\"}", 400, "MalformedJSON", "server"),
        (",\"version_id\":\"x&y\"", 400, "InvalidArgument", "version_id"),
    ] {
        refused(&sign(&server, "private-one", fields), status, code, hint);
    }
    for (body, hint) in [
        ("{\"key\":\"k\",\"expires_seconds\":0}", "from 1 to 604800"),
        ("{\"key\":\"k\",\"expires_seconds\":604801}", "from 1 to 604800"),
        ("{\"key\":\"k\",\"expires_seconds\":315360001,\"version\":\"V1\"}", "from 1 to 315360000"),
        ("{\"key\":\"k\",\"expires_seconds\":315360001,\"version\":\"V2\"}", "from 1 to 315360000"),
        ("{\"key\":\"k\",\"expires_seconds\":18446744073709551615,\"version\":\"V1\"}", "from 1 to"),
    ] {
        let answer = admin(&server, "POST", "/v1/buckets/private-one/presign", Some(body));
        refused(&answer, 400, "InvalidArgument", hint);
    }
    for (body, code) in
        [("{\"key\":\"\",\"expires_seconds\":1}", "InvalidObjectName"), ("{\"key\":\"k\"}", "MalformedJSON")]
    {
        refused(&admin(&server, "POST", "/v1/buckets/private-one/presign", Some(body)), 400, code, "");
    }
    refused(&sign(&server, "none", ""), 404, "NoSuchBucket", "none");
    let secret = server.credentials().access_key_secret.clone();
    assert!(!server.whole_log().unwrap().contains(&secret));
}

#[test]
fn access_keys_are_listed_without_secrets_and_with_their_source() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("keys.toml");
    let key = |id: &str, rest: &str| {
        format!("[[credentials]]\naccess_key_id = \"{id}\"\naccess_key_secret = \"hush-{id}\"\nowner = \"77\"\n{rest}")
    };
    let token = "security_token = \"hush-token\"\n";
    std::fs::write(&file, key("zz", "") + &key("STS.a", token)).unwrap();
    let server = Server::start(options().flag("--credentials-file", file.to_str().unwrap())).unwrap();
    let answer = admin(&server, "GET", "/v1/access-keys", None);
    expect(200, &answer);
    assert!(!answer.text().contains("hush"), "{answer:?}");
    let keys: AccessKeys = serde_json::from_slice(&answer.body).unwrap();
    let shown: Vec<_> =
        keys.keys.iter().map(|key| (key.id.as_str(), key.account.as_str(), key.kind, key.source)).collect();
    let file = AccessKeySource::File;
    let expected =
        [("STS.a", "77", AccessKeyKind::WithSecurityToken, file), ("zz", "77", AccessKeyKind::Permanent, file)];
    assert_eq!(shown, expected);

    let of_environment: AccessKeys = get(&self::server().0, "/v1/access-keys");
    assert_eq!(of_environment.keys[0].source, AccessKeySource::Environment);
    let generated = Server::start(options().generated_credentials()).unwrap();
    assert_eq!(get::<AccessKeys>(&generated, "/v1/access-keys").keys[0].source, AccessKeySource::Generated);
}

#[test]
fn every_setting_is_shown_with_what_has_set_it_also_after_a_reload() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("coho.toml");
    let text = "log = 'warn'\norigin_allow = ['10.0.0.0/8']\n[origin]\nmissing_seconds = 7\n";
    std::fs::write(&file, text).unwrap();
    let server = Server::start(
        options().flag("--config", file.to_str().unwrap()).flag("--region", "cn-beijing").env("COHO_LOG", "info"),
    )
    .unwrap();
    let shown: Configuration = get(&server, "/v1/configuration");
    let setting = |shown: &Configuration, key: &str| {
        let found = shown.settings.iter().find(|setting| setting.key == key).unwrap();
        (found.source, found.value.clone().unwrap())
    };
    let text_of = |text: &str| SettingValue::Text(text.to_owned());
    let list = |text: &str| SettingValue::List(vec![text.to_owned()]);
    assert_eq!(setting(&shown, "region"), (SettingSource::Flag, text_of("cn-beijing")));
    assert_eq!(setting(&shown, "log"), (SettingSource::Variable, text_of("info")));
    assert_eq!(setting(&shown, "origin.missing_seconds"), (SettingSource::File, SettingValue::Number(7)));
    assert_eq!(setting(&shown, "origin_allow"), (SettingSource::File, list("10.0.0.0/8")));
    assert_eq!(setting(&shown, "limits.max_connections"), (SettingSource::Default, SettingValue::Number(10_000)));
    assert_eq!(shown.file.as_deref(), file.to_str());
    assert!(!format!("{shown:?}").contains(&server.credentials().access_key_secret));

    let data_dir = server.data_dir().to_str().unwrap();
    let run = |more: &[&str]| {
        let output = Command::new(BINARY).args(["config", "show", "--data-dir", data_dir]).args(more).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    assert_eq!(serde_json::from_str::<Configuration>(&run(&["--output", "json"])).unwrap(), shown);
    let line = run(&[]).lines().find(|line| line.starts_with("origin.missing_seconds ")).unwrap().to_owned();
    assert!(line.ends_with(" 7 s  (file)"), "{line}");

    std::fs::write(&file, "[origin]\nmissing_seconds = 8\n").unwrap();
    server.signal("HUP").unwrap();
    server.wait_for_log("were read again");
    let shown: Configuration = get(&server, "/v1/configuration");
    let nothing = SettingValue::List(Vec::new());
    assert_eq!(setting(&shown, "origin_allow"), (SettingSource::Default, nothing), "it was read again");
    let kept = (SettingSource::File, SettingValue::Number(7));
    assert_eq!(setting(&shown, "origin.missing_seconds"), kept, "it is read at the start alone");
}
