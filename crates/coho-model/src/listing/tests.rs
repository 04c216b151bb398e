use super::*;
use proptest::prelude::*;
use std::collections::BTreeSet;

/// Walks a sorted set as an engine walks its index.
fn page(keys: &BTreeSet<String>, query: &ListQuery) -> Collapsed<String> {
    let mut fold = ListingFold::new(query.clone());
    let ListingCursor::From(mut at) = fold.cursor() else { return fold.finish() };
    'walk: loop {
        for key in keys.range(at.clone()..) {
            match fold.offer(key, || key.clone()) {
                ListingStep::Next => {}
                ListingStep::Done => break 'walk,
                ListingStep::Seek(to) => {
                    assert!(to > at, "a walk only goes forward");
                    at = to;
                    continue 'walk;
                }
            }
        }
        break;
    }
    fold.finish()
}

/// The page by definition: all entries of the complete listing, then those after the marker, then the first `max`.
fn model(keys: &BTreeSet<String>, query: &ListQuery) -> Vec<Listed<String>> {
    let mut all: Vec<Listed<String>> = Vec::new();
    for key in keys.iter().filter(|key| key.starts_with(&query.prefix)) {
        let entry = match common_prefix(key, &query.prefix, &query.delimiter) {
            Some(common) => Listed::Prefix(common.to_owned()),
            None => Listed::Row(key.clone()),
        };
        let text = match &entry {
            Listed::Row(text) | Listed::Prefix(text) => text,
        };
        // A marker inside a common prefix still lists that prefix if a key after the marker has it.
        let shown = match &entry {
            Listed::Row(text) => *text > query.after,
            Listed::Prefix(text) => *text != query.after && *key > query.after,
        };
        let _ = text;
        if shown && all.last() != Some(&entry) {
            all.push(entry);
        }
    }
    all.truncate(query.max);
    all
}

fn check(keys: &[&str], query: (&str, &str, &str, usize), expected: &[&str], next: Option<&str>) {
    let keys = keys.iter().map(|key| String::from(*key)).collect();
    let (prefix, delimiter, after, max) = query;
    let query = ListQuery { prefix: prefix.into(), delimiter: delimiter.into(), after: after.into(), max };
    let page = page(&keys, &query);
    let shown: Vec<_> = page
        .entries
        .iter()
        .map(|entry| match entry {
            Listed::Row(key) => key.clone(),
            Listed::Prefix(prefix) => format!("[{prefix}]"),
        })
        .collect();
    assert_eq!(shown, expected, "{query:?}");
    assert_eq!(page.next.as_deref(), next, "{query:?}");
}

#[test]
fn pages_collapse_at_the_delimiter_and_continue_without_gaps() {
    let keys = ["a", "a/1", "a/2", "b/", "b/1", "c"];
    check(&keys, ("", "", "", 10), &["a", "a/1", "a/2", "b/", "b/1", "c"], None);
    check(&keys, ("", "/", "", 10), &["a", "[a/]", "[b/]", "c"], None);
    check(&keys, ("", "/", "", 2), &["a", "[a/]"], Some("a/"));
    check(&keys, ("", "/", "a/", 2), &["[b/]", "c"], None);
    check(&keys, ("a/", "/", "", 10), &["a/1", "a/2"], None);
    check(&keys, ("b/", "/", "", 10), &["b/", "b/1"], None);
    check(&keys, ("b/", "/", "b/", 10), &["b/1"], None);
    check(&keys, ("", "/", "a/1", 10), &["[a/]", "[b/]", "c"], None);
    check(&keys, ("", "", "a", 1), &["a/1"], Some("a/1"));
    check(&keys, ("", "", "", 0), &[], None);
    check(&keys, ("x", "", "", 10), &[], None);
    check(&keys, ("a", "", "z", 10), &[], None);
    check(&["x\u{10ffff}", "y"], ("", "\u{10ffff}", "", 10), &["[x\u{10ffff}]", "y"], None);
}

proptest! {
    #[test]
    fn a_walk_gives_what_the_definition_gives(
        keys in prop::collection::btree_set("[ab/]{1,5}", 0..40),
        prefix in "[ab/]{0,2}", delimiter in "(/|b|/a)?", after in "[ab/]{0,3}", max in 1usize..8,
    ) {
        let query = ListQuery { prefix, delimiter, after, max };
        prop_assert_eq!(page(&keys, &query).entries, model(&keys, &query));
    }

    #[test]
    fn pages_follow_each_other_without_gap_or_repeat(
        keys in prop::collection::btree_set("[ab/]{1,5}", 0..40), delimiter in "/?", max in 1usize..5,
    ) {
        let whole = page(&keys, &ListQuery { delimiter: delimiter.clone(), max: usize::MAX, ..Default::default() });
        let mut query = ListQuery { delimiter, max, ..Default::default() };
        let mut joined = Vec::new();
        loop {
            let one = page(&keys, &query);
            joined.extend(one.entries);
            match one.next {
                Some(next) => query.after = next,
                None => break,
            }
        }
        prop_assert_eq!(joined, whole.entries);
    }
}
