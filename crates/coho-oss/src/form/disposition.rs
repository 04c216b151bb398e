//! The head of a part: its name, and what it says of a file.
//!
//! Browsers write a quote in a name as `%22` and line ends as `%0D%0A` (WHATWG), older clients as `\"`; a backslash before
//! another character is part of a Windows path. Names that are not ASCII are sent in UTF-8, or as `filename*` (RFC 5987).

use super::FilePart;
use coho_model::InvalidForm;
use percent_encoding::percent_decode_str;

/// A part's head.
pub(super) struct PartHead {
    pub(super) name: String,
    pub(super) file: FilePart,
}

/// Reads the lines of a head, the last one with its end. Of a repeated line the first counts.
pub(super) fn read_head(head: &str) -> Result<PartHead, InvalidForm> {
    let (mut disposition, mut content_type) = (None, None);
    for line in head.split("\r\n") {
        if line.starts_with([' ', '\t']) {
            return Err(InvalidForm::Malformed("a line of a part's head is folded"));
        }
        let Some((name, value)) = line.split_once(':') else { continue };
        if name.eq_ignore_ascii_case("content-disposition") {
            disposition.get_or_insert(value);
        } else if name.eq_ignore_ascii_case("content-type") {
            content_type.get_or_insert(value.trim());
        }
    }
    let disposition = disposition.ok_or(InvalidForm::Malformed("a part has no Content-Disposition"))?;
    let (kind, parameters) = disposition.split_once(';').unwrap_or((disposition, ""));
    if !kind.trim().eq_ignore_ascii_case("form-data") {
        return Err(InvalidForm::Malformed("a part is not form-data"));
    }
    let name = parameter(parameters, "name").filter(|name| !name.is_empty());
    let name = name.ok_or(InvalidForm::Malformed("a part has no name"))?;
    let file_name = parameter(parameters, "filename").map(|name| unescaped(&name));
    let file_name = file_name.or_else(|| extended(&parameter(parameters, "filename*")?));
    let file_name = file_name.map(|name| without_folders(&name).to_owned());
    let content_type = content_type.filter(|text| !text.is_empty()).map(str::to_owned);
    Ok(PartHead { name: unescaped(&name), file: FilePart { file_name, content_type } })
}

/// The first parameter of this name, without quotes.
pub(super) fn parameter(mut text: &str, wanted: &str) -> Option<String> {
    while !text.is_empty() {
        let end = text.find(['=', ';']).unwrap_or(text.len());
        let name = text[..end].trim();
        let (value, rest) = match text[end..].strip_prefix('=') {
            Some(value) => value_of(value.trim_start()),
            None => (String::new(), text[end..].strip_prefix(';').unwrap_or_default()),
        };
        if name.eq_ignore_ascii_case(wanted) {
            return Some(value);
        }
        text = rest;
    }
    None
}

/// The value at the beginning, and what follows the next semicolon.
fn value_of(text: &str) -> (String, &str) {
    let Some(quoted) = text.strip_prefix('"') else {
        let (value, rest) = text.split_once(';').unwrap_or((text, ""));
        return (value.trim().to_owned(), rest);
    };
    let mut value = String::new();
    let mut characters = quoted.char_indices().peekable();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => {
                let rest = &quoted[at + 1..];
                return (value, rest.split_once(';').map_or("", |(_, rest)| rest));
            }
            '\\' if characters.peek().is_some_and(|(_, next)| *next == '"') => {
                value.push('"');
                characters.next();
            }
            other => value.push(other),
        }
    }
    (value, "")
}

fn unescaped(name: &str) -> String {
    name.replace("%22", "\"").replace("%0D", "\r").replace("%0A", "\n")
}

/// `UTF-8''` and percent-encoded text.
fn extended(text: &str) -> Option<String> {
    let (charset, rest) = text.split_once('\'')?;
    let (_language, encoded) = rest.split_once('\'')?;
    if !charset.eq_ignore_ascii_case("utf-8") {
        return None;
    }
    percent_decode_str(encoded).decode_utf8().ok().map(|name| name.into_owned())
}

/// Some browsers send the path of the file.
fn without_folders(name: &str) -> &str {
    name.rsplit(['/', '\\']).next().unwrap_or(name)
}
