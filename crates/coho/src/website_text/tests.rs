//! Files and what they change.

use super::{Format, Source, difference};
use coho_oss::document::website;

const XML: &str = "<WebsiteConfiguration><IndexDocument><Suffix>i</Suffix></IndexDocument></WebsiteConfiguration>";

#[test]
fn the_extension_or_the_first_character_selects_the_format() {
    for (name, expected) in [
        ("a.xml", Some(Format::Xml)),
        ("a.YML", Some(Format::Yaml)),
        ("d/a.b.yaml", Some(Format::Yaml)),
        ("a.json", Some(Format::Json)),
        ("a.txt", None),
        ("xml", None),
        ("-", None),
    ] {
        assert_eq!(Format::of_path(name.as_ref()), expected, "{name}");
    }
    assert_eq!(Format::of_text("\u{feff} <a/>"), Format::Xml);
}

#[test]
fn a_refused_configuration_names_the_element_and_its_value() {
    let check = |yaml: &str, expected: &str| {
        let error = Source::parse(yaml, Format::Yaml).unwrap_err().to_string();
        assert_eq!(error, expected);
    };
    check("ErrorDocument: {Key: e, HttpStatus: 500}", "HttpStatus is Invalid (it is \"500\")");
    check(
        "RoutingRules: {RoutingRule: {RuleNumber: 1}}",
        "Condition is Invalid: the rule must have one, in RoutingRule 1 (RuleNumber 1)",
    );
    let xml = Source::parse("IndexDocument: {Suffix: i}", Format::Yaml).unwrap().xml;
    assert_eq!(website::parse(&xml).unwrap().index_document.unwrap().suffix.as_deref(), Some("i"));
    assert_eq!(Source::parse(XML, Format::Xml).unwrap().xml, XML.as_bytes());
}

#[test]
fn a_difference_is_lines_of_both_names() {
    assert_eq!(difference("a\n", "a\n"), "");
    assert_eq!(difference("a\nb\n", "a\nc\n"), "--- stored\n+++ new\n@@ -1,2 +1,2 @@\n a\n-b\n+c\n");
}
