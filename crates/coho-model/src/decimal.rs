//! Numbers on the wire.

use std::str::FromStr;

/// Parses a decimal number that consists of digits only. `FromStr` also accepts a plus sign, so that two different texts
/// would be the same signed or stored number.
pub fn decimal<T: FromStr>(text: &str) -> Option<T> {
    if text.bytes().all(|b| b.is_ascii_digit()) { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_digits_are_a_number() {
        for (text, expected) in [("0", Some(0)), ("007", Some(7)), ("65535", Some(u16::MAX)), ("65536", None)] {
            assert_eq!(decimal::<u16>(text), expected, "{text}");
        }
        for text in ["", "+1", "-1", " 1", "1 ", "1.0", "1e3", "0x1", "\u{661}", "\u{ff11}"] {
            assert_eq!(decimal::<i64>(text), None, "{text:?}");
        }
    }
}
