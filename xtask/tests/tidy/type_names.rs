//! One name, one meaning: a type that is defined in two product files needs a qualifier in its name. `type_names.txt`
//! lists the pairs that are left; the list may only become shorter.

use std::collections::{BTreeMap, BTreeSet};

use crate::{is_product, text, tracked, without_inline_tests};

const EXCEPTIONS: &str = include_str!("type_names.txt");

/// The name that a line defines: a struct, enum, trait, or an alias outside of an `impl`.
fn defined(line: &str) -> Option<&str> {
    let is_nested = line.starts_with(char::is_whitespace);
    let mut words = line.split_whitespace().peekable();
    words.next_if(|word| word.starts_with("pub"));
    words.next_if(|word| word.ends_with(')') && !word.contains('('));
    let is_type = match words.next()? {
        "struct" | "enum" | "trait" => true,
        "type" => !is_nested,
        _ => false,
    };
    let name = words.next().filter(|_| is_type)?;
    name.split(|c: char| !c.is_alphanumeric() && c != '_').next().filter(|name| !name.is_empty())
}

/// What a file defines, without its inline test module.
fn definitions(text: &str) -> BTreeSet<&str> {
    let is_code = |line: &&str| !line.trim_start().starts_with("//");
    without_inline_tests(text).lines().filter(is_code).filter_map(defined).collect()
}

#[test]
fn a_type_name_is_defined_once_in_the_product() {
    let texts: Vec<(String, String)> = tracked()
        .into_iter()
        .filter(|path| is_product(path))
        .filter_map(|path| text(&path).map(|text| (path, text)))
        .collect();
    let mut places: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (path, text) in &texts {
        for name in definitions(text) {
            places.entry(name).or_default().push(path);
        }
    }
    let listed = EXCEPTIONS.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
    let exceptions: BTreeSet<&str> = listed.filter_map(|line| line.split_whitespace().next()).collect();
    let repeated: BTreeMap<_, _> = places.into_iter().filter(|(_, paths)| paths.len() > 1).collect();
    let new: Vec<String> = repeated
        .iter()
        .filter(|(name, _)| !exceptions.contains(*name))
        .map(|(name, paths)| format!("{name} is defined in {}: give it a qualifier", paths.join(" and ")))
        .collect();
    assert!(new.is_empty(), "{}", new.join("\n"));
    let stale: Vec<&&str> = exceptions.iter().filter(|name| !repeated.contains_key(*name)).collect();
    println!("{} names are defined twice; no longer: {stale:?}", repeated.len());
    assert!(stale.is_empty(), "defined once now: remove from type_names.txt: {stale:?}");
}

#[test]
fn definitions_are_seen() {
    let text = "pub(crate) struct A<T>;\n    enum B {\n/// struct C\ntype D = u8;\nimpl X {\n    type E = u8;\n}\npub trait F: G {\npub(in crate::x) struct H {\n#[cfg(test)]\nmod tests {\nstruct I;";
    assert_eq!(definitions(text).into_iter().collect::<Vec<_>>(), ["A", "B", "D", "F", "H"]);
}
