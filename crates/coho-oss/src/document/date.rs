//! Dates of the answers, written without the calendar library: a page of a listing has a thousand of them.

use crate::XmlWriter;
use coho_model::Timestamp;

const TEXT: &[u8; 24] = b"0000-00-00T00:00:00.000Z";
const MS_PER_DAY: i64 = 86_400_000;

/// An element with the text of [`Timestamp::iso8601`].
pub(super) fn write(w: &mut XmlWriter, name: &str, at: Timestamp) {
    let mut text = *TEXT;
    let (day, ms) = (at.unix_ms() / MS_PER_DAY, at.unix_ms() % MS_PER_DAY);
    let (year, month, day) = civil(day);
    let clock = [(11, ms / 3_600_000), (14, ms / 60_000 % 60), (17, ms / 1000 % 60)];
    for (at, number) in [(0, year / 100), (2, year % 100), (5, month), (8, day)].into_iter().chain(clock) {
        two_digits(&mut text, at, number);
    }
    two_digits(&mut text, 20, ms % 1000 / 10);
    text[22] = b'0' + (ms % 10) as u8;
    w.text(name, std::str::from_utf8(&text).unwrap_or_default());
}

fn two_digits(text: &mut [u8; 24], at: usize, number: i64) {
    text[at] = b'0' + (number / 10) as u8;
    text[at + 1] = b'0' + (number % 10) as u8;
}

/// Year, month and day of a day since 1970. The year is taken to begin in March, so that the leap day is its
/// last; eras of 400 years are all alike.
fn civil(day: i64) -> (i64, i64, i64) {
    const DAYS_BEFORE_1970: i64 = 719_468;
    const DAYS_PER_ERA: i64 = 146_097;
    let day = day + DAYS_BEFORE_1970;
    let (era, day) = (day / DAYS_PER_ERA, day % DAYS_PER_ERA);
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let (month, next_year) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
    (era * 400 + year + next_year, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(unix_ms: i64) {
        let at = Timestamp::from_unix_ms(unix_ms);
        let text = String::from_utf8(XmlWriter::document("A", 0, |w| write(w, "D", at))).unwrap();
        assert!(text.ends_with(&format!("<A><D>{}</D></A>", at.iso8601())), "{unix_ms}: {text}");
    }

    #[test]
    fn every_day_of_five_centuries_is_that_of_the_calendar_library() {
        for day in 0..200_000 {
            check(day * MS_PER_DAY + day % MS_PER_DAY * 431 % MS_PER_DAY);
        }
        for unix_ms in [0, 1, 951_782_399_999, 951_782_400_000, 4_102_444_799_999, 253_370_764_800_000] {
            check(unix_ms);
        }
    }
}
