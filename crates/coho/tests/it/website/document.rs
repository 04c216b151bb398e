//! What GetBucketWebsite shows of what was put.

use std::fs;
use std::path::Path;

use coho_testkit::oss::expect;

use super::site::{BUCKET, Site, code, element, external, mirror, prefix, rule};
use crate::fixture::{expect_error, website};

#[test]
fn a_missing_configuration_is_an_error_to_get_and_none_to_delete() {
    let site = Site::start();
    let call = |method: &str| site.oss.call(site.oss.request(method, &format!("/{BUCKET}/?website")));
    for _ in 0..2 {
        let answer = call("GET");
        expect_error(404, "NoSuchWebsiteConfiguration", &answer);
        assert_eq!(answer.error("BucketName").as_deref(), Some(BUCKET));
        let message = "The specified bucket does not have a website configuration.";
        assert_eq!(answer.error("Message").as_deref(), Some(message));
        let deleted = call("DELETE");
        assert_eq!((deleted.status(), deleted.body.len()), (204, 0), "{deleted:?}");
    }
    site.rules(&rule(1, "", &mirror("/old/", "")));
    let shown = call("GET");
    assert_eq!((shown.status(), shown.get("content-type")), (200, Some("application/xml")), "{shown:?}");
    expect(204, &call("DELETE"));
    expect_error(404, "NoSuchWebsiteConfiguration", &call("GET"));
}

/// What is put, what Get must show, and what it must not.
struct Row {
    put: String,
    shows: &'static [&'static str],
    hides: &'static [&'static str],
}

fn check(site: &Site, Row { put, shows, hides }: &Row) {
    site.document(put);
    let text = site.shown();
    for fragment in *shows {
        assert!(text.contains(fragment), "{put}\nshows no {fragment}:\n{text}");
    }
    for fragment in *hides {
        assert!(!text.contains(fragment), "{put}\nshows {fragment}:\n{text}");
    }
    // What is shown can be put, and is shown again.
    site.document(&text);
    assert_eq!(site.shown(), text);
}

#[test]
fn defaults_are_filled_in_as_oss_does() {
    let site = Site::start();
    let one = |redirect: &str| website(&rule(1, "", redirect));
    for row in [
        Row {
            put: one(&mirror("/old/", "")),
            shows: &[
                "<PassQueryString>false</PassQueryString>",
                "<MirrorPassQueryString>false</MirrorPassQueryString>",
                "<MirrorFollowRedirect>true</MirrorFollowRedirect>",
                "<MirrorCheckMd5>false</MirrorCheckMd5>",
                "<MirrorPassOriginalSlashes>false</MirrorPassOriginalSlashes>",
            ],
            hides: &[
                "MirrorHeaders",
                "HttpRedirectCode",
                "IndexDocument",
                "ErrorDocument",
                "MirrorURLSlave",
                "EnableReplacePrefix",
            ],
        },
        Row {
            put: one(&mirror("/old/", "<MirrorHeaders></MirrorHeaders>")),
            shows: &["<MirrorHeaders><PassAll>false</PassAll></MirrorHeaders>"],
            hides: &[],
        },
        Row {
            put: one(&mirror("/old/", "<MirrorPassQueryString>True</MirrorPassQueryString>")),
            shows: &["<PassQueryString>true</PassQueryString>", "<MirrorPassQueryString>true</MirrorPassQueryString>"],
            hides: &["True", "<PassQueryString>false"],
        },
        Row {
            put: one(&mirror(
                "/old/",
                "<MirrorFollowRedirect>FALSE</MirrorFollowRedirect><MirrorCheckMd5>TRUE</MirrorCheckMd5>",
            )),
            shows: &["<MirrorFollowRedirect>false</MirrorFollowRedirect>", "<MirrorCheckMd5>true</MirrorCheckMd5>"],
            hides: &["TRUE", "FALSE"],
        },
        Row {
            put: one(&external("<HostName>n.test</HostName>")),
            shows: &["<RedirectType>External</RedirectType><HostName>n.test</HostName></Redirect>"],
            hides: &["PassQueryString", "MirrorFollowRedirect", "MirrorCheckMd5", "HttpRedirectCode"],
        },
        Row {
            put: element("WebsiteConfiguration", "<ErrorDocument><Key>e.html</Key></ErrorDocument>"),
            shows: &["<ErrorDocument><Key>e.html</Key><HttpStatus>404</HttpStatus></ErrorDocument>"],
            hides: &["IndexDocument", "RoutingRules"],
        },
        Row {
            put: element("WebsiteConfiguration", "<IndexDocument><Suffix>i.html</Suffix></IndexDocument>"),
            shows: &["<IndexDocument><Suffix>i.html</Suffix></IndexDocument>"],
            hides: &["SupportSubDir", "Type", "ErrorDocument", "RoutingRules"],
        },
    ] {
        check(&site, &row);
    }
}

