//! Roles, and AssumeRole of STS: who may assume a role, what its sessions may do, when they end, and what is refused.

use std::cell::Cell;

use coho_admin_api::role::{RoleList, RoleSummary};
use coho_testkit::Server;
use coho_testkit::http::{Client, Request, Response, exchange};
use coho_testkit::oss::{Oss, expect};
use coho_testkit::server::Credentials;
use coho_testkit::sts::{StsCall, StsScheme};
use serde_json::Value;

use crate::fixture::{options, server};
use crate::keys::{by_token, client, denied, key, made};

const READERS: &str = r#"{"name": "readers", "rights": ["read-only:photos"], "trusted": ["key:KEY"]}"#;

/// A store with two buckets, a key without rights of its own, and a role that trusts it.
struct Fixture {
    server: Server,
    key: Credentials,
    key_id: String,
    role: RoleSummary,
    nonces: Cell<u32>,
}

impl Fixture {
    fn new() -> Self {
        let (server, owner) = server();
        for bucket in ["photos", "logs"] {
            owner.put_bucket(bucket, "private");
            owner.put(bucket, "in/a", b"1");
        }
        let issued = key(&server, r#"{"rights": ["read-only:none"]}"#);
        let role: RoleSummary = made(&server, "POST", "/v1/roles", &READERS.replace("KEY", &issued.key.id));
        let key = Credentials::new(&issued.key.id, &issued.secret);
        Self { server, key, key_id: issued.key.id, role, nonces: Cell::new(0) }
    }

    fn call(&self, scheme: StsScheme) -> StsCall {
        self.nonces.set(self.nonces.get() + 1);
        StsCall::assume_role(scheme, &self.role.arn, &format!("nonce-{}", self.nonces.get()))
    }

    fn send(&self, call: &StsCall) -> Response {
        self.send_as(call, &self.key)
    }

    fn send_as(&self, call: &StsCall, key: &Credentials) -> Response {
        exchange(self.server.endpoint(), &call.signed(key, "sts.cn-hangzhou.aliyuncs.com")).unwrap()
    }

    #[track_caller]
    fn assumed(&self, call: &StsCall) -> Session {
        let answer = self.send(call);
        expect(200, &answer);
        Session::of(&self.server, &answer)
    }

    fn role_path(&self) -> String {
        format!("/v1/roles/{}", self.role.id)
    }

    fn key_path(&self) -> String {
        format!("/v1/access-keys/{}", self.key_id)
    }
}

/// Temporary credentials, in use.
struct Session {
    oss: Oss,
    token: String,
    document: Value,
}

impl Session {
    fn of(server: &Server, answer: &Response) -> Self {
        let document: Value = serde_json::from_slice(&answer.body).unwrap();
        let text = |name: &str| document["Credentials"][name].as_str().unwrap().to_owned();
        let oss = client(server, &text("AccessKeyId"), &text("AccessKeySecret"));
        Self { oss, token: text("SecurityToken"), document }
    }

    fn send(&self, method: &str, target: &str, body: &str) -> Response {
        let request = self.oss.request(method, target).header("x-oss-security-token", &self.token);
        self.oss.call(if body.is_empty() { request } else { request.body(body) })
    }

