//! Mirror rules with rewrites: the origin sees the rewritten path, the store the requested key.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use coho_testkit::Script;
use coho_testkit::http::{Client, Request, exchange};
use coho_testkit::oss::{encode, expect};

use super::site::{
    Access, BUCKET, ELSEWHERE, EVERY_ACCESS, Site, code, element, expect_redirect, external, mirror, prefix, rule,
};
use crate::fixture::expect_error;

/// Condition, elements of the rule, requested key, and the path that the origin is asked for.
type Row = (&'static str, &'static str, &'static str, &'static str);

const MEDIA: &str = "<KeyPrefixEquals>media/</KeyPrefixEquals>";

const ROWS: &[Row] = &[
    (MEDIA, "", "media/a.jpg", "/old/media/a.jpg"),
    (MEDIA, "<ReplaceKeyPrefixWith>pics/</ReplaceKeyPrefixWith>", "media/a.jpg", "/old/pics/a.jpg"),
    (
        MEDIA,
        "<ReplaceKeyPrefixWith>pics/</ReplaceKeyPrefixWith><EnableReplacePrefix>true</EnableReplacePrefix>",
        "media/a.jpg",
        "/old/pics/a.jpg",
    ),
    (MEDIA, "<EnableReplacePrefix>true</EnableReplacePrefix>", "media/a.jpg", "/old/a.jpg"),
    (MEDIA, "<EnableReplacePrefix>true</EnableReplacePrefix><ReplaceKeyPrefixWith/>", "media/x/a.jpg", "/old/x/a.jpg"),
    (MEDIA, "<EnableReplacePrefix>false</EnableReplacePrefix>", "media/a.jpg", "/old/media/a.jpg"),
    ("", "<ReplaceKeyPrefixWith>all/</ReplaceKeyPrefixWith>", "k", "/old/all/k"),
    ("", "<ReplaceKeyWith>prefix/${key}.suffix</ReplaceKeyWith>", "a/k", "/old/prefix/a/k.suffix"),
    ("", "<ReplaceKeyWith>fixed.bin</ReplaceKeyWith>", "k", "/old/fixed.bin"),
    ("", "<ReplaceKeyWith>a b/${key}?</ReplaceKeyWith>", "\u{fc} x", "/old/a%20b/%C3%BC%20x%3F"),
    (MEDIA, "<ReplaceKeyPrefixWith>100%/</ReplaceKeyPrefixWith>", "media/50%+#", "/old/100%25/50%25%2B%23"),
    (MEDIA, "<ReplaceKeyPrefixWith>/lead/</ReplaceKeyPrefixWith>", "media/k", "/old/lead/k"),
    ("<KeySuffixEquals>.jpg</KeySuffixEquals>", "", "a.jpg", "/old/a.jpg"),
    (
        MEDIA,
        "<HostName>n.test</HostName><Protocol>https</Protocol><HttpRedirectCode>302</HttpRedirectCode>",
        "media/k",
        "/old/media/k",
    ),
];

#[test]
fn the_address_of_an_origin_is_kept_verbatim_and_encoded_once_in_requests() {
    let site = Site::start();
    for (at, (written, shown, asked)) in [
        ("/旧站/", "/旧站/", "/%E6%97%A7%E7%AB%99/"),
        ("/a\"b&lt;c&gt;/", "/a\"b&lt;c&gt;/", "/a%22b%3Cc%3E/"),
        ("/a|b^c`d{e}/", "/a|b^c`d{e}/", "/a%7Cb%5Ec%60d%7Be%7D/"),
        ("/a%20b/", "/a%20b/", "/a%20b/"),
    ]
    .into_iter()
    .enumerate()
    {
        site.rules(&rule(1, &code(404), &mirror(written, "")));
        assert!(site.shown().contains(&format!("{shown}</MirrorURL>")), "{}", site.shown());
        let key = format!("key-{at}");
        site.origin.route(&format!("{asked}{key}"), Script::ok(&key));
        assert_eq!(site.get(&key).text(), key, "{written}");
    }
}

#[test]
fn the_addresses_of_standby_and_probe_are_encoded_too() {
    let site = Site::start();
    let others = "<MirrorURLSlave>{origin}/备用/</MirrorURLSlave><MirrorURLProbe>{origin}/探测</MirrorURLProbe>";
    site.origin.route("/%E6%8E%A2%E6%B5%8B", Script::ok("well"));
    site.origin.route("/old/broken", Script::status(500));
    site.origin.route("/%E5%A4%87%E7%94%A8/broken", Script::ok("standby"));
    site.origin.route("/old/k", Script::ok("first"));
    site.rules(&rule(1, &code(404), &mirror("/old/", others)));
    assert_eq!(site.get("k").text(), "first");
    assert_eq!(site.get("broken").text(), "standby");
    assert!(site.origin.hits("/%E6%8E%A2%E6%B5%8B") > 0);
}

