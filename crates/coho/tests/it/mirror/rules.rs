//! Which rule matches, and that a rule with anything not executed yet never does.

use coho_testkit::oss::expect;
use coho_testkit::{Origin, Oss, Script, Server};

use crate::fixture::{LOOPBACK, expect_error, mirror_rule, options, website};

struct Rules {
    origin: Origin,
    _server: Server,
    oss: Oss,
}

impl Rules {
    fn start() -> Self {
        let origin = Origin::start().unwrap();
        let server = Server::start(options().flag("--origin-allow", LOOPBACK)).unwrap();
        let oss = Oss::new(&server);
        oss.put_bucket("bucket-b", "public-read");
        Self { origin, _server: server, oss }
    }

    /// Puts the configuration, with `{origin}` for the origin's address.
    fn put(&self, xml: &str) {
        let xml = xml.replace("{origin}", &self.origin.url(""));
        expect(200, &self.oss.put_website("bucket-b", &xml));
    }

    /// The origin path the key is fetched from, or none when it is not fetched.
    fn fetched_from(&self, key: &str) -> Option<String> {
        let before = self.origin.requests().len();
        let answer = self.oss.get_anonymous("bucket-b", key);
        expect_error(404, "NoSuchKey", &answer);
        self.origin.requests().get(before).map(|request| request.target.clone())
    }
}

fn rule(number: u32, condition: &str, redirect: &str) -> String {
    format!(
        "<RoutingRule><RuleNumber>{number}</RuleNumber><Condition>{condition}</Condition>\
         <Redirect>{redirect}</Redirect></RoutingRule>"
    )
}

fn mirror_to(path: &str) -> String {
    format!("<RedirectType>Mirror</RedirectType><MirrorURL>{{origin}}{path}</MirrorURL>")
}

#[test]
fn prefix_and_suffix_both_have_to_match() {
    let rules = Rules::start();
    rules.put(&website(&rule(
        1,
        "<KeyPrefixEquals>img/</KeyPrefixEquals><KeySuffixEquals>.png</KeySuffixEquals>",
        &mirror_to("/o/"),
    )));
    assert_eq!(rules.fetched_from("img/a.png").as_deref(), Some("/o/img/a.png"));
    for key in ["img/a.jpg", "doc/a.png", "IMG/a.png", "img", "img/a.png.txt"] {
        assert_eq!(rules.fetched_from(key), None, "{key}");
    }
}

#[test]
fn the_smallest_rule_number_that_matches_decides_whatever_the_order_of_the_document() {
    let rules = Rules::start();
    let later = rule(20, "", &mirror_to("/all/"));
    let first = rule(3, "<KeyPrefixEquals>a/</KeyPrefixEquals>", &mirror_to("/a/"));
    rules.put(&website(&format!("{later}{first}")));
    assert_eq!(rules.fetched_from("a/x").as_deref(), Some("/a/a/x"));
    assert_eq!(rules.fetched_from("b/x").as_deref(), Some("/all/b/x"));
}

#[test]
fn a_rule_with_something_not_executed_yet_never_matches() {
    let rules = Rules::start();
    let (condition, mirror) = ("<KeyPrefixEquals>p/</KeyPrefixEquals>", mirror_to("/o/"));
    for element in ["<MirrorUsingRole>true</MirrorUsingRole>", "<MirrorNewerThanUs>true</MirrorNewerThanUs>"] {
        rules.put(&website(&rule(1, condition, &format!("{mirror}{element}"))));
        assert_eq!(rules.fetched_from("p/x"), None, "{element}");
    }
}

#[test]
fn a_deleted_configuration_fetches_nothing() {
    let rules = Rules::start();
    rules.put(&mirror_rule("", "{origin}/o/"));
    assert_eq!(rules.fetched_from("x").as_deref(), Some("/o/x"));
    expect(204, &rules.oss.call(rules.oss.request("DELETE", "/bucket-b/?website")));
    assert_eq!(rules.fetched_from("y"), None);
}

#[test]
fn a_stored_object_is_served_without_looking_at_the_origin() {
    let rules = Rules::start();
    rules.origin.route("/o/x", Script::ok("origin"));
    rules.put(&mirror_rule("", "{origin}/o/"));
    rules.oss.put("bucket-b", "x", b"stored");
    assert_eq!(rules.oss.get_anonymous("bucket-b", "x").body, b"stored");
    assert_eq!(rules.origin.requests().len(), 0);
}

/// What must not be accepted: one bad rule rejects the whole document and leaves the old one in place.
#[test]
fn a_bad_document_is_rejected_whole() {
    let rules = Rules::start();
    rules.put(&mirror_rule("", "{origin}/o/"));
    let before = rules.oss.call(rules.oss.request("GET", "/bucket-b/?website")).text();
    let mirror = mirror_to("/o/");
    let many: String = (1..=21).map(|number| rule(number, "", &mirror)).collect();
    let not_404 = "<HttpErrorCodeReturnedEquals>403</HttpErrorCodeReturnedEquals>";
    for xml in [
        "<WebsiteConfiguration></WebsiteConfiguration>".to_owned(),
        website(&rule(1, not_404, &mirror)),
        website(&rule(1, "", "<RedirectType>Mirror</RedirectType>")),
        website(&rule(1, "", "<RedirectType>Mirror</RedirectType><MirrorURL>origin.example.com/</MirrorURL>")),
        website(&rule(1, "", "<RedirectType>Mirror</RedirectType><MirrorURL>http://origin.example.com</MirrorURL>")),
        website(&rule(0, "", &mirror)),
        website(&format!("{}{}", rule(1, "", &mirror), rule(1, "", &mirror))),
        website(&format!("<RoutingRule><Redirect>{mirror}</Redirect></RoutingRule>")),
        website(&many),
        "<WebsiteConfiguration><ErrorDocument><Key>e</Key><HttpStatus>500</HttpStatus></ErrorDocument>\
         </WebsiteConfiguration>"
            .to_owned(),
    ] {
        let xml = xml.replace("{origin}", &rules.origin.url(""));
        let answer = rules.oss.put_website("bucket-b", &xml);
        expect(400, &answer);
        let code = answer.error("Code").unwrap_or_default();
        assert!(["InvalidArgument", "MalformedXML"].contains(&code.as_str()), "{code} for {xml}");
    }
    expect_error(400, "MalformedXML", &rules.oss.put_website("bucket-b", "<WebsiteConfiguration>"));
    assert_eq!(rules.oss.call(rules.oss.request("GET", "/bucket-b/?website")).text(), before);
}
