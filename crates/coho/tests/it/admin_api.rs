//! The admin API as it is documented: its routes, and the form of every refusal.

use std::collections::BTreeSet;

use coho_admin_api::{AdminCode, ProblemDetails, provenance::Provenances};
use coho_testkit::http::{Client, Request, Response, exchange};
use coho_testkit::oss::expect;
use coho_testkit::{Oss, Script, Server};
use serde_json::Value;

use crate::fixture::{Mirror, SITE, server};

const METHODS: [&str; 5] = ["GET", "PUT", "PATCH", "DELETE", "POST"];
/// Connections of the admin address.
const CONNECTIONS: usize = 64;
/// Largest body that the admin address takes.
const BODY_BYTES: usize = 2 << 20;

fn request(server: &Server, method: &str, path: &str) -> Request {
    Request::new(method, path)
        .header("Host", "localhost")
        .header("Authorization", &format!("Bearer {}", server.admin_token()))
}

/// The refusal, which has the one form.
#[track_caller]
fn problem(answer: &Response, status: u16, code: &str) -> ProblemDetails {
    assert_eq!(answer.status(), status, "{answer:?}");
    assert_eq!(answer.get("content-type"), Some("application/problem+json"), "{answer:?}");
    let problem: ProblemDetails = serde_json::from_slice(&answer.body).unwrap();
    assert_eq!((problem.status, problem.code.as_str(), problem.r#type.as_str()), (status, code, "about:blank"));
    assert_eq!(answer.get("x-oss-request-id"), Some(problem.request_id.as_str()));
    assert!(problem.request_id.len() == 24 && !problem.title.is_empty() && !problem.detail.is_empty(), "{problem:?}");
    problem
}

/// Every path with its methods, and whether it is open.
fn documented(server: &Server) -> Vec<(String, BTreeSet<String>, bool)> {
    let answer = exchange(server.admin(), &Request::new("GET", "/-/openapi.json").header("Host", "localhost")).unwrap();
    expect(200, &answer);
    assert_eq!(answer.get("content-type"), Some("application/json"));
    assert_eq!(answer.text(), include_str!("../../../../docs/openapi.json"));
    let document: Value = serde_json::from_slice(&answer.body).unwrap();
    let path = |(path, operations): (&String, &Value)| {
        let operations = operations.as_object().unwrap();
        let methods = operations.keys().map(|method| method.to_ascii_uppercase()).collect();
        let is_open = operations.values().all(|operation| operation["security"].as_array().unwrap().is_empty());
        (path.replace("{bucket}", "site").replace("{id}", "1"), methods, is_open)
    };
    document["paths"].as_object().unwrap().iter().map(path).collect()
}

#[test]
fn the_routes_are_those_of_the_document() {
    let (server, oss) = server();
    oss.put_bucket("site", "private");
    let paths = documented(&server);
    assert!(paths.len() >= 11, "{paths:?}");
    for (path, methods, is_open) in paths {
        for method in METHODS {
            let bare = Request::new(method, &path).header("Host", "localhost");
            if !is_open {
                problem(&exchange(server.admin(), &bare).unwrap(), 401, "AdminTokenRequired");
            }
            let asked = request(&server, method, &path);
            if !methods.contains(method) {
                let answer = exchange(server.admin(), &asked).unwrap();
                problem(&answer, 405, "MethodNotAllowed");
                let allowed = answer.get("allow").unwrap().split(',').map(|method| method.trim().to_owned());
                let head = methods.contains("GET").then(|| "HEAD".to_owned());
                assert_eq!(allowed.collect::<BTreeSet<_>>(), methods.iter().cloned().chain(head).collect(), "{path}");
                continue;
            }
            // A stream has no end; its head says enough.
            let mut client = Client::connect(server.admin()).unwrap();
            client.send(&asked).unwrap();
            let head = client.read_head().unwrap();
            assert!(![401, 405].contains(&head.status), "{method} {path}: {head:?}");
            // There is no configuration, and no such key, account or role.
            let may_miss =
                ["/website", "/access-keys/", "/accounts/", "/roles/"].iter().any(|part| path.contains(part));
            let is_route = head.status != 404 || may_miss;
            assert!(is_route && head.get("x-oss-request-id").is_some(), "{method} {path}: {head:?}");
        }
    }
}

/// What is sent, and how it is refused: status, code, and a part of the text.
type BadInput<'a> = (&'a str, &'a str, Option<(&'a str, &'a str)>, u16, &'a str, &'a str);

#[track_caller]
fn check(server: &Server, input: BadInput<'_>) {
    let (method, path, body, status, code, hint) = input;
    let mut asked = request(server, method, path);
    if let Some((media_type, body)) = body {
        asked = if media_type.is_empty() { asked } else { asked.header("Content-Type", media_type) };
        asked = asked.body(body);
    }
    let answer = exchange(server.admin(), &asked).unwrap();
    let refusal = problem(&answer, status, code);
    assert!(format!("{refusal:?}").contains(hint), "{method} {path} {body:?}: {refusal:?}");
}

#[test]
fn bad_input_is_refused_by_every_route_in_one_form() {
    let (server, oss) = server();
    oss.put_bucket("site", "private");
    for path in ["/", "/-/", "/v1", "/v1/status/", "/v1/buckets/", "/v1/buckets/site/", "/-/HEALTHZ"] {
        check(&server, ("GET", path, None, 404, "NoSuchRoute", "/-/openapi.json"));
    }
    for (method, path) in [
        ("GET", "website"),
        ("PUT", "website"),
        ("DELETE", "website"),
        ("GET", "mirror"),
        ("PATCH", "mirror"),
        ("DELETE", "mirror/missing"),
        ("GET", "mirror/missing"),
        ("GET", "mirror/progress"),
    ] {
        let of = |bucket: &str| format!("/v1/buckets/{bucket}/{path}");
        check(&server, (method, &of("none"), None, 404, "NoSuchBucket", "none"));
        check(&server, (method, &of("UPPER"), None, 400, "InvalidBucketName", "UPPER"));
        check(&server, (method, &of("a%2Fb"), None, 400, "InvalidBucketName", "a/b"));
        check(&server, (method, &of("%FF"), None, 400, "InvalidArgument", "UTF-8"));
    }
    for query in ["from=x", "to=-1", "last=0", "step=day", "last=1&last=2", "until=1", "from=9&to=8"] {
        let path = format!("/v1/buckets/site/history?{query}");
        check(&server, ("GET", &path, None, 400, "InvalidArgument", query.split('=').next().unwrap()));
    }
    check(&server, ("GET", "/v1/buckets/none/history", None, 404, "NoSuchBucket", "none"));
    let history = |rest: &str| format!("/v1/buckets/site/website/history{rest}");
    for (method, rest, status, code) in [
        ("GET", "?max=0", 400, "InvalidArgument"),
        ("GET", "?max=1&max=2", 400, "InvalidArgument"),
        ("GET", "?after=1", 400, "InvalidArgument"),
        ("GET", "/x", 400, "InvalidArgument"),
        ("GET", "/1", 404, "NoSuchWebsiteVersion"),
        ("POST", "/x/restore", 400, "InvalidArgument"),
        ("POST", "/1/restore", 404, "NoSuchWebsiteVersion"),
        ("POST", "/1/restore/", 404, "NoSuchRoute"),
    ] {
        check(&server, (method, &history(rest), None, status, code, ""));
        let other = history(rest).replace("/site/", "/none/");
        let expected = if code == "NoSuchRoute" { code } else { "NoSuchBucket" };
        check(&server, (method, &other, None, 404, expected, ""));
    }
    check(&server, ("GET", "/v1/buckets/site/website", None, 404, "NoSuchWebsiteConfiguration", "site"));
    for (body, code, hint) in [("", "MalformedXML", ""), ("<WebsiteConfiguration/>", "InvalidArgument", "ArgumentName")]
    {
        check(&server, ("PUT", "/v1/buckets/site/website", Some(("application/xml", body)), 400, code, hint));
    }
    let forget = |query: &str| format!("/v1/buckets/site/mirror/missing?{query}");
    for query in ["key=a&prefix=b", "key=a&key=b", "keys=a"] {
        check(&server, ("DELETE", &forget(query), None, 400, "InvalidArgument", "ArgumentValue"));
    }
    check(&server, ("DELETE", &forget("key=%ff"), None, 400, "InvalidArgument", "utf-8"));
    for (path, hint) in [
        ("/v1/mirror/failures?max=0", "from 1 to 1000"),
        ("/v1/mirror/failures?max=1001", "max"),
        ("/v1/mirror/failures?since=1", "since"),
        ("/v1/mirror/failures?bucket=a&bucket=b", "bucket"),
        ("/-/requests?status=404", "status"),
        ("/-/requests?min_status=1000", "min_status"),
        ("/-/requests?bucket=a&bucket=b", "second"),
        ("/v1/buckets/site/mirror/missing?max=x", "max"),
        ("/v1/buckets/site/mirror/missing?key=a", "key"),
    ] {
        check(&server, ("GET", path, None, 400, "InvalidArgument", hint));
    }
    for (body, code, hint) in [
        ("{}", "MalformedJSON", "key"),
        ("{\"key\":\"a\",\"wait\":true}", "MalformedJSON", "wait"),
        ("{\"key\":\"/a\"}", "InvalidArgument", "key"),
    ] {
        let body = Some(("application/json", body));
        check(&server, ("POST", "/v1/buckets/site/mirror/fetch", body, 400, code, hint));
    }
    check(&server, ("GET", "/v1/mirror/failures?bucket=none", None, 404, "NoSuchBucket", "none"));
    check(&server, ("DELETE", "/v1/mirror/failures?max=1", None, 400, "InvalidArgument", "max"));
    for (body, status, code, hint) in [
        ("{}", 400, "MalformedJSON", "origin"),
        ("{\"origin\":\"http://o\",\"all\":true}", 400, "MalformedJSON", "all"),
        ("{\"origin\":\"http://o.test\"}", 404, "NoSuchOrigin", "http://o.test"),
    ] {
        let body = Some(("application/json", body));
        check(&server, ("POST", "/v1/mirror/origins/reset", body, status, code, hint));
    }
    for (query, code, hint) in [
        ("", "MissingArgument", "bucket"),
        ("bucket=site&method=PUT", "InvalidArgument", "neither GET nor HEAD"),
        ("bucket=site&status=1e2", "InvalidArgument", "status"),
        ("bucket=site&key=/k", "InvalidArgument", "key"),
        ("bucket=site&verbose=1", "InvalidArgument", "verbose"),
        ("bucket=site&key=a&key=b", "InvalidArgument", "second"),
        ("bucket=%ff", "InvalidArgument", "utf-8"),
    ] {
        check(&server, ("GET", &format!("/v1/rules/explain?{query}"), None, 400, code, hint));
    }
}

#[test]
fn a_change_of_settings_is_made_whole_or_refused_by_field() {
    let (server, oss) = server();
    oss.put_bucket("site", "private");
    let path = "/v1/buckets/site/mirror";
    let before = exchange(server.admin(), &request(&server, "GET", path)).unwrap().text();
    let rules: Vec<_> = (0..41).map(|rule| format!("\"{rule}\":{{\"qps\":1}}")).collect();
    let rules = format!("{{\"rules\":{{{}}}}}", rules.join(","));
    for (body, code, hint) in [
        ("", "MalformedJSON", "EOF"),
        ("{", "MalformedJSON", "EOF"),
        ("[]", "MalformedJSON", "object"),
        ("[5]", "MalformedJSON", "object"),
        ("{\"rules\":{\"1\":[5]}}", "MalformedJSON", "object"),
        ("null", "MalformedJSON", ""),
        ("{\"qps\":5,\"speed\":1}", "MalformedJSON", "speed"),
        ("{\"qps\":5,\"qps\":6}", "MalformedJSON", "qps"),
        ("{\"qps\":0}", "MalformedJSON", "default, none or a number from 1"),
        ("{\"qps\":-1}", "MalformedJSON", "qps"),
        ("{\"qps\":1.5}", "MalformedJSON", "qps"),
        ("{\"qps\":null}", "MalformedJSON", "qps"),
        ("{\"qps\":9223372036854775808}", "MalformedJSON", "qps"),
        ("{\"bandwidth_bytes_per_second\":\"fast\"}", "MalformedJSON", "bandwidth_bytes_per_second"),
        ("{\"rules\":{\"x\":{}}}", "MalformedJSON", "rules"),
        ("{\"rules\":{\"1\":{\"speed\":1}}}", "MalformedJSON", "speed"),
        ("{\"rules\":[1]}", "MalformedJSON", "rules"),
        (rules.as_str(), "InvalidArgument", "rules"),
        ("{\"qps\":5,\"connect_timeout_ms\":0}", "InvalidArgument", "connect_timeout_ms"),
        ("{\"idle_timeout_ms\":3600001}", "InvalidArgument", "from 1 to 3600000"),
        ("{\"missing_seconds\":604801}", "InvalidArgument", "missing_seconds"),
        ("{\"missing_seconds\":4294967296}", "MalformedJSON", "missing_seconds"),
        ("{\"hide_origin\":\"yes\"}", "MalformedJSON", "hide_origin"),
        ("{\"trust_close\":null}", "MalformedJSON", "trust_close"),
        ("{\"encrypt\":\"AES256\"}", "MalformedJSON", "encrypt"),
    ] {
        check(&server, ("PATCH", path, Some(("application/json", body)), 400, code, hint));
    }
    for media_type in ["", "text/plain", "application/xml"] {
        let body = Some((media_type, "{\"qps\":5}"));
        check(&server, ("PATCH", path, body, 415, "UnsupportedMediaType", "application/json"));
    }
    assert_eq!(exchange(server.admin(), &request(&server, "GET", path)).unwrap().text(), before, "nothing has changed");
    let body = "{\"qps\":5,\"rules\":{\"3\":{\"bandwidth_bytes_per_second\":7}}}";
    let asked = request(&server, "PATCH", path).header("Content-Type", "application/json").body(body);
    let changed: Value = serde_json::from_slice(&exchange(server.admin(), &asked).unwrap().body).unwrap();
    assert_eq!((&changed["qps"], &changed["rules"]["3"]["bandwidth_bytes_per_second"]), (&5.into(), &7.into()));
    assert_eq!(changed["rules"]["3"]["qps"], "default", "{changed}");
}

#[test]
fn a_body_that_is_too_large_is_refused() {
    let (server, oss) = server();
    oss.put_bucket("site", "private");
    for (method, path, media_type) in [("PUT", "website", "application/xml"), ("PATCH", "mirror", "application/json")] {
        let body = " ".repeat(BODY_BYTES + 1);
        let path = format!("/v1/buckets/site/{path}");
        check(&server, (method, &path, Some((media_type, &body)), 413, "EntityTooLarge", "MaxSizeAllowed"));
    }
}

#[test]
fn a_wrong_host_and_an_ambiguous_message_are_refused_in_the_form_too() {
    let (server, _oss) = server();
    let asked = Request::new("GET", "/-/healthz").header("Host", "rebound.example.com");
    let refusal = problem(&exchange(server.admin(), &asked).unwrap(), 421, "HostNotAllowed");
    assert!(refusal.detail.contains("rebound.example.com"), "{refusal:?}");
    let answer = exchange(server.admin(), &Request::new("GET", "/-/healthz")).unwrap();
    problem(&answer, 400, "InvalidRequest");
}

#[test]
fn a_connection_too_many_is_told_so() {
    let (server, _oss) = server();
    let idle: Vec<_> = (0..CONNECTIONS).map(|_| Client::connect(server.admin()).unwrap()).collect();
    let asked = Request::new("GET", "/-/healthz").header("Host", "localhost");
    let answer = exchange(server.admin(), &asked).unwrap();
    problem(&answer, 503, "TooManyConnections");
    assert_eq!(answer.get("connection"), Some("close"));
    server.wait_for_log("an admin connection was refused");
    drop(idle);
}

#[test]
fn an_event_stream_too_many_is_refused_and_leaves_room_for_others() {
    let (server, _oss) = server();
    let asked = request(&server, "GET", "/-/events");
    // The fixture may follow the events as well.
    let mut streams = Vec::new();
    let refused = loop {
        let mut client = Client::connect(server.admin()).unwrap();
        client.send(&asked).unwrap();
        let head = client.read_head().unwrap();
        if head.status != 200 {
            break head;
        }
        streams.push(client);
        assert!(streams.len() <= CONNECTIONS / 2, "{head:?}");
    };
    assert_eq!((refused.status, refused.get("content-type")), (503, Some("application/problem+json")));
    assert!(streams.len() >= CONNECTIONS / 2 - 1, "{}", streams.len());
    expect(200, &exchange(server.admin(), &request(&server, "GET", "/v1/status")).unwrap());
}

#[test]
fn the_codes_of_the_admin_address_are_documented() {
    let page = include_str!("../../../../docs/errors.md");
    for code in AdminCode::ALL {
        let row = format!("| `{}` | {} |", code.as_str(), code.status());
        assert!(page.contains(&row), "{row}");
    }
}

#[test]
fn a_refusal_is_shown_by_the_command_line_with_its_code_and_its_id() {
    let server = Server::start(crate::fixture::options()).unwrap();
    Oss::new(&server).put_bucket("site", "private");
    let run = |args: &[&str]| {
        let data_dir = server.data_dir().to_str().unwrap();
        let output = std::process::Command::new(crate::fixture::BINARY)
            .args(args)
            .args(["--data-dir", data_dir])
            .stdin(std::process::Stdio::null())
            .output()
            .unwrap();
        (output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let (done, text) = run(&["mirror", "limit", "none"]);
    assert!(!done && text.contains("does not exist. [BucketName: none] (NoSuchBucket, status 404, request "), "{text}");
    let (done, text) = run(&["mirror", "set", "site", "--missing-seconds", "99999999"]);
    assert!(!done && text.contains("from 0 to 604800 [ArgumentName: missing_seconds, "), "{text}");
}

#[test]
fn a_list_is_told_which_objects_were_fetched() {
    let mirror = Mirror::start();
    mirror.origin.route("/old/ab", Script::ok("a"));
    expect(200, &mirror.get("ab"));
    mirror.server.wait_for("fill_ended", SITE, "ab");
    mirror.oss.put(SITE, "own", b"own");
    let link = mirror.oss.request("PUT", "/site/link?symlink").header("x-oss-symlink-target", "own");
    expect(200, &mirror.oss.call(link.body("")));
    let path = "/v1/buckets/site/provenance";
    let ask = |body: &str| {
        let request = request(&mirror.server, "POST", path).header("Content-Type", "application/json");
        exchange(mirror.server.admin(), &request.body(body.as_bytes())).unwrap()
    };
    let answer = ask(r#"{"keys":["own","none","ab","/no key","link"]}"#);
    expect(200, &answer);
    let told: Provenances = serde_json::from_slice(&answer.body).unwrap();
    let [own, fetched, link] = &told.objects[..] else { panic!("{told:?}") };
    assert_eq!((own.key.as_str(), &own.mirrored_from, &own.fetched), ("own", &None, &None));
    assert_eq!((fetched.key.as_str(), &fetched.symlink_target), ("ab", &None));
    assert_eq!(link.symlink_target.as_deref(), Some("own"));
    assert!(fetched.mirrored_from.as_deref().unwrap().starts_with("http%3a%2f%2f"), "{fetched:?}");
    assert_eq!((fetched.fetched.as_ref().unwrap().rule, &fetched.rewritten), (1, &None));
    // Other headers for the same bytes: those are still the origin's.
    let rewrite = mirror.oss.request("PUT", "/site/ab").header("x-oss-copy-source", "/site/ab");
    expect(
        200,
        &mirror.oss.call(rewrite.header("x-oss-metadata-directive", "REPLACE").header("x-oss-meta-a", "b").body("")),
    );
    let told: Provenances = serde_json::from_slice(&ask(r#"{"keys":["ab"]}"#).body).unwrap();
    assert_eq!((&told.objects[0].mirrored_from, &told.objects[0].fetched), (&fetched.mirrored_from, &fetched.fetched));
    assert!(told.objects[0].rewritten.is_some(), "{told:?}");
    let got = mirror.get("ab");
    assert!(got.get("x-oss-tag").is_some_and(|tag| tag.starts_with("MIRROR http%3a")), "{got:?}");
    assert_eq!(got.get("x-oss-meta-a"), Some("b"));
    let many = format!(r#"{{"keys":[{}]}}"#, vec![r#""k""#; 201].join(","));
    for (body, code, hint) in [
        (many.as_str(), "InvalidArgument", "200"),
        ("{}", "MalformedJSON", "keys"),
        (r#"{"keys":[],"all":true}"#, "MalformedJSON", "all"),
    ] {
        check(&mirror.server, ("POST", path, Some(("application/json", body)), 400, code, hint));
    }
}