    fn get(&self, target: &str) -> Response {
        self.send("GET", target, "")
    }
}

#[track_caller]
fn refused(answer: &Response, status: u16, code: &str, hint: &str) {
    expect(status, answer);
    let document: Value = serde_json::from_slice(&answer.body).unwrap();
    let message = document["Message"].as_str().unwrap();
    assert!(document["Code"] == code && message.contains(hint), "{document}");
    assert_eq!(document["RequestId"].as_str(), answer.get("x-acs-request-id"));
}

#[test]
fn a_role_is_assumed_by_every_scheme_and_gives_its_rights_and_no_more() {
    let fixture = Fixture::new();
    for scheme in StsScheme::ALL {
        let session = fixture.assumed(&fixture.call(scheme));
        let user = &session.document["AssumedRoleUser"];
        assert_eq!(user["Arn"], "ARN/alice".replace("ARN", &fixture.role.arn), "{scheme:?}");
        assert_eq!(user["AssumedRoleId"], "ID:alice".replace("ID", &fixture.role.id));
        let expiration = session.document["Credentials"]["Expiration"].as_str().unwrap();
        assert!(expiration.len() == 20 && expiration.ends_with('Z'), "{expiration}");
        expect(200, &session.get("/photos/in/a"));
        denied(&session.get("/logs/in/a"));
        denied(&session.send("PUT", "/photos/in/b", "2"));
        let policy = r#"{"Version":"1","Statement":[{"Effect":"Allow","Action":["oss:*"],
            "Resource":["acs:oss:*:*:photos/in/*","acs:oss:*:*:logs/*"]},
            {"Effect":"Deny","Action":"oss:GetObject","Resource":"acs:oss:*:*:photos/in/a b+c"}]}"#;
        let limited = fixture.assumed(&fixture.call(scheme).with("Policy", policy).with("DurationSeconds", "900"));
        expect(200, &limited.get("/photos/in/a"));
        denied(&limited.get("/photos/?prefix=in/"));
        // A policy gives nothing that the role has not.
        denied(&limited.get("/logs/in/a"));
    }
    let answer = fixture.send(&fixture.call(StsScheme::RpcGet));
    assert_eq!(
        (answer.get("content-type"), answer.get("cache-control")),
        (Some("application/json;charset=utf-8"), Some("no-store"))
    );
    let metrics = by_token(&fixture.server, "GET", "/-/metrics", "").text();
    assert!(metrics.contains("coho_sts_requests_total{code=\"OK\"} 11"), "{metrics}");
    let secret = Session::of(&fixture.server, &answer).document["Credentials"]["AccessKeySecret"].clone();
    let log = fixture.server.log();
    assert!(log.contains("a role was assumed") && !log.contains(secret.as_str().unwrap()), "{log}");
}

#[test]
fn without_a_format_the_answer_is_xml() {
    let fixture = Fixture::new();
    let send = |with: &str, signed: bool| {
        let call = fixture.call(StsScheme::RpcBody);
        let mut request = call.signed(&fixture.key, "h");
        if !signed {
            let body = String::from_utf8(request.body.clone()).unwrap().replace("Format=JSON", with);
            request.headers.retain(|(name, _)| name != "Content-Length");
            request = request.body(body);
        }
        exchange(fixture.server.endpoint(), &request).unwrap()
    };
    expect(200, &send("", true));
    let answer = send("Format=XML", false);
    expect(400, &answer);
    assert_eq!(answer.element("Code").as_deref(), Some("SignatureDoesNotMatch"));
    assert_eq!(answer.get("content-type"), Some("text/xml;charset=utf-8"));
    assert_eq!(send("Other=1", false).element("HostId").as_deref(), Some("h"));
    assert_eq!(send("Format=YAML", false).element("Code").as_deref(), Some("InvalidParameter.Format"));
}

