//! Comments and string literals of Rust source, line by line: enough of Rust's lexical form to tell them from code.

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lexeme {
    /// The text after `//`, `///`, `//!`, or within `/* */`.
    Comment,
    /// The text between the quotes of a literal, escapes as they are written.
    Literal,
}

/// All comments and literals; one that spans lines gives a piece for each line.
pub(crate) fn lexemes(source: &str) -> Vec<(Lexeme, &str)> {
    let mut found = Vec::new();
    let mut rest = source;
    while let Some(first) = rest.chars().next() {
        let end = if rest.starts_with("//") {
            let end = rest.find('\n').unwrap_or(rest.len());
            found.push((Lexeme::Comment, rest[..end].trim_start_matches(['/', '!'])));
            end
        } else if rest.starts_with("/*") {
            let end = rest.find("*/").map_or(rest.len(), |at| at + 2);
            found.extend(rest[..end].lines().map(|line| (Lexeme::Comment, line)));
            end
        } else if let Some((opening, closing)) = raw_quotes(rest) {
            let length = rest[opening..].find(&closing).unwrap_or(rest.len() - opening);
            found.extend(rest[opening..opening + length].lines().map(|line| (Lexeme::Literal, line)));
            (opening + length + closing.len()).min(rest.len())
        } else if first == '"' {
            let length = literal_length(&rest[1..]);
            found.extend(rest[1..=length].lines().map(|line| (Lexeme::Literal, line)));
            (length + 2).min(rest.len())
        } else if first == '\'' {
            char_length(rest)
        } else {
            word_length(rest)
        };
        rest = &rest[end..];
    }
    found
}

/// Length of a raw literal's opening (`r#"`, `br"`) and its closing quote.
fn raw_quotes(rest: &str) -> Option<(usize, String)> {
    let after = rest.strip_prefix('b').unwrap_or(rest).strip_prefix('r')?;
    let hashes = after.len() - after.trim_start_matches('#').len();
    let opening = rest.len() - after.len() + hashes + 1;
    after[hashes..].starts_with('"').then(|| (opening, format!("\"{}", "#".repeat(hashes))))
}

/// Bytes up to the closing quote.
fn literal_length(rest: &str) -> usize {
    let mut escaped = false;
    for (at, byte) in rest.bytes().enumerate() {
        match byte {
            b'"' if !escaped => return at,
            b'\\' => escaped = !escaped,
            _ => escaped = false,
        }
    }
    rest.len()
}

/// Bytes of a character literal, or of the quote of a lifetime.
fn char_length(rest: &str) -> usize {
    let mut chars = rest.char_indices().skip(1);
    match chars.next() {
        Some((_, '\\')) => rest[3..].find('\'').map_or(1, |at| at + 4),
        Some((_, _)) => chars.next().filter(|(_, c)| *c == '\'').map_or(1, |(at, _)| at + 1),
        None => 1,
    }
}

/// Bytes of an identifier, so that a name that ends in `r` opens no raw literal; else of one character.
fn word_length(rest: &str) -> usize {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let length = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
    length.max(rest.chars().next().map_or(0, char::len_utf8))
}

#[test]
fn comments_and_literals_are_told_from_code() {
    use Lexeme::{Comment, Literal};
    let check = |source, expected: &[(Lexeme, &str)]| assert_eq!(lexemes(source), expected, "{source}");
    check("/// a\nlet x = 1; // b", &[(Comment, " a"), (Comment, " b")]);
    check("//! a\n", &[(Comment, " a")]);
    check(r#"f("http://x", 'y')"#, &[(Literal, "http://x")]);
    check(r#"f('"', b'"', '\'', "a\"b") // c"#, &[(Literal, "a\\\"b"), (Comment, " c")]);
    check("f::<'a>(r#\"a\"b\"#)", &[(Literal, "a\"b")]);
    check("\"a \\\n  b\"", &[(Literal, "a \\"), (Literal, "  b")]);
    check("/* a\nb */ c", &[(Comment, "/* a"), (Comment, "b */")]);
    check("bar\"x\"", &[(Literal, "x")]);
}
