//! The three forms of one configuration.

mod properties;

use super::{Node, TextFormat, shown, yaml_as_json};
use crate::document::website;
use coho_model::website::WebsiteConfiguration;

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

fn node(text: &str, format: TextFormat) -> Node {
    Node::from_xml(&format.read_as_xml(text).unwrap()).unwrap()
}

fn written(node: &Node, format: TextFormat) -> String {
    format.write(node).unwrap()
}

#[test]
fn the_same_configuration_has_the_same_tree_in_every_form() {
    let tree = node(XML, TextFormat::Xml);
    assert_eq!(written(&tree, TextFormat::Yaml), YAML);
    assert_eq!(written(&tree, TextFormat::Json), JSON);
    assert_eq!(node(YAML, TextFormat::Yaml), tree);
    assert_eq!(node(JSON, TextFormat::Json), tree);
    assert_eq!(node(&written(&tree, TextFormat::Xml), TextFormat::Xml), tree);
}

/// As people and other programs write it.
#[test]
fn numbers_booleans_and_nothing_are_taken_as_texts() {
    let expected = node(
        "<WebsiteConfiguration><A>12</A><B>true</B><C/><D>-1</D><E><F>x</F></E></WebsiteConfiguration>",
        TextFormat::Xml,
    );
    assert_eq!(node(r#"{"A": 12, "B": true, "C": null, "D": -1, "E": [{"F": ["x"]}]}"#, TextFormat::Json), expected);
    assert_eq!(node("{A: 12, B: true, C: , D: -1, E: {F: x}, G: []}", TextFormat::Yaml), expected);
    let wrapped =
        "WebsiteConfiguration:\n  A: '12'\n  B: \"true\"\n  C: ~\n  D: -1 # minus\n  E:\n  - F: >-\n      x\n";
    assert_eq!(node(wrapped, TextFormat::Yaml), expected);
    let plain = node("A: no\nB: 1.10\nC: 007\nD: 2001-01-01\nE: 0x1F\nF: Off", TextFormat::Yaml);
    let texts: Vec<_> = plain.children.iter().map(|child| child.text.as_str()).collect();
    assert_eq!(texts, ["no", "1.10", "007", "2001-01-01", "0x1F", "Off"]);
    assert_eq!(
        node("a: &x {k: 1}\nb: *x", TextFormat::Yaml),
        node(r#"{"a": {"k": 1}, "b": {"k": 1}}"#, TextFormat::Json)
    );
}

#[test]
fn what_is_not_a_tree_of_elements_is_refused_with_its_place() {
    let check = |text: &str, format: TextFormat, expected: &str| {
        let error = format!("{:#}", format.read_as_xml(text).unwrap_err());
        assert!(error.contains(expected), "{text}: {error}");
    };
    check("[1]", TextFormat::Json, "not a map");
    check("text", TextFormat::Yaml, "not a map");
    check(r#"{"A": 1.10}"#, TextFormat::Json, "in quotes");
    check(r#"{"A": 1, "A": 2}"#, TextFormat::Json, "A occurs twice");
    check("A: 1\nB: 2\nA: 3", TextFormat::Yaml, "line 3: A occurs twice");
    check(r#"{"a b": 1}"#, TextFormat::Json, "\"a b\" cannot be the name");
    check(r#"{"R": {"A": [[1]]}}"#, TextFormat::Json, "R: A: a list of lists");
    check(r#"{"R": {"A": "\u0000"}}"#, TextFormat::Json, "R: A: the character '\\0'");
    check(r##"{"#text": {}}"##, TextFormat::Json, "#text is a text");
    check(r##"{"#children": [{"A": 1, "B": 2}]}"##, TextFormat::Json, "one entry each");
    check("A: [", TextFormat::Yaml, "line 2 column 1");
    check("A: *nothing", TextFormat::Yaml, "line 1");
    check("A: 1\n---\nB: 2", TextFormat::Yaml, "more than one document");
    check("{[a]: 1}", TextFormat::Yaml, "must be a text");
    check(&"{A: ".repeat(200), TextFormat::Yaml, "too deep");
    check(&"{\"A\": ".repeat(200), TextFormat::Json, "recursion limit");
    let bomb: String =
        (1..9).map(|n| format!("A{n}: &a{n} [{}]\n", vec![format!("*a{}", n - 1); 9].join(", "))).collect();
    check(&format!("A0: &a0 [x]\n{bomb}"), TextFormat::Yaml, "too many values");
    let text = "x".repeat(1 << 20);
    check(&format!("A: &a {text}\nB: [{}]", "*a,".repeat(9)), TextFormat::Yaml, "aliases of too many bytes");
    check(&format!("A: &a {{{text}: 1}}\nB: [{}]", "*a,".repeat(9)), TextFormat::Yaml, "aliases of too many bytes");
}

#[test]
fn the_extension_or_the_first_character_selects_the_format() {
    for (name, expected) in [
        ("xml", Some(TextFormat::Xml)),
        ("YML", Some(TextFormat::Yaml)),
        ("yaml", Some(TextFormat::Yaml)),
        ("json", Some(TextFormat::Json)),
        ("txt", None),
        ("", None),
    ] {
        assert_eq!(TextFormat::of_extension(name), expected, "{name}");
    }
    for (text, expected) in [
        ("\u{feff} <a/>", TextFormat::Xml),
        ("\n{", TextFormat::Json),
        ("a: 1", TextFormat::Yaml),
        ("", TextFormat::Yaml),
    ] {
        assert_eq!(TextFormat::of_text(text), expected, "{text:?}");
    }
}

fn parsed(text: &str, format: TextFormat) -> WebsiteConfiguration {
    website::parse(&format.read_as_xml(text).unwrap()).unwrap()
}

fn with_header(name: &str, value: &str) -> String {
    let yaml = format!(
        "RoutingRules: {{RoutingRule: [{{RuleNumber: 2, Condition: {{}}, Redirect: {{RedirectType: Mirror, \
         MirrorURL: 'http://b/', MirrorHeaders: {{Set: [{{Key: x-a, Value: a}}, {{Key: {name}, Value: '{value}'}}]}}}}}}]}}"
    );
    shown(&parsed(&yaml, TextFormat::Yaml)).unwrap()
}

fn with_secret(secret: &str) -> String {
    let yaml = format!(
        "RoutingRules: {{RoutingRule: [{{RuleNumber: 2, Condition: {{}}, Redirect: {{RedirectType: Mirror, \
         MirrorURL: 'http://b/', MirrorAuth: {{AuthType: S3V4, AccessKeyId: k, AccessKeySecret: '{secret}'}}}}}}]}}"
    );
    shown(&parsed(&yaml, TextFormat::Yaml)).unwrap()
}

#[test]
fn a_comparison_shows_effects_and_no_secrets() {
    let new = "AccessKeySecret: \"(a new secret, not shown)\"\n";
    let changed = with_secret("hush");
    assert!(!changed.contains("hush") && changed.contains(new), "{changed}");
    let stored = with_secret("******");
    assert!(stored.contains("AccessKeySecret: \"******\"\n"), "{stored}");
    assert_eq!(changed.replace(new, "AccessKeySecret: \"******\"\n"), stored);

    let changed = with_header("Cookie", "hush");
    assert!(changed.contains("Value: a\n") && !changed.contains("hush"), "{changed}");
    assert!(changed.contains("(a new secret, not shown)"), "{changed}");

    // What OSS fills in is not a change.
    let as_put = parsed(XML, TextFormat::Xml);
    let as_shown = website::parse_stored(&website::to_xml(&as_put)).unwrap();
    assert_eq!(shown(&as_put).unwrap(), shown(&as_shown).unwrap());
}

#[test]
fn a_fault_has_its_line_in_every_form() {
    for (format, text, line) in [
        (TextFormat::Yaml, "A: 1\nB: 2\nA: 3", Some(3)),
        (TextFormat::Yaml, "A:\n  - [", Some(3)),
        (TextFormat::Json, "{\n\"A\": 1.5}", Some(2)),
        (TextFormat::Json, "{\n\"A\": [[1]]}", None),
        (TextFormat::Xml, "<WebsiteConfiguration>\n<A>\n</B></WebsiteConfiguration>", Some(3)),
        (TextFormat::Xml, "<WebsiteConfiguration>\n<A>&x;</A></WebsiteConfiguration>", Some(2)),
        (TextFormat::Xml, "<WebsiteConfiguration>\n\n", Some(3)),
        (TextFormat::Xml, "<Other/>", None),
    ] {
        let fault = format.read_as_xml(text).and_then(|xml| Node::from_xml(&xml)).unwrap_err();
        assert_eq!(fault.line, line, "{text}: {fault}");
    }
}

#[test]
fn yaml_becomes_json_with_texts() {
    assert_eq!(yaml_as_json("a: [1, no]\n").unwrap(), "{\n  \"a\": [\n    \"1\",\n    \"no\"\n  ]\n}\n");
}
