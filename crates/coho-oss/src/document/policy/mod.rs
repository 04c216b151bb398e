//! Bucket policies in JSON (PutBucketPolicy, GetBucketPolicy), and `PolicyStatus` (GetBucketPolicyStatus).
//!
//! An element, an action, an operator or a key that is not evaluated refuses the whole document: ignored, it would change
//! what the statement is about.

mod condition;
mod statement;
#[cfg(test)]
mod tests;

use super::website_text::{Value, read_json};
use crate::XmlWriter;
use coho_model::{BucketPolicy, RequestRefusal};
use std::fmt;

/// Maximum bytes of a policy (OSS: 16 KB).
pub const MAX_BYTES: usize = 16 * 1024;
/// Maximum number of statements of a policy.
pub const MAX_STATEMENTS: usize = 100;

/// What is wrong, for the client.
struct PolicyFault(String);

impl PolicyFault {
    fn new(detail: impl fmt::Display) -> Self {
        Self(detail.to_string())
    }

    /// The same with the place of the fault in front.
    fn within(self, place: impl fmt::Display) -> Self {
        Self(format!("{place}: {}", self.0))
    }
}

/// Maximum bytes of the policy of a session (STS: 2,048 characters).
pub const MAX_SESSION_BYTES: usize = 2048;

/// Parses a policy.
pub fn parse(body: &[u8]) -> Result<BucketPolicy, RequestRefusal> {
    read(body).map_err(|PolicyFault(detail)| RequestRefusal::InvalidPolicy(detail.into()))
}

/// Parses the policy of a session, whose statements are about its holder and so name no principal.
pub fn parse_session(document: &str) -> Result<BucketPolicy, RequestRefusal> {
    let refused = |PolicyFault(detail)| RequestRefusal::InvalidPolicy(detail.into());
    read_within(document, MAX_SESSION_BYTES, PolicyKind::Session).map_err(refused)
}

/// Whose policy it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum PolicyKind {
    Bucket,
    Session,
}

fn read(body: &[u8]) -> Result<BucketPolicy, PolicyFault> {
    let document = std::str::from_utf8(body).map_err(|_| PolicyFault::new("the document is not UTF-8"))?;
    read_within(document, MAX_BYTES, PolicyKind::Bucket)
}

fn read_within(document: &str, max_bytes: usize, kind: PolicyKind) -> Result<BucketPolicy, PolicyFault> {
    if document.len() > max_bytes {
        return Err(PolicyFault::new(format_args!("the document has more than {max_bytes} bytes")));
    }
    let root =
        read_json(document).map_err(|fault| PolicyFault::new(format_args!("the document is not JSON: {fault}")))?;
    let fields = map(root, "the document")?;
    let (mut version, mut statements) = (None, None);
    for (name, value) in fields {
        match name.as_str() {
            "Version" => version = Some(value),
            "Statement" => statements = Some(value),
            _ => return Err(PolicyFault::new(format_args!("the element {name:?} is not supported"))),
        }
    }
    match version {
        Some(Value::Text(version)) if version == "1" => {}
        Some(_) => return Err(PolicyFault::new("the Version must be \"1\"")),
        None => return Err(PolicyFault::new("the Version is missing")),
    }
    let statements = match statements {
        Some(Value::List(list)) if (1..=MAX_STATEMENTS).contains(&list.len()) => list,
        Some(Value::List(_)) => {
            return Err(PolicyFault::new(format_args!("Statement must have 1 to {MAX_STATEMENTS} entries")));
        }
        Some(_) => return Err(PolicyFault::new("Statement must be a list")),
        None => return Err(PolicyFault::new("the Statement is missing")),
    };
    let parsed = (1..).zip(statements).map(|(number, value)| {
        statement::read(value, kind).map_err(|fault| fault.within(format_args!("statement {number}")))
    });
    Ok(BucketPolicy { document: document.into(), statements: parsed.collect::<Result<_, _>>()? })
}

/// Writes `PolicyStatus`.
pub fn status_to_xml(is_public: bool) -> Vec<u8> {
    XmlWriter::document("PolicyStatus", 128, |w| w.text("IsPublic", if is_public { "true" } else { "false" }))
}

fn map(value: Value, what: impl fmt::Display) -> Result<Vec<(String, Value)>, PolicyFault> {
    match value {
        Value::Map(fields) => Ok(fields),
        Value::Text(_) | Value::List(_) => Err(PolicyFault::new(format_args!("{what} must be an object"))),
    }
}

/// The texts of a list, or the only one.
fn texts(value: Value) -> Result<Vec<String>, PolicyFault> {
    let wrong = || PolicyFault::new("it must be a text, or a list of texts");
    match value {
        Value::Text(text) => Ok(vec![text]),
        Value::List(list) => list
            .into_iter()
            .map(|item| match item {
                Value::Text(text) => Ok(text),
                Value::List(_) | Value::Map(_) => Err(wrong()),
            })
            .collect(),
        Value::Map(_) => Err(wrong()),
    }
}
