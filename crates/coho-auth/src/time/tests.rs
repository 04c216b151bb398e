//! Parsing and formatting of dates, and the edges of each validity window.

use super::{check_expires_v1, check_skew, check_window_v4, format_http_date, format_iso_basic, parse_any};
use crate::error::AuthError;

const NOON: i64 = 1_795_420_800;

#[test]
fn both_notations_of_a_date_are_parsed() {
    let check = |text: &str, expected: Option<i64>| assert_eq!(parse_any(text.as_bytes()), expected, "{text}");
    check("20261123T080000Z", Some(NOON));
    check("Mon, 23 Nov 2026 08:00:00 GMT", Some(NOON));
    check("19700101T000000Z", Some(0));
    check("20240229T235959Z", Some(1_709_251_199));
    check("20000229T000000Z", Some(951_782_400));
    for invalid in [
        "",
        "20261123",
        "20261123T080000",
        "20261123t080000z",
        "20260229T000000Z",
        "21000229T000000Z",
        "20260431T000000Z",
        "20261301T000000Z",
        "20260001T000000Z",
        "20260100T000000Z",
        "20260101T240000Z",
        "20260101T006000Z",
        "20260101T000060Z",
        "2026+101T000000Z",
        "19691231T235959Z",
        "20261123T080000Z ",
        "1795420800",
        "yesterday",
    ] {
        check(invalid, None);
    }
}

#[test]
fn every_day_of_four_centuries_round_trips() {
    for day in 0..(400 * 366) {
        let unix_seconds = day * 86_400 + day % 86_400;
        let iso = format_iso_basic(unix_seconds).unwrap();
        assert_eq!(parse_any(iso.as_bytes()), Some(unix_seconds), "{iso}");
        let http = format_http_date(unix_seconds).unwrap();
        assert_eq!(parse_any(http.as_bytes()), Some(unix_seconds), "{http}");
    }
}

#[test]
fn times_without_a_four_digit_year_are_not_formatted() {
    for unix_seconds in [i64::MIN, -1, 253_402_300_800, i64::MAX] {
        assert_eq!((format_iso_basic(unix_seconds), format_http_date(unix_seconds)), (None, None), "{unix_seconds}");
    }
    assert_eq!(format_iso_basic(253_402_300_799).unwrap(), "99991231T235959Z");
}

#[test]
fn a_header_may_differ_by_at_most_fifteen_minutes() {
    for (now, accepted) in [(900, true), (-900, true), (901, false), (-901, false)] {
        assert_eq!(check_skew(NOON, NOON + now).is_ok(), accepted, "{now}");
    }
    assert!(check_skew(i64::MIN, i64::MAX).is_err());
}

#[test]
fn a_v1_url_ends_after_its_expires_second() {
    let check = |expires: &str, expected| assert_eq!(check_expires_v1(expires, NOON), expected, "{expires}");
    check("1795420800", Ok(()));
    check("1795420799", Err(AuthError::Expired { expires_unix_seconds: NOON - 1 }));
    for text in ["-1", "+1795420800", "+99999999999", " 1795420800", "1795420800.0", "soon", "99999999999999999999"] {
        check(text, Err(AuthError::ExpiresNotInteger));
    }
}

#[test]
fn a_v4_url_has_a_first_and_a_last_second() {
    let check = |expires, now: i64, expected| {
        assert_eq!(check_window_v4(NOON, expires, NOON + now), expected, "{expires:?} at {now}");
    };
    check(Some("60"), -900, Ok(()));
    check(Some("60"), -901, Err(AuthError::NotYetValid { valid_from_unix_seconds: NOON - 900 }));
    check(Some("60"), 60, Ok(()));
    check(Some("60"), 61, Err(AuthError::Expired { expires_unix_seconds: NOON + 60 }));
    check(Some("604800"), 604_800, Ok(()));
    for out_of_range in ["604801", "0", "-1", "+60", "1h"] {
        check(Some(out_of_range), 0, Err(AuthError::V4ExpiresOutOfRange));
    }
    check(None, 0, Err(AuthError::V4ExpiresMissing));
    check(Some(""), 0, Err(AuthError::V4ExpiresMissing));
}
