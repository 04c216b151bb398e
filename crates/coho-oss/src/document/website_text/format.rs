//! The three formats of a text.

use super::{TextFault, json, mapping, node::Node, yaml_read, yaml_write};

/// How a configuration is written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextFormat {
    /// As OSS defines it.
    Xml,
    /// The same tree in JSON.
    Json,
    /// The same tree in YAML.
    Yaml,
}

impl TextFormat {
    /// By the extension of a file's name, or the last word of a media type.
    pub fn of_extension(extension: &str) -> Option<Self> {
        match extension.to_ascii_lowercase().as_str() {
            "xml" => Some(Self::Xml),
            "json" => Some(Self::Json),
            "yaml" | "yml" => Some(Self::Yaml),
            _ => None,
        }
    }

    /// By the first character of a text.
    pub fn of_text(text: &str) -> Self {
        match text.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}').chars().next() {
            Some('<') => Self::Xml,
            Some('{') => Self::Json,
            _ => Self::Yaml,
        }
    }

    /// Writes a configuration for people.
    pub fn write(self, node: &Node) -> Result<String, TextFault> {
        Ok(match self {
            Self::Xml => String::from_utf8_lossy(&node.to_xml()).into_owned(),
            Self::Json => json::write(&mapping::to_value(node)).map_err(TextFault::new)?,
            Self::Yaml => yaml_write::write(&mapping::to_value(node)),
        })
    }

    /// Reads a text into the XML that it means. XML stays as it is.
    pub fn read_as_xml(self, text: &str) -> Result<Vec<u8>, TextFault> {
        let plain = text.strip_prefix('\u{feff}').unwrap_or(text);
        let value = match self {
            Self::Xml => return Ok(text.as_bytes().to_vec()),
            Self::Json => {
                json::read(plain).map_err(|fault| fault.within("this is not JSON for a website configuration"))?
            }
            Self::Yaml => {
                yaml_read::read(plain).map_err(|fault| fault.within("this is not YAML for a website configuration"))?
            }
        };
        Ok(mapping::to_node(value)?.to_xml())
    }
}
