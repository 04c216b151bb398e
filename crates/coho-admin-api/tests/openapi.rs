//! The committed document is the one that the types and routes give, and docs/operations.md lists the same routes.

use coho_admin_api::openapi;
use std::collections::BTreeSet;
use std::path::Path;

#[test]
fn the_committed_document_is_the_generated_one() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/openapi.json");
    let committed = std::fs::read_to_string(path).unwrap_or_default();
    let generated = openapi::document().unwrap();
    let differs = committed.lines().zip(generated.lines()).position(|(one, other)| one != other);
    assert!(
        committed == generated,
        "docs/openapi.json is not up to date, from line {} on: cargo run -p coho-admin-api --example openapi > docs/openapi.json",
        differs.unwrap_or(0) + 1,
    );
}

#[test]
fn every_reference_leads_to_a_component() {
    let document: serde_json::Value = serde_json::from_str(&openapi::document().unwrap()).unwrap();
    let mut references = Vec::new();
    collect(&document, &mut references);
    assert!(references.len() > 20, "{references:?}");
    for reference in references {
        let pointer = reference.strip_prefix('#').unwrap();
        assert!(document.pointer(pointer).is_some(), "{reference}");
    }
}

fn collect<'a>(value: &'a serde_json::Value, references: &mut Vec<&'a str>) {
    match value {
        serde_json::Value::Object(fields) => {
            references.extend(fields.get("$ref").and_then(|reference| reference.as_str()));
            fields.values().for_each(|value| collect(value, references));
        }
        serde_json::Value::Array(values) => values.iter().for_each(|value| collect(value, references)),
        _ => {}
    }
}

/// The methods and paths between backticks of the table below the heading `### Routes`.
fn routes_of(page: &str) -> BTreeSet<String> {
    let below = page.split_once("\n### Routes\n").map_or("", |(_, below)| below);
    let rows = below.lines().take_while(|line| !line.starts_with('#')).filter(|line| line.starts_with("| `"));
    let first_columns = rows.filter_map(|row| row.split('|').nth(1));
    first_columns.flat_map(|routes| routes.split('`').skip(1).step_by(2)).map(str::to_owned).collect()
}

#[test]
fn the_table_of_the_operations_page_has_every_route_and_no_other() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/operations.md");
    let written = routes_of(&std::fs::read_to_string(page).unwrap());
    let document: serde_json::Value = serde_json::from_str(&openapi::document().unwrap()).unwrap();
    let paths = document["paths"].as_object().unwrap();
    let methods = |path: &serde_json::Value| {
        path.as_object().into_iter().flatten().map(|(name, _)| name.to_uppercase()).collect::<Vec<_>>()
    };
    let there: BTreeSet<String> = paths
        .iter()
        .flat_map(|(path, item)| methods(item).into_iter().map(move |method| format!("{method} {path}")))
        .collect();
    assert_eq!(written, there);
}
