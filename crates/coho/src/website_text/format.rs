//! The three formats of a text.

use super::{json, mapping, node::Node, yaml_read, yaml_write};
use anyhow::Context;
use clap::ValueEnum;
use std::path::Path;

/// How a configuration is written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// As OSS defines it.
    Xml,
    /// The same tree in JSON.
    Json,
    /// The same tree in YAML.
    Yaml,
}

impl Format {
    /// By the ending of a file's name.
    pub(crate) fn of_path(path: &Path) -> Option<Self> {
        match path.extension()?.to_str()?.to_ascii_lowercase().as_str() {
            "xml" => Some(Self::Xml),
            "json" => Some(Self::Json),
            "yaml" | "yml" => Some(Self::Yaml),
            _ => None,
        }
    }

    /// By the first character of a text.
    pub(super) fn of_text(text: &str) -> Self {
        match text.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}').chars().next() {
            Some('<') => Self::Xml,
            Some('{') => Self::Json,
            _ => Self::Yaml,
        }
    }

    /// Writes a configuration for people.
    pub(crate) fn write(self, node: &Node) -> anyhow::Result<Vec<u8>> {
        Ok(match self {
            Self::Xml => node.to_xml(),
            Self::Json => json::write(&mapping::to_value(node))?.into_bytes(),
            Self::Yaml => yaml_write::write(&mapping::to_value(node)).into_bytes(),
        })
    }

    /// Reads a text into the XML that it means. XML stays as it is.
    pub(super) fn read_as_xml(self, text: &str) -> anyhow::Result<Vec<u8>> {
        let plain = text.strip_prefix('\u{feff}').unwrap_or(text);
        let value = match self {
            Self::Xml => return Ok(text.as_bytes().to_vec()),
            Self::Json => json::read(plain).context("this is not JSON for a website configuration")?,
            Self::Yaml => yaml_read::read(plain).context("this is not YAML for a website configuration")?,
        };
        Ok(mapping::to_node(value)?.to_xml())
    }
}
