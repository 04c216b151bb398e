//! Patterns with `*` for any characters and `?` for one.
//!
//! A match takes at most as many steps as the pattern has bytes for each byte of the text, and no memory.

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
    run(pattern.as_bytes(), text.as_bytes(), case, false)
}

/// Whether the pattern describes the beginning of the text.
pub fn matches_beginning(pattern: &str, text: &str, case: LetterCase) -> bool {
    run(pattern.as_bytes(), text.as_bytes(), case, true)
}

/// A star first stands for nothing, and for one byte more whenever what follows it does not match. An earlier star need not
/// be reconsidered: the later one could stand for whatever the earlier one would leave.
fn run(pattern: &[u8], text: &[u8], case: LetterCase, is_beginning: bool) -> bool {
    let (mut at, mut p) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    loop {
        match pattern.get(p) {
            None if is_beginning || at == text.len() => return true,
            Some(b'*') => {
                p += 1;
                star = Some((p, at));
                continue;
            }
            Some(b'?') if at < text.len() => {
                (p, at) = (p + 1, at + char_len(text[at]));
                continue;
            }
            Some(byte) if text.get(at).is_some_and(|have| equal(*byte, *have, case)) => {
                (p, at) = (p + 1, at + 1);
                continue;
            }
            None | Some(_) => {}
        }
        match star {
            Some((after, from)) if from < text.len() => {
                (p, at) = (after, from + 1);
                star = Some((after, at));
            }
            _ => return false,
        }
    }
}

fn equal(a: u8, b: u8, case: LetterCase) -> bool {
    a == b || (case == LetterCase::Either && a.eq_ignore_ascii_case(&b))
}

/// Bytes of the character that begins with this byte; 1 in the middle of one.
fn char_len(first: u8) -> usize {
    match first {
        0xf0.. => 4,
        0xe0.. => 3,
        0xc0.. => 2,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn stars_stand_for_any_text_and_question_marks_for_one_character() {
        let check = |pattern: &str, text: &str, whole: bool, beginning: bool| {
            assert_eq!(matches(pattern, text, LetterCase::Exact), whole, "{pattern:?} {text:?}");
            assert_eq!(matches_beginning(pattern, text, LetterCase::Exact), beginning, "{pattern:?} {text:?}");
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
        check("a?c", "a/c", true, true);
        check("bucket/*", "bucket/", true, true);
        check("bucket/*", "bucket", false, false);
        check("http://*.com", "http://a.com.cn/x", false, true);
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
        fn matching_agrees_with_the_definition(pattern in "[ab*?ü]{0,8}", text in "[abü]{0,10}") {
            let of = |text: &str| text.chars().collect::<Vec<_>>();
            let expected = slow(&of(&pattern), &of(&text));
            prop_assert_eq!(matches(&pattern, &text, LetterCase::Exact), expected);
            let open = format!("{pattern}*");
            let begins = slow(&of(&open), &of(&text));
            prop_assert_eq!(matches_beginning(&pattern, &text, LetterCase::Exact), begins);
        }
    }
}
