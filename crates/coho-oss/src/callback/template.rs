//! The body of a callback as it is asked for: text with variables, `${name}`.

use super::{BodyTooLong, CallbackBodyType, values::VariableValue};
use coho_model::CallbackFault;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use std::io::Write;

/// Largest body of a callback in bytes, with its variables replaced. OSS bounds the parameters alone, and a variable may be named
/// often.
pub const MAX_BODY_BYTES: usize = 1 << 20;

/// All but the unreserved characters of a URL.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Template(Vec<Piece>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Text(String),
    Variable(String),
}

impl Template {
    pub(super) fn parse(text: &str) -> Result<Self, CallbackFault> {
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('$') {
            let inner = after.strip_prefix('{').ok_or(CallbackFault::NoLeftBrace)?;
            let (name, after) = inner.split_once('}').ok_or(CallbackFault::NoRightBrace)?;
            if !before.is_empty() {
                pieces.push(Piece::Text(before.to_owned()));
            }
            pieces.push(Piece::Variable(name.to_owned()));
            rest = after;
        }
        if !rest.is_empty() {
            pieces.push(Piece::Text(rest.to_owned()));
        }
        Ok(Self(pieces))
    }

    /// The names of its variables.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|piece| match piece {
            Piece::Variable(name) => Some(name.as_str()),
            Piece::Text(_) => None,
        })
    }

    /// The text with the variables replaced.
    pub(super) fn render<'v>(
        &self,
        body_type: CallbackBodyType,
        value: impl Fn(&str) -> VariableValue<'v>,
    ) -> Result<Vec<u8>, BodyTooLong> {
        let mut body = Vec::new();
        for piece in &self.0 {
            match piece {
                Piece::Text(text) => body.extend_from_slice(text.as_bytes()),
                Piece::Variable(name) => write_value(&mut body, body_type, &value(name))?,
            }
            if body.len() > MAX_BODY_BYTES {
                return Err(BodyTooLong);
            }
        }
        Ok(body)
    }
}

fn write_value(body: &mut Vec<u8>, body_type: CallbackBodyType, value: &VariableValue<'_>) -> Result<(), BodyTooLong> {
    match (value, body_type) {
        (VariableValue::Text(text), _) if text.len() > MAX_BODY_BYTES => return Err(BodyTooLong),
        (VariableValue::Text(text), CallbackBodyType::Form) => {
            utf8_percent_encode(text, ENCODED).for_each(|piece| body.extend_from_slice(piece.as_bytes()));
        }
        (VariableValue::Text(text), CallbackBodyType::Json) => {
            body.extend_from_slice(serde_json::Value::from(&**text).to_string().as_bytes());
        }
        (VariableValue::Number(number), _) => {
            write!(body, "{number}").map_err(|_| BodyTooLong)?;
        }
        (VariableValue::Empty, CallbackBodyType::Form) => {}
        // So that the body stays JSON.
        (VariableValue::Empty, CallbackBodyType::Json) => body.extend_from_slice(b"\"\""),
    }
    Ok(())
}
