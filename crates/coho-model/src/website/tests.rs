use super::*;

fn mirror(number: u32) -> RoutingRule {
    let mut redirect = Redirect::new(RedirectType::Mirror);
    redirect.mirror.url = Some("http://origin.test/".into());
    RoutingRule { rule_number: number, redirect: Some(redirect), ..RoutingRule::default() }
}

fn external(number: u32) -> RoutingRule {
    let redirect = Redirect { host_name: Some("new.test".into()), ..Redirect::new(RedirectType::External) };
    RoutingRule { rule_number: number, redirect: Some(redirect), ..RoutingRule::default() }
}

fn of(rules: Vec<RoutingRule>) -> WebsiteConfiguration {
    WebsiteConfiguration { routing_rules: rules, ..WebsiteConfiguration::default() }
}

/// Returns the element that a rule is refused for after `change`.
#[track_caller]
fn check(mut rule: RoutingRule, change: impl FnOnce(&mut RoutingRule, &mut Redirect), expected: Option<&str>) {
    let mut redirect = rule.redirect.take().unwrap();
    change(&mut rule, &mut redirect);
    rule.redirect = Some(redirect);
    let verdict = of(vec![rule]).validate();
    assert_eq!(verdict.as_ref().err().map(|invalid| &*invalid.element), expected, "{verdict:?}");
}

#[test]
fn mirror_urls_are_plain_bases() {
    for url in [
        "http://origin.test/",
        "https://origin.test:8443/a/b/",
        "http://127.0.0.1:1/",
        "http://[::1]:80/x/",
        "http://o_1.test/%20/",
        "http://o.test//",
        "http://o.test/旧站/",
        "http://o.test/a\"b<c>|^`{}/",
    ] {
        check(mirror(1), |_, r| r.mirror.url = Some(url.into()), None);
    }
    for url in [
        "origin.test/",
        "ftp://origin.test/",
        "http://origin.test",
        "http://origin.test/a",
        "http://",
        "http:///",
        "http://u@origin.test/",
        "http://u:p@origin.test/",
        "http://origin.test/?a=/",
        "http://origin.test/#/",
        "http://origin.test\\@evil.test/",
        "http://origin.test:/",
        "http://origin.test:0/",
        "http://origin.test:70000/",
        "http://origin.test:+80/",
        "http://[::1/",
        "http://[x]/",
        "http://a b/",
        "http://a/\u{1}/",
        "http://é.test/",
        "HTTP//x/",
        "http://a:80:90/",
    ] {
        check(mirror(1), |_, r| r.mirror.url = Some(url.into()), Some("MirrorURL"));
    }
    check(mirror(1), |_, r| r.mirror.url = None, Some("MirrorURL"));
    check(mirror(1), |_, r| r.mirror.url_slave = Some("http://b.test".into()), None);
    check(mirror(1), |_, r| r.mirror.url_slave = Some("b.test/".into()), Some("MirrorURLSlave"));
    check(mirror(1), |_, r| r.mirror.url_probe = Some("http://b.test/ok?x=1".into()), None);
    check(mirror(1), |_, r| r.mirror.url_probe = Some("http://b.test/ok#x".into()), Some("MirrorURLProbe"));
    check(external(1), |_, r| r.mirror.url = Some("nonsense".into()), None);
}

#[test]
fn an_error_never_shows_the_password_of_an_address() {
    let mut rule = mirror(1);
    rule.redirect.as_mut().unwrap().mirror.url = Some("http://user:hunter2@origin.test/".into());
    let invalid = of(vec![rule]).validate().unwrap_err();
    assert_eq!(invalid.value, "http://***@origin.test/");
    assert_eq!(
        invalid.to_string(),
        "MirrorURL is Invalid: it must not contain a user name, in RoutingRule 1 (RuleNumber 1)"
    );
}

#[test]
fn a_fault_names_the_place_and_the_number_of_its_rule() {
    let mut broken = external(7);
    broken.redirect.as_mut().unwrap().http_redirect_code = Some(200);
    let message = |rules| of(rules).validate().unwrap_err().message;
    assert_eq!(message(vec![mirror(3), broken]), "HttpRedirectCode is Invalid: in RoutingRule 2 (RuleNumber 7)",);
    assert_eq!(
        message(vec![mirror(3), mirror(3)]),
        "RuleNumber is Invalid: another rule has the same number, in RoutingRule 2 (RuleNumber 3)",
    );
}

#[test]
fn an_internal_rule_leads_to_a_possible_key() {
    let internal = |change: fn(&mut Redirect), expected| {
        let rule = RoutingRule { redirect: Some(Redirect::new(RedirectType::Internal)), ..external(1) };
        check(rule, |_, r| change(r), expected);
    };
    internal(|r| r.replace_key_with = Some("page.html".into()), None);
    internal(|r| r.replace_key_with = Some("/page.html".into()), Some("ReplaceKeyWith"));
    internal(|r| r.replace_key_prefix_with = Some("\\a".into()), Some("ReplaceKeyPrefixWith"));
}

