//! The expectation of a case in the notation of case files, and a decision in the same notation.

use super::words::{Word, written};
use anyhow::{Context, bail};
use coho_model::ObjectKey;
use coho_rules::Decision;
use std::fmt;

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Expected {
    /// `list`.
    List,
    /// `serve`, `serve KEY`, `serve KEY STATUS`. Without a key it is the requested one.
    Serve { key: Option<String>, status: u16 },
    /// `mirror URL`.
    Mirror { url: String },
    /// `redirect STATUS LOCATION`.
    Redirect { status: u16, location: String },
    /// A status alone: an ordinary error.
    Error { status: u16 },
}

impl Expected {
    pub(super) fn parse(words: &[Word]) -> anyhow::Result<Self> {
        let Some((first, rest)) = words.split_first() else { bail!("an expectation is needed after ->") };
        let rest: Vec<&str> = rest.iter().map(|word| word.text.as_str()).collect();
        Ok(match (first.text.as_str(), rest.as_slice()) {
            ("list", []) => Self::List,
            ("serve", []) => Self::Serve { key: None, status: 200 },
            ("serve", [key]) => Self::Serve { key: Some((*key).to_owned()), status: 200 },
            ("serve", [key, code]) => Self::Serve { key: Some((*key).to_owned()), status: status(code)? },
            ("mirror", [url]) => Self::Mirror { url: (*url).to_owned() },
            ("redirect", [code, to]) => Self::Redirect { status: status(code)?, location: (*to).to_owned() },
            (code, []) if code.starts_with(|c: char| c.is_ascii_digit()) => Self::Error { status: status(code)? },
            _ => bail!(
                "after -> comes one of: serve, serve KEY, serve KEY STATUS, mirror URL, redirect STATUS LOCATION, \
                 list, or the status of an error such as 404"
            ),
        })
    }

    /// The decision in this notation; none for an intermediate question.
    pub(super) fn of(decision: &Decision<'_>) -> Option<Self> {
        Some(match decision {
            Decision::List => Self::List,
            Decision::LookUp(_) => return None,
            Decision::Serve { key, status } => Self::Serve { key: Some(key.to_string()), status: *status },
            Decision::Mirror(fetch) => Self::Mirror { url: fetch.urls.first.to_string() },
            Decision::Redirect(to) => Self::Redirect { status: to.status, location: to.location.clone() },
            Decision::Plain { status } => Self::Error { status: *status },
        })
    }

    /// The same, with the requested key where none is named.
    pub(super) fn about(&self, asked: Option<&ObjectKey>) -> Self {
        match self {
            Self::Serve { key: None, status } => Self::Serve { key: asked.map(ToString::to_string), status: *status },
            other => other.clone(),
        }
    }
}

/// An HTTP status.
pub(super) fn status(text: &str) -> anyhow::Result<u16> {
    let number = coho_model::decimal(text).filter(|status| (100..=599).contains(status));
    number.with_context(|| format!("{text:?} is not a status"))
}

impl fmt::Display for Expected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::List => f.write_str("list"),
            Self::Serve { key: None, status: 200 } => f.write_str("serve"),
            Self::Serve { key, status } => {
                write!(f, "serve {}", written(key.as_deref().unwrap_or_default()))?;
                if *status == 200 { Ok(()) } else { write!(f, " {status}") }
            }
            Self::Mirror { url } => write!(f, "mirror {}", written(url)),
            Self::Redirect { status, location } => write!(f, "redirect {status} {}", written(location)),
            Self::Error { status } => write!(f, "{status}"),
        }
    }
}