#[test]
fn a_session_ends_with_its_role_its_key_and_the_secret_that_asked_for_it() {
    let fixture = Fixture::new();
    let Fixture { server, .. } = &fixture;
    let session = fixture.assumed(&fixture.call(StsScheme::RpcGet));
    let status = || session.get("/photos/in/a").status();
    let change = |path: &str, body: &str| expect(200, &by_token(server, "PATCH", path, body));
    let (role, key) = (fixture.role_path(), fixture.key_path());
    assert_eq!(status(), 200);
    change(&role, r#"{"rights": ["read-only:logs"]}"#);
    denied(&session.get("/photos/in/a"));
    expect(200, &session.get("/logs/in/a"));
    change(&role, r#"{"rights": ["full"]}"#);
    expect(200, &session.send("PUT", "/photos/in/b", "2"));
    change(&role, r#"{"enabled": false}"#);
    assert_eq!(status(), 403);
    refused(&fixture.send(&fixture.call(StsScheme::RpcGet)), 403, "NoPermission", "disabled");
    change(&role, r#"{"enabled": true, "trusted": ["key:other"]}"#);
    assert_eq!(status(), 403);
    change(&role, &format!(r#"{{"trusted": ["key:{}"]}}"#, fixture.key_id));
    assert_eq!(status(), 200);
    change(&key, r#"{"enabled": false}"#);
    assert_eq!(status(), 403);
    refused(&fixture.send(&fixture.call(StsScheme::Acs3Query)), 400, "InvalidAccessKeyId.Inactive", "disabled");
    change(&key, r#"{"enabled": true}"#);
    assert_eq!(status(), 200);

    // A secret that still signs for a while makes sessions that end with it.
    expect(200, &by_token(server, "POST", &format!("{key}/rotate"), r#"{"grace_seconds": 600}"#));
    assert_eq!(status(), 200);
    let of_old_secret = fixture.assumed(&fixture.call(StsScheme::RpcForm));
    expect(200, &of_old_secret.get("/photos/in/a"));
    expect(200, &by_token(server, "POST", &format!("{key}/rotate"), "{}"));
    for session in [&session, &of_old_secret] {
        let answer = session.get("/photos/in/a");
        expect(403, &answer);
        assert_eq!(answer.element("Code").as_deref(), Some("SecurityTokenExpired"));
    }
    refused(
        &fixture.send(&fixture.call(StsScheme::RpcGet)),
        400,
        "SignatureDoesNotMatch",
        "server string to sign is:GET&%2F&",
    );
}

#[test]
fn a_role_that_is_made_anew_revives_no_session_and_roles_survive_a_start() {
    let mut fixture = Fixture::new();
    let session = fixture.assumed(&fixture.call(StsScheme::RpcGet));
    fixture.server.restart().unwrap();
    let restarted = Session { oss: Oss::with_credentials(fixture.server.endpoint(), session_key(&session)), ..session };
    expect(200, &restarted.get("/photos/in/a"));
    let listed: RoleList = made(&fixture.server, "GET", "/v1/roles", "");
    assert_eq!(listed.roles, [fixture.role.clone()]);
    // By its id, its ARN and its name.
    let arn = fixture.role.arn.replace(':', "%3A").replace('/', "%2F");
    for path in [&*fixture.role.id, &*arn, "READERS"] {
        expect(200, &by_token(&fixture.server, "PATCH", &format!("/v1/roles/{path}"), r#"{"enabled": true}"#));
    }
    expect(204, &by_token(&fixture.server, "DELETE", &format!("/v1/roles/{arn}"), ""));
    expect(403, &restarted.get("/photos/in/a"));
    refused(&fixture.send(&fixture.call(StsScheme::RpcGet)), 404, "EntityNotExist.Role", "not exists");
    let again: RoleSummary = made(&fixture.server, "POST", "/v1/roles", &READERS.replace("KEY", &fixture.key_id));
    assert_ne!(again.id, fixture.role.id);
    expect(403, &restarted.get("/photos/in/a"));
    expect(200, &fixture.assumed(&fixture.call(StsScheme::RpcGet)).get("/photos/in/a"));
}

fn session_key(session: &Session) -> Credentials {
    let text = |name: &str| session.document["Credentials"][name].as_str().unwrap().to_owned();
    Credentials::new(&text("AccessKeyId"), &text("AccessKeySecret"))
}

#[test]
fn only_trusted_keys_assume_a_role() {
    let fixture = Fixture::new();
    let server = &fixture.server;
    let credentials = |body: &str| {
        let issued = key(server, body);
        let mut credentials = Credentials::new(&issued.key.id, &issued.secret);
        credentials.security_token = issued.security_token;
        credentials
    };
    let (full, limited) = (credentials("{}"), credentials(r#"{"rights": ["read-write:photos"]}"#));
    let foreign = credentials(r#"{"account": "2002"}"#);
    let send = |key: &Credentials| fixture.send_as(&fixture.call(StsScheme::RpcForm), key);
    for key in [&full, &limited, &foreign] {
        refused(&send(key), 403, "NoPermission", "You should be authorized by RAM.");
    }
    let trust = |principal: &str| {
        let body = format!(r#"{{"trusted": ["{principal}"]}}"#);
        expect(200, &by_token(server, "PATCH", &fixture.role_path(), &body));
    };
    trust(&format!("account:{}", fixture.role.account));
    expect(200, &send(&full));
    // A key that may do less than its account gets no more by a role that does not name it.
    refused(&send(&limited), 403, "NoPermission", "");
    refused(&send(&foreign), 403, "NoPermission", "");
    trust("account:2002");
    let session = Session::of(server, &send(&foreign));
    expect(200, &session.get("/photos/in/a"));
    let mut chained = session_key(&session);
    chained.security_token = Some(session.token.clone());
    refused(&send(&chained), 403, "NoPermission", "Temporary credentials");
    trust(&format!("key:{}", limited.access_key_id));
    refused(&send(&chained), 400, "InvalidAccessKeyId.Inactive", "");
    expect(200, &send(&limited));

    let temporary = credentials(r#"{"expires_seconds": 900}"#);
    trust(&format!("key:{}", temporary.access_key_id));
    refused(&send(&temporary), 403, "NoPermission", "Temporary credentials");
    let without = Credentials { security_token: None, ..temporary.clone() };
    refused(&send(&without), 400, "MissingSecurityToken", "mandatory");
    let wrong = Credentials { security_token: Some("wrong".into()), ..temporary };
    refused(&send(&wrong), 400, "InvalidSecurityToken.MismatchWithAccessKey", "mismatch");
    let unknown = Credentials::new("nobody", "secret");
    refused(&send(&unknown), 404, "InvalidAccessKeyId.NotFound", "not found");

    trust(&format!("key:{}", full.access_key_id));
    expect(200, &by_token(server, "PATCH", &fixture.role_path(), r#"{"external_id": "ci:7"}"#));
    let with_id = |id: &str| fixture.send_as(&fixture.call(StsScheme::Acs3Form).with("ExternalId", id), &full);
    expect(200, &with_id("ci:7"));
    for id in ["", "ci:8"] {
        refused(&with_id(id), 403, "NoPermission", "");
    }
    expect(200, &by_token(server, "PATCH", &fixture.role_path(), r#"{"external_id": ""}"#));
    expect(200, &with_id(""));
}

#[test]
fn a_request_is_answered_once_and_in_its_time() {
    let fixture = Fixture::new();
    for scheme in StsScheme::ALL {
        let call = fixture.call(scheme);
        let request = call.signed(&fixture.key, "h");
        let send = || exchange(fixture.server.endpoint(), &request).unwrap();
        expect(200, &send());
        refused(&send(), 400, "SignatureNonceUsed", "used already");
        // The nonce counts, also with another signature.
        refused(&fixture.send(&call.with("DurationSeconds", "901")), 400, "SignatureNonceUsed", "");
        for seconds_off in [-1000, 1000] {
            let late = StsCall { seconds_off, ..fixture.call(scheme) };
            refused(&fixture.send(&late), 400, "InvalidTimeStamp.Expired", "expired");
        }
        expect(200, &fixture.send(&StsCall { seconds_off: -600, ..fixture.call(scheme) }));
    }
}

#[test]
fn parameters_that_cannot_be_used_are_refused_by_name() {
    let fixture = Fixture::new();
    for scheme in [StsScheme::RpcGet, StsScheme::Acs3Form] {
        for (name, value, status, code, hint) in [
            ("RoleArn", "", 400, "MissingRoleArn", "RoleArn is mandatory"),
            ("RoleArn", "readers", 400, "InvalidParameter.RoleArn", "wrongly formed"),
            ("RoleArn", "acs:ram::1:role/none", 404, "EntityNotExist.Role", ""),
            ("RoleSessionName", "", 400, "MissingRoleSessionName", ""),
            ("RoleSessionName", "a b", 400, "InvalidParameter.RoleSessionName", ""),
            ("DurationSeconds", "899", 400, "InvalidParameter.DurationSeconds", "15min/1hr"),
            ("DurationSeconds", "3601", 400, "InvalidParameter.DurationSeconds", "15min/1hr"),
            ("DurationSeconds", "-1", 400, "InvalidParameter.DurationSeconds", ""),
            ("Policy", "{}", 400, "InvalidParameter.PolicyGrammar", "Version"),
            ("ExternalId", "a", 400, "InvalidParameter.ExternalId", ""),
            ("SourceIdentity", "x", 400, "InvalidParameter.SourceIdentity", "not supported"),
        ] {
            refused(&fixture.send(&fixture.call(scheme).with(name, value)), status, code, hint);
        }
        let long = fixture.call(scheme).with("Policy", &" ".repeat(2049));
        refused(&fixture.send(&long), 400, "InvalidParameter.PolicySize", "2048");
        let other = StsCall { action: "GetCallerIdentity".into(), ..fixture.call(scheme) };
        refused(&fixture.send(&other), 404, "InvalidAction.NotFound", "");
        let other = StsCall { version: "2014-01-01".into(), ..fixture.call(scheme) };
        refused(&fixture.send(&other), 400, "InvalidVersion", "");
        let long = StsCall { nonce: "n".repeat(129), ..fixture.call(scheme) };
        refused(&fixture.send(&long), 400, "InvalidSignatureNonce", "128 bytes");
    }
    expect(200, &by_token(&fixture.server, "PATCH", &fixture.role_path(), r#"{"max_session_seconds": 43200}"#));
    expect(200, &fixture.send(&fixture.call(StsScheme::RpcGet).with("DurationSeconds", "43200")));
}

/// Whatever is sent, the connection and the server go on.
#[test]
fn what_is_no_request_to_sts_is_refused_and_leaks_nothing() {
    let fixture = Fixture::new();
    let address = fixture.server.endpoint();
    let form = |body: &[u8]| {
        let request = Request::new("POST", "/").header("Host", "h").header("Accept", "application/json");
        request.header("Content-Type", "application/x-www-form-urlencoded").body(body)
    };
    let send = |request: &Request| exchange(address, request).unwrap();
    refused(&send(&form(b"")), 400, "MissingAction", "");
    refused(&send(&form(b"Action=AssumeRole")), 400, "MissingVersion", "");
    refused(&send(&form(b"Action=AssumeRole&Version=2015-04-01")), 400, "MissingAccessKeyId", "");
    refused(&send(&form(b"Action=%zz")), 400, "InvalidParameter", "percent sign");
    refused(&send(&form(b"Action=%ff")), 400, "InvalidParameter", "UTF-8");
    refused(&send(&form(b"Action=\xff")), 400, "InvalidParameter", "UTF-8");
    refused(&send(&form("a=1&".repeat(300).as_bytes())), 400, "InvalidParameter", "256");
    refused(&send(&form(&[b'a'; 40_000])), 400, "InvalidParameter", "32768 bytes");
    let json = Request::new("POST", "/?Action=AssumeRole&Format=JSON").header("Host", "h");
    let json = json.header("Content-Type", "application/json").body("{\"RoleArn\":\"x\"}");
    refused(&send(&json), 400, "InvalidParameter.ContentType", "form");
    let twice = b"Action=AssumeRole&Version=2015-04-01&Action=AssumeRole&AccessKeyId=a";
    refused(&send(&form(twice)), 400, "InvalidParameter", "more than once");
    let acs3 = |authorization: &str| {
        let request = Request::new("GET", "/").header("Host", "h").header("x-acs-action", "AssumeRole");
        send(&request.header("x-acs-version", "2015-04-01").header("Authorization", authorization))
    };
    for authorization in
        ["", "OSS a:b", "ACS3-HMAC-SHA256 x", &format!("ACS3-HMAC-SHA256 Credential={}", "a".repeat(9_000))]
    {
        let answer = acs3(authorization);
        assert!(answer.text().contains("InvalidSignature") || answer.text().contains("MissingSignature"), "{answer:?}");
    }
    let two_hosts = form(b"Action=AssumeRole").header("Host", "other");
    refused(&send(&two_hosts), 400, "InvalidParameter", "Host");

    // A body that ends early, and one that a client never sends.
    let mut cut = Client::connect(address).unwrap();
    let whole = form(b"Action=AssumeRole");
    cut.send_raw(&whole.head()).unwrap();
    cut.send_raw(b"Action").unwrap();
    cut.finish_sending().unwrap();
    expect(400, &cut.read_response(false).unwrap());
    expect(200, &fixture.send(&fixture.call(StsScheme::RpcGet)));
}

#[test]
fn no_request_about_a_bucket_goes_to_sts() {
    let server = Server::start(options().flag("--base-domain", "oss.test")).unwrap();
    let owner = Oss::new(&server);
    owner.put_bucket("sts", "public-read-write");
    owner.put("sts", "index", b"1");
    let get = |host: &str, target: &str| {
        exchange(server.endpoint(), &Request::new("GET", target).header("Host", host)).unwrap()
    };
    let action = "Action=AssumeRole&Version=2015-04-01";
    for (host, target) in
        [("sts.oss.test", "/?"), ("sts.oss-cn-hangzhou.aliyuncs.com", "/?"), ("h", "/sts?"), ("h", "/sts/?")]
    {
        let answer = get(host, &format!("{target}{action}"));
        expect(200, &answer);
        assert_eq!(answer.element("Name").as_deref(), Some("sts"), "{host}{target}");
    }
    let signed = owner.request("GET", "/");
    expect(200, &owner.call(signed));
    for host in [
        "sts.aliyuncs.com",
        "sts.cn-hangzhou.aliyuncs.com",
        "sts-vpc.cn-hangzhou.aliyuncs.com",
        "oss.test",
        "127.0.0.1",
    ] {
        let answer = get(host, &format!("/?{action}"));
        expect(400, &answer);
        assert_eq!(answer.element("Code").as_deref(), Some("MissingAccessKeyId"), "{host}");
    }
}
