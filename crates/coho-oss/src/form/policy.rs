//! The policy of a form: what its signer allows, until when. OSS: "Appendix: Policy" of PostObject.
//!
//! Invariant: a condition that is not understood refuses the policy; ignored, it would allow more than its signer means.

use coho_model::{InvalidForm, Timestamp};
use serde_json::{Map, Value};
use std::borrow::Cow;

/// Most bytes of a policy as JSON.
pub const MAX_POLICY_BYTES: usize = 64 * 1024;
/// Most conditions of a policy.
pub const MAX_CONDITIONS: usize = 500;
/// Bytes of a condition that a refusal shows.
const MAX_SHOWN_BYTES: usize = 1024;

/// A policy.
#[derive(Debug, Clone, PartialEq)]
pub struct FormPolicy {
    expiration: Timestamp,
    conditions: Vec<FormCondition>,
}

/// The sizes in bytes that a file may have, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SizeRange {
    /// The least.
    pub min: u64,
    /// The greatest.
    pub max: u64,
}

#[derive(Debug, Clone, PartialEq)]
enum FormCondition {
    Equal { field: String, value: String },
    StartsWith { field: String, prefix: String },
    In { field: String, values: Vec<String> },
    NotIn { field: String, values: Vec<String> },
    Size(SizeRange),
}

fn invalid(detail: impl Into<Box<str>>) -> InvalidForm {
    InvalidForm::Policy(detail.into())
}

impl FormPolicy {
    /// Reads a policy in JSON.
    pub fn parse(json: &[u8]) -> Result<Self, InvalidForm> {
        if json.len() > MAX_POLICY_BYTES {
            return Err(invalid("the policy is too long"));
        }
        // The parser bounds the depth.
        let document: Value =
            serde_json::from_slice(json).map_err(|error| invalid(format!("Invalid JSON: {error}")))?;
        let Value::Object(mut document) = document else { return Err(invalid("Invalid JSON: an object expected")) };
        let expiration = match document.remove("expiration") {
            Some(Value::String(text)) => Timestamp::parse_iso8601(&text)
                .ok_or_else(|| invalid(format!("Invalid 'expiration' value: '{}'", shown(&text))))?,
            Some(_) => return Err(invalid("expiration must be a string")),
            None => return Err(invalid("Policy missing expiration")),
        };
        let conditions = match document.remove("conditions") {
            Some(Value::Array(conditions)) if conditions.len() > MAX_CONDITIONS => {
                return Err(invalid(format!("a policy has at most {MAX_CONDITIONS} conditions")));
            }
            Some(Value::Array(conditions)) if !conditions.is_empty() => conditions,
            Some(Value::Array(_)) | None => return Err(invalid(ONE_PROPERTY)),
            Some(_) => return Err(invalid("conditions must be a List")),
        };
        let conditions = conditions.into_iter().map(FormCondition::read).collect::<Result<_, _>>()?;
        Ok(Self { expiration, conditions })
    }

    /// Checks a form: `value` gives what its fields say, in lower case. Gives the sizes that its file may have.
    pub fn check<'v>(
        &self,
        now: Timestamp,
        value: impl Fn(&str) -> Option<Cow<'v, str>>,
    ) -> Result<SizeRange, InvalidForm> {
        if now > self.expiration {
            return Err(InvalidForm::PolicyExpired);
        }
        let mut sizes = SizeRange { min: 0, max: u64::MAX };
        for condition in &self.conditions {
            if let FormCondition::Size(range) = condition {
                sizes = SizeRange { min: sizes.min.max(range.min), max: sizes.max.min(range.max) };
            } else if !condition.holds(&value) {
                return Err(InvalidForm::ConditionFailed(shown(&condition.text()).into()));
            }
        }
        Ok(sizes)
    }
}

/// OSS's text for a condition that names no field, or several, and for a policy without conditions.
const ONE_PROPERTY: &str = "Invalid Simple-Condition: Simple-Conditions must have exactly one property specified";

impl FormCondition {
    fn read(value: Value) -> Result<Self, InvalidForm> {
        match value {
            Value::Object(properties) => Self::simple(properties),
            Value::Array(items) => Self::operation(items),
            _ => Err(invalid("a condition must be a List or an Object")),
        }
    }

