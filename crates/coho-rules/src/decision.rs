//! The results of an evaluation, and the observations passed to it.

use crate::OriginUrls;
use coho_model::{ObjectKey, website::RoutingRule};
use std::fmt;

/// What to do next. [`Decision::LookUp`] and [`Decision::Mirror`] can continue; all others are final.
#[derive(Debug, Clone, PartialEq)]
pub enum Decision<'w> {
    /// List the bucket, as without a website. If that is refused, the evaluation can continue with
    /// [`Observation::Refused`]: a rule may have a page for it.
    List,
    /// Look up whether this object exists and the client may read it, and continue.
    LookUp(ObjectKey),
    /// Send this object, which was looked up last.
    Serve {
        /// The object.
        key: ObjectKey,
        /// The status: 200, or that of the error page.
        status: u16,
    },
    /// Fetch an object, store it and send it. If the origin lacks the object ([`Observation::Missing`]) or fails to
    /// deliver it ([`Observation::Refused`]), the evaluation continues with that.
    Mirror(MirrorFetch<'w>),
    /// Answer with a redirect without a body.
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
    /// The rule, with all its fetch settings.
    pub rule: &'w RoutingRule,
    /// Where the object is.
    pub urls: OriginUrls,
    /// The key under which the object is stored, independent of its URL: the requested one, or that of the page in its
    /// place.
    pub key: ObjectKey,
    /// The status of the response: 200, or that of the error page.
    pub status: u16,
}

/// A redirect.
#[derive(Debug, Clone, PartialEq)]
pub struct Redirection<'w> {
    /// The rule; `None` for the redirect to a directory's page.
    pub rule: Option<&'w RoutingRule>,
    /// 301, 302, 303, 305, 307 or 308.
    pub status: u16,
    /// The `Location`: printable ASCII without blanks.
    pub location: String,
}

/// What a lookup or a fetch of an object found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Observation {
    /// It exists, and the client may read it. The result of conditions and ranges does not matter here.
    Present,
    /// It does not exist, and the client may read the bucket's objects.
    Missing,
    /// The request would end with this error: the client may not read the object (403), or reading fails (5xx).
    Refused(u16),
}

impl Observation {
    /// The status that the request would end with.
    pub fn status(self) -> u16 {
        match self {
            Self::Present => 200,
            Self::Missing => 404,
            Self::Refused(status) => status,
        }
    }

    /// Whether the client was authorised.
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
