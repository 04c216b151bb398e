//! `format`: what the result is encoded as. The last one counts.

use std::fmt;

use crate::error::ImageError;
use crate::format::ImageFormat;
use crate::parse::Arguments;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TargetFormat {
    Format(ImageFormat),
    /// By the client's header `Accept`.
    Auto,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormatStep {
    pub(crate) target: TargetFormat,
}

/// Formats of OSS without an encoder here.
const NOT_IMPLEMENTED: [&str; 2] = ["heic", "avif"];

impl FormatStep {
    pub(crate) fn parse(arguments: &mut Arguments<'_>) -> Result<Self, ImageError> {
        let formats = ImageFormat::NAMES.map(|(name, format)| (name, Some(TargetFormat::Format(format))));
        let missing = NOT_IMPLEMENTED.map(|name| (name, None));
        let words = [&formats[..], &[("auto", Some(TargetFormat::Auto))], &missing].concat();
        let word = arguments.bare_word(&words)?;
        let target = arguments.required(word, "a format")?;
        let what = || ImageError::NotImplemented { position: arguments.position(), what: "this format".to_owned() };
        Ok(Self { target: target.ok_or_else(what)? })
    }
}

impl fmt::Display for FormatStep {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.target {
            TargetFormat::Format(format) => write!(formatter, "format,{}", format.name()),
            TargetFormat::Auto => formatter.write_str("format,auto"),
        }
    }
}
