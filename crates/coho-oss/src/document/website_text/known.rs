//! The elements of OSS by their parents, to suggest one for a misspelt name. Unknown elements are kept and returned, so a
//! misspelt one is otherwise silent.

use super::node::Node;
use coho_model::nearest;

/// Parent, and its elements.
const KNOWN: &[(&str, &[&str])] = &[
    ("WebsiteConfiguration", &["IndexDocument", "ErrorDocument", "RoutingRules"]),
    ("IndexDocument", &["Suffix", "SupportSubDir", "Type"]),
    ("ErrorDocument", &["Key", "HttpStatus"]),
    ("RoutingRules", &["RoutingRule"]),
    ("RoutingRule", &["RuleNumber", "Condition", "Redirect", "LuaConfig"]),
    ("Condition", &["KeyPrefixEquals", "KeySuffixEquals", "HttpErrorCodeReturnedEquals", "IncludeHeader"]),
    ("IncludeHeader", &["Key", "Equals", "StartsWith", "EndsWith"]),
    ("LuaConfig", &["Script"]),
    ("Redirect", REDIRECT),
    ("MirrorHeaders", &["PassAll", "Pass", "Remove", "Set"]),
    ("Set", &["Key", "Value"]),
    ("MirrorMultiAlternates", &["MirrorMultiAlternate"]),
    (
        "MirrorMultiAlternate",
        &[
            "MirrorMultiAlternateNumber",
            "MirrorMultiAlternateURL",
            "MirrorMultiAlternateVpcId",
            "MirrorMultiAlternateDstRegion",
        ],
    ),
    ("MirrorTaggings", &["Taggings"]),
    ("Taggings", &["Key", "Value"]),
    ("MirrorReturnHeaders", &["ReturnHeader"]),
    ("ReturnHeader", &["Key", "Value"]),
    ("MirrorAuth", &["AuthType", "Region", "AccessKeyId", "AccessKeySecret"]),
];

/// The elements of a redirect.
const REDIRECT: &[&str] = &[
    "RedirectType",
    "PassQueryString",
    "Protocol",
    "HostName",
    "HttpRedirectCode",
    "ReplaceKeyPrefixWith",
    "EnableReplacePrefix",
    "ReplaceKeyWith",
    "MirrorURL",
    "MirrorPassQueryString",
    "MirrorFollowRedirect",
    "MirrorCheckMd5",
    "MirrorHeaders",
    "MirrorPassOriginalSlashes",
    "MirrorURLSlave",
    "MirrorURLProbe",
    "MirrorSwitchAllErrors",
    "TransparentMirrorResponseCodes",
    "MirrorMultiAlternates",
    "MirrorUserLastModified",
    "MirrorSaveOssMeta",
    "MirrorProxyPass",
    "MirrorAllowHeadObject",
    "MirrorAllowGetImageInfo",
    "MirrorAllowVideoSnapshot",
    "MirrorAsyncStatus",
    "MirrorTaggings",
    "MirrorReturnHeaders",
    "MirrorAuth",
    "MirrorUsingRole",
    "MirrorRole",
    "MirrorSNI",
    "MirrorIsExpressTunnel",
    "MirrorDstRegion",
    "MirrorDstVpcId",
    "MirrorDstSlaveVpcId",
    "MirrorTunnelId",
];

/// An unknown element that looks like a misspelt one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{name} is not an element of {parent}; did you mean {nearest}?")]
pub struct MisspeltElement {
    /// Its name.
    pub name: String,
    /// The element in which it is.
    pub parent: String,
    /// The name that was probably meant.
    pub nearest: &'static str,
}

/// The unknown elements that look like misspelt ones.
pub fn suggestions(root: &Node) -> Vec<MisspeltElement> {
    let mut found = Vec::new();
    look(root, &mut found);
    found
}

fn look(node: &Node, found: &mut Vec<MisspeltElement>) {
    let Some((_, known)) = KNOWN.iter().find(|(parent, _)| *parent == node.name) else { return };
    for child in &node.children {
        if known.contains(&child.name.as_str()) {
            look(child, found);
        } else if let Some(name) = nearest(&child.name, known.iter().copied()) {
            found.push(MisspeltElement { name: child.name.clone(), parent: node.name.clone(), nearest: name });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::website;

    fn suggested(xml: &str) -> Vec<String> {
        suggestions(&Node::from_xml(xml.as_bytes()).unwrap()).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_misspelt_element_has_a_suggestion() {
        let xml = "<WebsiteConfiguration><IndexDocument><Sufix>i</Sufix></IndexDocument><RoutingRules><RoutingRule>\
                   <Conditon/><Redirect><MirorURL>http://a/</MirorURL><Xyz/></Redirect></RoutingRule></RoutingRules>\
                   </WebsiteConfiguration>";
        assert_eq!(
            suggested(xml),
            [
                "Sufix is not an element of IndexDocument; did you mean Suffix?",
                "Conditon is not an element of RoutingRule; did you mean Condition?",
                "MirorURL is not an element of Redirect; did you mean MirrorURL?",
            ]
        );
    }

    /// The parser of documents knows each of these elements: it refuses a second one, or takes a text away.
    #[test]
    fn every_element_of_a_redirect_is_known_to_the_parser() {
        for name in REDIRECT {
            let redirect = format!("<RedirectType>Mirror</RedirectType><{name}/>");
            let xml = format!(
                "<WebsiteConfiguration><RoutingRules><RoutingRule><RuleNumber>1</RuleNumber><Condition/><Redirect>\
                 {redirect}</Redirect></RoutingRule></RoutingRules></WebsiteConfiguration>"
            );
            let parsed = website::parse_stored(xml.as_bytes()).unwrap();
            let unknown = &parsed.routing_rules[0].redirect.as_ref().unwrap().unknown;
            assert!(unknown.is_empty(), "{name}: {unknown:?}");
        }
    }
}