#[test]
fn empty_shells_of_sdks_are_accepted_and_are_nothing() {
    let site = Site::start();
    let shells = "<IndexDocument><Suffix></Suffix></IndexDocument><ErrorDocument><Key></Key></ErrorDocument>";
    let condition = "<KeyPrefixEquals></KeyPrefixEquals><KeySuffixEquals/>";
    let redirect = external(
        "<HostName>n.test</HostName><MirrorHeaders></MirrorHeaders><MirrorURL></MirrorURL><ReplaceKeyWith></ReplaceKeyWith>",
    );
    let rules = element("RoutingRules", &rule(1, condition, &redirect));
    check(
        &site,
        &Row {
            put: element("WebsiteConfiguration", &format!("{shells}{rules}")),
            shows: &["<HostName>n.test</HostName>", "<RuleNumber>1</RuleNumber>"],
            hides: &["IndexDocument", "ErrorDocument", "KeyPrefixEquals", "KeySuffixEquals", "ReplaceKeyWith"],
        },
    );
}

#[test]
fn prolog_namespace_blanks_comments_and_order_do_not_matter() {
    let site = Site::start();
    site.document(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!-- ours -->\n\
         <WebsiteConfiguration xmlns=\"http://doc.oss-cn-hangzhou.aliyuncs.com\">\n  <RoutingRules>\n    <RoutingRule>\n\
         <Redirect><HttpRedirectCode> 302 </HttpRedirectCode><HostName>\n n.test </HostName>\
         <RedirectType>External</RedirectType></Redirect>\n<Condition>\n</Condition><RuleNumber> 12 </RuleNumber>\
         </RoutingRule>\n  </RoutingRules>\n<IndexDocument><Suffix>i.html</Suffix></IndexDocument></WebsiteConfiguration>\n",
    );
    let text = site.shown();
    let expected = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<WebsiteConfiguration><IndexDocument><Suffix>i.html</Suffix></IndexDocument>\
                    <RoutingRules><RoutingRule><RuleNumber>12</RuleNumber><Condition></Condition>\
                    <Redirect><RedirectType>External</RedirectType><HostName>n.test</HostName>\
                    <HttpRedirectCode>302</HttpRedirectCode></Redirect></RoutingRule></RoutingRules></WebsiteConfiguration>";
    let plain = |text: &str| text.replace("<Condition/>", "<Condition></Condition>");
    assert_eq!(plain(&text), expected);
}

#[test]
fn unknown_elements_are_returned() {
    let site = Site::start();
    let later = "<Later><Deep>a &amp; b</Deep></Later>";
    let put = format!(
        "<WebsiteConfiguration><RoutingRules><RoutingRule><RuleNumber>1</RuleNumber><Condition>{later}</Condition>\
         <Redirect>{}<MirrorNewerThanUs>x</MirrorNewerThanUs></Redirect>{later}</RoutingRule>{later}</RoutingRules>{later}\
         <ErrorDocument><Key>e</Key>{later}</ErrorDocument></WebsiteConfiguration>",
        mirror("/old/", "")
    );
    site.document(&put);
    let text = site.shown();
    assert_eq!(text.matches(later).count(), 5, "{text}");
    assert!(text.contains("<MirrorNewerThanUs>x</MirrorNewerThanUs>"), "{text}");
    site.document(&text);
    assert_eq!(site.shown(), text);
    // Unknown elements are not executed.
    expect_error(404, "NoSuchKey", &site.get("k"));
    assert_eq!(site.origin.requests().len(), 0);
}

