//! The history of a bucket's website configuration: what it was, from when on, and who made it so.

use crate::{Timestamp, website::WebsiteConfiguration};
use std::sync::Arc;

/// Most versions of one bucket that may be kept.
pub const MAX_WEBSITE_VERSIONS: usize = 1000;

/// Who changes a website configuration, and how much of the history is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebsiteEdit {
    /// The access key id, or another name for who it is.
    pub author: Arc<str>,
    /// How many versions of the bucket are kept, with the new one; at least one is.
    pub keep: usize,
}

/// A configuration that a bucket had from a change on until the next one.
#[derive(Debug, Clone, PartialEq)]
pub struct WebsiteVersion {
    /// Counts the changes of the bucket's website from 1 on. Versions are in the order of their ids, whatever the clock says.
    pub id: u64,
    /// The time of the change; `None` for a configuration from before there was a history.
    pub at: Option<Timestamp>,
    /// Who made the change; empty for a configuration from before there was a history.
    pub author: Arc<str>,
    /// The configuration from then on; `None` after a removal.
    pub website: Option<Arc<WebsiteConfiguration>>,
}
