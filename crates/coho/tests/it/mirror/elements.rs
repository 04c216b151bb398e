//! What each element of a Mirror rule makes of a fetch.

use coho_testkit::http::{Request, Response};
use coho_testkit::oss::{expect, object};
use coho_testkit::{Origin, Oss, Script, Server};

use crate::fixture::{LOOPBACK, expect_error, options, wait_until_joined, website};

const BUCKET: &str = "bucket-e";

struct Site {
    origin: Origin,
    other: Origin,
    server: Server,
    oss: Oss,
}

impl Site {
    /// A bucket with one Mirror rule with these elements; `{origin}` and `{other}` are the addresses of two origins.
    fn with(elements: &str) -> Self {
        let (origin, other) = (Origin::start().unwrap(), Origin::start().unwrap());
        let server = Server::start(options().flag("--origin-allow", LOOPBACK)).unwrap();
        let oss = Oss::new(&server);
        oss.put_bucket(BUCKET, "public-read");
        let site = Self { origin, other, server, oss };
        let rule = format!(
            "<RoutingRule><RuleNumber>1</RuleNumber><Condition/><Redirect><RedirectType>Mirror</RedirectType>\
             <MirrorURL>{{origin}}/o/</MirrorURL>{elements}</Redirect></RoutingRule>"
        );
        let rule = rule.replace("{origin}", &site.origin.url("")).replace("{other}", &site.other.url(""));
        expect(200, &site.oss.put_website(BUCKET, &website(&rule)));
        site
    }

    fn request(&self, method: &str, target: &str) -> Request {
        Request::new(method, &format!("/{BUCKET}/{target}")).header("Host", &self.server.endpoint().to_string())
    }

    fn get(&self, target: &str) -> Response {
        self.oss.anonymous(&self.request("GET", target))
    }

    /// Nothing is in the bucket once no fetch runs any more.
    #[track_caller]
    fn assert_nothing_stored(&self) {
        self.server.wait_until_idle();
        assert_eq!(self.oss.keys(BUCKET), Vec::<String>::new());
    }
}

#[test]
fn the_origin_sees_one_path_that_decodes_to_the_key() {
    let site = Site::with("");
    for (target, seen) in [
        ("a%20b%2Bc", "/o/a%20b%2Bc"),
        ("a%3Fb%23c", "/o/a%3Fb%23c"),
        ("100%25%2Fx", "/o/100%25/x"),
        ("a//b", "/o/a//b"),
        ("%E4%B8%AD", "/o/%E4%B8%AD"),
        ("a/%2E%2E/b", "/o/a/%2E%2E/b"),
        ("a/%2E/b", "/o/a/%2E/b"),
    ] {
        site.origin.route(seen, Script::ok(target));
        let answer = site.get(target);
        expect(200, &answer);
        assert_eq!(answer.body, target.as_bytes());
        assert_eq!(site.origin.requests().last().unwrap().target, seen);
    }
    let before = site.origin.requests().len();
    expect_error(404, "NoSuchKey", &site.get("%2E%2E/secret"));
    assert_eq!(site.origin.requests().len(), before);
}

#[test]
fn only_what_the_rule_names_of_a_request_reaches_the_origin() {
    let headers = [("Cookie", "c=1"), ("X-A", "a"), ("X-B", "b"), ("Range", "bytes=0-1"), ("X-Oss-Foo", "f")];
    for (elements, expected, query) in [
        ("", vec![], "/o/k"),
        ("<MirrorHeaders><Pass>x-a</Pass><Pass>range</Pass></MirrorHeaders>", vec![("x-a", "a")], "/o/k"),
        (
            "<MirrorHeaders><PassAll>true</PassAll><Remove>x-b</Remove><Set><Key>x-a</Key><Value>set</Value></Set>\
             </MirrorHeaders><MirrorPassQueryString>true</MirrorPassQueryString>",
            vec![("cookie", "c=1"), ("x-a", "set")],
            "/o/k?q=1",
        ),
    ] {
        let site = Site::with(elements);
        site.origin.route("/o/k", Script::ok("0123456789"));
        let request =
            headers.iter().fold(site.request("GET", "k?q=1"), |request, (name, value)| request.header(name, value));
        expect(206, &site.oss.anonymous(&request));
        let seen = site.origin.requests().remove(0);
        assert_eq!(seen.target, query);
        for (name, _) in headers {
            let expected = expected.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| *value);
            assert_eq!(seen.header(name), expected, "{name} with {elements}");
        }
        assert_eq!(seen.header("authorization"), None);
    }
}

