use super::*;
use crate::{ErrorCode, OssError};
use coho_model::website::{MASKED_SECRET, UnknownElement};
use proptest::{prelude::*, sample::subsequence};

const HEAD: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";

const MIGRATION: &str = "<WebsiteConfiguration>
  <RoutingRules><RoutingRule>
    <RuleNumber>10</RuleNumber>
    <Condition><KeyPrefixEquals>media/</KeyPrefixEquals><KeySuffixEquals>.jpg</KeySuffixEquals><HttpErrorCodeReturnedEquals>404</HttpErrorCodeReturnedEquals></Condition>
    <Redirect>
      <RedirectType>Mirror</RedirectType><MirrorURL>http://127.0.0.1:9001/old/</MirrorURL>
      <EnableReplacePrefix>true</EnableReplacePrefix><ReplaceKeyPrefixWith>pics/</ReplaceKeyPrefixWith>
      <MirrorPassQueryString>true</MirrorPassQueryString><MirrorFollowRedirect>false</MirrorFollowRedirect><MirrorCheckMd5>true</MirrorCheckMd5>
      <MirrorURLSlave>http://127.0.0.1:9002/old/</MirrorURLSlave><MirrorURLProbe>http://127.0.0.1:9001/ok</MirrorURLProbe><MirrorSwitchAllErrors>True</MirrorSwitchAllErrors>
      <MirrorHeaders><PassAll>true</PassAll><Remove>cookie</Remove><Set><Key>x-from</Key><Value>coho</Value></Set></MirrorHeaders>
    </Redirect></RoutingRule></RoutingRules>
</WebsiteConfiguration>";

const SPA: &str = "<WebsiteConfiguration>
  <IndexDocument><Suffix>index.html</Suffix><SupportSubDir>true</SupportSubDir><Type>2</Type></IndexDocument>
  <ErrorDocument><Key>index.html</Key><HttpStatus>200</HttpStatus></ErrorDocument>
  <RoutingRules><RoutingRule><RuleNumber>1</RuleNumber><Condition><KeyPrefixEquals>retired/</KeyPrefixEquals></Condition>
    <Redirect><RedirectType>External</RedirectType><Protocol>https</Protocol><HostName>new.example.com</HostName><ReplaceKeyPrefixWith>v2/</ReplaceKeyPrefixWith><PassQueryString>true</PassQueryString><HttpRedirectCode>307</HttpRedirectCode></Redirect>
  </RoutingRule></RoutingRules>
</WebsiteConfiguration>";

fn shown(body: &str) -> String {
    let website = parse(body.as_bytes()).unwrap_or_else(|error| panic!("{error}\n{body}"));
    assert_eq!(parse_stored(&to_stored_xml(&website)), Ok(website.clone()), "a stored document is read back");
    let text = String::from_utf8(to_xml(&website)).unwrap();
    text.strip_prefix(HEAD).unwrap().to_owned()
}

#[track_caller]
fn check(body: &str, expected: &str) {
    let text = shown(body);
    assert_eq!(text, expected);
    assert_eq!(shown(&text), text, "what is shown may be put again");
}

fn rule(condition: &str, redirect: &str) -> String {
    numbered("<RuleNumber>1</RuleNumber>", condition, redirect)
}

fn numbered(number: &str, condition: &str, redirect: &str) -> String {
    format!(
        "<WebsiteConfiguration><RoutingRules><RoutingRule>{number}<Condition>{condition}</Condition>\
         <Redirect>{redirect}</Redirect></RoutingRule></RoutingRules></WebsiteConfiguration>"
    )
}

/// A document is refused with this code, and for an argument with its name.
#[track_caller]
fn check_refused(body: &str, code: ErrorCode, argument: &str) {
    let error = OssError::from(parse(body.as_bytes()).unwrap_err());
    let named = error.extras.iter().find(|(name, _)| *name == "ArgumentName").map(|(_, value)| value.as_str());
    assert_eq!((error.code, named.unwrap_or_default()), (code, argument), "{error}\n{body}");
}

#[track_caller]
fn check_invalid(body: &str, argument: &str) {
    check_refused(body, ErrorCode::InvalidArgument, argument);
}