/// Texts as XML has them, and as a request line has them.
const ODD: [(&str, &str); 3] =
    [("\u{65e7}\u{7ad9}", "%E6%97%A7%E7%AB%99"), ("a|b^c", "a%7Cb%5Ec"), ("\"&lt;a&gt;\"", "%22%3Ca%3E%22")];

#[test]
fn every_address_of_a_rule_is_kept_verbatim_and_encoded_once() {
    let site = Site::start();
    for (at, (written, asked)) in ODD.into_iter().enumerate() {
        let alternate = |number: u32| {
            let url = element("MirrorMultiAlternateURL", &format!("{{origin}}/alternate-{number}/{written}/"));
            element("MirrorMultiAlternate", &(element("MirrorMultiAlternateNumber", &number.to_string()) + &url))
        };
        let others = element("MirrorURLSlave", &format!("{{origin}}/standby/{written}/"))
            + &element("MirrorURLProbe", &format!("{{origin}}/probe/{written}?{written}"))
            + &element("MirrorMultiAlternates", &(alternate(1) + &alternate(2)));
        site.rules(&rule(1, &code(404), &mirror(&format!("/first/{written}/"), &others)));
        let shown = site.shown().replace(&site.origin.url(""), "{origin}");
        for name in ["first", "alternate-1", "alternate-2", "standby", "probe"] {
            assert!(shown.contains(&format!("{{origin}}/{name}/{written}")), "{shown}");
        }
        site.origin.route(&format!("/probe/{asked}"), Script::ok("well"));
        let servers = ["first", "alternate-1", "alternate-2", "standby"];
        for (place, server) in servers.into_iter().enumerate() {
            // The servers before it are broken.
            let key = format!("key-{at}-{place}");
            for broken in &servers[..place] {
                site.origin.route(&format!("/{broken}/{asked}/{key}"), Script::status(500));
            }
            site.origin.route(&format!("/{server}/{asked}/{key}"), Script::ok(server));
            assert_eq!(site.get(&key).text(), server, "{written}");
        }
        let probe = format!("/probe/{asked}?{asked}");
        assert!(site.origin.requests().iter().any(|request| request.target == probe), "{probe}");
    }
}

#[test]
fn an_object_is_fetched_from_the_rewritten_path_and_stored_under_its_key() {
    let site = Site::start();
    for (condition, elements, key, path) in ROWS {
        site.rules(&rule(1, &format!("{condition}{}", code(404)), &mirror("/old/", elements)));
        site.origin.route(path, Script::ok(path));
        let asked = site.origin.requests().len();
        for _ in 0..2 {
            let answer = site.get(&encode(key, b"-_.~/"));
            expect(200, &answer);
            assert_eq!(answer.text(), *path, "{key}");
            site.assert_stored(key);
        }
        let requests = site.origin.requests();
        assert_eq!(requests.len(), asked + 1, "{elements} {key}");
        assert_eq!(requests[asked].target, *path, "{elements} {key}");
        assert_eq!(site.oss.keys(BUCKET).len(), 1, "{elements} {key}");
        site.oss.delete(BUCKET, key);
    }
}

#[test]
fn the_example_of_the_documentation_is_fetched_as_it_says() {
    let site = Site::start();
    let suffix = element("KeySuffixEquals", ".jpg");
    let condition = format!("{}{suffix}{}", prefix("media/"), code(404));
    let rewritten = "<EnableReplacePrefix>true</EnableReplacePrefix><ReplaceKeyPrefixWith>pics/</ReplaceKeyPrefixWith>";
    site.rules(&rule(10, &condition, &mirror("/old/", rewritten)));
    site.origin.route("/old/pics/a.jpg", Script::ok("picture"));
    assert_eq!(site.get("media/a.jpg").body, b"picture");
    site.assert_stored("media/a.jpg");
    for other in ["media/a.png", "a.jpg", "pics/a.jpg"] {
        expect_error(404, "NoSuchKey", &site.get(other));
    }
    assert_eq!(site.origin.requests().len(), 1);
}

#[test]
fn the_first_rule_that_matches_decides_even_if_its_origin_has_nothing() {
    let site = Site::start();
    site.origin.route("/second/k", Script::ok("second"));
    site.origin.route("/second/other", Script::ok("second"));
    let (first, second) = (mirror("/first/", ""), mirror("/second/", ""));
    site.rules(&format!("{}{}", rule(9, "", &second), rule(2, &prefix("k"), &first)));
    expect_error(404, "NoSuchKey", &site.get("k"));
    assert_eq!((site.origin.hits("/first/k"), site.origin.hits("/second/k")), (1, 0));
    assert_eq!(site.get("other").body, b"second");
    // The other way round.
    site.rules(&format!("{}{}", rule(2, "", &second), rule(9, &prefix("k"), &first)));
    assert_eq!(site.get("k").body, b"second");
    assert_eq!(site.origin.hits("/first/k"), 1);
}

