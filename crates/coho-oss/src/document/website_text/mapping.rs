//! The tree of elements as a value, and back.
//!
//! Elements that OSS repeats are always lists, so that a program finds the same shape however many there are. Two
//! names that no element can have stand for what a map cannot hold: `#text` for text beside elements, `#children` for
//! unknown elements whose order would be lost.

use super::{
    ROOT, TextFault,
    node::{Node, check_name, check_text},
    value::Value,
};

/// Text beside elements.
const TEXT: &str = "#text";
/// Elements in their order, as a list of maps with one entry.
const CHILDREN: &str = "#children";
/// The elements that OSS repeats, by where they are.
const LISTS: &[(&str, &[&str])] = &[
    ("/RoutingRules", &["RoutingRule"]),
    ("/RoutingRules/RoutingRule/Condition", &["IncludeHeader"]),
    ("/RoutingRules/RoutingRule/Redirect/MirrorHeaders", &["Pass", "Remove", "Set"]),
    ("/RoutingRules/RoutingRule/Redirect/MirrorMultiAlternates", &["MirrorMultiAlternate"]),
    ("/RoutingRules/RoutingRule/Redirect/MirrorTaggings", &["Taggings"]),
    ("/RoutingRules/RoutingRule/Redirect/MirrorReturnHeaders", &["ReturnHeader"]),
];

/// The content of the root element.
pub(super) fn to_value(root: &Node) -> Value {
    content(root, "")
}

/// A whole document. The root element may be named or left out.
pub(super) fn to_node(value: Value) -> Result<Node, TextFault> {
    match value {
        Value::Map(mut map) if map.len() == 1 && map[0].0 == ROOT => element(ROOT, map.remove(0).1),
        Value::Map(_) => element(ROOT, value),
        Value::Text(text) if text.is_empty() => Ok(Node::leaf(ROOT, "")),
        Value::Text(_) | Value::List(_) => Err(TextFault::new("the document is not a map of elements")),
    }
}

fn lists_at(path: &str) -> &'static [&'static str] {
    LISTS.iter().find(|(at, _)| *at == path).map_or(&[], |(_, names)| names)
}

fn content(node: &Node, path: &str) -> Value {
    if node.children.is_empty() {
        return Value::Text(node.text.clone());
    }
    let mut map = Vec::new();
    if !node.text.is_empty() {
        map.push((TEXT.to_owned(), Value::Text(node.text.clone())));
    }
    let lists = lists_at(path);
    let inner = |child: &Node| content(child, &format!("{path}/{}", child.name));
    if !keeps_order(node, lists) {
        let children = node.children.iter().map(|child| Value::Map(vec![(child.name.clone(), inner(child))]));
        map.push((CHILDREN.to_owned(), Value::List(children.collect())));
        return Value::Map(map);
    }
    for child in &node.children {
        let is_list = lists.contains(&child.name.as_str());
        match map.iter_mut().find(|(name, _)| *name == child.name) {
            None if is_list => map.push((child.name.clone(), Value::List(vec![inner(child)]))),
            None => map.push((child.name.clone(), inner(child))),
            Some((_, Value::List(list))) => list.push(inner(child)),
            Some((_, single)) => {
                let first = std::mem::replace(single, Value::List(Vec::new()));
                *single = Value::List(vec![first, inner(child)]);
            }
        }
    }
    Value::Map(map)
}

/// Whether elements of the same name can be put together. Those of the known lists can: their order among others means
/// nothing.
fn keeps_order(node: &Node, lists: &[&str]) -> bool {
    let mut names: Vec<&str> = Vec::new();
    for name in node.children.iter().map(|child| child.name.as_str()).filter(|name| !lists.contains(name)) {
        if names.last() != Some(&name) {
            if names.contains(&name) {
                return false;
            }
            names.push(name);
        }
    }
    true
}

fn element(name: &str, value: Value) -> Result<Node, TextFault> {
    check_name(name)?;
    let mut node = Node::leaf(name, "");
    match value {
        Value::Text(text) => node.text = checked(text).map_err(|fault| fault.within(name))?,
        Value::List(_) => return Err(TextFault::new(format_args!("{name}: a list of lists has no meaning"))),
        Value::Map(map) => {
            for (key, value) in map {
                add(&mut node, &key, value).map_err(|fault| fault.within(name))?;
            }
        }
    }
    Ok(node)
}

fn checked(text: String) -> Result<String, TextFault> {
    check_text(&text)?;
    Ok(text)
}

fn add(node: &mut Node, key: &str, value: Value) -> Result<(), TextFault> {
    match (key, value) {
        (TEXT, Value::Text(text)) => node.text = checked(text)?,
        (CHILDREN, Value::List(list)) => {
            for entry in list {
                match entry {
                    Value::Map(map) if map.len() == 1 => {
                        for (name, value) in map {
                            node.children.push(element(&name, value)?);
                        }
                    }
                    _ => return Err(TextFault::new(format_args!("{CHILDREN} is a list of maps with one entry each"))),
                }
            }
        }
        (TEXT, _) => return Err(TextFault::new(format_args!("{TEXT} is a text"))),
        (CHILDREN, _) => return Err(TextFault::new(format_args!("{CHILDREN} is a list"))),
        (name, Value::List(list)) => {
            for value in list {
                node.children.push(element(name, value)?);
            }
        }
        (name, value) => node.children.push(element(name, value)?),
    }
    Ok(())
}
