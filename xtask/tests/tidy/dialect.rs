//! Errors of a dialect are made in one folder of the server, so that another dialect is files to add.

use super::{text, tracked};

/// The sources that may name an error of OSS.
const FAILURES: &str = "crates/coho-server/src/failure/";

#[test]
fn the_server_names_errors_of_oss_where_it_renders_failures_alone() {
    let files = tracked().into_iter().filter(|path| path.starts_with("crates/coho-server/src/"));
    let (rendering, others): (Vec<_>, Vec<_>) = files
        .filter(|path| text(path).is_some_and(|text| text.contains("OssError")))
        .partition(|path| path.starts_with(FAILURES));
    assert_eq!(others, Vec::<String>::new(), "these take a RequestRefusal or a FailureKind instead");
    assert!(!rendering.is_empty(), "the search finds what it looks for");
}