#[test]
fn redirects_are_followed_ten_times_and_each_hop_is_guarded() {
    let site = Site::with("");
    site.other.route("/y", Script::ok("moved"));
    site.origin.route("/o/far", Script::redirect(302, &site.other.url("/y")));
    let answer = site.get("far");
    expect(200, &answer);
    assert_eq!(answer.body, b"moved");
    for hops in [10, 11] {
        for hop in 0..hops {
            let here = if hop == 0 { format!("/o/chain{hops}") } else { format!("/hop{hop}") };
            site.origin.route(&here, Script::redirect(301, &format!("/hop{}", hop + 1)));
        }
        site.origin.route(&format!("/hop{hops}"), Script::ok("end"));
        let answer = site.get(&format!("chain{hops}"));
        if hops == 10 { expect(200, &answer) } else { expect_error(424, "MirrorFailed", &answer) }
    }
    // Not an address that the test's policy admits: [::1] is loopback, and only 127.0.0.0/8 is allowed.
    site.origin.route("/o/barred", Script::redirect(302, "http://[::1]:9/"));
    let answer = site.get("barred");
    expect_error(424, "MirrorFailed", &answer);
    assert_eq!(answer.error("EC").as_deref(), Some("0041-00000108"));
}

#[test]
fn a_redirect_is_resolved_and_encoded_before_it_is_requested() {
    let site = Site::with("");
    for (number, (location, requested)) in [
        ("../new/one.bin", "/new/one.bin"),
        ("two.bin?<q>", "/o/two.bin?%3Cq%3E"),
        ("/q/./r/../five-new.bin", "/q/five-new.bin"),
        ("/odd/<angle>\"`.bin", "/odd/%3Cangle%3E%22%60.bin"),
    ]
    .into_iter()
    .enumerate()
    {
        site.origin.route(&format!("/o/k{number}"), Script::redirect(302, location));
        site.origin.route(requested.split('?').next().unwrap(), Script::ok("moved"));
        assert_eq!(site.get(&format!("k{number}")).text(), "moved", "{location}");
        let seen = site.origin.requests();
        assert_eq!(seen.last().unwrap().target, requested, "{location}");
    }
}

#[test]
fn answers_that_are_the_clients_reach_it_and_are_not_stored() {
    let site = Site::with(
        "<MirrorFollowRedirect>false</MirrorFollowRedirect>\
         <TransparentMirrorResponseCodes>403,404</TransparentMirrorResponseCodes>",
    );
    site.origin.route("/o/moved", Script::redirect(302, "http://elsewhere.test/x"));
    site.origin.route("/o/denied", Script::status(403).header("Content-Encoding", "x-own"));
    let answer = site.get("moved");
    expect(302, &answer);
    assert_eq!(answer.get("location"), Some("http://elsewhere.test/x"));
    for (key, status) in [("denied", 403), ("absent", 404)] {
        let answer = site.get(key);
        expect(status, &answer);
        assert_eq!(answer.text(), format!("origin says {status}\n"));
    }
    assert_eq!(site.get("denied").get("content-encoding"), Some("x-own"));
    site.assert_nothing_stored();
}

