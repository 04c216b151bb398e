//! Patterns with `*` for any characters and `?` for one.
//!
//! The pieces of a pattern between its stars are found one after the other, each at the first place after the one before: an earlier
//! star need not be reconsidered, since the later one can match whatever the earlier one would leave. Pieces without `?` take
//! time linear in pattern and text, however many there are. One with `?` takes up to its length in steps for each character of the
//! text, and [`matches_beginning`] counts them.

use std::borrow::Cow;

/// Whether letters of ASCII match in either case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LetterCase {
    /// Only as written.
    Exact,
    /// In either case.
    Either,
}

/// Whether the pattern describes the whole text.
pub fn matches(pattern: &str, text: &str, case: LetterCase) -> bool {
    let (pattern, text) = (folded(pattern, case), folded(text, case));
    let mut unlimited = usize::MAX;
    run(&pattern, &text, false, &mut unlimited) == Some(true)
}

/// Whether the pattern describes the beginning of the text. Nothing if that would take more steps than are left in `steps`, which is
/// reduced by those that it took.
pub fn matches_beginning(pattern: &str, text: &str, case: LetterCase, steps: &mut usize) -> Option<bool> {
    run(&folded(pattern, case), &folded(text, case), true, steps)
}

fn folded(text: &str, case: LetterCase) -> Cow<'_, str> {
    let must_fold = case == LetterCase::Either && text.bytes().any(|byte| byte.is_ascii_uppercase());
    if must_fold { text.to_ascii_lowercase().into() } else { text.into() }
}

fn run(pattern: &str, text: &str, is_beginning: bool, steps: &mut usize) -> Option<bool> {
    let Some((first, others)) = pattern.split_once('*') else {
        let end = prefix(pattern, text, steps)?;
        return Some(end.is_some_and(|end| is_beginning || end == text.len()));
    };
    let Some(end) = prefix(first, text, steps)? else { return Some(false) };
    let (mut rest, mut pieces) = (&text[end..], others.split('*'));
    let last = if is_beginning { None } else { pieces.next_back() };
    for piece in pieces {
        let Some(end) = find(piece, rest, steps)? else { return Some(false) };
        rest = &rest[end..];
    }
    match last {
        Some(last) => is_suffix(last, rest, steps),
        None => Some(true),
    }
}

/// Where the piece ends in the text that begins with it.
fn prefix(piece: &str, text: &str, steps: &mut usize) -> Option<Option<usize>> {
    if !piece.contains('?') {
        return Some(text.starts_with(piece).then_some(piece.len()));
    }
    let mut rest = text.chars();
    for wanted in piece.chars() {
        *steps = steps.checked_sub(1)?;
        if rest.next().is_none_or(|found| wanted != '?' && wanted != found) {
            return Some(None);
        }
    }
    Some(Some(text.len() - rest.as_str().len()))
}

/// Where the piece ends at the first place where the text has it.
fn find(piece: &str, text: &str, steps: &mut usize) -> Option<Option<usize>> {
    if !piece.contains('?') {
        return Some(text.find(piece).map(|start| start + piece.len()));
    }
    for (start, _) in text.char_indices() {
        if let Some(end) = prefix(piece, &text[start..], steps)? {
            return Some(Some(start + end));
        }
    }
    Some(None)
}

/// Whether the text ends with the piece.
fn is_suffix(piece: &str, text: &str, steps: &mut usize) -> Option<bool> {
    if !piece.contains('?') {
        return Some(text.ends_with(piece));
    }
    let mut rest = text.chars();
    for wanted in piece.chars().rev() {
        *steps = steps.checked_sub(1)?;
        if rest.next_back().is_none_or(|found| wanted != '?' && wanted != found) {
            return Some(false);
        }
    }
    Some(true)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn stars_stand_for_any_text_and_question_marks_for_one_character() {
        let check = |pattern: &str, text: &str, whole: bool, beginning: bool| {
            assert_eq!(matches(pattern, text, LetterCase::Exact), whole, "{pattern:?} {text:?}");
            let begins = matches_beginning(pattern, text, LetterCase::Exact, &mut 1_000);
            assert_eq!(begins, Some(beginning), "{pattern:?} {text:?}");
        };
        check("", "", true, true);
        check("", "a", false, true);
        check("*", "", true, true);
        check("**", "abc", true, true);
        check("a", "", false, false);
        check("a*c", "abbc", true, true);
        check("a*c", "abcd", false, true);
        check("a*b*c", "aXbYbZc", true, true);
        check("*ab", "aab", true, true);
        check("?", "ü", true, true);
        check("??", "ü", false, false);
        check("*??", "你", false, false);
        check("*?", "a你", true, true);
        check("*a?", "a你", true, true);
        check("a?c", "a/c", true, true);
        check("bucket/*", "bucket/", true, true);
        check("bucket/*", "bucket", false, false);
        check("http://*.com", "http://a.com.cn/x", false, true);
    }

    #[test]
    fn pieces_with_question_marks_alone_take_steps() {
        let text = "a".repeat(1_000);
        let check = |pattern: &str, steps: usize, expected: Option<bool>| {
            let mut left = steps;
            assert_eq!(matches_beginning(pattern, &text, LetterCase::Exact, &mut left), expected, "{pattern}");
            left
        };
        assert_eq!(check(&"*a".repeat(900), 0, Some(true)), 0);
        assert_eq!(check(&"*b".repeat(900), 0, Some(false)), 0);
        let long = format!("*{}?b", "a".repeat(499));
        // The characters of the piece from each place that leaves room for them, and those that the text has from the later ones.
        let needed = 501 * 500 + 500 * 501 / 2 + 500;
        assert_eq!(check(&long, needed, Some(false)), 0);
        check(&long, needed - 1, None);
    }

    #[test]
    fn letters_match_in_either_case_where_asked() {
        assert!(matches("OSS:get*", "oss:GetObject", LetterCase::Either));
        assert!(!matches("OSS:get*", "oss:GetObject", LetterCase::Exact));
        assert!(!matches("Ä", "ä", LetterCase::Either));
    }

    /// The definition, without a thought of the cost.
    fn slow(pattern: &[char], text: &[char]) -> bool {
        match (pattern.first(), text.first()) {
            (None, None) => true,
            (Some('*'), _) => slow(&pattern[1..], text) || (!text.is_empty() && slow(pattern, &text[1..])),
            (Some('?'), Some(_)) => slow(&pattern[1..], &text[1..]),
            (Some(a), Some(b)) if a == b => slow(&pattern[1..], &text[1..]),
            _ => false,
        }
    }

    proptest! {
        #[test]
        fn matching_agrees_with_the_definition(pattern in "[ab*?ü你]{0,8}", text in "[abü你]{0,10}") {
            let of = |text: &str| text.chars().collect::<Vec<_>>();
            let expected = slow(&of(&pattern), &of(&text));
            prop_assert_eq!(matches(&pattern, &text, LetterCase::Exact), expected);
            let open = format!("{pattern}*");
            let begins = slow(&of(&open), &of(&text));
            prop_assert_eq!(matches_beginning(&pattern, &text, LetterCase::Exact, &mut 1_000), Some(begins));
        }
    }
}
