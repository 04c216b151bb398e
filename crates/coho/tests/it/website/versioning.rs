//! Versioning and back-to-origin rules exclude each other.

use coho_testkit::http::Response;
use coho_testkit::oss::expect;

use super::site::{BUCKET, ELSEWHERE, Site, mirror, rule};
use crate::fixture::{expect_error, website};

const CONFLICT: &str =
    "versioning cannot be configured for a bucket that has back-to-origin rules; delete the rules first";

fn put_versioning(site: &Site, status: &str) -> Response {
    let body = format!("<VersioningConfiguration><Status>{status}</Status></VersioningConfiguration>");
    site.oss.call(site.oss.request("PUT", &format!("/{BUCKET}/?versioning")).body(body))
}

#[test]
fn rules_of_either_mode_refuse_versioning_and_say_why() {
    let site = Site::start();
    for redirect in [
        ELSEWHERE.to_owned(),
        mirror("/old/", ""),
        "<RedirectType>Internal</RedirectType><ReplaceKeyWith>a</ReplaceKeyWith>".to_owned(),
    ] {
        site.document(&website(&rule(1, "", &redirect)));
        for status in ["Enabled", "Suspended"] {
            let answer = put_versioning(&site, status);
            expect_error(400, "InvalidArgument", &answer);
            assert_eq!(answer.error("Message").as_deref(), Some(CONFLICT), "{answer:?}");
        }
    }
}

#[test]
fn pages_alone_do_not() {
    let site = Site::start();
    let pages = [
        "<IndexDocument><Suffix>index.html</Suffix></IndexDocument>",
        "<ErrorDocument><Key>e.html</Key></ErrorDocument>",
        "<IndexDocument><Suffix>index.html</Suffix></IndexDocument><ErrorDocument><Key>e.html</Key></ErrorDocument>\
         <RoutingRules></RoutingRules>",
    ];
    let put_all = || {
        for pages in pages {
            site.document(&format!("<WebsiteConfiguration>{pages}</WebsiteConfiguration>"));
        }
    };
    put_all();
    expect(200, &put_versioning(&site, "Enabled"));
    put_all();
}

#[test]
fn without_its_rules_a_bucket_may_be_versioned() {
    let site = Site::start();
    site.rules(&rule(1, "", ELSEWHERE));
    expect_error(400, "InvalidArgument", &put_versioning(&site, "Enabled"));
    let oss = &site.oss;
    assert_eq!(oss.call(oss.request("DELETE", &format!("/{BUCKET}/?website"))).status(), 204);
    expect(200, &put_versioning(&site, "Enabled"));
}