#[test]
fn a_migration_is_returned_in_the_order_of_oss() {
    check(
        MIGRATION,
        "<WebsiteConfiguration><RoutingRules><RoutingRule><RuleNumber>10</RuleNumber><Condition>\
         <KeyPrefixEquals>media/</KeyPrefixEquals><KeySuffixEquals>.jpg</KeySuffixEquals>\
         <HttpErrorCodeReturnedEquals>404</HttpErrorCodeReturnedEquals></Condition><Redirect>\
         <RedirectType>Mirror</RedirectType><PassQueryString>true</PassQueryString>\
         <MirrorURL>http://127.0.0.1:9001/old/</MirrorURL><MirrorPassQueryString>true</MirrorPassQueryString>\
         <MirrorFollowRedirect>false</MirrorFollowRedirect><MirrorCheckMd5>true</MirrorCheckMd5><MirrorHeaders>\
         <PassAll>true</PassAll><Remove>cookie</Remove><Set><Key>x-from</Key><Value>coho</Value></Set></MirrorHeaders>\
         <MirrorPassOriginalSlashes>false</MirrorPassOriginalSlashes>\
         <MirrorURLSlave>http://127.0.0.1:9002/old/</MirrorURLSlave>\
         <MirrorURLProbe>http://127.0.0.1:9001/ok</MirrorURLProbe><MirrorSwitchAllErrors>true</MirrorSwitchAllErrors>\
         <ReplaceKeyPrefixWith>pics/</ReplaceKeyPrefixWith><EnableReplacePrefix>true</EnableReplacePrefix></Redirect>\
         </RoutingRule></RoutingRules></WebsiteConfiguration>",
    );
}

#[test]
fn a_single_page_application_is_returned_as_it_was_put() {
    check(
        SPA,
        "<WebsiteConfiguration><IndexDocument><Suffix>index.html</Suffix><SupportSubDir>true</SupportSubDir>\
         <Type>2</Type></IndexDocument><ErrorDocument><Key>index.html</Key><HttpStatus>200</HttpStatus></ErrorDocument>\
         <RoutingRules><RoutingRule><RuleNumber>1</RuleNumber><Condition><KeyPrefixEquals>retired/</KeyPrefixEquals>\
         </Condition><Redirect><RedirectType>External</RedirectType><Protocol>https</Protocol>\
         <HostName>new.example.com</HostName><PassQueryString>true</PassQueryString>\
         <ReplaceKeyPrefixWith>v2/</ReplaceKeyPrefixWith><HttpRedirectCode>307</HttpRedirectCode></Redirect>\
         </RoutingRule></RoutingRules></WebsiteConfiguration>",
    );
}

#[test]
fn defaults_of_mirror_rules_are_filled_in() {
    let put =
        |more: &str| rule("", &format!("<RedirectType>Mirror</RedirectType><MirrorURL>http://o/</MirrorURL>{more}"));
    let expected = |pass: bool, more: &str| {
        rule(
            "",
            &format!(
                "<RedirectType>Mirror</RedirectType><PassQueryString>{pass}</PassQueryString>\
                 <MirrorURL>http://o/</MirrorURL><MirrorPassQueryString>{pass}</MirrorPassQueryString>\
                 <MirrorFollowRedirect>true</MirrorFollowRedirect><MirrorCheckMd5>false</MirrorCheckMd5>{more}\
                 <MirrorPassOriginalSlashes>false</MirrorPassOriginalSlashes>"
            ),
        )
    };
    check(&put(""), &expected(false, ""));
    check(&put("<MirrorPassQueryString>True</MirrorPassQueryString>"), &expected(true, ""));
    check(&put("<PassQueryString>true</PassQueryString>"), &expected(true, ""));
    check(
        &put("<MirrorHeaders></MirrorHeaders>"),
        &expected(false, "<MirrorHeaders><PassAll>false</PassAll></MirrorHeaders>"),
    );
    check(
        "<WebsiteConfiguration><ErrorDocument><Key>e</Key></ErrorDocument></WebsiteConfiguration>",
        "<WebsiteConfiguration><ErrorDocument><Key>e</Key><HttpStatus>404</HttpStatus></ErrorDocument></WebsiteConfiguration>",
    );
}