#[test]
fn a_body_with_another_md5_than_announced_is_sent_and_not_stored() {
    let site = Site::with("<MirrorCheckMd5>true</MirrorCheckMd5>");
    // MD5 of "hello".
    let md5 = "XUFAKrxLKna5cZ2REBfFkg==";
    site.origin.route("/o/good", Script::ok("hello").header("Content-MD5", md5));
    site.origin.route("/o/bad", Script::ok("other").header("Content-MD5", md5));
    for (key, body) in [("good", "hello"), ("bad", "other")] {
        let answer = site.get(key);
        expect(200, &answer);
        assert_eq!(answer.text(), body);
    }
    site.server.wait_until_idle();
    assert_eq!(site.oss.keys(BUCKET), ["good"]);
}

#[test]
fn a_mirrored_object_has_the_tags_of_its_rule() {
    let tags = "<Taggings><Key>from</Key><Value>old site</Value></Taggings><Taggings><Key>b</Key><Value/></Taggings>";
    let site = Site::with(&format!("<MirrorTaggings>{tags}</MirrorTaggings>"));
    site.origin.route("/o/k", Script::ok("x"));
    let deny = format!(
        r#"{{"Version":"1","Statement":[{{"Effect":"Deny","Principal":"*","Action":"oss:GetObject","Resource":"acs:oss:*:*:{BUCKET}/*",
            "Condition":{{"StringEquals":{{"oss:ExistingObjectTag/from":"old site"}}}}}}]}}"#
    );
    let policy =
        |method: &str, body: &str| site.oss.call(site.oss.request(method, &format!("/{BUCKET}/?policy")).body(body));
    site.origin.route("/o/denied", Script::ok("x"));
    expect(200, &policy("PUT", &deny));
    for _ in 0..2 {
        expect_error(403, "AccessDenied", &site.get("denied"));
    }
    expect(204, &policy("DELETE", ""));
    let first = site.get("k");
    expect(200, &first);
    assert_eq!(first.get("x-oss-tagging-count"), Some("2"), "{first:?}");
    let stored = |method: &str, sub_resource: &str| {
        site.oss.call(site.oss.request(method, &format!("/{BUCKET}/k{sub_resource}")))
    };
    let shown = stored("GET", "?tagging").text();
    let expected = "<Tag><Key>from</Key><Value>old site</Value></Tag><Tag><Key>b</Key><Value></Value></Tag>";
    assert!(shown.contains(&format!("<TagSet>{expected}</TagSet>")), "{shown}");
    assert_eq!(stored("HEAD", "").get("x-oss-tagging-count"), Some("2"));
    expect(204, &site.oss.call(site.oss.request("DELETE", &format!("/{BUCKET}/k?tagging")).body("")));
    assert_eq!(site.get("k").get("x-oss-tagging-count"), None);
    let wrong = website(&format!(
        "<RoutingRule><RuleNumber>1</RuleNumber><Condition/><Redirect><RedirectType>Mirror</RedirectType><MirrorURL>{}</MirrorURL>\
         <MirrorTaggings><Taggings><Key>a&amp;b</Key><Value/></Taggings></MirrorTaggings></Redirect></RoutingRule>",
        site.origin.url("/o/")
    ));
    let refused = site.oss.put_website(BUCKET, &wrong);
    expect_error(400, "InvalidArgument", &refused);
    assert_eq!(refused.error("ArgumentName").as_deref(), Some("MirrorTaggings"), "{refused:?}");
}

#[test]
fn the_origins_date_and_user_metadata_are_kept_only_if_the_rule_says_so() {
    let date = "Thu, 01 Jan 2015 00:00:00 GMT";
    for (elements, kept) in [
        ("", false),
        ("<MirrorUserLastModified>true</MirrorUserLastModified><MirrorSaveOssMeta>true</MirrorSaveOssMeta>", true),
    ] {
        let site = Site::with(elements);
        let script =
            Script::ok("x").header("Last-Modified", date).header("x-oss-meta-a", "v").header("Set-Cookie", "s");
        site.origin.route("/o/k", script);
        expect(200, &site.get("k"));
        site.server.wait_until_idle();
        let stored = site.oss.head(BUCKET, "k");
        assert_eq!(stored.get("last-modified") == Some(date), kept, "{stored:?}");
        assert_eq!(stored.get("x-oss-meta-a"), kept.then_some("v"));
        assert_eq!(stored.get("set-cookie"), None);
    }
}

