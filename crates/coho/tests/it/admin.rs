//! The admin address and the files that guard it.

use std::fs;
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use coho_testkit::http::{Request, Response, exchange};
use coho_testkit::oss::expect;
use coho_testkit::{Credentials, Oss, Server};

use crate::fixture::{expect_error, options, server};

fn get(address: SocketAddr, path: &str, token: Option<&str>) -> Response {
    let request = Request::new("GET", path).header("Host", &address.to_string());
    let request = match token {
        Some(token) => request.header("Authorization", &format!("Bearer {token}")),
        None => request,
    };
    exchange(address, &request).unwrap()
}

#[track_caller]
fn check_owner_only(path: &Path) {
    let mode = fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode, 0o600, "{} is {mode:o}", path.display());
}

pub(crate) fn admin_json(server: &Server) -> serde_json::Value {
    serde_json::from_slice(&fs::read(server.data_dir().join("admin.json")).unwrap()).unwrap()
}

#[test]
fn health_readiness_and_metrics_are_open() {
    let (server, oss) = server();
    for path in ["/-/healthz", "/-/readyz"] {
        expect(200, &get(server.admin(), path, None));
    }
    oss.put_bucket("bucket-b", "private");
    let metrics = get(server.admin(), "/-/metrics", None);
    expect(200, &metrics);
    assert!(metrics.text().lines().any(|line| line.starts_with("coho_")), "{metrics:?}");
    assert!(!metrics.text().contains(&server.credentials().access_key_secret));
}

#[test]
fn everything_else_needs_the_token_of_the_data_folder() {
    let (server, _oss) = server();
    let json = admin_json(&server);
    let token = json["token"].as_str().unwrap();
    assert!(token.len() >= 32, "a token that can be guessed");
    let address = json["address"].as_str().unwrap();
    assert!(address.contains(&server.admin().to_string()), "{address}");
    let longer = format!("{token}x");
    for path in [
        "/",
        "/-/",
        "/-/config",
        "/-/healthz/x",
        "/api",
        "/-/METRICS",
        "/v1/status",
        "/v1/rules/explain",
        "/v1/buckets/b/website",
    ] {
        for wrong in [None, Some(""), Some("wrong"), Some(&token[1..]), Some(longer.as_str())] {
            expect(401, &get(server.admin(), path, wrong));
        }
        assert_ne!(get(server.admin(), path, Some(token)).status(), 401, "{path}");
    }
}

#[test]
fn the_object_address_is_not_the_admin_address() {
    let (server, _oss) = server();
    let token = admin_json(&server)["token"].as_str().unwrap().to_owned();
    for path in ["/-/healthz", "/-/metrics"] {
        let answer = get(server.endpoint(), path, Some(&token));
        assert!((400..500).contains(&answer.status()), "{answer:?}");
    }
}

#[test]
fn credentials_made_on_the_first_start_are_kept_and_private() {
    let mut server = Server::start(options().generated_credentials()).unwrap();
    let file = server.data_dir().join("credentials.toml");
    check_owner_only(&file);
    check_owner_only(&server.data_dir().join("admin.json"));
    let text = fs::read_to_string(&file).unwrap();
    let value = |key: &str| {
        let line = text.lines().find(|line| line.trim().starts_with(key)).unwrap();
        line.split('"').nth(1).unwrap().to_owned()
    };
    let credentials = Credentials::new(&value("access_key_id"), &value("access_key_secret"));
    assert!(credentials.access_key_secret.len() >= 24, "a secret that can be guessed");
    let oss = Oss::with_credentials(server.endpoint(), credentials.clone());
    oss.put_bucket("bucket-b", "private");
    let said = server.introduction().join("\n");
    assert!(!said.contains(&credentials.access_key_secret), "standard output is a pipe: {said}");
    assert!(said.contains("credentials.toml"), "{said}");
    let log = server.whole_log().unwrap();
    assert!(!log.contains(&credentials.access_key_secret), "the secret is in the log");

    server.restart().unwrap();
    assert_eq!(fs::read_to_string(&file).unwrap(), text);
    let oss = Oss::with_credentials(server.endpoint(), credentials);
    expect(200, &oss.call(oss.request("GET", "/bucket-b/?acl")));
}

#[test]
fn a_credentials_file_replaces_the_generated_ones_and_may_hold_temporary_keys() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("keys.toml");
    let text = "[[credentials]]\naccess_key_id = \"first\"\naccess_key_secret = \"s1\"\nowner = \"1001\"\n\n\
                [[credentials]]\naccess_key_id = \"STS.temp\"\naccess_key_secret = \"s2\"\nowner = \"1001\"\n\
                security_token = \"token+/==\"\n";
    fs::write(&file, text).unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    let options = options().generated_credentials().flag("--credentials-file", file.to_str().unwrap());
    let server = Server::start(options).unwrap();
    let first = Oss::with_credentials(server.endpoint(), Credentials::new("first", "s1"));
    first.put_bucket("bucket-b", "private");
    let mut temporary = Credentials::new("STS.temp", "s2");
    let bare = Oss::with_credentials(server.endpoint(), temporary.clone());
    expect(403, &bare.call(bare.request("GET", "/bucket-b/?acl")));
    temporary.security_token = Some("token+/==".to_owned());
    let temporary = Oss::with_credentials(server.endpoint(), temporary);
    expect(200, &temporary.call(temporary.request("GET", "/bucket-b/?acl")));
}

