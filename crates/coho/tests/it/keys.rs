//! Access keys that are made in the running store: their rights on the wire, their states, and their secrets.

use coho_admin_api::access::{AccessKeys, AccountList, AccountSummary, IssuedAccessKey, IssuedKeySession};
use coho_testkit::Server;
use coho_testkit::events::Event;
use coho_testkit::form::{Form, FormVersion};
use coho_testkit::http::{Request, Response, exchange};
use coho_testkit::oss::{Oss, expect};
use coho_testkit::server::Credentials;
use serde::de::DeserializeOwned;

use crate::fixture::server;

pub(crate) fn admin(server: &Server, authorization: &str, method: &str, path: &str, body: &str) -> Response {
    let mut request = Request::new(method, path).header("Host", "localhost").header("Authorization", authorization);
    if !body.is_empty() {
        request = request.header("Content-Type", "application/json").body(body);
    }
    exchange(server.admin(), &request).unwrap()
}

pub(crate) fn by_token(server: &Server, method: &str, path: &str, body: &str) -> Response {
    admin(server, &format!("Bearer {}", server.admin_token()), method, path, body)
}

#[track_caller]
pub(crate) fn made<T: DeserializeOwned>(server: &Server, method: &str, path: &str, body: &str) -> T {
    let answer = by_token(server, method, path, body);
    assert!((200..300).contains(&answer.status()), "{}", answer.text());
    serde_json::from_slice(&answer.body).unwrap()
}

#[track_caller]
pub(crate) fn key(server: &Server, body: &str) -> IssuedAccessKey {
    made(server, "POST", "/v1/access-keys", body)
}

pub(crate) fn client(server: &Server, id: &str, secret: &str) -> Oss {
    Oss::with_credentials(server.endpoint(), Credentials::new(id, secret))
}

pub(crate) fn client_of(server: &Server, issued: &IssuedAccessKey) -> Oss {
    client(server, &issued.key.id, &issued.secret)
}

#[track_caller]
pub(crate) fn denied(answer: &Response) {
    expect(403, answer);
    let text = answer.text();
    assert!(text.contains("The rights of the access key do not allow this."), "{text}");
}

