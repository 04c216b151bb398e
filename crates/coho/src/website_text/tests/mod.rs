//! The three forms of one configuration.

mod properties;

use super::{Format, Node, Source, difference, shown};
use coho_oss::document::website;

const XML: &str = "<WebsiteConfiguration>\
    <IndexDocument><Suffix>index.html</Suffix><SupportSubDir>True</SupportSubDir></IndexDocument>\
    <RoutingRules><RoutingRule><RuleNumber>10</RuleNumber>\
    <Condition><KeyPrefixEquals>no</KeyPrefixEquals><IncludeHeader><Key>X-A</Key><Equals> 1.10</Equals></IncludeHeader></Condition>\
    <Redirect><RedirectType>Mirror</RedirectType><MirrorURL>http://o.test/</MirrorURL>\
    <MirrorHeaders><Pass>a</Pass><Set><Key>h</Key><Value>v: &lt;1&gt; #</Value></Set></MirrorHeaders></Redirect>\
    </RoutingRule></RoutingRules><Future><A>1</A><B/><A>2</A></Future></WebsiteConfiguration>";

const YAML: &str = r##"IndexDocument:
  Suffix: index.html
  SupportSubDir: "True"
RoutingRules:
  RoutingRule:
    - RuleNumber: 10
      Condition:
        KeyPrefixEquals: "no"
        IncludeHeader:
          - Key: X-A
            Equals: " 1.10"
      Redirect:
        RedirectType: Mirror
        MirrorURL: http://o.test/
        MirrorHeaders:
          Pass:
            - a
          Set:
            - Key: h
              Value: "v: <1> #"
Future:
  "#children":
    - A: 1
    - B: ""
    - A: 2
"##;

const JSON: &str = r##"{
  "IndexDocument": {
    "Suffix": "index.html",
    "SupportSubDir": "True"
  },
  "RoutingRules": {
    "RoutingRule": [
      {
        "RuleNumber": "10",
        "Condition": {
          "KeyPrefixEquals": "no",
          "IncludeHeader": [
            {
              "Key": "X-A",
              "Equals": " 1.10"
            }
          ]
        },
        "Redirect": {
          "RedirectType": "Mirror",
          "MirrorURL": "http://o.test/",
          "MirrorHeaders": {
            "Pass": [
              "a"
            ],
            "Set": [
              {
                "Key": "h",
                "Value": "v: <1> #"
              }
            ]
          }
        }
      }
    ]
  },
  "Future": {
    "#children": [
      {
        "A": "1"
      },
      {
        "B": ""
      },
      {
        "A": "2"
      }
    ]
  }
}
"##;

fn node(text: &str, format: Format) -> Node {
    Node::from_xml(&format.read_as_xml(text).unwrap()).unwrap()
}

fn written(node: &Node, format: Format) -> String {
    String::from_utf8(format.write(node).unwrap()).unwrap()
}

#[test]
fn the_same_configuration_has_the_same_tree_in_every_form() {
    let tree = node(XML, Format::Xml);
    assert_eq!(written(&tree, Format::Yaml), YAML);
    assert_eq!(written(&tree, Format::Json), JSON);
    assert_eq!(node(YAML, Format::Yaml), tree);
    assert_eq!(node(JSON, Format::Json), tree);
    assert_eq!(node(&written(&tree, Format::Xml), Format::Xml), tree);
}

