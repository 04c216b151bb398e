//! `docs/config.md` and `docs/coho.example.toml` against the keys, defaults and options that there are, both ways.

use super::Cli;
use crate::config::{Config, RawConfig, SettingSources};
use clap::CommandFactory;
use std::collections::BTreeSet;
use std::path::Path;

/// Keys whose line in the example differs from no line: the default depends on the machine, or is none, or, for the
/// region, naming it obliges signatures to name it, too.
const WITHOUT_FIXED_DEFAULT: [&str; 8] = [
    "credentials_file",
    "region",
    "reserve_bytes",
    "record_cache_bytes",
    "heads_bytes",
    "documents_bytes",
    "waiting_output_bytes",
    "public_key_url",
];

fn document(name: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs").join(name)).unwrap()
}

/// The keys of a table, as serde lists them where it meets a key that it does not know.
fn table_keys(table: &str) -> Vec<String> {
    let header = if table.is_empty() { String::new() } else { format!("[{table}]\n") };
    let error = toml::from_str::<RawConfig>(&format!("{header}no_such_key = 0")).unwrap_err().to_string();
    // The error for a table with one key has no "one of".
    let (_, expected) = error.split_once("expected ").unwrap();
    expected.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

/// Every key as documents name it: `listen`, `limits.max_connections`.
fn known_keys() -> BTreeSet<String> {
    let tables = ["limits", "origin", "storage", "history", "lifecycle", "callback"];
    let top = table_keys("").into_iter().filter(|key| !tables.contains(&key.as_str()));
    let nested = tables.iter().flat_map(|table| table_keys(table).into_iter().map(move |key| format!("{table}.{key}")));
    top.chain(nested).collect()
}

/// The example with every key in force but those of `left_out`.
fn example(left_out: &[&str]) -> String {
    let text = document("coho.example.toml");
    let lines = text.lines().map(|line| match line.strip_prefix("# ").and_then(|rest| rest.split_once(" = ")) {
        Some((key, _)) if !key.contains(' ') && !left_out.contains(&key) => &line[2..],
        _ => line,
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn the_example_has_every_key_with_its_default() {
    let text = example(&[]);
    toml::from_str::<RawConfig>(&text).unwrap();
    let mut keys = BTreeSet::new();
    for (name, value) in toml::from_str::<toml::Table>(&text).unwrap() {
        match value.as_table() {
            Some(table) => keys.extend(table.keys().map(|key| format!("{name}.{key}"))),
            None => _ = keys.insert(name),
        }
    }
    assert_eq!(keys, known_keys());
    let resolved = |text: &str| format!("{:?}", Config::resolve(toml::from_str(text).unwrap()).unwrap());
    assert_eq!(resolved(&example(&WITHOUT_FIXED_DEFAULT)), resolved(""));
}

/// The cells of the rows below a heading.
fn rows(heading: &str) -> Vec<Vec<String>> {
    let text = document("config.md");
    let (_, section) = text.split_once(&format!("\n{heading}\n")).unwrap();
    let lines = section.lines().skip_while(|line| !line.starts_with('|')).take_while(|line| line.starts_with('|'));
    lines.skip(2).map(|line| line.split('|').map(|cell| cell.trim().to_owned()).collect()).collect()
}

/// The first text between backticks.
fn quoted(cell: &str) -> Option<&str> {
    cell.split('`').nth(1)
}

#[test]
fn the_tables_of_config_md_have_every_key_option_and_variable() {
    let options = rows("## `coho serve`");
    let alone = rows("## Keys of the file alone");
    let keys = options.iter().filter_map(|row| quoted(&row[3])).chain(alone.iter().filter_map(|row| quoted(&row[1])));
    assert_eq!(keys.map(str::to_owned).collect::<BTreeSet<_>>(), known_keys());

    let documented: BTreeSet<String> = options
        .iter()
        .map(|row| format!("{} {}", quoted(&row[1]).unwrap().split(' ').next().unwrap(), quoted(&row[2]).unwrap()))
        .collect();
    let command = Cli::command();
    let serve = command.find_subcommand("serve").unwrap();
    let named = |argument: &clap::Arg| {
        Some(format!("--{} {}", argument.get_long()?, argument.get_env().and_then(|name| name.to_str())?))
    };
    assert_eq!(documented, serve.get_arguments().filter_map(named).collect());
}

#[test]
fn every_key_is_shown_with_its_value_and_the_unit_of_its_name() {
    let config = Config::resolve(RawConfig::default()).unwrap();
    let shown = config.shown(None, &SettingSources::default(), 1).settings;
    let keys: Vec<_> = shown.iter().map(|setting| setting.key.clone()).collect();
    assert_eq!(keys.iter().cloned().collect::<BTreeSet<_>>(), known_keys());
    assert_eq!(keys.len(), known_keys().len(), "each once");
    for setting in shown {
        let unit = [("_ms", "ms"), ("_bytes", "bytes"), ("_seconds", "s"), ("_percent", "percent")];
        if let Some((_, unit)) = unit.iter().find(|(end, _)| setting.key.ends_with(end)) {
            assert_eq!(setting.unit.as_deref(), Some(*unit), "{}", setting.key);
        }
        let has_no_default = ["credentials_file", "callback.public_key_url"].contains(&setting.key.as_str());
        assert_eq!(setting.value.is_none(), has_no_default, "{}", setting.key);
    }
}