#[test]
fn rights_hold_for_every_object_that_a_request_reaches() {
    let (server, owner) = server();
    for bucket in ["photos", "logs"] {
        owner.put_bucket(bucket, "public-read-write");
    }
    owner.put("photos", "in/a", b"1");
    owner.put("photos", "out/a", b"2");
    let link = owner.request("PUT", "/photos/in/link?symlink").header("x-oss-symlink-target", "out%2Fa");
    expect(200, &owner.call(link));
    let limited = client_of(&server, &key(&server, r#"{"rights": ["read-write:photos/in/"]}"#));
    expect(200, &limited.get("photos", "in/a"));
    limited.put("photos", "in/b", b"3");
    denied(&limited.get("photos", "out/a"));
    // What everyone may read is beyond the key, too, and so is the target of a link.
    denied(&limited.get("logs", "any"));
    denied(&limited.get("photos", "in/link"));
    for target in ["/", "/photos/", "/photos/?prefix=out/", "/photos/?bucketInfo", "/photos/?acl"] {
        denied(&limited.call(limited.request("GET", target)));
    }
    expect(200, &limited.call(limited.request("GET", "/photos/?prefix=in/")));
    denied(&limited.call(limited.request("PUT", "/other")));
    denied(&limited.call(limited.request("DELETE", "/photos/")));
    let copy = |source: &str| limited.request("PUT", "/photos/in/copy").header("x-oss-copy-source", source);
    expect(200, &limited.call(copy("/photos/in/a")));
    denied(&limited.call(copy("/photos/out/a")));
    let delete = |keys: &[&str]| {
        let objects: String = keys.iter().map(|key| format!("<Object><Key>{key}</Key></Object>")).collect();
        limited.call(limited.request("POST", "/photos/?delete").body(format!("<Delete>{objects}</Delete>")))
    };
    denied(&delete(&["in/b", "out/a"]));
    expect(200, &owner.get("photos", "in/b"));
    expect(200, &delete(&["in/b", "in/copy"]));
    expect(200, &owner.get("photos", "out/a"));

    let reader = client_of(&server, &key(&server, r#"{"rights": ["read-only"]}"#));
    expect(200, &reader.get("photos", "out/a"));
    expect(200, &reader.call(reader.request("GET", "/")));
    denied(&reader.call(reader.request("PUT", "/photos/x").body("1")));
    denied(&reader.call(reader.request("PUT", "/new-bucket")));
}

#[test]
fn the_rights_of_a_key_hold_for_the_forms_that_it_signs() {
    const POLICY: &str =
        r#"{"expiration":"2999-01-01T00:00:00.000Z","conditions":[["content-length-range",0,9000000]]}"#;
    let (server, owner) = server();
    // What anyone may write is beyond the key, too.
    owner.put_bucket("photos", "public-read-write");
    let post = |issued: &IssuedAccessKey, version, key: &str, file: &str, body: &[u8]| {
        let oss = client_of(&server, issued);
        let mut form = Form::new().field("key", key);
        if let Some(token) = &issued.security_token {
            form = form.field("x-oss-security-token", token);
        }
        let fields = oss.form_signature(version, POLICY);
        let form = form.fields(fields.iter().map(|(name, value)| (*name, value.as_str())));
        form.file(file, "text/plain", body).post(&oss, "photos")
    };
    let limited = key(&server, r#"{"rights": ["read-write:photos/in/"]}"#);
    let reader = key(&server, r#"{"rights": ["read-only:photos"]}"#);
    let temporary = key(&server, r#"{"rights": ["read-write:photos/in/"], "expires_seconds": 900}"#);
    let large = vec![b'x'; 3 << 20];
    for version in [FormVersion::V1, FormVersion::V2, FormVersion::V4] {
        expect(204, &post(&limited, version, "in/${filename}", "a", b"1"));
        expect(204, &post(&temporary, version, "in/b", "f", b"1"));
        denied(&post(&limited, version, "out/a", "f", b"1"));
        denied(&post(&limited, version, "${filename}", "in", b"1"));
        denied(&post(&limited, version, "out/large", "f", &large));
        denied(&post(&reader, version, "in/c", "f", b"1"));
        denied(&post(&temporary, version, "out/a", "f", b"1"));
        let without = IssuedAccessKey { security_token: None, ..temporary.clone() };
        expect(403, &post(&without, version, "in/d", "f", b"1"));
    }
    assert_eq!(owner.keys("photos"), ["in/a", "in/b"]);
    let path = format!("/v1/access-keys/{}", limited.key.id);
    let rotated: IssuedAccessKey = made(&server, "POST", &format!("{path}/rotate"), r#"{"grace_seconds": 600}"#);
    expect(204, &post(&limited, FormVersion::V4, "in/by-the-old-secret", "f", b"1"));
    expect(204, &post(&rotated, FormVersion::V4, "in/by-the-new-secret", "f", b"1"));
    expect(200, &by_token(&server, "PATCH", &path, r#"{"enabled": false}"#));
    let refused = post(&rotated, FormVersion::V4, "in/by-a-disabled-key", "f", b"1");
    expect(403, &refused);
    assert_eq!(refused.element("EC").as_deref(), Some("0002-00000903"));
    let keys: AccessKeys = made(&server, "GET", "/v1/access-keys", "");
    let used = keys.keys.iter().find(|key| key.id == limited.key.id);
    assert!(used.is_some_and(|key| key.last_used_at.is_some()), "{used:?}");
}

#[test]
fn a_change_of_accounts_or_keys_is_an_event() {
    let (server, _) = server();
    let _team: AccountSummary = made(&server, "POST", "/v1/accounts", r#"{"id": "team"}"#);
    let is_meant = |event: &Event| event.name == "configuration_changed" && event.data["what"] == "access";
    assert!(server.events().wait_for("access", is_meant).data["bucket"].is_null());
}

#[test]
fn a_key_changes_from_the_next_request_on_and_survives_a_start() {
    let (mut server, owner) = server();
    owner.put_bucket("photos", "private");
    owner.put("photos", "a", b"1");
    let issued = key(&server, r#"{"rights": ["admin"]}"#);
    let path = format!("/v1/access-keys/{}", issued.key.id);
    let status = |server: &Server, secret: &str| client(server, &issued.key.id, secret).get("photos", "a").status();
    assert_eq!(status(&server, &issued.secret), 200);
    let basic = |server: &Server, secret: &str| {
        let text = base64(&format!("{}:{secret}", issued.key.id));
        admin(server, &format!("Basic {text}"), "GET", "/v1/status", "").status()
    };
    assert_eq!((basic(&server, &issued.secret), basic(&server, "wrong")), (200, 401));
    server.restart().unwrap();
    assert_eq!(status(&server, &issued.secret), 200);
    let rotated: IssuedAccessKey = made(&server, "POST", &format!("{path}/rotate"), r#"{"grace_seconds": 600}"#);
    assert_eq!((status(&server, &issued.secret), status(&server, &rotated.secret)), (200, 200));
    expect(200, &by_token(&server, "PATCH", &path, r#"{"enabled": false}"#));
    let refused = client(&server, &issued.key.id, &rotated.secret).get("photos", "a");
    expect(403, &refused);
    assert_eq!((refused.element("EC"), basic(&server, &rotated.secret)), (Some("0002-00000903".into()), 401));
    expect(200, &by_token(&server, "PATCH", &path, r#"{"enabled": true, "rights": ["read-only:logs"]}"#));
    denied(&client(&server, &issued.key.id, &rotated.secret).get("photos", "a"));
    assert_eq!(basic(&server, &rotated.secret), 401);
    expect(204, &by_token(&server, "DELETE", &path, ""));
    assert_eq!(status(&server, &rotated.secret), 403);
    expect(404, &by_token(&server, "DELETE", &path, ""));
    // Neither the log nor the data folder has a secret.
    let log = server.whole_log().unwrap();
    assert!(!log.contains(&issued.secret) && !log.contains(&rotated.secret));
    for entry in std::fs::read_dir(server.data_dir().join("meta")).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap_or_default();
        assert!(!bytes.windows(issued.secret.len()).any(|window| window == issued.secret.as_bytes()));
    }
}

fn base64(text: &str) -> String {
    use base64::{Engine, engine::general_purpose::STANDARD};
    STANDARD.encode(text)
}

#[test]
fn temporary_credentials_need_their_token_and_are_limited_by_their_policy() {
    let (server, owner) = server();
    owner.put_bucket("photos", "private");
    owner.put("photos", "in/a", b"1");
    owner.put("photos", "out/a", b"2");
    let parent = key(&server, r#"{}"#);
    let policy = r#"{"Version":"1","Statement":[{"Effect":"Allow","Action":"oss:GetObject","Resource":"acs:oss:*:*:photos/in/*"}]}"#;
    let body = serde_json::json!({ "expires_seconds": 900, "policy": policy }).to_string();
    let path = format!("/v1/access-keys/{}/sessions", parent.key.id);
    let session: IssuedKeySession = made(&server, "POST", &path, &body);
    let oss = client(&server, &session.access_key_id, &session.access_key_secret);
    let get = |key: &str, token: &str| {
        let request = oss.request("GET", &format!("/photos/{key}"));
        oss.call(if token.is_empty() { request } else { request.header("x-oss-security-token", token) })
    };
    expect(200, &get("in/a", &session.security_token));
    denied(&get("out/a", &session.security_token));
    let wrong = get("in/a", "wrong");
    expect(403, &wrong);
    assert_eq!(wrong.element("Code").as_deref(), Some("InvalidSecurityToken"));
    expect(403, &get("in/a", ""));
    for (body, code) in [
        (r#"{"expires_seconds": 899}"#, "InvalidArgument"),
        (r#"{"expires_seconds": 900, "policy": "{"}"#, "InvalidPolicyDocument"),
        (r#"{"expires_seconds": 900, "other": 1}"#, "MalformedJSON"),
    ] {
        let refused = by_token(&server, "POST", &path, body);
        assert!(refused.status() == 400 && refused.text().contains(code), "{body}: {}", refused.text());
    }
    expect(200, &by_token(&server, "PATCH", &format!("/v1/access-keys/{}", parent.key.id), r#"{"enabled": false}"#));
    expect(403, &get("in/a", &session.security_token));

    let short = key(&server, r#"{"expires_seconds": 1}"#);
    let token = short.security_token.clone().unwrap();
    let oss = client_of(&server, &short);
    loop {
        let answer = oss.call(oss.request("GET", "/photos/in/a").header("x-oss-security-token", &token));
        if answer.status() == 403 {
            assert_eq!(answer.element("Code").as_deref(), Some("SecurityTokenExpired"));
            break;
        }
        expect(200, &answer);
    }
}

#[test]
fn accounts_own_buckets_and_have_names() {
    let (server, owner) = server();
    owner.put_bucket("photos", "private");
    let account: AccountSummary = made(&server, "POST", "/v1/accounts", r#"{"display_name": "Ann & Bob"}"#);
    let issued = key(&server, &format!(r#"{{"account": "{}"}}"#, account.id));
    let other = client_of(&server, &issued);
    other.put_bucket("theirs", "private");
    let listed = other.call(other.request("GET", "/")).text();
    assert!(listed.contains("Ann &amp; Bob") && listed.contains("theirs") && !listed.contains("photos"), "{listed}");
    expect(403, &other.get("photos", "a"));
    let path = format!("/v1/accounts/{}", account.id);
    let refused = by_token(&server, "DELETE", &path, "");
    expect(409, &refused);
    expect(204, &by_token(&server, "DELETE", &format!("/v1/access-keys/{}", issued.key.id), ""));
    expect(409, &by_token(&server, "DELETE", &path, ""));
    let list: AccountList = made(&server, "GET", "/v1/accounts", "");
    assert_eq!(list.accounts.len(), 2, "{list:?}");
    let keys: AccessKeys = made(&server, "GET", "/v1/access-keys", "");
    let configured = &keys.keys[0];
    let path = format!("/v1/access-keys/{}", configured.id);
    let refused = by_token(&server, "DELETE", &path, "");
    assert!(refused.status() == 409 && refused.text().contains("AccessKeyNotChangeable"), "{}", refused.text());
    for body in [r#"{"rights": []}"#, r#"{"rights": ["all"]}"#, r#"{"account": "a b"}"#, r#"{"expires_seconds": 0}"#] {
        expect(400, &by_token(&server, "POST", "/v1/access-keys", body));
    }
}

/// A session that a key may make, as the admin API makes it.
fn session(server: &Server, key_id: &str) -> IssuedKeySession {
    made(server, "POST", &format!("/v1/access-keys/{key_id}/sessions"), r#"{"expires_seconds": 900}"#)
}

fn get_with(server: &Server, id: &str, secret: &str, token: &str) -> Response {
    let oss = client(server, id, secret);
    oss.call(oss.request("GET", "/photos/in/a").header("x-oss-security-token", token))
}

#[test]
fn a_session_signs_forms_within_the_rights_of_its_key() {
    const POLICY: &str =
        r#"{"expiration":"2999-01-01T00:00:00.000Z","conditions":[["content-length-range",0,9000000]]}"#;
    let (server, owner) = server();
    owner.put_bucket("photos", "private");
    let parent = key(&server, r#"{"rights": ["read-write:photos/in/"]}"#);
    let session = session(&server, &parent.key.id);
    let oss = client(&server, &session.access_key_id, &session.access_key_secret);
    let post = |version, key: &str, token: Option<&str>| {
        let fields = oss.form_signature(version, POLICY);
        let form = Form::new().field("key", key).fields(fields.iter().map(|(name, value)| (*name, value.as_str())));
        let form = token.into_iter().fold(form, |form, token| form.field("x-oss-security-token", token));
        form.file("f", "text/plain", b"1").post(&oss, "photos")
    };
    let token = Some(session.security_token.as_str());
    for version in [FormVersion::V1, FormVersion::V2, FormVersion::V4] {
        expect(204, &post(version, "in/a", token));
        denied(&post(version, "out/a", token));
        expect(403, &post(version, "in/b", None));
        let wrong = post(version, "in/b", Some("wrong"));
        expect(403, &wrong);
        assert_eq!(wrong.element("Code").as_deref(), Some("InvalidSecurityToken"));
    }
    assert_eq!(owner.keys("photos"), ["in/a"]);
    expect(200, &by_token(&server, "PATCH", &format!("/v1/access-keys/{}", parent.key.id), r#"{"enabled": false}"#));
    expect(403, &post(FormVersion::V4, "in/c", token));
}

/// Only this server's seal makes a session, and only for its own id and secret.
#[test]
fn forged_foreign_and_damaged_tokens_are_refused() {
    let (server, owner) = server();
    owner.put_bucket("photos", "private");
    owner.put("photos", "in/a", b"1");
    let parent = key(&server, "{}");
    let [one, two] = [session(&server, &parent.key.id), session(&server, &parent.key.id)];
    let send = |id: &str, secret: &str, token: &str| get_with(&server, id, secret, token);
    let with_token = |token: &str| send(&one.access_key_id, &one.access_key_secret, token);
    expect(200, &with_token(&one.security_token));
    // The same data in another folder, and a session of another folder.
    let other = Server::start(crate::fixture::options()).unwrap();
    let foreign = session(&other, &other.credentials().access_key_id);
    let refused = |token: &str| {
        let answer = with_token(token);
        expect(403, &answer);
        assert_eq!(answer.element("Code").as_deref(), Some("InvalidSecurityToken"), "{token}");
    };
    let token = one.security_token.as_str();
    let flipped: Vec<String> = (0..token.len())
        .step_by(token.len() / 16)
        .map(|at| {
            let other = if &token[at..=at] == "A" { "B" } else { "A" };
            format!("{}{other}{}", &token[..at], &token[at + 1..])
        })
        .collect();
    for token in flipped.iter().map(String::as_str).chain([
        two.security_token.as_str(),
        foreign.security_token.as_str(),
        &token[..token.len() - 1],
        &token[..token.len() / 2],
        &token[1..],
        &format!("{token}A"),
        &format!("{token}{token}"),
        &"A".repeat(8_192),
        &"A".repeat(60_000),
        "{}",
        "...",
        "sealed-1.",
        "%00",
    ]) {
        refused(token);
    }
    // A secret or an id of another session.
    let mixed = send(&one.access_key_id, &two.access_key_secret, token);
    assert_eq!((mixed.status(), mixed.element("Code").as_deref()), (403, Some("SignatureDoesNotMatch")));
    let mixed = send(&two.access_key_id, &one.access_key_secret, token);
    assert_eq!((mixed.status(), mixed.element("Code").as_deref()), (403, Some("InvalidSecurityToken")));
    // A token is of no use to a key that is not its session, and a session needs one.
    let permanent = send(&parent.key.id, &parent.secret, token);
    assert_eq!((permanent.status(), permanent.element("EC").as_deref()), (403, Some("0002-00000002")));
    let foreign = send(&foreign.access_key_id, &foreign.access_key_secret, &foreign.security_token);
    expect(403, &foreign);
    let without = client(&server, &one.access_key_id, &one.access_key_secret).get("photos", "in/a");
    assert_eq!((without.status(), without.element("Code").as_deref()), (403, Some("InvalidAccessKeyId")));
    expect(200, &with_token(token));
}

#[test]
fn a_rotation_ends_the_sessions_of_the_old_secret() {
    let (mut server, owner) = server();
    owner.put_bucket("photos", "private");
    owner.put("photos", "in/a", b"1");
    let parent = key(&server, "{}");
    let old = session(&server, &parent.key.id);
    let rotate = |server: &Server, grace: u32| {
        let body = format!(r#"{{"grace_seconds": {grace}}}"#);
        let path = format!("/v1/access-keys/{}/rotate", parent.key.id);
        made::<IssuedAccessKey>(server, "POST", &path, &body)
    };
    let status = |server: &Server, session: &IssuedKeySession| {
        get_with(server, &session.access_key_id, &session.access_key_secret, &session.security_token)
    };
    rotate(&server, 600);
    expect(200, &status(&server, &old));
    let new = session(&server, &parent.key.id);
    rotate(&server, 0);
    server.restart().unwrap();
    for session in [&old, &new] {
        let answer = status(&server, session);
        expect(403, &answer);
        assert_eq!(answer.element("Code").as_deref(), Some("SecurityTokenExpired"));
    }
    expect(200, &status(&server, &session(&server, &parent.key.id)));
}

/// Each request is decided by the keys of one moment: it succeeds, or it is refused as one of a disabled or limited key.
#[test]
fn keys_change_while_requests_run() {
    let (server, owner) = server();
    owner.put_bucket("photos", "private");
    owner.put("photos", "in/a", b"1");
    let issued = key(&server, "{}");
    let path = format!("/v1/access-keys/{}", issued.key.id);
    let stop = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        let (stop, server, path) = (&stop, &server, &path);
        let readers: Vec<_> = (0..3)
            .map(|_| {
                let oss = client_of(server, &issued);
                scope.spawn(move || {
                    let mut seen = [0_u32; 2];
                    while !stop.load(std::sync::atomic::Ordering::Relaxed) {
                        let answer = oss.get("photos", "in/a");
                        match (answer.status(), answer.element("Code").as_deref()) {
                            (200, _) => seen[0] += 1,
                            (403, Some("InvalidAccessKeyId" | "AccessDenied")) => seen[1] += 1,
                            other => panic!("{other:?}"),
                        }
                    }
                    seen
                })
            })
            .collect();
        for round in 0..20 {
            let body = match round % 4 {
                0 => r#"{"enabled": false}"#,
                1 => r#"{"enabled": true}"#,
                2 => r#"{"rights": ["read-only:other"]}"#,
                _ => r#"{"rights": ["full"]}"#,
            };
            expect(200, &by_token(server, "PATCH", path, body));
            // What a change says holds for the request after it.
            let expected = if round % 2 == 0 { 403 } else { 200 };
            assert_eq!(client_of(server, &issued).get("photos", "in/a").status(), expected, "{body}");
        }
        stop.store(true, std::sync::atomic::Ordering::Relaxed);
        let seen: Vec<_> = readers.into_iter().map(|reader| reader.join().unwrap()).collect();
        assert!(seen.iter().all(|[answered, refused]| answered + refused > 0), "{seen:?}");
    });
}

#[test]
fn an_explanation_of_a_request_by_a_key_names_what_denies_it() {
    let (server, owner) = server();
    owner.put_bucket("photos", "public-read");
    owner.put("photos", "in/a", b"1");
    let limited = key(&server, r#"{"rights": ["read-only:photos/in/"]}"#).key.id;
    let foreign = key(&server, r#"{"account": "2002"}"#).key.id;
    let explain = |more: &str| by_token(&server, "GET", &format!("/v1/rules/explain?bucket=photos&{more}"), "");
    let check = |more: &str, kind: &str, reason: Option<&str>| {
        let answer = explain(more);
        expect(200, &answer);
        let explained: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
        assert_eq!(explained["decision"]["kind"], kind, "{more}: {explained:#}");
        assert_eq!(explained["denial"]["reason"].as_str(), reason, "{more}: {explained:#}");
    };
    check("key=in/a", "serve", None);
    check(&format!("key=in/a&access_key_id={limited}"), "serve", None);
    check(&format!("key=out/a&access_key_id={limited}"), "error", Some("key_rights"));
    check(&format!("key=in/a&access=presigned&access_key_id={foreign}"), "serve", None);
    check(&format!("access_key_id={limited}"), "error", Some("key_rights"));
    check(&format!("access_key_id={foreign}"), "error", Some("acl"));
    let block =
        "<PublicAccessBlockConfiguration><BlockPublicAccess>true</BlockPublicAccess></PublicAccessBlockConfiguration>";
    expect(200, &owner.call(owner.request("PUT", "/photos/?publicAccessBlock").body(block)));
    check("key=in/a", "error", Some("public_access_block"));
    check(&format!("key=in/a&access_key_id={foreign}"), "error", Some("public_access_block"));
    check("key=in/a&access=signed", "serve", None);
    for (more, status) in [("access_key_id=none", 404), ("access_key_id=a&access_key_id=b", 400)] {
        expect(status, &explain(more));
    }
    expect(200, &by_token(&server, "PATCH", &format!("/v1/access-keys/{limited}"), r#"{"enabled": false}"#));
    let disabled = explain(&format!("key=in/a&access_key_id={limited}"));
    assert!(disabled.status() == 400 && disabled.text().contains("is disabled"), "{disabled:?}");

    // What happens is counted by the same reasons.
    expect(403, &owner.get_anonymous("photos", "in/a"));
    let foreign = client_of(&server, &key(&server, r#"{"account": "2002"}"#));
    expect(403, &foreign.call(foreign.request("GET", "/photos/?acl")));
    let limited = client_of(&server, &key(&server, r#"{"rights": ["read-only:none"]}"#));
    denied(&limited.get("photos", "in/a"));
    let page = by_token(&server, "GET", "/-/metrics", "").text();
    for reason in ["public_access_block", "acl", "key_rights"] {
        assert!(page.contains(&format!("coho_access_denials_total{{reason=\"{reason}\"}} 1")), "{reason}: {page}");
    }
}
