//! What an evaluation answers, and what it is told.

use crate::OriginUrls;
use coho_model::{ObjectKey, website::RoutingRule};
use std::fmt;

/// What to do next. [`Decision::LookUp`] and [`Decision::Mirror`] can go on, all others are the end.
#[derive(Debug, Clone, PartialEq)]
pub enum Decision<'w> {
    /// List the bucket, as without a website. If that is refused, the evaluation can be told so
    /// ([`Found::Refused`]): a rule may have a page for it.
    List,
    /// Find out whether this object exists and the client may read it, and tell.
    LookUp(ObjectKey),
    /// Send this object, which was looked up last.
    Serve {
        /// Which.
        key: ObjectKey,
        /// With this status: 200, or that of the error page.
        status: u16,
    },
    /// Fetch an object, store it and send it. If the origin has no such object ([`Found::Missing`]) or does not
    /// deliver it ([`Found::Refused`]), the evaluation is told so, and goes on.
    Mirror(MirrorFetch<'w>),
    /// Answer with a redirect and no body.
    Redirect(Redirection<'w>),
    /// Answer with this error, as without a website.
    Plain {
        /// Its status.
        status: u16,
    },
}

/// A fetch from an origin.
#[derive(Debug, Clone, PartialEq)]
pub struct MirrorFetch<'w> {
    /// The rule that says so, with everything that it says about the fetch.
    pub rule: &'w RoutingRule,
    /// Where the object is.
    pub urls: OriginUrls,
    /// The key that it is stored under, whatever its URL: the one asked for, or that of the page in its place.
    pub key: ObjectKey,
    /// The status that it is sent with: 200, or that of the error page.
    pub status: u16,
}

/// A redirect.
#[derive(Debug, Clone, PartialEq)]
pub struct Redirection<'w> {
    /// The rule that says so; none for the redirect to a directory's page.
    pub rule: Option<&'w RoutingRule>,
    /// 301, 302, 303, 305, 307 or 308.
    pub status: u16,
    /// The `Location`: printable ASCII without blanks.
    pub location: String,
}

/// What was found out about an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    /// It exists, and the client may read it. How conditions and ranges are answered does not matter here.
    Present,
    /// It does not exist, and the client may read what is in the bucket.
    Missing,
    /// The request would end with this error, because the client may not read it (403), or nobody can now (5xx).
    Refused(u16),
}

impl Found {
    /// The status that the request would end with.
    pub fn status(self) -> u16 {
        match self {
            Self::Present => 200,
            Self::Missing => 404,
            Self::Refused(status) => status,
        }
    }

    /// Whether the client was allowed to know.
    pub fn is_authorised(self) -> bool {
        !matches!(self, Self::Refused(_))
    }
}

impl fmt::Display for Decision<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::List => f.write_str("list the bucket"),
            Self::LookUp(key) => write!(f, "look up {key}"),
            Self::Serve { key, status } => write!(f, "send {key} with status {status}"),
            Self::Mirror(fetch) => write!(f, "fetch {} and store it as {}", fetch.urls.first, fetch.key),
            Self::Redirect(to) => write!(f, "redirect to {} with status {}", to.location, to.status),
            Self::Plain { status } => write!(f, "answer with the error of status {status}"),
        }
    }
}
