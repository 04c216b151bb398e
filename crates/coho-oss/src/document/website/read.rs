//! Parses the document, its pages, the frame of a rule and its condition.

use super::fields::{fill, set_bool, set_exact, set_number, set_word, unknown};
use super::read_redirect::redirect;
use crate::Element;
use crate::xml::read_kept_document;
use coho_model::RequestRefusal;
use coho_model::website::{
    Condition, ErrorDocument, IncludeHeader, IndexDocument, InvalidWebsite, LuaConfig, RoutingRule,
    WebsiteConfiguration,
};

/// Maximum bytes of the document. OSS documents no limit; 20 rules with every element at its maximum length fit.
pub const MAX_WEBSITE_BYTES: usize = 1024 * 1024;

/// Parses and validates a document sent by a client.
pub fn parse(body: &[u8]) -> Result<WebsiteConfiguration, RequestRefusal> {
    let website = parse_stored(body)?;
    website.validate()?;
    Ok(website)
}

/// Parses the output of [`super::to_stored_xml`]. Checks that became stricter since then do not apply.
pub fn parse_stored(body: &[u8]) -> Result<WebsiteConfiguration, RequestRefusal> {
    configuration(&read_kept_document(body, "WebsiteConfiguration", MAX_WEBSITE_BYTES)?)
}

fn configuration(root: &Element<'_>) -> Result<WebsiteConfiguration, RequestRefusal> {
    let mut website = WebsiteConfiguration::default();
    let mut rules = None;
    for child in root.children() {
        match child.name() {
            "IndexDocument" => fill(&mut website.index_document, child, index_document(child)?)?,
            "ErrorDocument" => fill(&mut website.error_document, child, error_document(child)?)?,
            "RoutingRules" => fill(&mut rules, child, child)?,
            _ => website.unknown.push(unknown(child)),
        }
    }
    website.index_document = website.index_document.filter(|index| !index.is_empty());
    website.error_document = website.error_document.filter(|error| !error.is_empty());
    for child in rules.into_iter().flat_map(Element::children) {
        match child.name() {
            "RoutingRule" => {
                let place = website.routing_rules.len() + 1;
                website.routing_rules.push(routing_rule(child).map_err(|error| in_rule(error, place, child))?);
            }
            _ => website.unknown_in_routing_rules.push(unknown(child)),
        }
    }
    Ok(website)
}

/// Names the rule of a fault. Its number may follow the element at fault, or be the fault.
fn in_rule(mut refusal: RequestRefusal, place: usize, rule: &Element<'_>) -> RequestRefusal {
    let number = rule.children().iter().find(|child| child.name() == "RuleNumber");
    let number = number.and_then(|number| coho_model::decimal(number.trimmed()));
    match &mut refusal {
        RequestRefusal::InvalidWebsite(invalid) => *invalid = invalid.clone().in_rule(place, number),
        RequestRefusal::MalformedDocument { rule, .. } => *rule = Some((place, number)),
        _ => {}
    }
    refusal
}

fn index_document(element: &Element<'_>) -> Result<IndexDocument, RequestRefusal> {
    let mut index = IndexDocument::default();
    for child in element.children() {
        match child.name() {
            "Suffix" => set_word(&mut index.suffix, child)?,
            "SupportSubDir" => set_bool(&mut index.support_sub_dir, child)?,
            "Type" => set_number(&mut index.index_type, child)?,
            _ => index.unknown.push(unknown(child)),
        }
    }
    Ok(index)
}

fn error_document(element: &Element<'_>) -> Result<ErrorDocument, RequestRefusal> {
    let mut error = ErrorDocument::default();
    for child in element.children() {
        match child.name() {
            "Key" => set_exact(&mut error.key, child)?,
            "HttpStatus" => set_number(&mut error.http_status, child)?,
            _ => error.unknown.push(unknown(child)),
        }
    }
    Ok(error)
}

fn routing_rule(element: &Element<'_>) -> Result<RoutingRule, RequestRefusal> {
    let mut rule = RoutingRule::default();
    let (mut number, mut when) = (None, None);
    for child in element.children() {
        match child.name() {
            "RuleNumber" => set_number(&mut number, child)?,
            "Condition" => fill(&mut when, child, condition(child)?)?,
            "Redirect" => fill(&mut rule.redirect, child, redirect(child)?)?,
            "LuaConfig" => fill(&mut rule.lua_config, child, lua_config(child)?)?,
            _ => rule.unknown.push(unknown(child)),
        }
    }
    // A missing number stays 0, which is never valid.
    rule.rule_number = number.unwrap_or_default();
    // A missing condition must not turn a rule into one for every request; an empty one is intentional.
    rule.condition = when.ok_or_else(|| InvalidWebsite::because("Condition", "", "the rule must have one"))?;
    Ok(rule)
}

fn condition(element: &Element<'_>) -> Result<Condition, RequestRefusal> {
    let mut condition = Condition::default();
    for child in element.children() {
        match child.name() {
            "KeyPrefixEquals" => set_exact(&mut condition.key_prefix_equals, child)?,
            "KeySuffixEquals" => set_exact(&mut condition.key_suffix_equals, child)?,
            "HttpErrorCodeReturnedEquals" => set_number(&mut condition.http_error_code_returned_equals, child)?,
            "IncludeHeader" => condition.include_headers.push(include_header(child)?),
            _ => condition.unknown.push(unknown(child)),
        }
    }
    Ok(condition)
}

fn include_header(element: &Element<'_>) -> Result<IncludeHeader, RequestRefusal> {
    let mut header = IncludeHeader::default();
    let mut key = None;
    for child in element.children() {
        match child.name() {
            "Key" => set_word(&mut key, child)?,
            "Equals" => set_exact(&mut header.equals, child)?,
            "StartsWith" => set_exact(&mut header.starts_with, child)?,
            "EndsWith" => set_exact(&mut header.ends_with, child)?,
            _ => header.unknown.push(unknown(child)),
        }
    }
    header.key = key.unwrap_or_default();
    Ok(header)
}

fn lua_config(element: &Element<'_>) -> Result<LuaConfig, RequestRefusal> {
    let mut lua = LuaConfig::default();
    for child in element.children() {
        match child.name() {
            "Script" => set_word(&mut lua.script, child)?,
            _ => lua.unknown.push(unknown(child)),
        }
    }
    Ok(lua)
}