#[test]
fn redirects_and_fetches_are_one_ordered_list() {
    let site = Site::start();
    for key in ["a/x", "b/x"] {
        site.origin.route(&format!("/old/{key}"), Script::ok("fetched"));
    }
    let (fetch, go) = (rule(5, "", &mirror("/old/", "")), |number| rule(number, &prefix("a/"), ELSEWHERE));
    site.rules(&format!("{fetch}{}", go(4)));
    expect_redirect(301, "http://n.test/a/x", &site.get("a/x"));
    assert_eq!(site.get("b/x").body, b"fetched");
    site.rules(&format!("{}{fetch}", go(6)));
    assert_eq!(site.get("a/x").body, b"fetched");
    site.server.wait_until_idle();
    // Now it exists, and a Mirror rule is about what is missing.
    expect_redirect(301, "http://n.test/a/x", &site.head("a/x"));
    expect_redirect(301, "http://n.test/a/x", &site.get("a/x"));
}

#[test]
fn a_permitted_reader_causes_fetches() {
    let site = Site::with_acl("private");
    site.rules(&rule(1, "", &mirror("/old/", "<ReplaceKeyPrefixWith>p/</ReplaceKeyPrefixWith>")));
    site.origin.route("/old/p/k", Script::ok("fetched"));
    expect_error(403, "AccessDenied", &site.get("k"));
    assert_eq!(site.origin.requests().len(), 0);
    for access in [Access::Presigned, Access::Signed] {
        assert_eq!(site.get_as(access, "k?a=1").body, b"fetched", "{access:?}");
    }
    assert_eq!(site.origin.requests()[0].target, "/old/p/k", "no query goes along unless the rule says so");
}

#[test]
fn a_name_that_leaves_the_folder_of_the_rule_is_not_fetched() {
    let site = Site::start();
    site.rules(&rule(1, "", &mirror("/old/", "")));
    for target in ["..%2Fsecret", "a/../../secret", "a/%2e%2e/%2e%2e/secret"] {
        expect_error(404, "NoSuchKey", &site.get(target));
    }
    site.rules(&rule(1, "", &mirror("/old/", "<ReplaceKeyWith>../${key}</ReplaceKeyWith>")));
    expect_error(404, "NoSuchKey", &site.get("secret"));
    assert_eq!(site.origin.requests().len(), 0);
}

/// How many configurations follow each other.
const CHANGES: u32 = 60;

/// Stops the readers however the test ends.
struct Stop<'a>(&'a AtomicBool);

impl Drop for Stop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Asks until told to stop, and counts; the numbers in the locations never go back.
fn read_until(stopped: &AtomicBool, address: SocketAddr, request: &Request) -> usize {
    let mut client = Client::connect(address).unwrap();
    let (mut last, mut count) = (0, 0);
    while !stopped.load(Ordering::Relaxed) {
        let answer = client.exchange(request).unwrap();
        expect(301, &answer);
        let number = answer.get("location").and_then(|location| location.strip_prefix("http://n.test/"));
        let number: u32 = number.unwrap().parse().unwrap();
        assert!(number >= last, "{number} after {last}: an old configuration came back");
        (last, count) = (number, count + 1);
    }
    count
}

#[test]
fn a_change_is_effective_for_the_next_request_while_others_run() {
    let site = Site::start();
    let configure = |number: u32| {
        let to = format!("<HostName>n.test</HostName><ReplaceKeyWith>{number}</ReplaceKeyWith>");
        site.rules(&rule(1, "", &external(&to)));
    };
    configure(0);
    let stopped = AtomicBool::new(false);
    let (address, request) = (site.oss.address(), site.request("GET", "k"));
    thread::scope(|scope| {
        let stop = Stop(&stopped);
        let readers: Vec<_> = (0..2).map(|_| scope.spawn(|| read_until(&stopped, address, &request))).collect();
        for number in 1..=CHANGES {
            configure(number);
            for access in EVERY_ACCESS {
                expect_redirect(301, &format!("http://n.test/{number}"), &site.get_as(access, "k"));
            }
        }
        drop(stop);
        for reader in readers {
            assert!(reader.join().unwrap() > 0, "no request ran meanwhile");
        }
    });
}

#[test]
fn a_fetch_by_rules_that_are_gone_does_not_keep_them() {
    let site = Site::start();
    site.origin.route("/first/k", Script::ok("first").gated_head());
    site.origin.route("/second/other", Script::ok("second"));
    site.rules(&rule(1, "", &mirror("/first/", "")));
    let (address, request) = (site.oss.address(), site.request("GET", "k"));
    thread::scope(|scope| {
        let reader = scope.spawn(|| exchange(address, &request).unwrap());
        site.origin.wait_for_hits("/first/k", 1);
        site.rules(&rule(1, "", &mirror("/second/", "")));
        assert_eq!(site.get("other").body, b"second");
        site.origin.release("/first/k");
        assert_eq!(reader.join().unwrap().body, b"first");
    });
}