#[test]
fn a_pure_proxy_stores_nothing() {
    let site = Site::with("<MirrorProxyPass>true</MirrorProxyPass>");
    for (key, length) in [("small", 100), ("large", 3_000_000)] {
        site.origin.route(&format!("/o/{key}"), Script::generated(key, length));
        for _ in 0..2 {
            let answer = site.get(key);
            expect(200, &answer);
            assert!(answer.body == coho_testkit::body::generated(key, length as usize), "{key}");
            site.assert_nothing_stored();
        }
        assert_eq!(site.origin.hits(&format!("/o/{key}")), 2);
    }
}

#[test]
fn a_head_mirrors_only_if_the_rule_says_so() {
    for (elements, status) in [("", 404), ("<MirrorAllowHeadObject>true</MirrorAllowHeadObject>", 200)] {
        let site = Site::with(elements);
        site.origin.route("/o/k", Script::ok("12345"));
        site.origin.route("/o/large", Script::generated("large", 3_000_000));
        for (key, length) in [("k", "5"), ("large", "3000000")] {
            let answer = site.oss.anonymous(&site.request("HEAD", key));
            expect(status, &answer);
            if status == 200 {
                assert_eq!(answer.get("content-length"), Some(length));
            }
        }
        assert_eq!(site.origin.requests().is_empty(), status == 404);
    }
}

#[test]
fn what_the_rule_adds_is_in_the_answer_of_the_fetch() {
    let site = Site::with(
        "<MirrorReturnHeaders><ReturnHeader><Key>x-from</Key><Value>origin</Value></ReturnHeader>\
         <ReturnHeader><Key>Content-Length</Key><Value>1</Value></ReturnHeader></MirrorReturnHeaders>",
    );
    site.origin.route("/o/k", Script::ok("12345"));
    let answer = site.get("k");
    assert_eq!((answer.get("x-from"), answer.text().as_str()), (Some("origin"), "12345"));
}

#[test]
fn an_asynchronous_rule_answers_with_a_redirect_and_stores_meanwhile() {
    let site = Site::with("<MirrorAsyncStatus>303</MirrorAsyncStatus>");
    site.origin.route("/o/k", Script::ok("later"));
    let answer = site.get("k");
    expect(303, &answer);
    assert_eq!(answer.get("location"), Some(&*site.origin.url("/o/k")));
    site.server.wait_until_idle();
    let answer = site.get("k");
    expect(200, &answer);
    assert_eq!(answer.text(), "later");
}

#[test]
fn another_origin_is_asked_when_one_fails_and_not_when_it_answers() {
    let slave = "<MirrorURLSlave>{other}/s/</MirrorURLSlave>";
    let all = format!("{slave}<MirrorSwitchAllErrors>true</MirrorSwitchAllErrors>");
    let many = "<MirrorMultiAlternates>\
        <MirrorMultiAlternate><MirrorMultiAlternateNumber>2</MirrorMultiAlternateNumber>\
        <MirrorMultiAlternateURL>{other}/s/</MirrorMultiAlternateURL></MirrorMultiAlternate>\
        <MirrorMultiAlternate><MirrorMultiAlternateNumber>1</MirrorMultiAlternateNumber>\
        <MirrorMultiAlternateURL>{other}/broken/</MirrorMultiAlternateURL></MirrorMultiAlternate>\
        </MirrorMultiAlternates>";
    let probe = format!("{slave}<MirrorURLProbe>{{origin}}/ok</MirrorURLProbe>");
    for (elements, primary, status, body) in [
        (slave, Script::status(503), 200, "standby"),
        (slave, Script::status(403), 424, ""),
        (slave, Script::status(404), 404, ""),
        (&*all, Script::status(403), 200, "standby"),
        (&*all, Script::status(404), 404, ""),
        (many, Script::status(500), 200, "standby"),
        (slave, Script::ok("primary"), 200, "primary"),
        // The probe has no script and answers 404: the primary is not well.
        (&*probe, Script::ok("primary"), 200, "standby"),
    ] {
        let site = Site::with(elements);
        site.origin.route("/o/k", primary.clone());
        site.other.route("/s/k", Script::ok("standby"));
        site.other.route("/broken/k", Script::status(502));
        let answer = site.get("k");
        expect(status, &answer);
        if status == 200 {
            assert_eq!(answer.text(), body, "{elements} {primary:?}");
            let from = if body == "standby" { site.other.address() } else { site.origin.address() };
            let port = from.port().to_string();
            assert!(answer.get("x-oss-tag").is_some_and(|tag| tag.contains(&port)), "{answer:?}");
        }
        // In the order of their numbers, not in that of the document.
        assert_eq!(site.other.hits("/broken/k"), usize::from(elements == many));
    }
    let site = Site::with(slave);
    site.origin.stop();
    site.other.route("/s/k", Script::ok("standby"));
    assert_eq!(site.get("k").text(), "standby");
}

