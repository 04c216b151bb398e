//! The difference of two configurations, for a confirmation.

use super::{Format, node::Node};
use coho_model::website::WebsiteConfiguration;
use coho_oss::document::website;
use similar::TextDiff;

/// Lines around a change.
const CONTEXT_LINES: usize = 3;
/// Stands for a secret that a new configuration brings along; stored ones are masked.
const NEW_SECRET: &str = "(a new secret, not shown)";

/// The configuration as the store would show it, in YAML: with defaults, without secrets. So the same configuration
/// always looks the same, however it was written.
pub(crate) fn shown(configuration: &WebsiteConfiguration) -> anyhow::Result<String> {
    let mut node = Node::from_xml(&website::to_xml(configuration))?;
    mark_new_secrets(configuration, &mut node);
    Ok(String::from_utf8(Format::Yaml.write(&node)?)?)
}

/// What changes, line by line; empty if nothing does.
pub(crate) fn difference(old: &str, new: &str) -> String {
    TextDiff::from_lines(old, new).unified_diff().context_radius(CONTEXT_LINES).header("stored", "new").to_string()
}

fn mark_new_secrets(configuration: &WebsiteConfiguration, node: &mut Node) {
    let Some(rules) = node.child_mut("RoutingRules") else { return };
    let nodes = rules.children.iter_mut().filter(|child| child.name == "RoutingRule");
    for (rule, node) in configuration.routing_rules.iter().zip(nodes) {
        let auth = rule.redirect.as_ref().and_then(|redirect| redirect.mirror.auth.as_ref());
        if auth.is_none_or(|auth| auth.access_key_secret.is_none() || auth.is_masked()) {
            continue;
        }
        let secret =
            ["Redirect", "MirrorAuth", "AccessKeySecret"].iter().try_fold(node, |node, name| node.child_mut(name));
        if let Some(secret) = secret {
            secret.text = NEW_SECRET.to_owned();
        }
    }
}