#[test]
fn every_element_comes_back_as_it_was_put_and_outlives_a_restart() {
    let mut site = Site::start();
    let redirect = "<RedirectType>Mirror</RedirectType><Protocol>https</Protocol><HostName>h.test</HostName>\
        <PassQueryString>true</PassQueryString><MirrorURL>https://o.example.com/a/</MirrorURL>\
        <MirrorPassQueryString>true</MirrorPassQueryString><MirrorFollowRedirect>false</MirrorFollowRedirect>\
        <MirrorCheckMd5>true</MirrorCheckMd5><MirrorHeaders><PassAll>true</PassAll><Pass>p</Pass><Pass>q</Pass>\
        <Remove>r</Remove><Set><Key>s</Key><Value> v &lt; w</Value></Set></MirrorHeaders>\
        <MirrorPassOriginalSlashes>true</MirrorPassOriginalSlashes><MirrorURLSlave>https://s.example.com/</MirrorURLSlave>\
        <MirrorURLProbe>https://s.example.com/ok?a=b&amp;c</MirrorURLProbe>\
        <MirrorSwitchAllErrors>true</MirrorSwitchAllErrors>\
        <TransparentMirrorResponseCodes>400,404</TransparentMirrorResponseCodes>\
        <MirrorMultiAlternates><MirrorMultiAlternate><MirrorMultiAlternateNumber>3</MirrorMultiAlternateNumber>\
        <MirrorMultiAlternateURL>https://m.example.com/</MirrorMultiAlternateURL></MirrorMultiAlternate></MirrorMultiAlternates>\
        <MirrorUserLastModified>true</MirrorUserLastModified><MirrorSaveOssMeta>true</MirrorSaveOssMeta>\
        <MirrorProxyPass>true</MirrorProxyPass><MirrorAllowHeadObject>true</MirrorAllowHeadObject>\
        <MirrorAsyncStatus>303</MirrorAsyncStatus><MirrorTaggings><Taggings><Key>k</Key><Value>v</Value></Taggings></MirrorTaggings>\
        <MirrorReturnHeaders><ReturnHeader><Key>k</Key><Value>v</Value></ReturnHeader></MirrorReturnHeaders>\
        <MirrorRole>role</MirrorRole><MirrorSNI>true</MirrorSNI><MirrorTunnelId>t</MirrorTunnelId>\
        <ReplaceKeyPrefixWith>pics/</ReplaceKeyPrefixWith><EnableReplacePrefix>true</EnableReplacePrefix>\
        <HttpRedirectCode>302</HttpRedirectCode>";
    let condition = format!(
        "{}<KeySuffixEquals>.jpg</KeySuffixEquals>{}<IncludeHeader><Key>h</Key><Equals>e</Equals>\
         <StartsWith>s</StartsWith><EndsWith>n</EndsWith></IncludeHeader>",
        prefix(" a&amp;b/ "),
        code(404)
    );
    let put = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<WebsiteConfiguration><IndexDocument><Suffix>i.html</Suffix>\
         <SupportSubDir>true</SupportSubDir><Type>2</Type></IndexDocument><ErrorDocument><Key>e.html</Key>\
         <HttpStatus>200</HttpStatus></ErrorDocument><RoutingRules>{}<RoutingRule><RuleNumber>3</RuleNumber>\
         <Condition><KeyPrefixEquals>l</KeyPrefixEquals></Condition><LuaConfig><Script>a.lua</Script></LuaConfig></RoutingRule>\
         </RoutingRules></WebsiteConfiguration>",
        rule(7, &condition, redirect)
    );
    site.document(&put);
    assert_eq!(site.shown(), put);
    site.start_again();
    assert_eq!(site.shown(), put);
}

const SECRET: &str = "hunter2-hunter2-hunter2";
const MASK: &str = "<AccessKeySecret>******</AccessKeySecret>";

fn with_auth(number: u32, key_prefix: &str, id: &str, secret: &str) -> String {
    let auth = format!(
        "<MirrorAuth><AuthType>S3V4</AuthType><Region>r</Region><AccessKeyId>{id}</AccessKeyId>\
         <AccessKeySecret>{secret}</AccessKeySecret></MirrorAuth>"
    );
    rule(number, &prefix(key_prefix), &mirror("/old/", &auth))
}

/// All files below a folder, one after the other.
fn bytes_below(folder: &Path) -> Vec<u8> {
    let mut all = Vec::new();
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let path = entry.path();
        all.extend(if path.is_dir() { bytes_below(&path) } else { fs::read(path).unwrap() });
    }
    all
}

fn stored(site: &Site) -> String {
    String::from_utf8_lossy(&bytes_below(&site.server.data_dir().join("meta"))).into_owned()
}

