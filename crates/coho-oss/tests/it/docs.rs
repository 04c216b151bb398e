//! The tables of `docs/` against the code, both ways: what is written exists, and what exists is written.

use coho_model::Query;
use coho_oss::{ErrorCode, Level, Operation, OssError};
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use std::collections::BTreeSet;
use std::path::Path;

/// The cells of each row of the table below a heading, without the table's own head.
fn table(document: &str, heading: &str) -> Vec<Vec<String>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs").join(document);
    let text = std::fs::read_to_string(path).unwrap();
    let (_, section) = text.split_once(&format!("\n{heading}\n")).unwrap();
    let lines = section.lines().skip_while(|line| !line.starts_with('|')).take_while(|line| line.starts_with('|'));
    lines.skip(2).map(|line| line.trim_matches('|').split(" | ").map(|cell| cell.trim().to_owned()).collect()).collect()
}

/// The texts between backticks.
fn quoted(cell: &str) -> Vec<&str> {
    cell.split('`').skip(1).step_by(2).collect()
}

#[test]
fn every_error_code_has_its_row_with_status_and_fine_grained_code() {
    let documented: BTreeSet<String> =
        table("errors.md", "## Codes").iter().map(|row| format!("{} {} {}", row[0], row[1], row[2])).collect();
    let known: BTreeSet<String> = ErrorCode::ALL
        .iter()
        .map(|&code| format!("`{code}` {} `{}`", code.status().as_u16(), OssError::new(code).ec))
        .collect();
    assert_eq!(documented, known);
}

/// Routes a request of compat.md, such as `` `PUT /b/k?acl` `` or `` `PUT /b/k` with `x-oss-copy-source` ``.
fn route(cell: &str) -> Result<Operation, OssError> {
    let parts = quoted(cell);
    let (method, target) = parts[0].split_once(' ').unwrap();
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let level = match path {
        "/" => Level::Service,
        "/b" => Level::Bucket,
        "/b/k" => Level::Object,
        other => panic!("{cell}: {other}"),
    };
    let mut headers = HeaderMap::new();
    for name in &parts[1..] {
        headers.insert(HeaderName::try_from(*name).unwrap(), HeaderValue::from_static("/b/source"));
    }
    Operation::route(&Method::from_bytes(method.as_bytes()).unwrap(), level, &Query::parse(query).unwrap(), &headers)
        .map_err(OssError::from)
}

#[test]
fn every_operation_has_its_row_and_every_request_is_routed_as_it_says() {
    let mut documented = BTreeSet::new();
    for row in table("compat.md", "## Operations") {
        let (name, request, state) = (&row[0], &row[1], &row[2]);
        if state.starts_with("not yet") {
            let error = route(request).unwrap_err();
            assert_eq!(error.code, ErrorCode::NotImplemented, "{name}: {request}");
            continue;
        }
        assert!(state.starts_with("supported") || state.starts_with("refused"), "{name}: {state}");
        assert_eq!(route(request).map(Operation::name).ok(), Some(name.as_str()), "{request}");
        assert!(documented.insert(name.clone()), "{name} has two rows");
    }
    let known: BTreeSet<String> = Operation::ALL.iter().map(|operation| operation.name().to_owned()).collect();
    assert_eq!(documented, known);
}