#[test]
fn conditions_have_limits() {
    let header = |key: &str| IncludeHeader { key: key.into(), ..IncludeHeader::default() };
    check(mirror(1), |rule, _| rule.condition.http_error_code_returned_equals = Some(404), None);
    check(
        mirror(1),
        |rule, _| rule.condition.http_error_code_returned_equals = Some(403),
        Some("HttpErrorCodeReturnedEquals"),
    );
    check(external(1), |rule, _| rule.condition.http_error_code_returned_equals = Some(403), None);
    check(
        external(1),
        |rule, _| rule.condition.http_error_code_returned_equals = Some(200),
        Some("HttpErrorCodeReturnedEquals"),
    );
    check(mirror(1), |rule, _| rule.condition.key_prefix_equals = Some("a".repeat(1023)), None);
    check(mirror(1), |rule, _| rule.condition.key_prefix_equals = Some("a".repeat(1024)), Some("KeyPrefixEquals"));
    check(mirror(1), |rule, _| rule.condition.key_prefix_equals = Some("/a".into()), Some("KeyPrefixEquals"));
    check(mirror(1), |rule, _| rule.condition.key_suffix_equals = Some("/a".into()), None);
    check(mirror(1), |rule, _| rule.condition.include_headers = vec![header("host"); 10], None);
    check(mirror(1), |rule, _| rule.condition.include_headers = vec![header("host"); 11], Some("IncludeHeader"));
    check(mirror(1), |rule, _| rule.condition.include_headers = vec![header("")], Some("Key"));
}

#[test]
fn replacements_exclude_each_other() {
    let with = |key: Option<&str>, prefix: Option<&str>, enable: Option<bool>, expected| {
        check(
            external(1),
            |_, r| {
                r.replace_key_with = key.map(Into::into);
                r.replace_key_prefix_with = prefix.map(Into::into);
                r.enable_replace_prefix = enable;
            },
            expected,
        );
    };
    with(Some("x/${key}"), None, None, None);
    with(Some("x"), None, Some(false), None);
    with(None, Some("x"), Some(true), None);
    with(Some("x"), Some("y"), None, Some("ReplaceKeyWith"));
    with(Some("x"), None, Some(true), Some("ReplaceKeyWith"));
    let (longest, too_long) = ("a".repeat(1023), "a".repeat(1024));
    with(Some(&longest), None, None, None);
    with(Some(&too_long), None, None, Some("ReplaceKeyWith"));
    with(None, Some(&longest), None, None);
    with(None, Some(&too_long), None, Some("ReplaceKeyPrefixWith"));
}

#[test]
fn redirects_need_a_target() {
    check(external(1), |_, r| r.host_name = None, Some("Redirect"));
    check(
        external(1),
        |_, r| *r = Redirect { http_redirect_code: Some(305), ..Redirect::new(RedirectType::AliCdn) },
        None,
    );
    check(external(1), |_, r| r.http_redirect_code = Some(304), Some("HttpRedirectCode"));
    check(mirror(1), |_, r| r.http_redirect_code = Some(200), None);
    for host in ["new.test\r\nx: y", "a/b", "a@b", "", "a:b", "a:80:80", "a:+80", "a:0", "a:", &"a".repeat(254)] {
        check(external(1), |_, r| r.host_name = Some(host.into()), Some("HostName"));
    }
    check(external(1), |_, r| r.host_name = Some("new.test:8080".into()), None);
}

#[test]
fn only_documented_redirect_codes_are_accepted() {
    for code in 0..1000 {
        let expected = (!REDIRECT_CODES.contains(&code)).then_some("HttpRedirectCode");
        check(external(1), |_, r| r.http_redirect_code = Some(code), expected);
    }
}

#[test]
fn response_headers_hold_no_line_breaks() {
    let with = |key: &str, value: &str, expected| {
        let items = vec![KeyValue { key: key.into(), value: value.into(), unknown: vec![] }];
        check(mirror(1), |_, r| r.mirror.return_headers = Some(ElementList { items, unknown: vec![] }), expected);
    };
    with("x-from", "origin", None);
    with("x-from", "a\r\nb: c", Some("ReturnHeader"));
    with("x\n", "a", Some("ReturnHeader"));
}

#[test]
fn mirror_headers_have_limits() {
    let set = |key: &str, value: &str| vec![KeyValue { key: key.into(), value: value.into(), unknown: vec![] }];
    let with = |headers: MirrorHeaders, expected| check(mirror(1), |_, r| r.mirror.headers = Some(headers), expected);
    with(MirrorHeaders { pass: vec!["a-1".into(); 10], remove: vec!["b".repeat(1024)], ..Default::default() }, None);
    with(MirrorHeaders { pass: vec!["a".into(); 11], ..Default::default() }, Some("Pass"));
    with(MirrorHeaders { remove: vec!["a".into(); 11], ..Default::default() }, Some("Remove"));
    with(MirrorHeaders { remove: vec!["a".repeat(1025)], ..Default::default() }, Some("Remove"));
    with(MirrorHeaders { pass: vec!["a_b".into()], ..Default::default() }, Some("Pass"));
    with(MirrorHeaders { set: set("x-a", &"v".repeat(1024)), ..Default::default() }, None);
    with(MirrorHeaders { set: set("x-a", &"v".repeat(1025)), ..Default::default() }, Some("Value"));
    with(MirrorHeaders { set: set("x-a", "a\r\nb: c"), ..Default::default() }, Some("Value"));
    with(MirrorHeaders { set: set("x a", "b"), ..Default::default() }, Some("Key"));
    with(MirrorHeaders { set: set("", "b"), ..Default::default() }, Some("Key"));
    check(external(1), |_, r| r.mirror.headers = Some(MirrorHeaders { set: set("", ""), ..Default::default() }), None);
}