#[test]
fn a_secret_is_never_shown_and_survives_the_mask_that_comes_back() {
    let mut site = Site::start();
    site.rules(&format!("{}{}", with_auth(1, "one/", "id1", SECRET), with_auth(2, "two/", "id2", "other-secret")));
    let shown = site.shown();
    assert!(!shown.contains(SECRET) && !shown.contains("other-secret"), "{shown}");
    assert_eq!(shown.matches(MASK).count(), 2, "{shown}");

    // As a console does it: what was shown comes back with a change; the order does not matter.
    site.rules(&format!("{}{}", with_auth(2, "zwei/", "id2", "new-secret"), with_auth(1, "eins/", "id1", "******")));
    site.document(&site.shown().replace("eins/", "uno/"));
    let shown = site.shown();
    assert!(shown.contains("<KeyPrefixEquals>uno/") && shown.matches(MASK).count() == 2, "{shown}");
    assert!(!site.server.whole_log().unwrap().contains(SECRET), "the secret is in the log");

    // The data: the last document holds the secret in clear, and no document was stored with the mask for it.
    let data = stored(&site);
    assert!(!data.contains("******"), "the mask became the secret");
    // Each text of the stored form comes after its length, of one byte or two.
    let follows = |text: &str, value: &str| text.find(value).is_some_and(|at| at <= 2);
    for (changed, secret) in [("uno/", SECRET), ("zwei/", "new-secret")] {
        let kept = data.split("RuleNumber").any(|rule| {
            let prefix = rule.split_once("KeyPrefixEquals").is_some_and(|(_, rest)| follows(rest, changed));
            prefix && rule.split_once("AccessKeySecret").is_some_and(|(_, rest)| follows(rest, secret))
        });
        assert!(kept, "{changed} is not stored with its secret");
    }
    site.start_again();
    assert_eq!(site.shown(), shown);
}

#[test]
fn a_mask_without_a_stored_secret_is_refused() {
    let site = Site::start();
    let refused = |site: &Site, rules: &str| {
        let answer = site.put_document(&website(rules));
        expect_error(400, "InvalidArgument", &answer);
        let told = (answer.error("ArgumentName"), answer.error("ArgumentValue"), answer.error("EC"));
        let expected = ("AccessKeySecret".to_owned(), "******".to_owned(), "0019-00000002".to_owned());
        assert_eq!(told, (Some(expected.0), Some(expected.1), Some(expected.2)), "{answer:?}");
    };
    refused(&site, &with_auth(1, "a/", "id", "******"));
    site.rules(&with_auth(1, "a/", "id", SECRET));
    let shown = site.shown();
    // Another rule has no secret, whatever its number.
    refused(&site, &with_auth(2, "b/", "id", "******"));
    assert_eq!(site.shown(), shown);
    // Deleted is deleted.
    expect(204, &site.oss.call(site.oss.request("DELETE", &format!("/{BUCKET}/?website"))));
    refused(&site, &with_auth(1, "a/", "id", "******"));
}

#[test]
fn the_value_of_a_secret_header_is_masked_and_kept() {
    let site = Site::start();
    let with = |number, key: &str, value: &str| {
        let set = |key, value| format!("<Set><Key>{key}</Key><Value>{value}</Value></Set>");
        let headers =
            format!("<MirrorHeaders>{}{}</MirrorHeaders>", set("Authorization", value), set("x-from", "coho"));
        rule(number, &prefix(key), &mirror("/old/", &headers))
    };
    site.rules(&format!("{}{}", with(1, "one/", "Bearer uno"), with(2, "two/", "Bearer duo")));
    let shown = site.shown();
    assert!(!shown.contains("Bearer") && shown.matches("<Value>******</Value>").count() == 2, "{shown}");
    assert_eq!(shown.matches("<Value>coho</Value>").count(), 2, "{shown}");
    // What was shown comes back, with the rules in each other's place.
    site.rules(&format!("{}{}", with(1, "two/", "******"), with(2, "one/", "******")));
    for (key, value) in [("one/k", "Bearer uno"), ("two/k", "Bearer duo")] {
        site.get(key);
        let requests = site.origin.requests();
        assert_eq!(requests.last().and_then(|request| request.header("authorization")), Some(value), "{key}");
    }
    let refused = site.put_document(&website(&with(3, "three/", "******")));
    expect_error(400, "InvalidArgument", &refused);
    assert!(refused.text().contains("no value of the header Authorization is stored"), "{refused:?}");
    // A refusal does not repeat a secret.
    let refused = site.put_document(&website(&with(3, "three/", &"hush".repeat(400))));
    expect_error(400, "InvalidArgument", &refused);
    assert!(!refused.text().contains("hush") && !site.server.log().contains("hush"), "{refused:?}");
    assert!(!site.server.log().contains("Bearer"));
}

#[test]
fn the_configuration_goes_with_its_bucket() {
    let site = Site::start();
    site.rules(&with_auth(1, "a/", "id", SECRET));
    expect(204, &site.oss.call(site.oss.request("DELETE", &format!("/{BUCKET}/"))));
    site.oss.put_bucket(BUCKET, "public-read");
    let answer = site.oss.call(site.oss.request("GET", &format!("/{BUCKET}/?website")));
    expect_error(404, "NoSuchWebsiteConfiguration", &answer);
    expect_error(404, "NoSuchKey", &site.get("a/k"));
    assert_eq!(site.origin.requests().len(), 0);
}