#[test]
fn empty_elements_of_sdks_are_accepted() {
    let shells = "<IndexDocument><Suffix></Suffix></IndexDocument><ErrorDocument><Key></Key></ErrorDocument>";
    let redirect = "<RedirectType>AliCDN</RedirectType><Protocol>http</Protocol><MirrorHeaders></MirrorHeaders>";
    let plain = rule("", redirect);
    check(&plain.replace("<RoutingRules>", &format!("{shells}<RoutingRules>")), &plain);
    let prefix = rule("<KeyPrefixEquals></KeyPrefixEquals><KeySuffixEquals/>", redirect);
    check(&prefix, &plain);
    check_invalid(&format!("<WebsiteConfiguration>{shells}</WebsiteConfiguration>"), "WebsiteConfiguration");
    // Elements of a rule of another type are kept.
    let odd = rule("", "<RedirectType>External</RedirectType><HostName>h</HostName><MirrorURL>x</MirrorURL>");
    check(&odd, &odd);
    let mirror = "<RedirectType>Mirror</RedirectType><HostName>h</HostName><PassQueryString>false</PassQueryString>\
        <MirrorURL>http://o/</MirrorURL><MirrorPassQueryString>false</MirrorPassQueryString>\
        <MirrorFollowRedirect>true</MirrorFollowRedirect><MirrorCheckMd5>false</MirrorCheckMd5>\
        <MirrorPassOriginalSlashes>false</MirrorPassOriginalSlashes><HttpRedirectCode>301</HttpRedirectCode>";
    check(&rule("", mirror), &rule("", mirror));
}

#[test]
fn unknown_elements_are_returned_in_place() {
    let put = "<WebsiteConfiguration xmlns=\"x\"><IndexDocument><Suffix>i</Suffix><N1>1</N1></IndexDocument>\
        <ErrorDocument><Key>e</Key><HttpStatus>404</HttpStatus><N2/></ErrorDocument><RoutingRules><RoutingRule>\
        <RuleNumber>1</RuleNumber><Condition><IncludeHeader><Key>h</Key><N3> a </N3></IncludeHeader><N4/></Condition>\
        <Redirect><RedirectType>Mirror</RedirectType><PassQueryString>false</PassQueryString>\
        <MirrorURL>http://o/</MirrorURL><MirrorPassQueryString>false</MirrorPassQueryString>\
        <MirrorFollowRedirect>true</MirrorFollowRedirect><MirrorCheckMd5>false</MirrorCheckMd5>\
        <MirrorHeaders><PassAll>false</PassAll><Set><Key>k</Key><Value>v</Value><N5/></Set><N6/></MirrorHeaders>\
        <MirrorPassOriginalSlashes>false</MirrorPassOriginalSlashes>\
        <MirrorMultiAlternates><MirrorMultiAlternate><MirrorMultiAlternateNumber>1</MirrorMultiAlternateNumber><N7/>\
        </MirrorMultiAlternate><N8/></MirrorMultiAlternates><MirrorTaggings><Taggings><Key>k</Key><Value>v</Value>\
        </Taggings><N9/></MirrorTaggings><MirrorAuth><AuthType>S3V4</AuthType><Na/></MirrorAuth>\
        <MirrorNewest><Deep>&lt;&amp;<Er>x</Er></Deep></MirrorNewest></Redirect>\
        <LuaConfig><Script>a.lua</Script><Nb/></LuaConfig><Nc/></RoutingRule><Nd/></RoutingRules><Ne/></WebsiteConfiguration>";
    let expected = put.replace(" xmlns=\"x\"", "");
    let written: String = expected.clone();
    let text = shown(put);
    // An empty element is written with an end tag.
    let empty = |text: &str| {
        ["N2", "N4", "N5", "N6", "N7", "N8", "N9", "Na", "Nb", "Nc", "Nd", "Ne"]
            .iter()
            .fold(text.to_owned(), |text, name| text.replace(&format!("<{name}/>"), &format!("<{name}></{name}>")))
    };
    assert_eq!(text, empty(&written));
    let deep = UnknownElement { name: "Er".into(), text: "x".into(), children: vec![] };
    let website = parse(put.as_bytes()).unwrap();
    let unknown = &website.routing_rules[0].redirect.as_ref().unwrap().unknown[0];
    assert_eq!(unknown.children[0], UnknownElement { name: "Deep".into(), text: "<&".into(), children: vec![deep] });
}