#[test]
fn a_fetch_that_comes_back_on_any_way_is_refused() {
    let site = Site::with("");
    site.origin.route("/o/a", Script::ok("x"));
    expect(200, &site.oss.anonymous(&site.request("GET", "a").header("x-coho-mirror-hop", "another")));
    let hops = site.origin.requests()[0].header("x-coho-mirror-hop").unwrap().to_owned();
    let own = hops.strip_prefix("another ").unwrap().to_owned();
    let many = ["h"; 11].join(" ");
    for hops in [own.clone(), format!("x {own}"), format!("{own} x"), many] {
        // `a` is here.
        for key in ["a", "b"] {
            let answer = site.oss.anonymous(&site.request("GET", key).header("x-coho-mirror-hop", &hops));
            expect_error(424, "MirrorFailed", &answer);
            assert_eq!(answer.error("EC").as_deref(), Some("0041-00000009"));
        }
    }
    assert_eq!(site.origin.hits("/o/b"), 0);
    // Another Coho in between says so.
    site.origin.route("/o/far", Script::status(424).header("x-oss-ec", "0041-00000009"));
    assert_eq!(site.get("far").error("EC").as_deref(), Some("0041-00000009"));
    let request = Request::new("GET", "/-/metrics").header("Host", "localhost");
    let metrics = coho_testkit::http::exchange(site.server.admin(), &request).unwrap().text();
    let counted = |rule: &str, count| metrics.contains(&format!("rule=\"{rule}\",outcome=\"loop\"}} {count}"));
    assert!(counted("", 8) && counted("1", 1), "{metrics}");
}

/// Each is asked at the same time for what neither has, so that each has the other's request at its own fetch.
#[test]
fn two_servers_that_mirror_each_other_do_not_wait_for_each_other() {
    let (one, other) = (Site::with(""), Site::with(""));
    for (site, to) in [(&one, &other), (&other, &one)] {
        let url = format!("http://{}/{BUCKET}/", to.server.endpoint());
        expect(200, &site.oss.put_website(BUCKET, &crate::fixture::mirror_rule("", &url)));
    }
    for round in 0..4 {
        let ask = |site: &Site| {
            let (address, request) = (site.server.endpoint(), site.request("GET", &round.to_string()));
            std::thread::spawn(move || coho_testkit::http::exchange(address, &request).unwrap())
        };
        for answer in [ask(&one), ask(&other)] {
            let answer = answer.join().unwrap();
            expect_error(424, "MirrorFailed", &answer);
            assert_eq!(answer.error("EC").as_deref(), Some("0041-00000009"), "{answer:?}");
        }
    }
}