/// As people and other programs write it.
#[test]
fn numbers_booleans_and_nothing_are_taken_as_texts() {
    let expected = node(
        "<WebsiteConfiguration><A>12</A><B>true</B><C/><D>-1</D><E><F>x</F></E></WebsiteConfiguration>",
        Format::Xml,
    );
    assert_eq!(node(r#"{"A": 12, "B": true, "C": null, "D": -1, "E": [{"F": ["x"]}]}"#, Format::Json), expected);
    assert_eq!(node("{A: 12, B: true, C: , D: -1, E: {F: x}, G: []}", Format::Yaml), expected);
    let wrapped =
        "WebsiteConfiguration:\n  A: '12'\n  B: \"true\"\n  C: ~\n  D: -1 # minus\n  E:\n  - F: >-\n      x\n";
    assert_eq!(node(wrapped, Format::Yaml), expected);
    let plain = node("A: no\nB: 1.10\nC: 007\nD: 2001-01-01\nE: 0x1F\nF: Off", Format::Yaml);
    let texts: Vec<_> = plain.children.iter().map(|child| child.text.as_str()).collect();
    assert_eq!(texts, ["no", "1.10", "007", "2001-01-01", "0x1F", "Off"]);
    assert_eq!(node("a: &x {k: 1}\nb: *x", Format::Yaml), node(r#"{"a": {"k": 1}, "b": {"k": 1}}"#, Format::Json));
}

#[test]
fn what_is_not_a_tree_of_elements_is_refused_with_its_place() {
    let check = |text: &str, format: Format, expected: &str| {
        let error = format!("{:#}", format.read_as_xml(text).unwrap_err());
        assert!(error.contains(expected), "{text}: {error}");
    };
    check("[1]", Format::Json, "not a map");
    check("text", Format::Yaml, "not a map");
    check(r#"{"A": 1.10}"#, Format::Json, "in quotes");
    check(r#"{"A": 1, "A": 2}"#, Format::Json, "A occurs twice");
    check("A: 1\nB: 2\nA: 3", Format::Yaml, "line 3: A occurs twice");
    check(r#"{"a b": 1}"#, Format::Json, "\"a b\" cannot be the name");
    check(r#"{"R": {"A": [[1]]}}"#, Format::Json, "R: A: a list of lists");
    check(r#"{"R": {"A": "\u0000"}}"#, Format::Json, "R: A: the character '\\0'");
    check(r##"{"#text": {}}"##, Format::Json, "#text is a text");
    check(r##"{"#children": [{"A": 1, "B": 2}]}"##, Format::Json, "one entry each");
    check("A: [", Format::Yaml, "line 2 column 1");
    check("A: *nothing", Format::Yaml, "line 1");
    check("A: 1\n---\nB: 2", Format::Yaml, "more than one document");
    check("{[a]: 1}", Format::Yaml, "must be a text");
    check(&"{A: ".repeat(200), Format::Yaml, "too deep");
    check(&"{\"A\": ".repeat(200), Format::Json, "recursion limit");
    let bomb: String =
        (1..9).map(|n| format!("A{n}: &a{n} [{}]\n", vec![format!("*a{}", n - 1); 9].join(", "))).collect();
    check(&format!("A0: &a0 [x]\n{bomb}"), Format::Yaml, "too many values");
}

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
    for (text, expected) in
        [("\u{feff} <a/>", Format::Xml), ("\n{", Format::Json), ("a: 1", Format::Yaml), ("", Format::Yaml)]
    {
        assert_eq!(Format::of_text(text), expected, "{text:?}");
    }
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

fn with_header(name: &str, value: &str) -> String {
    let yaml = format!(
        "RoutingRules: {{RoutingRule: [{{RuleNumber: 2, Condition: {{}}, Redirect: {{RedirectType: Mirror, \
         MirrorURL: 'http://b/', MirrorHeaders: {{Set: [{{Key: x-a, Value: a}}, {{Key: {name}, Value: '{value}'}}]}}}}}}]}}"
    );
    shown(&Source::parse(&yaml, Format::Yaml).unwrap().website).unwrap()
}

fn with_secret(secret: &str) -> String {
    let yaml = format!(
        "RoutingRules: {{RoutingRule: [{{RuleNumber: 2, Condition: {{}}, Redirect: {{RedirectType: Mirror, \
         MirrorURL: 'http://b/', MirrorAuth: {{AuthType: S3V4, AccessKeyId: k, AccessKeySecret: '{secret}'}}}}}}]}}"
    );
    shown(&Source::parse(&yaml, Format::Yaml).unwrap().website).unwrap()
}

#[test]
fn a_comparison_shows_effects_and_no_secrets() {
    let stored = with_secret("******");
    assert_eq!(difference(&stored, &stored), "");
    let changed = with_secret("hush");
    assert!(!changed.contains("hush"), "{changed}");
    let lines = difference(&stored, &changed);
    assert!(lines.contains("-          AccessKeySecret: \"******\"\n"), "{lines}");
    assert!(lines.contains("+          AccessKeySecret: \"(a new secret, not shown)\"\n"), "{lines}");

    let changed = with_header("Cookie", "hush");
    assert!(changed.contains("Value: a\n") && !changed.contains("hush"), "{changed}");
    let lines = difference(&with_header("Cookie", "******"), &changed);
    assert!(lines.contains("(a new secret, not shown)"), "{lines}");

    // What OSS fills in is not a change.
    let as_put = Source::parse(XML, Format::Xml).unwrap().website;
    let as_shown = website::parse_stored(&website::to_xml(&as_put)).unwrap();
    assert_eq!(shown(&as_put).unwrap(), shown(&as_shown).unwrap());
}
