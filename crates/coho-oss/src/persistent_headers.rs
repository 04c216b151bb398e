//! `x-oss-persistent-headers`: custom headers that are stored with an object and returned with it, `name:base64(value),…`.

use crate::header;
use base64::{Engine, engine::general_purpose::STANDARD};
use coho_model::RequestRefusal;
use http::{HeaderMap, HeaderName, HeaderValue};

/// Headers that belong to a message, a connection, or the server: what an object may not set.
const RESERVED: &[&str] = &[
    "accept",
    "accept-charset",
    "accept-encoding",
    "accept-language",
    "accept-ranges",
    "age",
    "allow",
    "alt-svc",
    "authorization",
    "clear-site-data",
    "connection",
    "content-length",
    "content-location",
    "content-md5",
    "content-range",
    "cookie",
    "date",
    "etag",
    "expect",
    "from",
    "host",
    "if-match",
    "if-modified-since",
    "if-none-match",
    "if-range",
    "if-unmodified-since",
    "keep-alive",
    "last-modified",
    "location",
    "max-forwards",
    "origin",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "range",
    "referer",
    "retry-after",
    "server",
    "set-cookie",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "user-agent",
    "vary",
    "via",
    "www-authenticate",
];

/// The headers of a request; none without the header. The names differ, and each value can be sent.
pub fn of(request: &HeaderMap) -> Result<Vec<(HeaderName, HeaderValue)>, RequestRefusal> {
    let Some(text) = request.get(&header::PERSISTENT_HEADERS) else { return Ok(Vec::new()) };
    let text = String::from_utf8_lossy(text.as_bytes());
    let mut found: Vec<(HeaderName, HeaderValue)> = Vec::new();
    for item in text.split(',').map(str::trim).filter(|_| !text.trim().is_empty()) {
        let (name, value) = pair(item)?;
        if found.iter().any(|(have, _)| *have == name) {
            return Err(refused(item, FORMAT));
        }
        let given = request.get(&name).filter(|_| header::is_stored(&name));
        if given.is_some_and(|given| given != value) {
            return Err(refused(
                item,
                "The header value specified by persistent header is not equal to request header value.",
            ));
        }
        found.push((name, value));
    }
    Ok(found)
}

/// The value of the header by which a copy with other metadata keeps what the answer to a HEAD has of an object; none if it has no
/// custom headers.
pub fn of_answer(answer: &HeaderMap) -> Option<HeaderValue> {
    let custom = answer.iter().filter(|(name, _)| !header::is_stored(name) && !is_reserved(name));
    let pairs: Vec<_> = custom.map(|(name, value)| format!("{name}:{}", STANDARD.encode(value))).collect();
    if pairs.is_empty() { None } else { HeaderValue::try_from(pairs.join(",")).ok() }
}

fn is_reserved(name: &HeaderName) -> bool {
    RESERVED.contains(&name.as_str()) || name.as_str().starts_with("x-oss-")
}

const FORMAT: &str = "The format of persistent header is invalid, should be \
                      \"name:Base64Encode(value),name:Base64Encode(value)...\".";

fn pair(item: &str) -> Result<(HeaderName, HeaderValue), RequestRefusal> {
    let (name, encoded) = item.split_once(':').ok_or_else(|| refused(item, FORMAT))?;
    let name = HeaderName::from_bytes(name.trim().as_bytes())
        .map_err(|_| refused(item, "The header specified by persistent header is not valid HTTP token."))?;
    if is_reserved(&name) {
        return Err(refused(item, "The header specified by persistent header is reserved."));
    }
    let value = STANDARD
        .decode(encoded.trim())
        .map_err(|_| refused(item, "The header value specified by persistent header is not base64 encoded."))?;
    let value = String::from_utf8(value)
        .map_err(|_| refused(item, "The header value specified by persistent header is not utf-8 encoded."))?;
    // No other control character can be sent either.
    let value = HeaderValue::from_bytes(value.as_bytes())
        .map_err(|_| refused(item, "The header value specified by persistent header contains CR or LF."))?;
    Ok((name, value))
}

