//! `x-oss-traffic-limit`: how fast the body of one request may be transferred.

use crate::header;
use coho_model::{Query, RequestRefusal, decimal};
use http::HeaderMap;

/// Least and highest limit in bits per second (OSS: 100 KB/s and 100 MB/s).
const MIN_BITS_PER_SECOND: u64 = 819_200;
const MAX_BITS_PER_SECOND: u64 = 838_860_800;

/// The limit of a request in bytes per second; it stands in a header or in the query, not in both.
pub fn bytes_per_second(headers: &HeaderMap, query: &Query) -> Result<Option<u64>, RequestRefusal> {
    let in_header = headers.get(&header::TRAFFIC_LIMIT).map(|value| String::from_utf8_lossy(value.as_bytes()));
    let in_header = in_header.as_deref().map(str::trim).filter(|text| !text.is_empty());
    let in_query = query.get(header::TRAFFIC_LIMIT.as_str());
    let text = match (in_header, in_query) {
        (None, None) => return Ok(None),
        (Some(_), Some(_)) => return Err(RequestRefusal::TrafficLimitTwice),
        (Some(text), None) | (None, Some(text)) => text,
    };
    match decimal(text) {
        Some(bits) if (MIN_BITS_PER_SECOND..=MAX_BITS_PER_SECOND).contains(&bits) => Ok(Some(bits / 8)),
        _ => Err(RequestRefusal::InvalidTrafficLimit(text.into())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;
    use proptest::prelude::*;

    fn limit(in_header: Option<&str>, query: &str) -> Result<Option<u64>, RequestRefusal> {
        let header = |text: &str| (header::TRAFFIC_LIMIT, HeaderValue::from_bytes(text.as_bytes()).unwrap());
        let headers = in_header.map(header).into_iter().collect();
        bytes_per_second(&headers, &Query::parse(query).unwrap())
    }

    #[test]
    fn a_limit_is_a_number_of_bits_in_a_header_or_in_the_query() {
        let invalid = |text: &str| Err(RequestRefusal::InvalidTrafficLimit(text.into()));
        for (in_header, query, expected) in [
            (None, "", Ok(None)),
            (Some(" "), "", Ok(None)),
            (Some("819200"), "", Ok(Some(102_400))),
            (Some(" 838860800 "), "", Ok(Some(104_857_600))),
            (None, "x-oss-traffic-limit=819201", Ok(Some(102_400))),
            (Some("819199"), "", invalid("819199")),
            (Some("838860801"), "", invalid("838860801")),
            (Some("-819200"), "", invalid("-819200")),
            (Some("1e6"), "", invalid("1e6")),
            (Some("99999999999999999999999"), "", invalid("99999999999999999999999")),
            (None, "x-oss-traffic-limit", invalid("")),
            (Some("819200"), "x-oss-traffic-limit=819200", Err(RequestRefusal::TrafficLimitTwice)),
        ] {
            assert_eq!(limit(in_header, query), expected, "{in_header:?} {query}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_a_limit_within_the_bounds_or_refused(text in "[ -~é]{0,24}|[0-9]{1,12}") {
            if let Ok(Some(bytes)) = limit(Some(&text), "") {
                prop_assert!((102_400..=104_857_600).contains(&bytes));
            }
        }
    }
}
