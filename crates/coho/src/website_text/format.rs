//! The form of a file, as an argument.

use clap::ValueEnum;
use coho_oss::document::website_text::TextFormat;
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
        TextFormat::of_extension(path.extension()?.to_str()?).map(Self::from)
    }

    /// The media type of such a text.
    pub(crate) fn media_type(self) -> &'static str {
        match self {
            Self::Xml => "application/xml",
            Self::Json => "application/json",
            Self::Yaml => "application/yaml",
        }
    }

    /// By the first character of a text.
    pub(super) fn of_text(text: &str) -> Self {
        TextFormat::of_text(text).into()
    }
}

impl From<TextFormat> for Format {
    fn from(format: TextFormat) -> Self {
        match format {
            TextFormat::Xml => Self::Xml,
            TextFormat::Json => Self::Json,
            TextFormat::Yaml => Self::Yaml,
        }
    }
}

impl From<Format> for TextFormat {
    fn from(format: Format) -> Self {
        match format {
            Format::Xml => Self::Xml,
            Format::Json => Self::Json,
            Format::Yaml => Self::Yaml,
        }
    }
}