#[test]
fn rule_numbers_are_unique() {
    let check = |rules: Vec<RoutingRule>, expected: Option<&str>| {
        assert_eq!(of(rules).validate().err().map(|invalid| invalid.element).as_deref(), expected);
    };
    check((1..=20).map(mirror).collect(), None);
    check((1..=21).map(mirror).collect(), Some("RoutingRules"));
    check(vec![mirror(0)], Some("RuleNumber"));
    check(vec![mirror(7), external(7)], Some("RuleNumber"));
    check(vec![], Some("WebsiteConfiguration"));
    check(vec![RoutingRule { rule_number: 1, ..RoutingRule::default() }], Some("Redirect"));
    let lua = Some(LuaConfig { script: Some("a.lua".into()), unknown: vec![] });
    check(vec![RoutingRule { rule_number: 1, lua_config: lua, ..RoutingRule::default() }], None);
    let website = of(vec![mirror(9), external(2), mirror(5)]);
    let order: Vec<u32> = website.rules_in_order().iter().map(|rule| rule.rule_number).collect();
    assert_eq!(order, [2, 5, 9]);
}

#[test]
fn pages_are_checked() {
    let index = |suffix: Option<&str>, index_type| {
        Some(IndexDocument { suffix: suffix.map(Into::into), index_type, ..IndexDocument::default() })
    };
    let error =
        |key: &str, http_status| Some(ErrorDocument { key: Some(key.into()), http_status, ..ErrorDocument::default() });
    let check = |index_document, error_document, expected: Option<&str>| {
        let website = WebsiteConfiguration { index_document, error_document, ..WebsiteConfiguration::default() };
        assert_eq!(website.validate().err().map(|invalid| invalid.element).as_deref(), expected);
    };
    check(index(Some("index.html"), Some(2)), error("errors/404.html", Some(200)), None);
    check(index(Some("a/index.html"), None), None, Some("Suffix"));
    check(index(Some("index.html"), Some(3)), None, Some("Type"));
    check(index(None, Some(1)), None, Some("WebsiteConfiguration"));
    check(index(None, Some(1)), error("e", None), None);
    check(None, error("/e", None), Some("Key"));
    check(None, error("e", Some(500)), Some("HttpStatus"));
}

#[test]
fn masked_secrets_are_restored_from_the_rule_with_the_same_number() {
    let with_secret = |number, secret: &str| {
        let mut rule = mirror(number);
        let auth = MirrorAuth { access_key_secret: Some(secret.into()), ..MirrorAuth::default() };
        rule.redirect.as_mut().unwrap().mirror.auth = Some(auth);
        rule
    };
    let stored = of(vec![with_secret(1, "one"), with_secret(2, "two")]);
    let mut sent = of(vec![with_secret(2, MASKED_SECRET), with_secret(1, "new")]);
    assert_eq!(sent.restore_masked_secrets(Some(&stored)), Ok(()));
    assert_eq!(sent, of(vec![with_secret(2, "two"), with_secret(1, "new")]));
    let mut other = with_secret(3, MASKED_SECRET);
    other.condition.key_prefix_equals = Some("other/".into());
    let refused = of(vec![other]).restore_masked_secrets(Some(&stored));
    assert_eq!(refused.unwrap_err().element, "AccessKeySecret");
    assert!(!format!("{stored:?}").contains("two"), "a secret is never printed");
}

#[test]
fn defaults_are_those_of_oss() {
    let mut redirect = Redirect::new(RedirectType::Mirror);
    assert!(redirect.effective_follow_redirect() && !redirect.effective_check_md5());
    assert_eq!(redirect.effective_http_redirect_code(), 301);
    assert!(!redirect.effective_pass_query_string());
    redirect.pass_query_string = Some(true);
    assert!(redirect.effective_pass_query_string());
    redirect.mirror.pass_query_string = Some(false);
    assert!(!redirect.effective_pass_query_string());
    redirect.redirect_type = RedirectType::External;
    assert!(redirect.effective_pass_query_string());
    redirect.mirror.transparent_response_codes = Some("400, 404".into());
    assert!(redirect.mirror.is_transparent(404) && !redirect.mirror.is_transparent(40));
    redirect.mirror.url_slave = Some("http://b.test".into());
    assert_eq!(redirect.mirror.effective_url_slave().as_deref(), Some("http://b.test/"));
    let error = ErrorDocument::default();
    assert_eq!(error.effective_http_status(), 404);
}