/// A real signature, in every form, on a request with everything that must not go along.
#[test]
fn nothing_that_signs_a_request_reaches_the_origin() {
    let elements = "<MirrorPassQueryString>true</MirrorPassQueryString>\
                    <MirrorHeaders><PassAll>true</PassAll></MirrorHeaders>";
    let site = Site::with(elements);
    let host = site.server.endpoint().to_string();
    let plain = |target: &str| Request::new("GET", target).header("Host", &host);
    let credentials = site.server.credentials();
    let presigned = |key: &str| {
        let target = object(BUCKET, key);
        coho_testkit::sign::presigned_v4_get(&target, credentials, "cn-hangzhou", BUCKET, key, 600)
    };
    let v1 = |request: Request, key| coho_testkit::sign::v1(request, credentials, Some(BUCKET), Some(key));
    let v4 =
        |request: Request, key| coho_testkit::sign::v4(request, credentials, "cn-hangzhou", Some(BUCKET), Some(key));
    let with_more = |request: Request| {
        let more = [
            ("X-Mine", "1"),
            ("X-Drs-Copy", "1"),
            ("Oss-Internal", "1"),
            ("TE", "trailers"),
            ("If-None-Match", "\"x\""),
            ("Accept-Encoding", "gzip"),
            ("Cookie", "kept=1"),
            ("X-Amz-Security-Token", "secret"),
            ("X-Amz-Date", "20261128T000000Z"),
        ];
        more.iter().fold(request, |request, (name, value)| request.header(name, value))
    };
    for (key, request) in [
        ("a", v1(with_more(plain(&object(BUCKET, "a"))), "a")),
        ("b", v4(with_more(plain(&object(BUCKET, "b"))), "b")),
        ("c", with_more(plain(&format!("{}&mine=1", presigned("c"))))),
    ] {
        site.origin.route(&format!("/o/{key}"), Script::ok("x"));
        let answer = coho_testkit::http::exchange(site.server.endpoint(), &request).unwrap();
        // A parameter that was added to a signed URL breaks its signature; it must not have caused a fetch then.
        let (status, count) = if key == "c" { (403, 2) } else { (200, if key == "a" { 1 } else { 2 }) };
        expect(status, &answer);
        assert_eq!(site.origin.requests().len(), count, "{key}");
    }
    site.origin.route("/o/d", Script::ok("x"));
    expect(200, &coho_testkit::http::exchange(site.server.endpoint(), &with_more(plain(&presigned("d")))).unwrap());
    let requests = site.origin.requests();
    assert_eq!(requests.len(), 3);
    for request in requests {
        assert!(!request.target.contains('?'), "{}", request.target);
        let mut names: Vec<_> = request.headers.iter().map(|(name, _)| name.to_ascii_lowercase()).collect();
        names.sort_unstable();
        let expected = ["accept", "accept-encoding", "cookie", "host", "user-agent", "x-coho-mirror-hop", "x-mine"];
        assert_eq!(names, expected, "{request:?}");
        assert_eq!(request.header("accept-encoding"), Some("identity"));
        assert_eq!(request.header("host"), Some(&*site.origin.address().to_string()));
    }
}

