//! What JSON and YAML have in common here: texts, lists, and maps that keep their order.

/// A value. Numbers and booleans are the text that they are written as.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::document) enum Value {
    /// A text; empty for null.
    Text(String),
    /// A list.
    List(Vec<Value>),
    /// A map with unique names.
    Map(Vec<(String, Value)>),
}

impl Value {
    /// Adds an entry to a map; a name that exists is an error.
    pub(super) fn insert(map: &mut Vec<(String, Self)>, name: String, value: Self) -> Result<(), String> {
        if map.iter().any(|(have, _)| *have == name) {
            return Err(format!("{name} occurs twice; elements that can be repeated are written as a list"));
        }
        map.push((name, value));
        Ok(())
    }
}