#[test]
fn secrets_are_stored_and_never_shown() {
    let put = rule(
        "",
        "<RedirectType>Mirror</RedirectType><MirrorURL>http://o/</MirrorURL><MirrorAuth><AuthType>S3V4</AuthType>\
         <Region>r</Region><AccessKeyId>id</AccessKeyId><AccessKeySecret>hunter2</AccessKeySecret></MirrorAuth>",
    );
    let text = shown(&put);
    assert!(text.contains("<AccessKeyId>id</AccessKeyId><AccessKeySecret>******</AccessKeySecret>"), "{text}");
    let stored = parse(put.as_bytes()).unwrap();
    assert!(String::from_utf8(to_stored_xml(&stored)).unwrap().contains("hunter2"));
    let mut again = parse(text.as_bytes()).unwrap();
    again.restore_masked_secrets(Some(&stored)).unwrap();
    let secret = |website: &coho_model::website::WebsiteConfiguration| {
        website.routing_rules[0].redirect.as_ref().unwrap().mirror.auth.as_ref().unwrap().access_key_secret.clone()
    };
    assert_eq!(secret(&again), Some("hunter2".into()));
    assert_eq!(MASKED_SECRET, "******");
}

#[test]
fn headers_with_credentials_are_masked_and_others_shown() {
    let set = |key: &str, value: &str| format!("<Set><Key>{key}</Key><Value>{value}</Value></Set>");
    let with = |sets: &str| {
        rule(
            "",
            &format!(
                "<RedirectType>Mirror</RedirectType><MirrorURL>http://o/</MirrorURL><MirrorHeaders>{sets}</MirrorHeaders>"
            ),
        )
    };
    let put = with(&format!("{}{}", set("Authorization", "Bearer hunter2"), set("x-from", "coho")));
    let text = shown(&put);
    assert!(text.contains(&format!("{}{}", set("Authorization", "******"), set("x-from", "coho"))), "{text}");
    let stored = parse(put.as_bytes()).unwrap();
    assert!(String::from_utf8(to_stored_xml(&stored)).unwrap().contains("Bearer hunter2"));
    let mut again = parse(text.as_bytes()).unwrap();
    again.restore_masked_secrets(Some(&stored)).unwrap();
    let headers = |website: &coho_model::website::WebsiteConfiguration| {
        website.routing_rules[0].redirect.as_ref().unwrap().mirror.headers.clone()
    };
    assert_eq!(headers(&again).unwrap().set, headers(&stored).unwrap().set);
}

#[test]
fn invalid_documents_are_refused() {
    let mirror = "<RedirectType>Mirror</RedirectType><MirrorURL>http://o/</MirrorURL>";
    let code = |code| format!("<HttpErrorCodeReturnedEquals>{code}</HttpErrorCodeReturnedEquals>");
    check_invalid("<WebsiteConfiguration/>", "WebsiteConfiguration");
    check_invalid("<WebsiteConfiguration><RoutingRules/></WebsiteConfiguration>", "WebsiteConfiguration");
    check_invalid(&rule(&code("403"), mirror), "HttpErrorCodeReturnedEquals");
    check_invalid(&rule(&code("x"), mirror), "HttpErrorCodeReturnedEquals");
    check_invalid(
        &rule("", "<RedirectType>Mirror</RedirectType><MirrorURL>origin.example.com/</MirrorURL>"),
        "MirrorURL",
    );
    check_invalid(&rule("", "<RedirectType>Mirror</RedirectType>"), "MirrorURL");
    check_invalid(&rule("", "<MirrorURL>http://o/</MirrorURL>"), "RedirectType");
    check_invalid(&rule("", "<MirrorURL>http://o/</MirrorURL><HostName>h</HostName>"), "RedirectType");
    check_invalid(&rule("", "<PassQueryString>true</PassQueryString>"), "RedirectType");
    check_invalid(&rule("", "<RedirectType>Teleport</RedirectType>"), "RedirectType");
    check_invalid(&rule("", &format!("{mirror}<MirrorCheckMd5>yes</MirrorCheckMd5>")), "MirrorCheckMd5");
    check_invalid(&rule("", "<RedirectType>External</RedirectType><Protocol>ftp</Protocol>"), "Protocol");
    for number in [
        "",
        "<RuleNumber></RuleNumber>",
        "<RuleNumber>0</RuleNumber>",
        "<RuleNumber>-1</RuleNumber>",
        "<RuleNumber>+1</RuleNumber>",
    ] {
        check_invalid(&numbered(number, "", mirror), "RuleNumber");
    }
    let status = |status| {
        format!(
            "<WebsiteConfiguration><ErrorDocument><Key>e</Key><HttpStatus>{status}</HttpStatus></ErrorDocument></WebsiteConfiguration>"
        )
    };
    check_invalid(&status("500"), "HttpStatus");
    check_invalid(&status("test"), "HttpStatus");
    let one = |number| rule("", mirror).replace("<RuleNumber>1<", &format!("<RuleNumber>{number}<"));
    let inner = |number| {
        one(number)
            .replace("<WebsiteConfiguration><RoutingRules>", "")
            .replace("</RoutingRules></WebsiteConfiguration>", "")
    };
    let many = |count| {
        format!(
            "<WebsiteConfiguration><RoutingRules>{}</RoutingRules></WebsiteConfiguration>",
            (1..=count).map(inner).collect::<String>()
        )
    };
    assert!(parse(many(20).as_bytes()).is_ok());
    check_invalid(&many(21), "RoutingRules");
    check_invalid(&rule("", mirror).replace("<Condition></Condition>", ""), "Condition");
}