#[test]
fn what_is_asked_for_is_what_is_stored_and_a_circle_of_redirects_ends() {
    let site = Site::with("<MirrorPassOriginalSlashes>true</MirrorPassOriginalSlashes>");
    site.origin.route("/o/a//b", Script::ok("slashes"));
    assert_eq!(site.get("a//b").text(), "slashes");
    // OSS's own example: leading slashes go to the origin and are not part of the name.
    site.origin.route("/o///dir/c", Script::ok("in front"));
    assert_eq!(site.get("//dir/c").text(), "in front");
    site.server.wait_until_idle();
    assert_eq!(site.get("dir/c").text(), "in front");
    assert_eq!(site.get("/dir/c").text(), "in front");
    assert_eq!(site.origin.hits("/o///dir/c"), 1);
    expect_error(400, "InvalidObjectName", &site.get("//dir/c?acl"));
    expect_error(400, "InvalidObjectName", &site.get("//"));
    let put = site.request("PUT", "/dir/d").body("x");
    let put = site.oss.call(site.oss.signed_as(put, Some(BUCKET), Some("/dir/d")));
    expect_error(400, "InvalidObjectName", &put);
    site.origin.route("/o/moved", Script::redirect(302, "/elsewhere"));
    site.origin.route("/elsewhere", Script::ok("moved"));
    assert_eq!(site.get("moved").text(), "moved");
    site.server.wait_until_idle();
    assert_eq!(site.oss.keys(BUCKET), ["a//b", "dir/c", "moved"]);
    site.origin.route("/o/circle", Script::redirect(302, "/o/circle"));
    expect_error(424, "MirrorFailed", &site.get("circle"));
    assert_eq!(site.origin.hits("/o/circle"), 11);
    let without = Site::with("");
    without.origin.route("/o/dir/c", Script::ok("collapsed"));
    assert_eq!(without.get("//dir/c").text(), "collapsed");
    let failing = Site::with("<TransparentMirrorResponseCodes>500</TransparentMirrorResponseCodes>");
    failing.origin.route("/o/k", Script::status(500));
    expect(500, &failing.get("k"));
    failing.assert_nothing_stored();
}

#[test]
fn an_image_that_is_missing_is_not_fetched_to_be_processed() {
    let site = Site::with("<MirrorAllowGetImageInfo>true</MirrorAllowGetImageInfo>");
    site.origin.route("/o/k.jpg", Script::ok("x"));
    expect_error(400, "NotImplemented", &site.get("k.jpg?x-oss-process=image/info"));
    assert_eq!(site.origin.requests().len(), 0);
}

#[test]
fn the_primary_is_asked_again_once_its_probe_is_well() {
    let elements = "<MirrorURLSlave>{other}/s/</MirrorURLSlave><MirrorURLProbe>{origin}/probe</MirrorURLProbe>";
    let site = Site::with(elements);
    let get = |key: usize| {
        site.origin.route(&format!("/o/{key}"), Script::ok("primary"));
        // Slow, so that few are needed until the probe is asked again.
        let script = Script::ok("standby").drip(1, std::time::Duration::from_millis(15));
        site.other.route(&format!("/s/{key}"), script);
        site.get(&key.to_string()).text()
    };
    site.origin.route("/probe", Script::status(503));
    assert_eq!(get(0), "standby");
    site.origin.route("/probe", Script::ok("ok"));
    // The answer of the probe holds for some seconds; the next probe, not the clock of this test, ends the loop.
    let back = (1..).find(|key| get(*key) == "primary" || site.origin.hits("/probe") > 2);
    assert!(back.is_some_and(|key| get(key + 1) == "primary"));
    assert_eq!(site.origin.hits("/probe"), 2);
    let slow = Site::with("<MirrorURLSlave>{other}/s/</MirrorURLSlave>");
    slow.origin.route("/o/k", Script::ok("late").gated_head());
    slow.other.route("/s/k", Script::ok("standby"));
    let path = format!("/v1/buckets/{BUCKET}/mirror");
    let body = "{\"first_byte_timeout_ms\": 100, \"connect_timeout_ms\": 3600000}";
    let admin = std::fs::read_to_string(slow.server.data_dir().join("admin.json")).unwrap();
    let admin: serde_json::Value = serde_json::from_str(&admin).unwrap();
    let request = Request::new("PATCH", &path)
        .header("Host", "localhost")
        .header("Authorization", &format!("Bearer {}", admin["token"].as_str().unwrap()))
        .header("Content-Type", "application/json")
        .body(body);
    expect(200, &coho_testkit::http::exchange(slow.server.admin(), &request).unwrap());
    assert_eq!(slow.get("k").text(), "standby");
}

