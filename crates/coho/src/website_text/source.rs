//! A configuration from a file or from standard input, checked as the store would.

use super::Format;
use anyhow::{Context, anyhow, bail};
use coho_model::website::WebsiteConfiguration;
use coho_oss::{
    OssError,
    document::{
        website,
        website_text::{Node, TextFormat, suggestions},
    },
};
use std::{
    fs::File,
    io::{self, Read},
    path::Path,
};

/// Largest file that is read. The store's own limit is that of the XML; JSON and YAML can need more.
const MAX_FILE_BYTES: u64 = 4 << 20;

/// A configuration that can be put.
#[derive(Debug)]
pub(crate) struct Source {
    /// As XML: the file itself if it is XML.
    pub(crate) xml: Vec<u8>,
    /// What it says.
    pub(crate) website: WebsiteConfiguration,
    /// One line for each unknown element that looks like a misspelt one.
    pub(crate) suggestions: Vec<String>,
}

/// A text that a running store reads and judges.
#[derive(Debug)]
pub(crate) struct WebsiteDraft {
    pub(crate) text: String,
    pub(crate) format: Format,
}

impl WebsiteDraft {
    /// Reads a file, or standard input for `-`. Without a format, the file extension or else the first character
    /// selects it.
    pub(crate) fn read(path: &Path, format: Option<Format>) -> anyhow::Result<Self> {
        let text = read_text(path)?;
        let format = format.or_else(|| Format::of_path(path)).unwrap_or_else(|| Format::of_text(&text));
        Ok(Self { text, format })
    }
}

impl Source {
    /// The same, judged here.
    pub(crate) fn read(path: &Path, format: Option<Format>) -> anyhow::Result<Self> {
        let WebsiteDraft { text, format } = WebsiteDraft::read(path, format)?;
        Self::parse(&text, format).with_context(|| name_of(path))
    }

    pub(super) fn parse(text: &str, format: Format) -> anyhow::Result<Self> {
        let xml = TextFormat::from(format).read_as_xml(text)?;
        let found = Node::from_xml(&xml).map(|root| suggestions(&root)).unwrap_or_default();
        let suggestions: Vec<String> = found.iter().map(ToString::to_string).collect();
        let website = check(&xml).map_err(|error| match suggestions.as_slice() {
            [] => error,
            some => anyhow!("{error}\n{}", some.join("\n")),
        })?;
        Ok(Self { xml, website, suggestions })
    }
}

/// Reads and judges XML; a refusal names the element and its value.
fn check(xml: &[u8]) -> anyhow::Result<WebsiteConfiguration> {
    website::parse(xml).map_err(|refused| anyhow!(refusal(&refused.into())))
}

fn refusal(error: &OssError) -> String {
    let value = error.extras.iter().find(|(name, _)| *name == "ArgumentValue").map(|(_, value)| value);
    match value {
        Some(value) if !value.is_empty() => format!("{} (it is {value:?})", error.message),
        _ => error.message.to_string(),
    }
}

/// Reads a text file, or standard input for `-`.
pub(crate) fn read_text(path: &Path) -> anyhow::Result<String> {
    let read = if is_stdin(path) { read_bounded(io::stdin().lock()) } else { File::open(path).and_then(read_bounded) };
    let bytes = read.with_context(|| format!("cannot read {}", name_of(path)))?;
    if bytes.len() as u64 > MAX_FILE_BYTES {
        bail!("{} is larger than {} MiB", name_of(path), MAX_FILE_BYTES >> 20);
    }
    String::from_utf8(bytes).map_err(|_| anyhow!("{} is not UTF-8", name_of(path)))
}

/// Whether standard input is meant.
pub(crate) fn is_stdin(path: &Path) -> bool {
    path.as_os_str() == "-"
}

/// The name of a file in messages.
pub(crate) fn name_of(path: &Path) -> String {
    if is_stdin(path) { String::from("standard input") } else { path.display().to_string() }
}

fn read_bounded(from: impl Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    from.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}
