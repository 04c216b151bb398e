//! `docs/cli.md` against the commands, options and exit codes that there are, both ways.

use super::{Cli, exit};
use clap::{Arg, Command, CommandFactory};
use std::{collections::BTreeSet, path::Path};

/// The cells of the rows below a heading.
fn rows(heading: &str) -> Vec<Vec<String>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/cli.md");
    let text = std::fs::read_to_string(path).unwrap();
    let (_, section) = text.split_once(&format!("\n## {heading}\n")).unwrap();
    let lines = section.lines().skip_while(|line| !line.starts_with('|')).take_while(|line| line.starts_with('|'));
    lines.skip(2).map(|line| line.split('|').map(|cell| cell.trim().to_owned()).collect()).collect()
}

/// Every text between backticks.
fn quoted(cell: &str) -> impl Iterator<Item = &str> {
    cell.split('`').skip(1).step_by(2)
}

/// Every command without commands below it, by its words.
fn leaves(command: &Command, words: &str, found: &mut Vec<(String, Command)>) {
    for below in command.get_subcommands().filter(|below| !below.is_hide_set()) {
        let words = format!("{words} {}", below.get_name());
        match below.has_subcommands() {
            true => leaves(below, &words, found),
            false => found.push((words, below.clone())),
        }
    }
}

fn commands() -> Vec<(String, Command)> {
    let mut found = Vec::new();
    leaves(&Cli::command(), "coho", &mut found);
    found
}

/// An option as a document writes it, with the name of its value.
fn written(argument: &Arg) -> Option<String> {
    let name = argument.get_long()?;
    let takes_value = argument.get_action().takes_values();
    let value = argument.get_value_names().filter(|_| takes_value).and_then(|names| names.first());
    Some(value.map_or_else(|| format!("--{name}"), |value| format!("--{name} {value}")))
}

/// Options of the store and the key, which many commands have.
const HEADING: &str = "Store and access key";

#[test]
fn the_table_of_commands_has_every_command() {
    let documented: Vec<_> =
        rows("Commands").iter().flat_map(|row| quoted(&row[1]).map(str::to_owned).collect::<Vec<_>>()).collect();
    let expected: BTreeSet<_> = commands().into_iter().map(|(words, _)| words).collect();
    assert_eq!(documented.iter().cloned().collect::<BTreeSet<_>>(), expected);
    assert_eq!(documented.len(), expected.len(), "a command stands twice");
}

#[test]
fn the_tables_of_options_have_every_option_of_a_client() {
    let clients = commands().into_iter().filter(|(words, _)| {
        ["coho bucket ", "coho object ", "coho profile "].iter().any(|family| words.starts_with(family))
    });
    let (mut own, mut connection) = (BTreeSet::new(), BTreeSet::new());
    for (words, command) in clients {
        for argument in command.get_arguments() {
            let Some(option) = written(argument) else { continue };
            match argument.get_help_heading() == Some(HEADING) {
                true => _ = connection.insert(option),
                false => _ = own.insert((option, words.trim_start_matches("coho ").to_owned())),
            }
        }
    }
    let documented = rows("Options of buckets and objects").into_iter().flat_map(|row| {
        let option = quoted(&row[1]).next().unwrap().to_owned();
        quoted(&row[2]).map(|command| (option.clone(), command.to_owned())).collect::<Vec<_>>()
    });
    assert_eq!(documented.collect::<BTreeSet<_>>(), own);
    let documented = rows(HEADING).into_iter().map(|row| quoted(&row[1]).next().unwrap().to_owned());
    assert_eq!(documented.collect::<BTreeSet<_>>(), connection);
}

#[test]
fn the_table_of_exit_codes_has_every_code() {
    let documented: Vec<u8> = rows("Exit codes").iter().map(|row| row[1].parse().unwrap()).collect();
    // 0 is success, and 2 is the code of the parser.
    assert_eq!(
        documented,
        [0, exit::FAILED, 2, exit::NOT_FOUND, exit::REFUSED, exit::PARTLY_FAILED, exit::INTERRUPTED]
    );
}

#[test]
fn the_definitions_of_the_command_line_are_consistent() {
    Cli::command().debug_assert();
}