#[test]
fn a_redirect_without_a_type_is_external() {
    for element in ["<Protocol>https</Protocol>", "<HostName>h</HostName>", "<ReplaceKeyWith>k</ReplaceKeyWith>"] {
        check(&rule("", element), &rule("", &format!("<RedirectType>External</RedirectType>{element}")));
    }
}

#[test]
fn a_fault_of_a_field_names_its_rule() {
    let message = |body: &str| OssError::from(parse(body.as_bytes()).unwrap_err()).message;
    let odd = rule("", "<RedirectType>Teleport</RedirectType>");
    assert_eq!(message(&odd), "RedirectType is Invalid: in RoutingRule 1 (RuleNumber 1)");
    assert_eq!(message(&odd.replace("<RuleNumber>1<", "<RuleNumber>x<")), "RuleNumber is Invalid: in RoutingRule 1",);
}

#[test]
fn an_invalid_status_is_refused_with_the_message_of_oss() {
    let body = "<WebsiteConfiguration><ErrorDocument><Key>e</Key><HttpStatus>test</HttpStatus></ErrorDocument></WebsiteConfiguration>";
    let error = OssError::from(parse(body.as_bytes()).unwrap_err());
    assert_eq!(error.message, "HttpStatus is Invalid");
    assert_eq!(error.ec, "0019-00000002");
    assert_eq!(error.extras, [("ArgumentName", "HttpStatus".into()), ("ArgumentValue", "test".into())]);
}

#[test]
fn other_documents_are_malformed() {
    let malformed = |body: &str| check_refused(body, ErrorCode::MalformedXML, "");
    malformed("");
    malformed("<Website/>");
    malformed(&format!("{SPA}x"));
    malformed(&SPA.replace("<Key>index.html</Key>", "<Key>a</Key><Key>b</Key>"));
    malformed(&SPA.replace("</RoutingRules>", "</RoutingRules><RoutingRules/>"));
    malformed(&SPA.replace("retired/", "a&#1;b"));
    malformed(&SPA.replace("retired/", "a\u{ffff}b"));
    malformed(&" ".repeat(MAX_WEBSITE_BYTES + 1));
}

