//! The two date notations of OSS, and the validity windows of a signature. Times are Unix seconds.
//!
//! No clock: every window is checked against a time that the caller supplies.

use std::time::{Duration, SystemTime};

use crate::error::AuthError;

/// Maximum difference, in seconds, between the server's time and a header signature or the start of a V4 URL: 15
/// minutes.
pub const MAX_SKEW_SECONDS: i64 = 15 * 60;
/// Maximum lifetime of a V4 URL in seconds: seven days.
pub const MAX_PRESIGN_SECONDS: i64 = 604_800;

/// Last second of the year 9999, the last one that both notations can express.
const MAX_UNIX_SECONDS: i64 = 253_402_300_799;
const SECONDS_PER_DAY: i64 = 86_400;

/// Parses an RFC 1123 date (and the two older forms that HTTP allows).
pub(crate) fn parse_http_date(text: &[u8]) -> Option<i64> {
    let time = httpdate::parse_http_date(std::str::from_utf8(text).ok()?).ok()?;
    i64::try_from(time.duration_since(SystemTime::UNIX_EPOCH).ok()?.as_secs()).ok()
}

/// Parses ISO 8601 basic form in UTC, `20261123T080000Z`, and no other form.
pub(crate) fn parse_iso_basic(text: &[u8]) -> Option<i64> {
    let [y1, y2, y3, y4, mo1, mo2, d1, d2, b'T', h1, h2, mi1, mi2, s1, s2, b'Z'] = *<&[u8; 16]>::try_from(text).ok()?
    else {
        return None;
    };
    let year = number(&[y1, y2, y3, y4])?;
    let (month, day) = (number(&[mo1, mo2])?, number(&[d1, d2])?);
    let (hour, minute, second) = (number(&[h1, h2])?, number(&[mi1, mi2])?, number(&[s1, s2])?);
    let valid = year >= 1970
        && (1..=12).contains(&month)
        && (1..=days_in_month(year, month)).contains(&day)
        && hour < 24
        && minute < 60
        && second < 60;
    valid.then(|| days_from_civil(year, month, day) * SECONDS_PER_DAY + hour * 3600 + minute * 60 + second)
}

/// Parses ISO 8601 extended form in UTC, `2026-11-23T08:00:00Z`, and no other form: the time of a request to STS.
pub(crate) fn parse_iso_extended(text: &[u8]) -> Option<i64> {
    let [y1, y2, y3, y4, b'-', mo1, mo2, b'-', d1, d2, b'T', h1, h2, b':', mi1, mi2, b':', s1, s2, b'Z'] =
        *<&[u8; 20]>::try_from(text).ok()?
    else {
        return None;
    };
    parse_iso_basic(&[y1, y2, y3, y4, mo1, mo2, d1, d2, b'T', h1, h2, mi1, mi2, s1, s2, b'Z'])
}

/// Parses either notation: V1 clients write `x-oss-date` as RFC 1123 text, others in ISO form.
pub(crate) fn parse_any(text: &[u8]) -> Option<i64> {
    parse_iso_basic(text).or_else(|| parse_http_date(text))
}

/// Formats ISO 8601 basic form; `None` outside the years 1970 to 9999.
pub(crate) fn format_iso_basic(unix_seconds: i64) -> Option<String> {
    let in_range = (0..=MAX_UNIX_SECONDS).contains(&unix_seconds);
    let (days, second) = (unix_seconds.div_euclid(SECONDS_PER_DAY), unix_seconds.rem_euclid(SECONDS_PER_DAY));
    in_range.then(|| {
        let (year, month, day) = civil_from_days(days);
        let mut text = String::with_capacity("YYYYMMDDThhmmssZ".len());
        for two_digits in [year / 100, year % 100, month, day] {
            push_two_digits(&mut text, two_digits);
        }
        text.push('T');
        for two_digits in [second / 3600, second / 60 % 60, second % 60] {
            push_two_digits(&mut text, two_digits);
        }
        text.push('Z');
        text
    })
}

/// Without the formatting machinery: the time of every V4 request is written.
fn push_two_digits(text: &mut String, number: i64) {
    text.push(char::from(b'0' + (number / 10 % 10) as u8));
    text.push(char::from(b'0' + (number % 10) as u8));
}

/// Formats ISO 8601 extended form; `None` outside the years 1970 to 9999.
pub(crate) fn format_iso_extended(unix_seconds: i64) -> Option<String> {
    let basic = format_iso_basic(unix_seconds)?;
    let part = |from: usize, to: usize| basic.get(from..to);
    Some(format!(
        "{}-{}-{}T{}:{}:{}Z",
        part(0, 4)?,
        part(4, 6)?,
        part(6, 8)?,
        part(9, 11)?,
        part(11, 13)?,
        part(13, 15)?
    ))
}

/// Formats RFC 1123 form; `None` outside the years 1970 to 9999.
pub(crate) fn format_http_date(unix_seconds: i64) -> Option<String> {
    let seconds = u64::try_from(unix_seconds).ok().filter(|_| unix_seconds <= MAX_UNIX_SECONDS)?;
    Some(httpdate::fmt_http_date(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)))
}

/// Checks a header signature: the request's time must be within [`MAX_SKEW_SECONDS`] of the server's.
pub(crate) fn check_skew(request_unix_seconds: i64, now_unix_seconds: i64) -> Result<(), AuthError> {
    if request_unix_seconds.abs_diff(now_unix_seconds) <= MAX_SKEW_SECONDS.unsigned_abs() {
        return Ok(());
    }
    Err(AuthError::TimeTooSkewed {
        request_unix_seconds,
        server_unix_seconds: now_unix_seconds,
        max_skew_ms: MAX_SKEW_SECONDS * 1000,
    })
}

/// Checks a V1 URL, which is valid up to and including `Expires`.
pub(crate) fn check_expires_v1(expires: &str, now_unix_seconds: i64) -> Result<(), AuthError> {
    let expires_unix_seconds = coho_model::decimal::<i64>(expires).ok_or(AuthError::ExpiresNotInteger)?;
    if now_unix_seconds > expires_unix_seconds {
        return Err(AuthError::Expired { expires_unix_seconds });
    }
    Ok(())
}

/// Checks a V4 URL, which is valid from 15 minutes before `x-oss-date` until `x-oss-expires` seconds after it.
pub(crate) fn check_window_v4(date: i64, expires: Option<&str>, now_unix_seconds: i64) -> Result<(), AuthError> {
    let lifetime = match expires {
        None | Some("") => return Err(AuthError::V4ExpiresMissing),
        Some(text) => coho_model::decimal::<i64>(text).ok_or(AuthError::V4ExpiresOutOfRange)?,
    };
    if !(1..=MAX_PRESIGN_SECONDS).contains(&lifetime) {
        return Err(AuthError::V4ExpiresOutOfRange);
    }
    if now_unix_seconds < date - MAX_SKEW_SECONDS {
        return Err(AuthError::NotYetValid { valid_from_unix_seconds: date - MAX_SKEW_SECONDS });
    }
    if now_unix_seconds > date + lifetime {
        return Err(AuthError::Expired { expires_unix_seconds: date + lifetime });
    }
    Ok(())
}

fn number(digits: &[u8]) -> Option<i64> {
    digits.iter().try_fold(0, |sum, digit| digit.is_ascii_digit().then(|| sum * 10 + i64::from(digit - b'0')))
}

fn days_in_month(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days since 1970-01-01 in the proleptic Gregorian calendar, with years that begin in March (Hinnant's algorithm).
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let (era, year_of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

/// The inverse of [`days_from_civil`].
fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let (era, day_of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    (era * 400 + year_of_era + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests;
