//! Listing: collapses keys at a delimiter, independently of the engine.
//!
//! An engine walks its rows in key order from [`ListingFold::cursor`] and passes each to [`ListingFold::offer`]; the
//! fold tells it to continue, to seek or to stop.

/// Maximum number of keys and common prefixes in one page (OSS `max-keys`).
pub const MAX_LIST_KEYS: usize = 1000;

/// The parameters of a listing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ListQuery {
    /// Only keys with this prefix are listed.
    pub prefix: String,
    /// Keys that share everything up to this text after the prefix are listed as one common prefix; empty means none.
    pub delimiter: String,
    /// Only entries that sort after this text are listed. A common prefix equal to it is skipped with all its keys.
    pub after: String,
    /// Maximum number of entries, keys and common prefixes together.
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

/// A complete page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Collapsed<T> {
    /// The entries in order.
    pub entries: Vec<Listed<T>>,
    /// Where the next page begins (`after`), if the page is truncated: the last key or common prefix of this page.
    pub next: Option<String>,
}

/// The engine's next step after it offered a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ListingStep {
    /// Read the next row.
    Next,
    /// Continue at the first key that is not less than this text.
    Seek(String),
    /// The page is complete.
    Done,
}

/// Where an engine begins to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ListingCursor {
    /// At the first key that is not less than this text.
    From(String),
    /// The page is empty.
    Nothing,
}

/// The state of a page under construction.
#[derive(Debug)]
pub struct ListingFold<T> {
    query: ListQuery,
    entries: Vec<Listed<T>>,
    last: String,
    next: Option<String>,
}

impl<T> ListingFold<T> {
    /// Starts an empty page.
    pub fn new(query: ListQuery) -> Self {
        Self { query, entries: Vec::new(), last: String::new(), next: None }
    }

    /// Where the engine begins to read.
    pub fn cursor(&self) -> ListingCursor {
        let Self { query: ListQuery { prefix, delimiter, after, max }, .. } = self;
        if *max == 0 {
            return ListingCursor::Nothing;
        }
        if after < prefix {
            return ListingCursor::From(prefix.clone());
        }
        // The marker may be a common prefix of the previous page, which covered all keys below it.
        if !delimiter.is_empty()
            && after.starts_with(prefix.as_str())
            && after[prefix.len()..].ends_with(delimiter.as_str())
        {
            let shown = common_prefix(after, prefix, delimiter) == Some(after);
            if shown {
                return successor(after).map_or(ListingCursor::Nothing, ListingCursor::From);
            }
        }
        // Keys hold no character below NUL, so this is the first text after the marker.
        ListingCursor::From(format!("{after}\0"))
    }

    /// Offers the next key in order. `row` is called only if the key itself is listed.
    pub fn offer(&mut self, key: &str, row: impl FnOnce() -> T) -> ListingStep {
        let ListQuery { prefix, delimiter, max, .. } = &self.query;
        if !key.starts_with(prefix.as_str()) {
            return ListingStep::Done;
        }
        if self.entries.len() >= *max {
            self.next = Some(std::mem::take(&mut self.last));
            return ListingStep::Done;
        }
        match common_prefix(key, prefix, delimiter) {
            Some(common) => {
                self.entries.push(Listed::Prefix(common.to_owned()));
                common.clone_into(&mut self.last);
                successor(common).map_or(ListingStep::Done, ListingStep::Seek)
            }
            None => {
                self.entries.push(Listed::Row(row()));
                key.clone_into(&mut self.last);
                ListingStep::Next
            }
        }
    }

    /// Completes the page.
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

/// The part of `key` up to and including the first delimiter after the prefix.
fn common_prefix<'k>(key: &'k str, prefix: &str, delimiter: &str) -> Option<&'k str> {
    if delimiter.is_empty() {
        return None;
    }
    let at = key[prefix.len()..].find(delimiter)?;
    Some(&key[..prefix.len() + at + delimiter.len()])
}

/// The least text, in byte order, that is greater than every text with the prefix `text`; `None` if no such text
/// exists.
fn successor(text: &str) -> Option<String> {
    let mut chars: Vec<char> = text.chars().collect();
    while let Some(last) = chars.pop() {
        // UTF-8 sorts by code point; the surrogate gap holds no characters.
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
