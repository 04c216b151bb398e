//! Values of headers and parameters.

use coho_model::{ByteRange, Conditions, ETag, KeyRights, Query, RangeBehavior, RangeOutcome, Timestamp, VersionId};
use coho_oss::{persistent_headers, server_side_encryption, tag_filter, traffic_limit};
use http::{HeaderMap, HeaderName, HeaderValue};

const SIZE: u64 = 1000;

/// Every value is accepted or refused. A range is within the object; what is accepted of an id or a date means the same when it
/// is written.
pub fn header_values(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    for behavior in [RangeBehavior::Lenient, RangeBehavior::Standard] {
        if let RangeOutcome::Part(ByteRange { start, end }) = RangeOutcome::of(Some(&text), SIZE, behavior) {
            assert!(start < end && end <= SIZE, "{start} to {end}");
        }
    }
    if let Some(etag) = ETag::parse(&text) {
        assert_eq!(ETag::parse(&etag.quoted()), Some(etag));
    }
    if let Some(id) = VersionId::parse(&text) {
        assert_eq!(id.to_string(), text);
    }
    if let Some(date) = Timestamp::parse_http_date(&text) {
        assert_eq!(Timestamp::parse_http_date(&date.http_date()), Some(date));
    }
    if let Ok(rights) = KeyRights::parse(&[&text]) {
        assert_eq!(KeyRights::parse(&rights.texts()), Ok(rights));
    }
    let tag = Some(text.clone().into_owned());
    let conditions = Conditions { if_match: tag.clone(), if_none_match: tag, ..Conditions::default() };
    conditions.judge(ETag::simple([0xab; 16]), Timestamp::from_unix_ms(0));
    let _ = Query::decode_path(&text);
    let _ = tag_filter::parse(&text);
    headers_of(input);
}

/// The headers whose values have a form of their own.
fn headers_of(input: &[u8]) {
    const NAMES: [&str; 6] = [
        "x-oss-traffic-limit",
        "x-oss-server-side-encryption",
        "x-oss-server-side-data-encryption",
        "x-oss-persistent-headers",
        "content-type",
        "x-oss-meta-a",
    ];
    let mut headers = HeaderMap::new();
    for (name, value) in NAMES.into_iter().zip(input.split(|byte| *byte == 0).cycle()) {
        if let Ok(value) = HeaderValue::from_bytes(value) {
            headers.append(HeaderName::from_static(name), value);
        }
    }
    let _ = traffic_limit::bytes_per_second(&headers, &Query::default());
    let _ = server_side_encryption::of_headers(&headers);
    let _ = persistent_headers::of(&headers);
}
