//! Floors: a crate uses only crates below it, so the layers cannot be walked around.

use std::collections::HashMap;
use std::fs;

use serde_json::Value;

use crate::metadata;

/// Arrows within a floor that are meant.
const SAME_FLOOR: [(&str, &str); 4] = [
    ("coho-origin", "coho-store"),
    ("coho-oss", "coho-model"),
    ("coho-rules", "coho-model"),
    ("coho-auth", "coho-model"),
];

/// What brings I/O, a runtime or a database; floor 0 has none of them.
const IMPURE: [&str; 9] =
    ["tokio", "hyper", "hyper-util", "reqwest", "axum", "rusqlite", "http-body-util", "socket2", "rustix"];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Floor {
    Number(u64),
    Dev,
}

fn floor(package: &Value) -> Floor {
    let floor = &package["metadata"]["coho"]["floor"];
    match (floor.as_u64(), floor.as_str()) {
        (Some(number), _) => Floor::Number(number),
        (_, Some("dev")) => Floor::Dev,
        _ => panic!("{} has no `[package.metadata.coho] floor`", package["name"]),
    }
}

/// Whether `from` may use `to` in what it ships.
fn is_allowed(from: (&str, Floor), to: (&str, Floor)) -> bool {
    match (from.1, to.1) {
        (Floor::Dev, _) => true,
        (Floor::Number(_), Floor::Dev) => false,
        (Floor::Number(upper), Floor::Number(lower)) => lower < upper || SAME_FLOOR.contains(&(from.0, to.0)),
    }
}

#[test]
fn crates_use_only_crates_of_lower_floors() {
    let metadata = metadata(&["--no-deps"]);
    let packages = metadata["packages"].as_array().unwrap();
    let floors: HashMap<&str, Floor> =
        packages.iter().map(|package| (package["name"].as_str().unwrap(), floor(package))).collect();
    let mut wrong = Vec::new();
    for package in packages {
        let from = package["name"].as_str().unwrap();
        for dependency in package["dependencies"].as_array().unwrap() {
            let to = dependency["name"].as_str().unwrap();
            if dependency["kind"] == "dev" {
                continue;
            }
            if floors.get(to).is_some_and(|&floor| !is_allowed((from, floors[from]), (to, floor))) {
                wrong.push(format!("{from} ({:?}) uses {to} ({:?})", floors[from], floors[to]));
            }
            if floors[from] == Floor::Number(0) && IMPURE.contains(&to) {
                wrong.push(format!("{from} is on floor 0 and uses {to}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_floor_check_refuses_what_it_should() {
    let number = Floor::Number;
    for (from, to, allowed) in [
        (("coho-store", number(2)), ("coho-meta", number(1)), true),
        (("coho-meta", number(1)), ("coho-store", number(2)), false),
        (("coho-meta", number(1)), ("coho-blob", number(1)), false),
        (("coho-origin", number(2)), ("coho-store", number(2)), true),
        (("coho-store", number(2)), ("coho-origin", number(2)), false),
        (("coho", number(4)), ("coho-testkit", Floor::Dev), false),
        (("coho-testkit", Floor::Dev), ("coho", number(4)), true),
    ] {
        assert_eq!(is_allowed(from, to), allowed, "{from:?} -> {to:?}");
    }
}

#[test]
fn every_crate_takes_the_lints_of_the_workspace() {
    for package in metadata(&["--no-deps"])["packages"].as_array().unwrap() {
        let manifest = fs::read_to_string(package["manifest_path"].as_str().unwrap()).unwrap();
        assert!(manifest.contains("[lints]\nworkspace = true"), "{} has lints of its own", package["name"]);
    }
}