/// Two requests for the same key that do not ask an origin the same: none gets what was made for the other, unless the
/// object is stored, which every request may read.
#[test]
fn an_answer_that_is_not_stored_goes_only_to_requests_that_ask_the_same() {
    const PROXY: &str = "<MirrorProxyPass>true</MirrorProxyPass>";
    const ALL: &str = "<MirrorHeaders><PassAll>true</PassAll></MirrorHeaders>";
    const QUERY: &str = "<MirrorPassQueryString>true</MirrorPassQueryString>";
    const PASSED: &str = "<MirrorFollowRedirect>false</MirrorFollowRedirect>";
    let moved = || Script::redirect(302, "http://elsewhere/").gated_head();
    for (elements, script, status, queries, cookies, requests) in [
        (format!("{PROXY}{QUERY}"), Script::ok("x").gated_head(), 200, ["v=1", "v=2"], ["a", "a"], 2),
        (format!("{PROXY}{ALL}"), Script::ok("x").gated_head(), 200, ["", ""], ["alice", "bob"], 2),
        (format!("{PROXY}{ALL}"), Script::ok("x").gated_head(), 200, ["", ""], ["alice", "alice"], 1),
        (format!("{PASSED}{QUERY}"), moved(), 302, ["v=1", "v=2"], ["a", "a"], 2),
        (format!("{PASSED}{QUERY}"), moved(), 302, ["v=1", "v=1"], ["a", "b"], 1),
        (QUERY.to_owned(), Script::ok("x").gated_head(), 200, ["v=1", "v=2"], ["a", "a"], 1),
    ] {
        let site = Site::with(&elements);
        site.origin.route("/o/k", script);
        let address = site.server.endpoint();
        let ask = |number: usize| {
            let target = if queries[number].is_empty() { "k".to_owned() } else { format!("k?{}", queries[number]) };
            let request = site.request("GET", &target).header("Cookie", cookies[number]);
            std::thread::spawn(move || coho_testkit::http::exchange(address, &request).unwrap())
        };
        let first = ask(0);
        site.origin.wait_for_hits("/o/k", 1);
        let second = ask(1);
        if elements.contains(PROXY) && requests == 2 {
            site.origin.wait_for_hits("/o/k", 2);
        } else {
            wait_until_joined(&site.server);
        }
        // Opens the gate for later requests, too.
        site.origin.release("/o/k");
        assert_eq!((first.join().unwrap().status(), second.join().unwrap().status()), (status, status), "{elements}");
        assert_eq!(site.origin.hits("/o/k"), requests, "{elements} {queries:?} {cookies:?}");
    }
}

#[test]
fn two_rules_for_one_key_have_a_fetch_each_and_the_first_is_stored() {
    let site = Site::with("");
    let rule = |number: u32, origin: &Origin, condition: &str| {
        format!(
            "<RoutingRule><RuleNumber>{number}</RuleNumber><Condition>{condition}</Condition><Redirect>\
             <RedirectType>Mirror</RedirectType><MirrorURL>{}</MirrorURL></Redirect></RoutingRule>",
            origin.url("/o/")
        )
    };
    let for_b = "<IncludeHeader><Key>x-side</Key><Equals>b</Equals></IncludeHeader>";
    let rules = rule(1, &site.other, for_b) + &rule(2, &site.origin, "");
    expect(200, &site.oss.put_website(BUCKET, &website(&rules)));
    site.origin.route("/o/k", Script::ok("of a").gated_head());
    site.other.route("/o/k", Script::ok("of b"));
    let (address, request) = (site.server.endpoint(), site.request("GET", "k"));
    let first = std::thread::spawn(move || coho_testkit::http::exchange(address, &request).unwrap());
    site.origin.wait_for_hits("/o/k", 1);
    let second = site.oss.anonymous(&site.request("GET", "k").header("x-side", "b"));
    assert_eq!(second.body, b"of b");
    site.origin.release("/o/k");
    assert_eq!(first.join().unwrap().body, b"of a");
    site.server.wait_until_idle();
    assert_eq!(site.get("k").body, b"of a");
    assert_eq!(site.oss.keys(BUCKET), ["k"]);
    assert_eq!((site.origin.hits("/o/k"), site.other.hits("/o/k")), (1, 1));
}