    fn simple(properties: Map<String, Value>) -> Result<Self, InvalidForm> {
        let mut properties = properties.into_iter();
        match (properties.next(), properties.next()) {
            (Some((name, value)), None) => Ok(Self::Equal { field: field(&name), value: text(value)? }),
            _ => Err(invalid(ONE_PROPERTY)),
        }
    }

    fn operation(items: Vec<Value>) -> Result<Self, InvalidForm> {
        let Ok([Value::String(operator), first, second]) = <[Value; 3]>::try_from(items) else {
            return Err(invalid("a condition must have an operator and two arguments"));
        };
        let operator = operator.to_ascii_lowercase();
        if operator == "content-length-range" {
            let range = SizeRange { min: size(&first)?, max: size(&second)? };
            return if range.min <= range.max {
                Ok(Self::Size(range))
            } else {
                Err(invalid("content-length-range has a minimum greater than its maximum"))
            };
        }
        let Value::String(name) = first else { return Err(invalid("the field of a condition must be a string")) };
        let field = field(&name);
        match operator.as_str() {
            "eq" => Ok(Self::Equal { field, value: text(second)? }),
            "starts-with" => Ok(Self::StartsWith { field, prefix: text(second)? }),
            "in" => Ok(Self::In { field, values: texts(second)? }),
            "not-in" => Ok(Self::NotIn { field, values: texts(second)? }),
            _ => Err(invalid(format!("Invalid Condition: unknown operation '{}'", shown(&operator)))),
        }
    }

    /// A field that the form lacks has an empty value.
    fn holds<'v>(&self, value: &impl Fn(&str) -> Option<Cow<'v, str>>) -> bool {
        let value = |field: &str| value(field).unwrap_or_default();
        match self {
            Self::Equal { field, value: expected } => value(field) == expected.as_str(),
            Self::StartsWith { field, prefix } => value(field).starts_with(prefix.as_str()),
            Self::In { field, values } => values.iter().any(|one| *one == value(field)),
            Self::NotIn { field, values } => !values.iter().any(|one| *one == value(field)),
            Self::Size(_) => true,
        }
    }

    /// As OSS shows it.
    fn text(&self) -> String {
        let json = |text: &str| Value::from(text).to_string();
        let list = |values: &[String]| values.iter().map(|value| json(value)).collect::<Vec<_>>().join(", ");
        let (operator, field, argument) = match self {
            Self::Equal { field, value } => ("eq", field, json(value)),
            Self::StartsWith { field, prefix } => ("starts-with", field, json(prefix)),
            Self::In { field, values } => ("in", field, format!("[{}]", list(values))),
            Self::NotIn { field, values } => ("not-in", field, format!("[{}]", list(values))),
            Self::Size(SizeRange { min, max }) => return format!("[\"content-length-range\", {min}, {max}]"),
        };
        format!("[\"{operator}\", {}, {argument}]", json(&format!("${field}")))
    }
}

/// The name of a field, in lower case; it is written with a dollar sign in lists.
fn field(name: &str) -> String {
    name.strip_prefix('$').unwrap_or(name).to_ascii_lowercase()
}

fn text(value: Value) -> Result<String, InvalidForm> {
    match value {
        Value::String(text) => Ok(text),
        Value::Number(number) => Ok(number.to_string()),
        _ => Err(invalid("the value of a condition must be a string")),
    }
}

fn texts(value: Value) -> Result<Vec<String>, InvalidForm> {
    match value {
        Value::Array(values) => values.into_iter().map(text).collect(),
        _ => Err(invalid("the values of in and not-in must be a List")),
    }
}

fn size(value: &Value) -> Result<u64, InvalidForm> {
    let size = match value {
        Value::Number(number) => number.as_u64(),
        Value::String(digits) => coho_model::decimal(digits),
        _ => None,
    };
    size.ok_or_else(|| invalid("content-length-range needs two sizes in bytes"))
}

fn shown(text: &str) -> &str {
    &text[..text.floor_char_boundary(MAX_SHOWN_BYTES)]
}
