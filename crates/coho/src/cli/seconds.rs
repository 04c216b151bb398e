//! Times such as 30m, as seconds.

/// Parses a number with `s`, `m`, `h` or `d`; without one of them it is seconds.
pub(super) fn seconds(text: &str) -> Result<u64, String> {
    let (number, factor) = match text.char_indices().next_back() {
        Some((at, 's')) => (&text[..at], 1),
        Some((at, 'm')) => (&text[..at], 60),
        Some((at, 'h')) => (&text[..at], 3_600),
        Some((at, 'd')) => (&text[..at], 86_400),
        _ => (text, 1),
    };
    let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    let seconds = number.parse::<u64>().ok().filter(|_| is_number).and_then(|number| number.checked_mul(factor));
    seconds.ok_or_else(|| "a time is a number with s, m, h or d, such as 30m".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_a_unit_or_are_seconds() {
        for (text, expected) in
            [("90", Some(90)), ("90s", Some(90)), ("30m", Some(1800)), ("2h", Some(7200)), ("7d", Some(604_800))]
        {
            assert_eq!(seconds(text).ok(), expected, "{text}");
        }
        for text in ["", "h", "1.5h", "-1s", "+1s", "1w", "é", "99999999999999999d"] {
            assert!(seconds(text).is_err(), "{text}");
        }
    }
}
