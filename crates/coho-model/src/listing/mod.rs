//! Listing: how keys are collapsed at a delimiter, whatever engine holds them.
//!
//! An engine walks its rows in key order from [`ListingFold::cursor`] and asks [`ListingFold::offer`] about
//! each; the fold says whether to go on, to jump, or to stop. So collapsing is written and tested once.

/// Most keys and common prefixes in one page (OSS `max-keys`).
pub const MAX_LIST_KEYS: usize = 1000;

/// What to list.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ListQuery {
    /// Only keys that begin so.
    pub prefix: String,
    /// Keys that share everything up to this text, behind the prefix, are shown as one common prefix; empty: none.
    pub delimiter: String,
    /// Only what sorts behind this text. A common prefix equal to it is skipped with all its keys.
    pub after: String,
    /// Most entries, keys and common prefixes together.
    pub max: usize,
}

/// One entry of a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Listed<T> {
    /// A row.
    Row(T),
    /// A common prefix.
    Prefix(String),
}

/// A finished page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Collapsed<T> {
    /// The entries in order.
    pub entries: Vec<Listed<T>>,
    /// Where the next page begins (`after`), if there is one: the last key or common prefix of this page.
    pub next: Option<String>,
}

/// What the engine does after it offered a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Read the row behind it.
    Next,
    /// Go on at the first key that is not less than this text.
    Seek(String),
    /// The page is complete.
    Done,
}

/// Where an engine's walk begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cursor {
    /// At the first key not less than this text.
    From(String),
    /// There is nothing to read.
    Nothing,
}

/// The state of one page while it is filled.
#[derive(Debug)]
pub struct ListingFold<T> {
    query: ListQuery,
    entries: Vec<Listed<T>>,
    last: String,
    next: Option<String>,
}

impl<T> ListingFold<T> {
    /// An empty page.
    pub fn new(query: ListQuery) -> Self {
        Self { query, entries: Vec::new(), last: String::new(), next: None }
    }

    /// Where to begin.
    pub fn cursor(&self) -> Cursor {
        let Self { query: ListQuery { prefix, delimiter, after, max }, .. } = self;
        if *max == 0 {
            return Cursor::Nothing;
        }
        if after < prefix {
            return Cursor::From(prefix.clone());
        }
        // The marker may be a common prefix of the page before: everything below it was shown with it.
        if !delimiter.is_empty()
            && after.starts_with(prefix.as_str())
            && after[prefix.len()..].ends_with(delimiter.as_str())
        {
            let shown = common_prefix(after, prefix, delimiter) == Some(after);
            if shown {
                return successor(after).map_or(Cursor::Nothing, Cursor::From);
            }
        }
        // Keys hold no character below NUL, so this is the first text behind the marker.
        Cursor::From(format!("{after}\0"))
    }

    /// Takes the next key in order. `row` is called only if the key is shown as itself.
    pub fn offer(&mut self, key: &str, row: impl FnOnce() -> T) -> Step {
        let ListQuery { prefix, delimiter, max, .. } = &self.query;
        if !key.starts_with(prefix.as_str()) {
            return Step::Done;
        }
        if self.entries.len() >= *max {
            self.next = Some(std::mem::take(&mut self.last));
            return Step::Done;
        }
        match common_prefix(key, prefix, delimiter) {
            Some(common) => {
                self.entries.push(Listed::Prefix(common.to_owned()));
                common.clone_into(&mut self.last);
                successor(common).map_or(Step::Done, Step::Seek)
            }
            None => {
                self.entries.push(Listed::Row(row()));
                key.clone_into(&mut self.last);
                Step::Next
            }
        }
    }

    /// The page.
    pub fn finish(self) -> Collapsed<T> {
        Collapsed { entries: self.entries, next: self.next }
    }
}

impl<T> Collapsed<T> {
    /// An empty page.
    pub fn empty() -> Self {
        Self { entries: Vec::new(), next: None }
    }
}

/// The part of `key` up to and with the first delimiter behind the prefix.
fn common_prefix<'k>(key: &'k str, prefix: &str, delimiter: &str) -> Option<&'k str> {
    if delimiter.is_empty() {
        return None;
    }
    let at = key[prefix.len()..].find(delimiter)?;
    Some(&key[..prefix.len() + at + delimiter.len()])
}

/// The least text, in byte order, that is greater than everything beginning with `text`; `None` if there is none.
fn successor(text: &str) -> Option<String> {
    let mut chars: Vec<char> = text.chars().collect();
    while let Some(last) = chars.pop() {
        // UTF-8 sorts as its code points do; the surrogate gap holds no characters.
        let next = match last {
            '\u{d7ff}' => Some('\u{e000}'),
            char::MAX => None,
            other => char::from_u32(other as u32 + 1),
        };
        if let Some(next) = next {
            chars.push(next);
            return Some(chars.into_iter().collect());
        }
    }
    None
}

#[cfg(test)]
mod tests;
