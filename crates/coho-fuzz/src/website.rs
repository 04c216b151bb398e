//! Website documents, and what their rules decide.

use crate::parts;
use coho_model::{ObjectKey, website::Protocol};
use coho_oss::document::{
    website,
    website_text::{Node, TextFormat, shown},
};
use coho_rules::{Access, Decision, Method, NoHeaders, NoTrace, Observation, RuleRequest, decide as decide_request};

/// A document is refused, or yields a configuration that is written and parsed again without a change.
pub fn website_xml(input: &[u8]) {
    let Ok(document) = website::parse(input) else { return };
    assert_eq!(document.validate(), Ok(()), "what is parsed is valid");
    let stored = website::to_stored_xml(&document);
    let again = website::parse_stored(&stored).expect("what was written can be read");
    assert_eq!(again, document, "{}", String::from_utf8_lossy(&stored));
    // The form shown to clients has defaults filled in; converting it again changes nothing.
    let shown = website::to_xml(&document);
    let from_shown = website::parse(&shown).expect("what a client is shown may be sent back");
    assert_eq!(website::to_xml(&from_shown), shown);
}

/// JSON and YAML mean the XML that they are read as: what it means is the same after it was written in each format.
pub fn website_text(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    for format in [TextFormat::Json, TextFormat::Yaml, TextFormat::of_text(&text)] {
        let Ok(xml) = format.read_as_xml(&text) else { continue };
        let Ok(document) = website::parse(&xml) else { continue };
        assert!(shown(&document).is_ok());
        let node = Node::from_xml(&xml).expect("what was parsed is a tree");
        for format in [TextFormat::Json, TextFormat::Yaml, TextFormat::Xml] {
            let written = format.write(&node).expect("a tree is written");
            let xml = format.read_as_xml(&written).expect("what was written can be read");
            assert_eq!(website::parse(&xml).as_ref(), Ok(&document), "{format:?}: {written}");
        }
    }
}

/// Every configuration and key yields a decision, and a location that is safe to send.
/// Input: a document, then a key.
pub fn decide(input: &[u8]) {
    let (document, key) = parts(input);
    let Ok(document) = website::parse(document) else { return };
    let key = ObjectKey::parse(&String::from_utf8_lossy(key)).ok();
    for found in [Observation::Missing, Observation::Present, Observation::Refused(403), Observation::Refused(500)] {
        let request = RuleRequest {
            bucket: "bucket",
            key: key.as_ref(),
            leading_slashes: 0,
            lacks_slash: false,
            anyone_reads: true,
            method: Method::Get,
            raw_query: "a=b",
            headers: &NoHeaders,
            scheme: Protocol::Http,
            host: "127.0.0.1",
            path_style: true,
            access: Access::Anonymous,
        };
        if let Decision::Redirect(to) = decide_request(Some(&document), request, |_| found, NoTrace) {
            assert!(to.location.bytes().all(|byte| byte.is_ascii_graphic()), "{}", to.location);
        }
    }
}
