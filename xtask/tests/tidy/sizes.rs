//! Long files and functions, listed for people: `cargo test --profile checked -p xtask -- --nocapture long`.

use crate::{text, tracked};

const FILE_LINES: usize = 600;
const FUNCTION_LINES: usize = 70;

/// Functions as (line, name, length): from the line of `fn` to the closing brace at the same indentation, which is
/// where rustfmt puts it.
fn functions(text: &str) -> Vec<(usize, String, usize)> {
    let lines: Vec<&str> = text.lines().collect();
    let mut found = Vec::new();
    for (index, line) in lines.iter().enumerate() {
        let code = line.trim_start();
        let indentation = &line[..line.len() - code.len()];
        let Some(name) = function_name(code) else { continue };
        let is_end = |line: &&str| line.strip_prefix(indentation).is_some_and(|rest| rest == "}");
        let is_over = |line: &&str| line.trim_end().ends_with(';') && line.starts_with(indentation);
        if is_over(line) || code.ends_with('}') {
            continue;
        }
        if let Some(length) = lines[index..].iter().position(is_end) {
            found.push((index + 1, name, length + 1));
        }
    }
    found
}

fn function_name(code: &str) -> Option<String> {
    let qualifiers = ["pub(crate) ", "pub(super) ", "pub ", "async ", "const ", "unsafe "];
    let mut rest = code;
    while let Some(shorter) = qualifiers.iter().find_map(|qualifier| rest.strip_prefix(qualifier)) {
        rest = shorter;
    }
    let name = rest.strip_prefix("fn ")?;
    Some(name.split(['(', '<']).next()?.to_owned())
}

#[test]
fn long_files_and_functions_are_listed() {
    for path in tracked().iter().filter(|path| path.ends_with(".rs")) {
        let Some(text) = text(path) else { continue };
        let lines = text.lines().count();
        if lines > FILE_LINES {
            println!("{path}: {lines} lines");
        }
        for (line, name, length) in functions(&text) {
            if length > FUNCTION_LINES {
                println!("{path}:{line}: fn {name} has {length} lines");
            }
        }
    }
}

#[test]
fn functions_are_measured_from_their_head_to_their_end() {
    let text = "fn a() {\n    x();\n}\n\nimpl T {\n    pub async fn b<T>(\n    ) {\n        y();\n    }\n}\ntrait U {\n    fn c();\n}\n";
    let found = functions(text);
    assert_eq!(found, [(1, "a".to_owned(), 3), (6, "b".to_owned(), 4)]);
}
