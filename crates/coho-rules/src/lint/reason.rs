//! Why a rule never applies, and why an element has no effect.

use std::fmt;

/// Why no request can meet an element.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Impossibility {
    /// A header cannot have the name.
    HeaderName {
        /// The name.
        header: String,
    },
    /// A header cannot have the value.
    HeaderControl {
        /// The header.
        header: String,
    },
    /// The tests of a header contradict each other.
    HeaderTests {
        /// The header.
        header: String,
        /// The value that it has to have.
        value: String,
    },
    /// A key cannot begin so.
    KeyPrefix,
    /// A key cannot be that long.
    KeyTooLong,
    /// The rule fetches, and asks for another status than that of missing objects.
    MirrorStatus,
    /// Such keys are never asked for at the origin.
    LeavesFolder,
}

/// Why an element has no effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ineffectiveness {
    /// No version of OSS is known to have it.
    Unknown,
    /// The error page is missing.
    NoErrorPage,
    /// The index page is missing.
    NoIndexPage,
    /// Folders have no index pages.
    NoSubDir,
    /// The rule does not fetch.
    NotMirror,
    /// The rule fetches.
    IsMirror,
    /// The rule looks another key up.
    IsInternal,
    /// The rule names no prefix to replace.
    NoPrefix,
    /// The rule passes no header that could be left out.
    NoHeadersPassed,
}

impl fmt::Display for Impossibility {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::HeaderName { header } => write!(f, "{header}: no header has such a name"),
            Self::HeaderControl { header } => write!(f, "{header}: no header has control characters"),
            Self::HeaderTests { header, value } => {
                write!(f, "{header}: no value equals {value:?} and meets the other tests")
            }
            Self::KeyPrefix => f.write_str("no object key has this prefix"),
            Self::KeyTooLong => f.write_str("with the prefix it is longer than an object key may be"),
            Self::MirrorStatus => f.write_str("a Mirror rule applies to status 404 only"),
            Self::LeavesFolder => f.write_str("such keys lead out of the origin's folder"),
        }
    }
}

impl fmt::Display for Ineffectiveness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unknown => "it is unknown",
            Self::NoErrorPage => "ErrorDocument names no Key",
            Self::NoIndexPage => "IndexDocument names no Suffix",
            Self::NoSubDir => "SupportSubDir is not true",
            Self::NotMirror => "the rule is not of type Mirror, so that no Mirror element has one",
            Self::IsMirror => "the rule is of type Mirror",
            Self::IsInternal => "the rule is of type Internal",
            Self::NoPrefix => "KeyPrefixEquals is not set",
            Self::NoHeadersPassed => "no headers are passed",
        })
    }
}
