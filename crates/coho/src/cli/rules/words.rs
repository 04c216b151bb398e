//! A line as words: parted by blanks, with double quotes around what has blanks, and `#` before a comment.

use anyhow::bail;

/// A word, and whether quotes say that it is meant literally.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Word {
    pub(super) text: String,
    pub(super) is_quoted: bool,
}

impl Word {
    /// Whether it is this word of the notation, and not a text that looks like it.
    pub(super) fn is(&self, text: &str) -> bool {
        !self.is_quoted && self.text == text
    }
}

/// Quotes can begin and end inside of a word, as in `header="A: b"`; in them `\"` is a quote and `\\` a backslash.
pub(super) fn split(line: &str) -> anyhow::Result<Vec<Word>> {
    let mut words = Vec::new();
    let mut word: Option<Word> = None;
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        match c {
            '#' if word.is_none() => break,
            c if c.is_whitespace() => words.extend(word.take()),
            c => {
                let word = word.get_or_insert_with(|| Word { text: String::new(), is_quoted: false });
                if c == '"' {
                    word.is_quoted = true;
                    quoted(&mut chars, &mut word.text)?;
                } else {
                    word.text.push(c);
                }
            }
        }
    }
    words.extend(word);
    Ok(words)
}

fn quoted(chars: &mut impl Iterator<Item = char>, text: &mut String) -> anyhow::Result<()> {
    loop {
        match chars.next() {
            Some('"') => return Ok(()),
            Some('\\') => match chars.next() {
                Some(c @ ('"' | '\\')) => text.push(c),
                _ => bail!("in quotes, a backslash stands before a quote or another backslash"),
            },
            Some(c) => text.push(c),
            None => bail!("a quote is not closed"),
        }
    }
}

/// A text as it would have to be written.
pub(super) fn written(text: &str) -> String {
    let is_simple =
        !text.is_empty() && !text.starts_with('#') && !text.contains(|c: char| c.is_whitespace() || c == '"');
    if is_simple { text.to_owned() } else { format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"")) }
}
