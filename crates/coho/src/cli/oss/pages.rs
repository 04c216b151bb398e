//! The pages of a listing, one after the other: a bucket of any size needs the memory of one page.

use super::{CallFailure, OssClient, OssUrl};

/// Objects of a page; OSS allows no more.
pub(super) const PAGE_OBJECTS: usize = 1000;
/// Largest page, in bytes: each byte of a key has three characters at most.
pub(super) const MAX_PAGE_BYTES: usize = 8 << 20;

/// One page of a listing.
pub(in crate::cli) trait Page: Sized {
    /// Where the next page begins.
    type Marker: Clone + PartialEq;

    /// Asks for the page after that place, or for the first one. With a delimiter keys below it are collapsed to prefixes.
    fn read(
        client: &OssClient,
        url: &OssUrl,
        delimiter: &str,
        after: Option<&Self::Marker>,
    ) -> Result<Self, CallFailure>;

    /// `None` on the last page.
    fn next(&self) -> Option<&Self::Marker>;
}

/// The pages of the keys that begin with a text.
pub(in crate::cli) struct Pages<'a, P: Page> {
    client: &'a OssClient,
    url: &'a OssUrl,
    delimiter: &'static str,
    next: Option<P::Marker>,
    is_over: bool,
}

impl<'a, P: Page> Pages<'a, P> {
    /// Lists keys; with a delimiter those below it are collapsed to prefixes.
    pub(in crate::cli) fn new(client: &'a OssClient, url: &'a OssUrl, delimiter: &'static str) -> Self {
        Self { client, url, delimiter, next: None, is_over: false }
    }
}

impl<P: Page> Iterator for Pages<'_, P> {
    type Item = Result<P, CallFailure>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.is_over {
            return None;
        }
        let page = P::read(self.client, self.url, self.delimiter, self.next.as_ref());
        let next = page.as_ref().ok().and_then(P::next).cloned();
        self.is_over = next.is_none() || next == self.next;
        if next.is_some() && self.is_over {
            return Some(Err(CallFailure::Unusable("the listing does not advance".into())));
        }
        self.next = next;
        Some(page)
    }
}
