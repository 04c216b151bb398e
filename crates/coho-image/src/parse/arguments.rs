//! The parameters of one operation, taken one by one; what is left at the end is refused.

use std::ops::RangeInclusive;

use base64::Engine;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use crate::error::{ImageError, NOT_BASE64};

/// URL-safe, with or without padding.
pub(crate) const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::URL_SAFE,
    GeneralPurposeConfig::new().with_encode_padding(false).with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Longest part of a refused text that an error repeats, in characters.
const QUOTED_CHARACTERS: usize = 40;

#[derive(Debug, Clone, Copy)]
struct Argument<'a> {
    position: usize,
    text: &'a str,
}

impl<'a> Argument<'a> {
    fn key_and_value(self) -> Option<(&'a str, &'a str)> {
        self.text.split_once('_')
    }

    fn invalid(self, expected: &str) -> ImageError {
        invalid(self.position, &format!("{} is not valid: {expected}", quoted(self.text)))
    }
}

#[derive(Debug)]
pub(crate) struct Arguments<'a> {
    operation: &'a str,
    position: usize,
    left: Vec<Argument<'a>>,
}

pub(crate) fn invalid(position: usize, message: &str) -> ImageError {
    ImageError::InvalidArgument { position, message: message.to_owned() }
}

pub(crate) fn quoted(text: &str) -> String {
    let mut quoted: String = text.chars().take(QUOTED_CHARACTERS).collect();
    if quoted.len() < text.len() {
        quoted.push('…');
    }
    format!("`{quoted}`")
}

impl<'a> Arguments<'a> {
    /// Of an operation's text, such as `resize,w_100`, which begins at `position` of the whole text.
    pub(crate) fn of(text: &'a str, position: usize) -> Self {
        let mut parts = text.split(',');
        let operation = parts.next().unwrap_or_default();
        let mut at = position + operation.len();
        let argument = |text: &'a str| {
            let position = at + 1;
            at = position + text.len();
            Argument { position, text }
        };
        Self { operation, position, left: parts.map(argument).collect() }
    }

    pub(crate) fn operation(&self) -> &'a str {
        self.operation
    }

    pub(crate) fn position(&self) -> usize {
        self.position
    }

    fn take(&mut self, key: &str) -> Option<(Argument<'a>, &'a str)> {
        let is_wanted = |argument: &Argument<'_>| argument.key_and_value().is_some_and(|(name, _)| name == key);
        let argument = self.left.remove(self.left.iter().position(is_wanted)?);
        argument.key_and_value().map(|(_, value)| (argument, value))
    }

    /// A number as `key_value`.
    pub(crate) fn number(&mut self, key: &str, range: RangeInclusive<i32>) -> Result<Option<i32>, ImageError> {
        let Some((argument, value)) = self.take(key) else { return Ok(None) };
        number(value, &range).map(Some).ok_or_else(|| argument.invalid(&in_range(&range)))
    }

    /// A number that is never negative.
    pub(crate) fn count(&mut self, key: &str, range: RangeInclusive<u32>) -> Result<Option<u32>, ImageError> {
        let Some((argument, value)) = self.take(key) else { return Ok(None) };
        count(value, &range).map(Some).ok_or_else(|| argument.invalid(&in_range(&range)))
    }

    pub(crate) fn flag(&mut self, key: &str) -> Result<Option<bool>, ImageError> {
        Ok(self.count(key, 0..=1)?.map(|flag| flag == 1))
    }

    /// One of a few words.
    pub(crate) fn word<T: Copy>(&mut self, key: &str, words: &[(&str, T)]) -> Result<Option<T>, ImageError> {
        let Some((argument, value)) = self.take(key) else { return Ok(None) };
        let found = words.iter().find(|(word, _)| *word == value).map(|(_, found)| Some(*found));
        found.ok_or_else(|| argument.invalid(&one_of(words)))
    }

    /// A colour as six hexadecimal digits.
    pub(crate) fn colour(&mut self, key: &str) -> Result<Option<[u8; 3]>, ImageError> {
        let Some((argument, value)) = self.take(key) else { return Ok(None) };
        let is_hex = value.len() == 6 && value.bytes().all(|byte| byte.is_ascii_hexdigit());
        let number = u32::from_str_radix(value, 16).ok().filter(|_| is_hex);
        let number = number.ok_or_else(|| argument.invalid("a colour has six hexadecimal digits"))?;
        let [_, red, green, blue] = number.to_be_bytes();
        Ok(Some([red, green, blue]))
    }

    /// A text in URL-safe base64, with its position.
    pub(crate) fn base64(&mut self, key: &str) -> Result<Option<(usize, String)>, ImageError> {
        let Some((argument, value)) = self.take(key) else { return Ok(None) };
        let bytes = BASE64.decode(value).map_err(|_| NOT_BASE64)?;
        let text = String::from_utf8(bytes).map_err(|_| argument.invalid("the decoded text is not UTF-8"))?;
        if text.is_empty() {
            return Err(argument.invalid("the decoded text is empty"));
        }
        Ok(Some((argument.position, text)))
    }

    /// The only parameter of an operation that has no keys, such as `rotate,90`.
    pub(crate) fn bare_number(&mut self, range: RangeInclusive<i32>) -> Result<Option<i32>, ImageError> {
        let Some(argument) = self.take_bare() else { return Ok(None) };
        number(argument.text, &range).map(Some).ok_or_else(|| argument.invalid(&in_range(&range)))
    }

    pub(crate) fn bare_word<T: Copy>(&mut self, words: &[(&str, T)]) -> Result<Option<T>, ImageError> {
        let Some(argument) = self.take_bare() else { return Ok(None) };
        let found = words.iter().find(|(word, _)| *word == argument.text).map(|(_, found)| Some(*found));
        found.ok_or_else(|| argument.invalid(&one_of(words)))
    }

    fn take_bare(&mut self) -> Option<Argument<'a>> {
        (!self.left.is_empty()).then(|| self.left.remove(0))
    }

    /// The value of a parameter that the operation needs.
    pub(crate) fn required<T>(&self, value: Option<T>, name: &str) -> Result<T, ImageError> {
        value.ok_or_else(|| ImageError::MissingArgument {
            position: self.position,
            message: format!("{} needs {name}", self.operation),
        })
    }

    /// Refuses what no one has taken: unknown or repeated parameters.
    pub(crate) fn finish(self) -> Result<(), ImageError> {
        let Some(argument) = self.left.first() else { return Ok(()) };
        Err(argument.invalid(&format!("unknown or repeated in {}", quoted(self.operation))))
    }
}

/// Decimal digits, after a minus sign at most: no plus sign, no spaces.
fn number(text: &str, range: &RangeInclusive<i32>) -> Option<i32> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let is_decimal = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|number| is_decimal && range.contains(number))
}

fn count(text: &str, range: &RangeInclusive<u32>) -> Option<u32> {
    let is_decimal = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|number| is_decimal && range.contains(number))
}

fn in_range<T: std::fmt::Display>(range: &RangeInclusive<T>) -> String {
    format!("a number from {} to {} is expected", range.start(), range.end())
}

fn one_of<T>(words: &[(&str, T)]) -> String {
    let words: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
    format!("one of {} is expected", words.join(", "))
}
