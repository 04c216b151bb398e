//! `MirrorAuth`: requests to a private origin are signed, and no other host sees the signature.

use coho_auth::{Credential, authorize_s3_v4};
use coho_testkit::oss::{expect, object};
use coho_testkit::sign::now_unix_seconds;
use coho_testkit::{Options, Origin, Oss, Script, Server};
use http::{HeaderMap, HeaderValue};

use crate::fixture::{LOOPBACK, Mirror, SITE, expect_error, options, server, website};

const SECRET: &str = "origin-secret";

/// A rule for everything that signs.
fn rule(url: &str, auth_type: &str, id: &str, secret: &str, more: &str) -> String {
    website(&format!(
        "<RoutingRule><RuleNumber>1</RuleNumber>\
         <Condition><HttpErrorCodeReturnedEquals>404</HttpErrorCodeReturnedEquals></Condition>\
         <Redirect><RedirectType>Mirror</RedirectType><MirrorURL>{url}</MirrorURL>{more}\
         <MirrorAuth><AuthType>{auth_type}</AuthType><Region>cn-hangzhou</Region><AccessKeyId>{id}</AccessKeyId>\
         <AccessKeySecret>{secret}</AccessKeySecret></MirrorAuth></Redirect></RoutingRule>"
    ))
}

fn mirror(options: Options) -> Mirror {
    let origin = Origin::start().unwrap();
    let options = options.flag("--mirror", format!("{SITE}={}", origin.url("/old/"))).flag("--origin-allow", LOOPBACK);
    let server = Server::start(options).unwrap();
    Mirror { oss: Oss::new(&server), origin, server }
}

#[test]
fn an_s3_origin_gets_a_signature_of_what_it_is_asked() {
    let mut mirror = mirror(options());
    let script = || Script::generated("x", 300_000).header("ETag", "\"v1\"").ranges().cut_each(200_000);
    mirror.origin.route("/old/dir/a%20b", script());
    expect(200, &mirror.oss.put_website(SITE, &rule(&mirror.origin.url("/old/"), "S3V4", "id", SECRET, "")));
    expect(200, &mirror.get("dir/a b"));
    let requests = mirror.origin.requests();
    assert_eq!(requests.len(), 2, "the body was resumed");
    for request in requests {
        let mut headers = HeaderMap::new();
        for name in ["host", "range", "if-range"] {
            if let Some(value) = request.header(name) {
                headers.insert(name, HeaderValue::from_str(value).unwrap());
            }
        }
        // The same signature, made from what has arrived; the time is found by trying.
        let credential = Credential::new("id", SECRET, "");
        let now = now_unix_seconds();
        let fits = (now - 60..=now).any(|second| {
            let (mut headers, target) = (headers.clone(), (request.path(), ""));
            authorize_s3_v4(&credential, "cn-hangzhou", "GET", target, &mut headers, second).unwrap();
            request.header("x-amz-date") == headers["x-amz-date"].to_str().ok()
                && request.header("authorization") == headers["authorization"].to_str().ok()
        });
        assert!(fits, "{request:?}");
    }
    assert!(!mirror.server.whole_log().unwrap().contains(SECRET));
}

#[test]
fn a_private_bucket_of_another_store_is_read_with_oss4() {
    let (store, owner) = server();
    owner.put_bucket("private", "private");
    for key in ["plain", "dir/a b", "100%+ü?#", "big"] {
        let body = if key == "big" { coho_testkit::body::generated("x", 3_000_000) } else { key.into() };
        owner.put("private", key, &body);
    }
    let credentials = store.credentials();
    let url = format!("http://{}/private/", store.endpoint());
    let mut mirror = mirror(options());
    let (id, secret) = (&*credentials.access_key_id, &*credentials.access_key_secret);
    expect(200, &mirror.oss.put_website(SITE, &rule(&url, "OSS4", id, "wrong", "")));
    expect_error(424, "MirrorFailed", &mirror.get("plain"));
    expect(200, &mirror.oss.put_website(SITE, &rule(&url, "OSS4", id, secret, "")));
    for key in ["plain", "dir/a b", "100%+ü?#", "big"] {
        let answer = mirror.get(key);
        expect(200, &answer);
        assert!(answer.body == owner.get("private", key).body, "{key}");
    }
    expect_error(404, "NoSuchKey", &mirror.get("absent"));
    mirror.assert_absent("absent");
    // The document shows no secret, and written back as it is shown it still works.
    let shown = mirror.oss.call(mirror.oss.request("GET", &format!("{}?website", object(SITE, "")))).text();
    assert!(shown.contains("<AuthType>OSS4</AuthType>") && !shown.contains(secret), "{shown}");
    expect(200, &mirror.oss.put_website(SITE, &shown));
    owner.put("private", "later", b"later");
    expect(200, &mirror.get("later"));
    assert!(!mirror.server.whole_log().unwrap().contains(secret));
}

#[test]
fn a_redirect_to_another_server_takes_no_signature_along() {
    let mirror = mirror(options());
    let other = Origin::start().unwrap();
    other.route("/there", Script::ok("there"));
    mirror.origin.route("/old/x", Script::redirect(302, &other.url("/there")));
    for auth_type in ["S3V4", "OSS4"] {
        expect(200, &mirror.oss.put_website(SITE, &rule(&mirror.origin.url("/old/"), auth_type, "id", SECRET, "")));
        let answer = mirror.get("x");
        expect(200, &answer);
        mirror.server.wait_until_idle();
        mirror.oss.delete(SITE, "x");
    }
    assert!(mirror.origin.requests().iter().all(|request| request.header("authorization").is_some()));
    assert_eq!(other.requests().len(), 2);
    for request in other.requests() {
        for (name, value) in &request.headers {
            assert!(
                name != "authorization" && !name.starts_with("x-amz-") && !name.starts_with("x-oss-"),
                "{name}: {value}"
            );
        }
    }
}

#[test]
fn a_rule_that_cannot_sign_does_not_ask() {
    let mirror = mirror(options());
    mirror.origin.route("/old/x", Script::ok("x"));
    let url = mirror.origin.url("/old/");
    for (auth_type, id) in [("S3V2", "id"), ("s3v4", "id"), ("S3V4", "")] {
        let put = mirror.oss.put_website(SITE, &rule(&url, auth_type, id, SECRET, ""));
        if put.status() == 200 {
            expect_error(404, "NoSuchKey", &mirror.get("x"));
        }
        assert_eq!(mirror.origin.hits("/old/x"), 0, "{auth_type} {id:?}");
    }
}
