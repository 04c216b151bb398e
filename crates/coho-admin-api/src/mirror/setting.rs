//! Settings that are a number, or the word that stands for one.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{self, Visitor},
};
use std::{borrow::Cow, fmt};

const DEFAULT: &str = "default";
const NONE: &str = "none";
/// Highest limit: what a column of the metadata can hold.
const MAX_LIMIT: u64 = i64::MAX as u64;

/// A limit per second.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LimitSetting {
    /// That of the server, or, for a rule, none of its own.
    Default,
    /// No limit.
    None,
    /// This many, from 1.
    PerSecond(u64),
}

/// A number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NumberSetting {
    /// That of the server.
    Default,
    /// This one.
    Number(u32),
}

impl Serialize for LimitSetting {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Default => serializer.serialize_str(DEFAULT),
            Self::None => serializer.serialize_str(NONE),
            Self::PerSecond(limit) => serializer.serialize_u64(*limit),
        }
    }
}

impl Serialize for NumberSetting {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Default => serializer.serialize_str(DEFAULT),
            Self::Number(number) => serializer.serialize_u32(*number),
        }
    }
}

struct LimitVisitor;

impl Visitor<'_> for LimitVisitor {
    type Value = LimitSetting;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("default, none or a number from 1")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<LimitSetting, E> {
        match text {
            DEFAULT => Ok(LimitSetting::Default),
            NONE => Ok(LimitSetting::None),
            other => Err(E::invalid_value(de::Unexpected::Str(other), &self)),
        }
    }

    fn visit_u64<E: de::Error>(self, limit: u64) -> Result<LimitSetting, E> {
        match limit {
            1..=MAX_LIMIT => Ok(LimitSetting::PerSecond(limit)),
            other => Err(E::invalid_value(de::Unexpected::Unsigned(other), &self)),
        }
    }
}

struct NumberVisitor;

impl Visitor<'_> for NumberVisitor {
    type Value = NumberSetting;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("default or a whole number")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<NumberSetting, E> {
        match text {
            DEFAULT => Ok(NumberSetting::Default),
            other => Err(E::invalid_value(de::Unexpected::Str(other), &self)),
        }
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<NumberSetting, E> {
        let whole = u32::try_from(number).map(NumberSetting::Number);
        whole.map_err(|_| E::invalid_value(de::Unexpected::Unsigned(number), &self))
    }
}

impl<'de> Deserialize<'de> for LimitSetting {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(LimitVisitor)
    }
}

impl<'de> Deserialize<'de> for NumberSetting {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NumberVisitor)
    }
}

impl JsonSchema for LimitSetting {
    fn schema_name() -> Cow<'static, str> {
        "LimitSetting".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A limit per second: `default` is that of the server (for a rule: no limit of its own), `none` removes it.",
            "oneOf": [{ "type": "string", "enum": [DEFAULT, NONE] }, { "type": "integer", "minimum": 1, "maximum": MAX_LIMIT }],
        })
    }
}

impl JsonSchema for NumberSetting {
    fn schema_name() -> Cow<'static, str> {
        "NumberSetting".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A number; `default` is that of the server.",
            "oneOf": [{ "type": "string", "enum": [DEFAULT] }, { "type": "integer", "minimum": 0, "maximum": u32::MAX }],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_a_word_or_a_number_from_1() {
        let most = i64::MAX.to_string();
        for (text, expected) in [
            ("\"default\"", Some(LimitSetting::Default)),
            ("\"none\"", Some(LimitSetting::None)),
            ("1", Some(LimitSetting::PerSecond(1))),
            (most.as_str(), Some(LimitSetting::PerSecond(MAX_LIMIT))),
            ("9223372036854775808", None),
            ("0", None),
            ("-1", None),
            ("1.5", None),
            ("\"1\"", None),
            ("\"None\"", None),
            ("null", None),
            ("true", None),
            ("[1]", None),
        ] {
            let read: Option<LimitSetting> = serde_json::from_str(text).ok();
            assert_eq!(read, expected, "{text}");
            if let Some(read) = read {
                assert_eq!(serde_json::to_string(&read).unwrap(), text);
            }
        }
    }

    #[test]
    fn a_number_is_default_or_fits_32_bits() {
        for (text, expected) in [
            ("\"default\"", Some(NumberSetting::Default)),
            ("0", Some(NumberSetting::Number(0))),
            ("4294967295", Some(NumberSetting::Number(u32::MAX))),
            ("4294967296", None),
            ("-1", None),
            ("\"none\"", None),
            ("null", None),
        ] {
            let read: Option<NumberSetting> = serde_json::from_str(text).ok();
            assert_eq!(read, expected, "{text}");
            if let Some(read) = read {
                assert_eq!(serde_json::to_string(&read).unwrap(), text);
            }
        }
    }
}
