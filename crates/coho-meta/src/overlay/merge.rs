//! One page of a listing out of published objects and rows.

use crate::{VersionPage, version_walk};
use coho_model::{
    Collapsed, ListQuery, Listed, ListedVersion, ListingCursor, ListingFold, ListingStep, ObjectKey, ObjectRecord,
    ObjectSummary, ObjectVersion, VersionSummary,
};
use std::{cmp::Ordering, sync::Arc};

/// The page of the query over objects in order of their keys.
pub(super) fn page<'a>(
    query: ListQuery,
    objects: impl Iterator<Item = (&'a ObjectKey, &'a Arc<ObjectRecord>)>,
) -> Collapsed<ObjectSummary> {
    let mut fold = ListingFold::new(query);
    let ListingCursor::From(mut from) = fold.cursor() else { return fold.finish() };
    for (key, object) in objects {
        if key.as_str() < &*from {
            continue;
        }
        match fold.offer(key.as_str(), || object.summary(key.clone())) {
            ListingStep::Next => {}
            ListingStep::Seek(to) => from = to,
            ListingStep::Done => break,
        }
    }
    fold.finish()
}

/// The page of the union, at most `max` entries, out of the pages that both sides give for one query. An entry that is in
/// both is shown once, as the rows have it.
///
/// A page that is cut has `max` entries, so the entries that the other side adds before its end push its last ones out, and
/// nothing is missing before the end of the result.
pub(super) fn pages<T: NamedEntry>(published: Collapsed<T>, rows: Collapsed<T>, max: usize) -> Collapsed<T> {
    if published.entries.is_empty() {
        return rows;
    }
    let is_cut = published.next.is_some() || rows.next.is_some();
    let (mut published, mut rows) = (published.entries.into_iter().peekable(), rows.entries.into_iter().peekable());
    let mut entries = Vec::new();
    while entries.len() < max {
        let order = match (published.peek(), rows.peek()) {
            (None, None) => break,
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some(published), Some(row)) => name(published).cmp(name(row)),
        };
        if order == Ordering::Equal {
            published.next();
        }
        entries.extend(if order == Ordering::Less { published.next() } else { rows.next() });
    }
    let has_more = is_cut || published.peek().is_some() || rows.peek().is_some();
    let next = entries.last().filter(|_| has_more).map(|last| name(last).to_owned());
    Collapsed { entries, next }
}

/// The same for versions: a published object is the only version of its key.
pub(super) fn version_pages(published: Collapsed<ObjectSummary>, rows: VersionPage, max: usize) -> VersionPage {
    let entries = published.entries.into_iter().map(|entry| match entry {
        Listed::Row(object) => Listed::Row(VersionSummary {
            version: ObjectVersion::default(),
            is_latest: true,
            listed: ListedVersion::Object(object),
        }),
        Listed::Prefix(prefix) => Listed::Prefix(prefix),
    });
    let published = Collapsed { entries: entries.collect(), next: published.next };
    let rows = Collapsed { entries: rows.entries, next: rows.next.map(|(key, _)| key) };
    version_walk::page(pages(published, rows, max))
}

/// What a listing orders by its name.
pub(super) trait NamedEntry {
    fn name(&self) -> &str;
}

impl NamedEntry for ObjectSummary {
    fn name(&self) -> &str {
        self.key.as_str()
    }
}

impl NamedEntry for VersionSummary {
    fn name(&self) -> &str {
        self.listed.key().as_str()
    }
}

/// The place of an entry in the order: keys below a common prefix begin with it.
fn name<T: NamedEntry>(entry: &Listed<T>) -> &str {
    match entry {
        Listed::Row(row) => row.name(),
        Listed::Prefix(prefix) => prefix,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conformance::sample::{key, stored};
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    proptest! {
        /// Any split of the same objects over both sides, doubles included, gives the page of all of them.
        #[test]
        fn a_merged_page_is_the_page_of_the_union(
            objects in prop::collection::btree_map("[ab/]{1,4}", 1..4u8, 0..12),
            (prefix, after) in ("[ab/]{0,2}", "[ab/]{0,3}"),
            (delimiter, max) in ("[/]{0,1}", 0..6usize),
        ) {
            let parsed = objects.iter().filter(|(text, _)| !text.starts_with('/'));
            let all: BTreeMap<ObjectKey, (Arc<ObjectRecord>, u8)> =
                parsed.map(|(text, sides)| (key(text), (stored(&[7]), *sides))).collect();
            let query = ListQuery { prefix, delimiter, after, max };
            let side = |mask: u8| {
                page(query.clone(), all.iter().filter(|(_, (_, sides))| sides & mask != 0).map(|(key, (o, _))| (key, o)))
            };
            prop_assert_eq!(pages(side(1), side(2), max), side(3));
        }
    }
}
