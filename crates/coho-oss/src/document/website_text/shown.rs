//! A configuration as it is compared with another one, for a confirmation.

use super::{TextFault, TextFormat, node::Node};
use crate::document::website;
use coho_model::website::{MASKED_SECRET, MirrorHeaders, WebsiteConfiguration, is_secret_header};

/// Stands for a secret that a new configuration brings along; stored ones are masked.
const NEW_SECRET: &str = "(a new secret, not shown)";

/// The configuration as the store would show it, in YAML: with defaults, without secrets. So the same configuration
/// always looks the same, however it was written.
pub fn shown(configuration: &WebsiteConfiguration) -> Result<String, TextFault> {
    let mut node = Node::from_xml(&website::to_xml(configuration))?;
    mark_new_secrets(configuration, &mut node);
    TextFormat::Yaml.write(&node)
}

fn mark_new_secrets(configuration: &WebsiteConfiguration, node: &mut Node) {
    let Some(rules) = node.child_mut("RoutingRules") else { return };
    let nodes = rules.children.iter_mut().filter(|child| child.name == "RoutingRule");
    for (rule, node) in configuration.routing_rules.iter().zip(nodes) {
        let Some(mirror) = rule.redirect.as_ref().map(|redirect| &redirect.mirror) else { continue };
        let Some(node) = node.child_mut("Redirect") else { continue };
        if mirror.auth.as_ref().is_some_and(|auth| auth.access_key_secret.is_some() && !auth.is_masked())
            && let Some(secret) =
                ["MirrorAuth", "AccessKeySecret"].iter().try_fold(&mut *node, |node, name| node.child_mut(name))
        {
            secret.text = NEW_SECRET.to_owned();
        }
        if let (Some(headers), Some(node)) = (&mirror.headers, node.child_mut("MirrorHeaders")) {
            mark_new_headers(headers, node);
        }
    }
}

fn mark_new_headers(headers: &MirrorHeaders, node: &mut Node) {
    let nodes = node.children.iter_mut().filter(|child| child.name == "Set");
    for (set, node) in headers.set.iter().zip(nodes) {
        let is_new = is_secret_header(&set.key) && set.value != MASKED_SECRET;
        if let Some(value) = node.child_mut("Value").filter(|_| is_new) {
            value.text = NEW_SECRET.to_owned();
        }
    }
}
