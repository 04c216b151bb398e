//! The table of decisions. Each row names the fact of the specification (`website.md`) that it comes from.

mod access;
mod conditions;
mod documents;
mod error_page;
mod index_page;
mod index_type;
mod mirror;
mod not_executed;
mod order;
mod redirects;
mod rewrites;

use crate::notation::{play, request, short, website, world};
use coho_rules::NoTrace;

/// The source, the configuration, the request, the stored objects, and the expected decision.
type Row = (&'static str, &'static str, &'static str, &'static str, &'static str);

/// The whole table.
fn rows() -> Vec<Row> {
    [
        access::ROWS,
        conditions::ROWS,
        documents::ROWS,
        error_page::ROWS,
        index_page::ROWS,
        index_type::ROWS,
        mirror::ROWS,
        not_executed::ROWS,
        order::ROWS,
        redirects::ROWS,
        rewrites::ROWS,
    ]
    .concat()
}

#[test]
fn every_row_matches_the_specification() {
    let wrong: Vec<String> = rows().iter().filter_map(fault).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn fault((source, site, asked, stored, expected): &Row) -> Option<String> {
    let (site, asked_for, stored_as) = (website(site), request(asked), world(stored));
    let actual = short(&play(&site, asked_for.borrowed(), &stored_as, NoTrace));
    (actual != *expected).then(|| format!("{source}: {asked} on {stored:?}: expected {expected}, got {actual}"))
}

#[test]
fn the_table_has_two_hundred_different_rows_and_every_row_a_source() {
    let rows = rows();
    let different: std::collections::HashSet<_> = rows.iter().map(|row| (row.1, row.2, row.3)).collect();
    assert_eq!(different.len(), rows.len(), "a row is repeated");
    assert!(rows.len() >= 200, "{} rows", rows.len());
    for row in &rows {
        assert!(row.0.starts_with('§'), "{row:?}");
        website(row.1).validate().unwrap_or_else(|invalid| panic!("{row:?}: {invalid}"));
    }
}