#[test]
fn owners_do_not_see_each_others_buckets() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("keys.toml");
    let entry = |id: &str, owner: &str| {
        format!("[[credentials]]\naccess_key_id = \"{id}\"\naccess_key_secret = \"s\"\nowner = \"{owner}\"\n")
    };
    fs::write(&file, format!("{}{}", entry("one", "1001"), entry("two", "1002"))).unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    let options = options().generated_credentials().flag("--credentials-file", file.to_str().unwrap());
    let server = Server::start(options).unwrap();
    let one = Oss::with_credentials(server.endpoint(), Credentials::new("one", "s"));
    let two = Oss::with_credentials(server.endpoint(), Credentials::new("two", "s"));
    one.put_bucket("bucket-one", "private");
    one.put("bucket-one", "k", b"v");
    expect(403, &two.get("bucket-one", "k"));
    expect(403, &two.call(two.request("DELETE", "/bucket-one/k")));
    expect(403, &two.call(two.request("GET", "/bucket-one/?website")));
    expect(409, &two.call(two.request("PUT", "/bucket-one/").body("")));
    assert!(!two.call(two.request("GET", "/")).text().contains("bucket-one"));
    assert_eq!(one.get("bucket-one", "k").body, b"v");
}

/// A call of the website resource of a bucket, as the command line makes it.
fn website_call(server: &Server, method: &str, bucket: &str, token: Option<&str>, body: Option<&str>) -> Response {
    let request = Request::new(method, &format!("/v1/buckets/{bucket}/website")).header("Host", "localhost");
    let request = match token {
        Some(token) => request.header("Authorization", &format!("Bearer {token}")),
        None => request,
    };
    let request = body.iter().fold(request, |request, body| request.body(*body));
    exchange(server.admin(), &request).unwrap()
}

const PAGES: &str =
    "<WebsiteConfiguration><IndexDocument><Suffix>i.html</Suffix></IndexDocument></WebsiteConfiguration>";

#[test]
fn a_website_configuration_can_be_put_read_and_deleted() {
    let (server, oss) = server();
    let token = admin_json(&server)["token"].as_str().unwrap().to_owned();
    let call = |method, body| website_call(&server, method, "site", Some(&token), body);
    oss.put_bucket("site", "public-read");
    assert!(call("GET", None).text().contains("NoSuchWebsiteConfiguration"));
    expect(404, &call("GET", None));
    expect(204, &call("DELETE", None));
    expect(204, &call("PUT", Some(PAGES)));
    let shown = call("GET", None);
    assert_eq!((shown.status(), shown.get("content-type")), (200, Some("application/xml")), "{shown:?}");
    // It is the document of the API, and effective.
    assert_eq!(shown.text(), oss.call(oss.request("GET", "/site/?website")).text());
    oss.put("site", "i.html", b"home");
    assert_eq!(oss.anonymous(&oss.request("GET", "/site/")).body, b"home");
    let secret = "<MirrorAuth><AccessKeySecret>hunter2</AccessKeySecret></MirrorAuth>";
    let rule = format!(
        "<WebsiteConfiguration><RoutingRules><RoutingRule><RuleNumber>1</RuleNumber><Condition/><Redirect>\
         <RedirectType>Mirror</RedirectType><MirrorURL>http://o.example.com/</MirrorURL>{secret}</Redirect></RoutingRule>\
         </RoutingRules></WebsiteConfiguration>"
    );
    expect(204, &call("PUT", Some(&rule)));
    let shown = call("GET", None).text();
    assert!(shown.contains("******") && !shown.contains("hunter2"), "{shown}");
    expect(204, &call("PUT", Some(&shown)));
    expect(204, &call("DELETE", None));
    expect_error(404, "NoSuchWebsiteConfiguration", &oss.call(oss.request("GET", "/site/?website")));
}

#[test]
fn a_website_configuration_is_checked_here_as_well() {
    let (server, oss) = server();
    let token = admin_json(&server)["token"].as_str().unwrap().to_owned();
    oss.put_bucket("site", "private");
    expect(204, &website_call(&server, "PUT", "site", Some(&token), Some(PAGES)));
    let loopback = PAGES.replace(
        "</IndexDocument>",
        "</IndexDocument><RoutingRules><RoutingRule><RuleNumber>1</RuleNumber><Condition/><Redirect><RedirectType>Mirror\
         </RedirectType><MirrorURL>http://127.0.0.1/</MirrorURL></Redirect></RoutingRule></RoutingRules>",
    );
    let large = PAGES.replace("<IndexDocument>", &format!("{}<IndexDocument>", " ".repeat(1 << 20)));
    for (body, hint) in [
        ("", "MalformedXML"),
        ("<Website/>", "MalformedXML"),
        ("<WebsiteConfiguration/>", "InvalidArgument"),
        (PAGES.replace("i.html", "a/b").as_str(), "Suffix"),
        (loopback.as_str(), "--origin-allow"),
        (large.as_str(), "MalformedXML"),
    ] {
        let answer = website_call(&server, "PUT", "site", Some(&token), Some(body));
        assert_eq!(answer.status(), 400, "{answer:?}");
        assert!(answer.text().contains(hint), "{hint}: {answer:?}");
    }
    for method in ["GET", "PUT", "DELETE"] {
        let body = (method == "PUT").then_some("<WebsiteConfiguration/>");
        for wrong in [None, Some("wrong")] {
            expect(401, &website_call(&server, method, "site", wrong, body));
        }
        expect(404, &website_call(&server, method, "no-such-bucket", Some(&token), body));
        expect(400, &website_call(&server, method, "NO", Some(&token), body));
    }
    let shown = website_call(&server, "GET", "site", Some(&token), None);
    assert!(shown.text().contains("<Suffix>i.html</Suffix>"), "{shown:?}");
}
