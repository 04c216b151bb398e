//! Odd phrases for each 1,000 words of prose, as a ratchet: a phrase is odd where an engineer of this field would name
//! the thing, the order or the bound instead. CONTRIBUTING.md has the rule, GLOSSARY.md the words.

use std::collections::HashMap;

use crate::lexer::{Lexeme, lexemes};
use crate::{is_product, text, tracked, without_inline_tests};

/// Each kind is counted by itself, so that none hides in the words of another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Prose {
    RustComment,
    /// Literals of product code: help, log lines, metric help, answers.
    RustLiteral,
    Document,
    TomlComment,
    ScriptComment,
}

/// Most odd phrases for each 1,000 words. They may fall and never rise; the aim is less than 1 everywhere.
const RATCHET: [(Prose, f64); 5] = [
    (Prose::RustComment, 0.2),
    (Prose::RustLiteral, 0.2),
    (Prose::Document, 0.1),
    (Prose::TomlComment, 0.1),
    (Prose::ScriptComment, 0.1),
];

/// In lower case; a phrase counts where it stands between word boundaries.
const PHRASES: [&str; 37] = [
    "whoever",
    "whom",
    "who has",
    "who is",
    "who asks",
    "who waits",
    "who came",
    "who comes",
    "who wants",
    "nobody",
    "somebody",
    "so many",
    "so much",
    "so long",
    "behind",
    "in front of",
    "is told",
    "are told",
    "was told",
    "were told",
    "be told",
    "been told",
    "goes on with",
    "go on with",
    "gone on with",
    "went on with",
    "going on with",
    "lies in",
    "lie in",
    "lay in",
    "is no",
    "are there",
    "is there",
    "was there",
    "were there",
    "be there",
    "been there",
];

fn odd_phrases(line: &str) -> Vec<&'static str> {
    let line = line.to_lowercase();
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let stands_alone =
        |(at, phrase): (usize, &str)| !line[..at].ends_with(is_word) && !line[at + phrase.len()..].starts_with(is_word);
    let count = |phrase: &&str| line.match_indices(phrase).filter(|&hit| stands_alone(hit)).count();
    PHRASES.iter().flat_map(|phrase| std::iter::repeat_n(*phrase, count(phrase))).collect()
}

/// The prose of a file, line by line.
fn prose<'a>(path: &str, text: &'a str) -> Vec<(Prose, &'a str)> {
    let after_hash = |kind: Prose| {
        let comment = |line: &'a str| {
            let at = line.find('#').filter(|&at| at == 0 || line[..at].ends_with(char::is_whitespace))?;
            Some((kind, &line[at..]))
        };
        text.lines().filter_map(comment).collect()
    };
    match path.rsplit_once('.').map(|(_, extension)| extension) {
        Some("rs") => {
            let comments = lexemes(text).into_iter().filter(|(lexeme, _)| *lexeme == Lexeme::Comment);
            let product = if is_product(path) { without_inline_tests(text) } else { "" };
            let literals = lexemes(product).into_iter().filter(|(lexeme, _)| *lexeme == Lexeme::Literal);
            let comments = comments.map(|(_, line)| (Prose::RustComment, line));
            comments.chain(literals.map(|(_, line)| (Prose::RustLiteral, line))).collect()
        }
        Some("md") => text.lines().map(|line| (Prose::Document, line)).collect(),
        Some("toml") => after_hash(Prose::TomlComment),
        Some("py" | "sh" | "in" | "inc") => after_hash(Prose::ScriptComment),
        _ => Vec::new(),
    }
}

#[derive(Debug, Default)]
struct Count {
    words: u32,
    odd: u32,
    /// A few of the lines, to begin with.
    lines: Vec<String>,
}

impl Count {
    fn per_thousand(&self) -> f64 {
        1000.0 * f64::from(self.odd) / f64::from(self.words.max(1))
    }
}

fn counts() -> HashMap<Prose, Count> {
    let mut counts: HashMap<Prose, Count> = HashMap::new();
    for path in tracked() {
        let Some(text) = text(&path) else { continue };
        for (kind, line) in prose(&path, &text) {
            let count = counts.entry(kind).or_default();
            let odd = odd_phrases(line);
            count.words += u32::try_from(line.split_whitespace().count()).unwrap();
            count.odd += u32::try_from(odd.len()).unwrap();
            if !odd.is_empty() {
                count.lines.push(format!("{path}: {odd:?} {}", line.trim()));
            }
        }
    }
    counts
}

#[test]
fn odd_phrases_do_not_become_more() {
    const SHOWN_LINES: usize = 40;
    let counts = counts();
    let mut wrong = Vec::new();
    for (kind, most) in RATCHET {
        let count = &counts[&kind];
        let figure = count.per_thousand();
        println!(
            "{kind:?}: {figure:.2} odd phrases for each 1,000 words ({} of {}), ratchet {most}",
            count.odd, count.words
        );
        if figure > most {
            let lines = count.lines.iter().take(SHOWN_LINES).cloned().collect::<Vec<_>>().join("\n  ");
            wrong.push(format!("{kind:?}: {figure:.2} is more than {most}. Reword, for example:\n  {lines}"));
        }
    }
    let (odd, words) = counts.values().fold((0, 0), |(odd, words), count| (odd + count.odd, words + count.words));
    println!("all: {:.2} ({odd} of {words})", 1000.0 * f64::from(odd) / f64::from(words));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn phrases_are_found_between_word_boundaries() {
    let check = |line, expected: &[&str]| assert_eq!(odd_phrases(line), expected, "{line}");
    check("Nobody waits, so long as nobody asks", &["nobody", "nobody", "so long"]);
    check("what lies in the file", &["lies in"]);
    check("this is normal; also many, whomever, there is", &[]);
    check("The reader is told; it is no reader", &["is told", "is no"]);
}

#[test]
fn prose_is_what_people_read() {
    let check = |path, text, expected: &[(Prose, &str)]| assert_eq!(prose(path, text), expected, "{path}: {text}");
    check("crates/coho/src/a.rs", "// a\nf(\"b\")", &[(Prose::RustComment, " a"), (Prose::RustLiteral, "b")]);
    check("crates/coho/tests/a.rs", "// a\nf(\"b\")", &[(Prose::RustComment, " a")]);
    check("a.toml", "# a\nb = 1 # c\nd = \"x#y\"", &[(Prose::TomlComment, "# a"), (Prose::TomlComment, "# c")]);
    check("a.md", "a\nb", &[(Prose::Document, "a"), (Prose::Document, "b")]);
    check("a.json", "a", &[]);
}
