//! What JSON and YAML have in common here: texts, lists, and maps that keep their order.

/// A value. Numbers and booleans are the text that they are written as.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Value {
    /// A text; empty for null.
    Text(String),
    /// A list.
    List(Vec<Value>),
    /// A map. No name is there twice.
    Map(Vec<(String, Value)>),
}

impl Value {
    /// Puts an entry into a map, unless its name is there already.
    pub(super) fn insert(map: &mut Vec<(String, Self)>, name: String, value: Self) -> Result<(), String> {
        if map.iter().any(|(have, _)| *have == name) {
            return Err(format!("{name} is there twice; elements that can be repeated are written as a list"));
        }
        map.push((name, value));
        Ok(())
    }
}
