//! No form loses anything, whatever the texts and whatever the order.

use super::{Node, TextFormat, node, written};
use crate::document::website;
use coho_model::website::WebsiteConfiguration;
use proptest::{collection::vec, prelude::*, sample::select};

/// Texts that some reader could take for something else.
const ODD: &[&str] = &[
    "",
    " ",
    "no",
    "Null",
    "null",
    "~",
    "true",
    "1",
    "01",
    "1.10",
    "1e3",
    "0x1f",
    "-1",
    "1:20",
    "2001-01-01",
    "- a",
    "a: b",
    "a:",
    "a #b",
    "#a",
    "a\nb",
    "\n",
    "a\r\nb",
    "\t",
    "'",
    "\"",
    "\\",
    "{a}",
    "[a",
    "&a",
    "*a",
    "!a",
    "|",
    ">",
    "%a",
    "@a",
    "`",
    "<<",
    "=",
    "---",
    "...",
    "? a",
    "${key}",
    "\u{85}",
    "\u{2028}",
    "\u{fffd}",
    "\u{7f}",
    "é中😀",
    "]]>",
    "&amp;",
    "a ",
];

fn text() -> impl Strategy<Value = String> {
    prop_oneof![select(ODD).prop_map(str::to_owned), "[ -~]{0,12}", "[\\t\\n\\r -~\u{80}-\u{2fff}]{0,6}"]
}

fn leaf(name: &'static str) -> impl Strategy<Value = Node> {
    text().prop_map(move |text| Node::leaf(name, &text))
}

fn parent(name: &str, children: Vec<Node>) -> Node {
    Node { children, ..Node::leaf(name, "") }
}

/// Unknown elements, some with names that have a meaning in another place.
fn unknown() -> impl Strategy<Value = Node> {
    let name = select(&["A", "B", "C", "null", "y", "Taggings", "Pass", "RoutingRule"][..]);
    let leaf = (name.clone(), text()).prop_map(|(name, text)| Node::leaf(name, &text));
    leaf.prop_recursive(3, 12, 4, move |inner| {
        let text = prop_oneof![Just(String::new()), "[!-~]{1,3}"];
        (name.clone(), text, vec(inner, 0..4))
            .prop_map(|(name, text, children)| Node { text, ..parent(name, children) })
    })
}

/// Unknown elements for a place where some names are known.
fn strangers() -> impl Strategy<Value = Vec<Node>> {
    let rename = |node: Node| if node.name.len() == 1 { node } else { Node { name: "Other".to_owned(), ..node } };
    vec(unknown().prop_map(rename), 0..4)
}

fn pair(name: &'static str) -> impl Strategy<Value = Node> {
    (leaf("Key"), leaf("Value")).prop_map(move |(key, value)| parent(name, vec![key, value]))
}

fn list(name: &'static str, items: impl Strategy<Value = Node>) -> impl Strategy<Value = Node> {
    (vec(items, 0..4), strangers()).prop_flat_map(move |(items, others)| {
        Just([items, others].concat()).prop_shuffle().prop_map(move |children| parent(name, children))
    })
}

fn redirect() -> impl Strategy<Value = Node> {
    let headers = prop_oneof![leaf("Pass"), leaf("Remove"), pair("Set")];
    let parts = (
        list("MirrorHeaders", headers),
        list("MirrorTaggings", pair("Taggings")),
        list("MirrorReturnHeaders", pair("ReturnHeader")),
        list(
            "MirrorMultiAlternates",
            leaf("MirrorMultiAlternateURL").prop_map(|url| parent("MirrorMultiAlternate", vec![url])),
        ),
        leaf("ReplaceKeyWith"),
        strangers(),
    );
    parts.prop_flat_map(|(headers, taggings, returned, alternates, key, others)| {
        let known = vec![Node::leaf("RedirectType", "Mirror"), headers, taggings, returned, alternates, key];
        Just([known, others].concat()).prop_shuffle().prop_map(|children| parent("Redirect", children))
    })
}

fn rule() -> impl Strategy<Value = Node> {
    let header = (leaf("Key"), leaf("Equals")).prop_map(|(key, value)| parent("IncludeHeader", vec![key, value]));
    (list("Condition", header), redirect(), 0..9_u32, strangers()).prop_flat_map(
        |(condition, redirect, number, others)| {
            let known = vec![Node::leaf("RuleNumber", &number.to_string()), condition, redirect];
            Just([known, others].concat()).prop_shuffle().prop_map(|children| parent("RoutingRule", children))
        },
    )
}

fn document() -> impl Strategy<Value = Node> {
    (leaf("Key"), list("RoutingRules", rule()), strangers()).prop_flat_map(|(key, rules, others)| {
        Just([vec![parent("ErrorDocument", vec![key]), rules], others].concat())
            .prop_shuffle()
            .prop_map(|children| parent("WebsiteConfiguration", children))
    })
}

fn meaning(tree: &Node) -> WebsiteConfiguration {
    website::parse_stored(&tree.to_xml()).unwrap()
}

proptest! {
    #[test]
    fn every_form_means_the_same_configuration(document in document()) {
        let expected = meaning(&document);
        let tree = Node::from_xml(&document.to_xml()).unwrap();
        for format in [TextFormat::Xml, TextFormat::Json, TextFormat::Yaml] {
            let text = written(&tree, format);
            prop_assert_eq!(&meaning(&node(&text, format)), &expected, "{}", text);
        }
    }

    #[test]
    fn unknown_elements_keep_their_order_and_every_character(children in vec(unknown(), 0..5)) {
        let tree = Node::from_xml(&parent("WebsiteConfiguration", children).to_xml()).unwrap();
        for format in [TextFormat::Xml, TextFormat::Json, TextFormat::Yaml] {
            let text = written(&tree, format);
            prop_assert_eq!(&node(&text, format), &tree, "{}", text);
        }
    }
}
