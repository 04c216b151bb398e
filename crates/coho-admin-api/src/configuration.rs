//! The settings that are in force, and where each comes from.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The settings of the server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Configuration {
    /// The configuration file, if there is one.
    pub file: Option<String>,
    /// Every setting, in the order of the documentation.
    pub settings: Vec<ConfigurationSetting>,
}

/// A setting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ConfigurationSetting {
    /// Its key in the file, such as `limits.max_connections`.
    pub key: String,
    /// Its value; null if it has none.
    pub value: Option<SettingValue>,
    /// The unit of the value, if it has one.
    pub unit: Option<String>,
    /// What has set it.
    pub source: SettingSource,
    /// Whether SIGHUP reads it again; others are read at the start.
    pub reloads: bool,
}

/// A value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum SettingValue {
    /// A quantity.
    Number(u64),
    /// A text.
    Text(String),
    /// Several texts.
    List(Vec<String>),
}

/// What has set a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SettingSource {
    /// An option of the command line.
    Flag,
    /// A variable of the environment.
    Variable,
    /// The configuration file.
    File,
    /// Nothing: it is the default.
    Default,
}

impl SettingSource {
    /// Its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Flag => "flag",
            Self::Variable => "variable",
            Self::File => "file",
            Self::Default => "default",
        }
    }
}