/// Valid and invalid elements of a redirect.
const REDIRECT: &[&str] = &[
    "<PassQueryString>TRUE</PassQueryString>",
    "<Protocol>HTTPS</Protocol>",
    "<HostName> h.test </HostName>",
    "<HttpRedirectCode>302</HttpRedirectCode>",
    "<ReplaceKeyPrefixWith> a&#13;&lt;\t</ReplaceKeyPrefixWith>",
    "<EnableReplacePrefix>false</EnableReplacePrefix>",
    "<ReplaceKeyWith>${key}]]&gt;</ReplaceKeyWith>",
    "<MirrorURL>https://o.test/a/</MirrorURL>",
    "<MirrorPassQueryString>false</MirrorPassQueryString>",
    "<MirrorFollowRedirect>false</MirrorFollowRedirect>",
    "<MirrorCheckMd5>true</MirrorCheckMd5>",
    "<MirrorHeaders><Pass>a</Pass><Pass/><Remove>b</Remove><Set><Key>c</Key><Value> d </Value></Set></MirrorHeaders>",
    "<MirrorPassOriginalSlashes>true</MirrorPassOriginalSlashes>",
    "<MirrorURLSlave>http://s.test</MirrorURLSlave>",
    "<MirrorURLProbe>http://s.test/?a=b&amp;c</MirrorURLProbe>",
    "<MirrorSwitchAllErrors>false</MirrorSwitchAllErrors>",
    "<TransparentMirrorResponseCodes>400,503</TransparentMirrorResponseCodes>",
    "<MirrorMultiAlternates><MirrorMultiAlternate><MirrorMultiAlternateNumber>3</MirrorMultiAlternateNumber>\
     <MirrorMultiAlternateURL>http://m.test/</MirrorMultiAlternateURL><MirrorMultiAlternateVpcId>v</MirrorMultiAlternateVpcId>\
     <MirrorMultiAlternateDstRegion>r</MirrorMultiAlternateDstRegion></MirrorMultiAlternate></MirrorMultiAlternates>",
    "<MirrorUserLastModified>true</MirrorUserLastModified>",
    "<MirrorSaveOssMeta>true</MirrorSaveOssMeta>",
    "<MirrorProxyPass>true</MirrorProxyPass>",
    "<MirrorAllowHeadObject>true</MirrorAllowHeadObject>",
    "<MirrorAllowGetImageInfo>true</MirrorAllowGetImageInfo>",
    "<MirrorAllowVideoSnapshot>true</MirrorAllowVideoSnapshot>",
    "<MirrorAsyncStatus>303</MirrorAsyncStatus>",
    "<MirrorTaggings><Taggings><Key>k</Key><Value>v</Value></Taggings><Taggings/></MirrorTaggings>",
    "<MirrorReturnHeaders><ReturnHeader><Key>k</Key><Value>v</Value></ReturnHeader></MirrorReturnHeaders>",
    "<MirrorAuth><AuthType>S3V4</AuthType><Region>r</Region><AccessKeyId>i</AccessKeyId><AccessKeySecret>s</AccessKeySecret></MirrorAuth>",
    "<MirrorUsingRole>true</MirrorUsingRole>",
    "<MirrorRole>role</MirrorRole>",
    "<MirrorSNI>true</MirrorSNI>",
    "<MirrorIsExpressTunnel>true</MirrorIsExpressTunnel>",
    "<MirrorDstRegion>r</MirrorDstRegion>",
    "<MirrorDstVpcId>v</MirrorDstVpcId>",
    "<MirrorDstSlaveVpcId>w</MirrorDstSlaveVpcId>",
    "<MirrorTunnelId>t</MirrorTunnelId>",
    "<Later><A> x </A> y <B/></Later>",
    "<MirrorAuth/>",
    "<MirrorTaggings/>",
];

const CONDITION: &[&str] = &[
    "<KeyPrefixEquals> a/ </KeyPrefixEquals>",
    "<KeySuffixEquals>&amp;</KeySuffixEquals>",
    "<HttpErrorCodeReturnedEquals>404</HttpErrorCodeReturnedEquals>",
    "<IncludeHeader><Key>h</Key></IncludeHeader>",
    "<IncludeHeader><Key>h</Key><Equals> x</Equals><StartsWith>y</StartsWith><EndsWith>z</EndsWith></IncludeHeader>",
    "<Later/>",
];

fn any_rule() -> impl Strategy<Value = String> {
    let kind = prop_oneof!["Mirror", "External", "AliCDN", "Internal"];
    let condition = subsequence(CONDITION, 0..=CONDITION.len()).prop_shuffle();
    let redirect = subsequence(REDIRECT, 0..=REDIRECT.len()).prop_shuffle();
    (1..1000_u32, condition, kind, redirect).prop_map(|(number, condition, kind, redirect)| {
        let (condition, redirect) = (condition.concat(), redirect.concat());
        format!(
            "<RoutingRule><Redirect>{redirect}<RedirectType>{kind}</RedirectType></Redirect>\
             <Condition>{condition}</Condition><RuleNumber>{number}</RuleNumber></RoutingRule>"
        )
    })
}

proptest! {
    #[test]
    fn what_is_accepted_survives_store_and_client(rules in prop::collection::vec(any_rule(), 1..3), page in any::<bool>()) {
        let page = if page { "<ErrorDocument><Key>e</Key></ErrorDocument>" } else { "" };
        let rules = rules.concat();
        let body = format!("<WebsiteConfiguration><RoutingRules>{rules}<Later/></RoutingRules>{page}</WebsiteConfiguration>");
        let read = parse_stored(body.as_bytes());
        if let Ok(website) = &read {
            prop_assert_eq!(&parse_stored(&to_stored_xml(website)), &read);
            if website.validate().is_ok() {
                let shown = to_xml(website);
                let again = parse(&shown).unwrap();
                prop_assert_eq!(to_xml(&again), shown);
            }
        }
        // The only faults that this generator can produce.
        let repeated = body.contains("<MirrorAuth/>") || body.contains("<MirrorTaggings/>");
        prop_assert!(read.is_ok() || repeated, "{:?}", read);
    }
}