fn refused(item: &str, message: &'static str) -> RequestRefusal {
    RequestRefusal::invalid_argument("x-oss-persistent-headers", item, message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parse(text: &str, others: &[(HeaderName, &'static str)]) -> Result<Vec<(String, Vec<u8>)>, String> {
        let mut request = HeaderMap::new();
        request.insert(header::PERSISTENT_HEADERS, HeaderValue::from_bytes(text.as_bytes()).unwrap());
        for (name, value) in others {
            request.insert(name, HeaderValue::from_static(value));
        }
        match of(&request) {
            Ok(found) => {
                Ok(found.into_iter().map(|(name, value)| (name.to_string(), value.as_bytes().to_vec())).collect())
            }
            Err(RequestRefusal::InvalidArgument { message, .. }) => Err(message.into_owned()),
            Err(other) => panic!("{other:?}"),
        }
    }

    fn encoded(name: &str, value: &[u8]) -> String {
        format!("{name}:{}", STANDARD.encode(value))
    }

    #[test]
    fn custom_headers_of_an_answer_are_written_as_they_are_read() {
        let check = |answer: &[(&'static str, &str)], expected: Option<&str>| {
            let headers = answer.iter().map(|(name, value)| {
                (HeaderName::from_static(name), HeaderValue::from_bytes(value.as_bytes()).unwrap())
            });
            let text = of_answer(&headers.collect());
            assert_eq!(text.as_ref().map(|text| text.to_str().unwrap()), expected, "{answer:?}");
        };
        check(&[], None);
        check(
            &[("content-type", "text/css"), ("x-oss-meta-a", "1"), ("etag", "e"), ("x-oss-object-type", "Normal")],
            None,
        );
        check(&[("etag", "e"), ("myheader1", "v")], Some("myheader1:dg=="));
        check(&[("a", "1, 2"), ("b", "中"), ("set-cookie", "c=1")], Some("a:MSwgMg==,b:5Lit"));
        assert_eq!(parse("a:MSwgMg==,b:5Lit", &[]).unwrap()[1].1, "中".as_bytes());
    }

    #[test]
    fn custom_headers_are_read() {
        assert_eq!(of(&HeaderMap::new()), Ok(Vec::new()));
        assert_eq!(parse(" ", &[]), Ok(Vec::new()));
        let both = format!("{}, {}", encoded("MyHeader1", b"v"), encoded("b", "中, a".as_bytes()));
        let expected = vec![("myheader1".to_owned(), b"v".to_vec()), ("b".to_owned(), "中, a".as_bytes().to_vec())];
        assert_eq!(parse(&both, &[]), Ok(expected));
        assert_eq!(parse("a:", &[]), Ok(vec![("a".to_owned(), Vec::new())]));
        let language = encoded("Content-Language", b"de");
        let same = parse(&language, &[(http::header::CONTENT_LANGUAGE, "de")]);
        assert_eq!(same, Ok(vec![("content-language".to_owned(), b"de".to_vec())]));
        assert_eq!(parse(&language, &[]), same);
    }

    #[test]
    fn what_cannot_be_stored_or_sent_is_refused() {
        let language = [(http::header::CONTENT_LANGUAGE, "fr")];
        for (text, others, part) in [
            ("a", &[][..], "format"),
            ("a:YQ==,", &[], "format"),
            ("a:YQ==,A:YQ==", &[], "format"),
            ("a b:YQ==", &[], "not valid HTTP token"),
            (":YQ==", &[], "not valid HTTP token"),
            ("a:Y", &[], "not base64"),
            ("a:Y:Q", &[], "not base64"),
            ("a:_w==", &[], "not base64"),
            (&*encoded("a", b"\xff"), &[], "not utf-8"),
            (&*encoded("a", b"x\r\nSet-Cookie: y"), &[], "CR or LF"),
            (&*encoded("a", b"x\0"), &[], "CR or LF"),
            (&*encoded("Host", b"x"), &[], "reserved"),
            (&*encoded("Content-Length", b"9"), &[], "reserved"),
            (&*encoded("ETag", b"x"), &[], "reserved"),
            (&*encoded("X-Oss-Meta-A", b"x"), &[], "reserved"),
            (&*encoded("x-oss-request-id", b"x"), &[], "reserved"),
            (&*encoded("content-language", b"de"), &language, "not equal"),
        ] {
            let message = parse(text, others).unwrap_err();
            assert!(message.contains(part), "{text}: {message}");
        }
    }

    proptest! {
        #[test]
        fn no_text_panics_and_what_is_accepted_can_be_sent(text in "[ -~é]{0,60}", value in any::<Vec<u8>>()) {
            let _ = parse(&text, &[]);
            if let Ok(found) = parse(&encoded("a", &value), &[]) {
                prop_assert_eq!(found, vec![("a".to_owned(), value)]);
            }
        }
    }
}
