//! `CORSConfiguration` (PutBucketCors, GetBucketCors).

use crate::{Element, XmlWriter, xml::read_kept_document};
use coho_model::{CORS_METHODS, CorsConfiguration, CorsRule, RequestRefusal};

/// Maximum bytes of the request (OSS: 16 KB).
pub const MAX_BYTES: usize = 16 * 1024;
/// Maximum number of rules (OSS).
pub const MAX_RULES: usize = 10;
/// Largest `MaxAgeSeconds`.
const MAX_AGE_SECONDS: u32 = 999_999_999;

/// Parses the request.
pub fn parse(body: &[u8]) -> Result<CorsConfiguration, RequestRefusal> {
    let root = read_kept_document(body, "CORSConfiguration", MAX_BYTES)?;
    let mut configuration = CorsConfiguration { rules: Vec::new(), response_vary: false };
    let mut has_vary = false;
    for child in root.children() {
        match child.name() {
            "CORSRule" => configuration.rules.push(rule(child)?),
            "ResponseVary" if !has_vary => {
                has_vary = true;
                configuration.response_vary = match child.trimmed().to_ascii_lowercase().as_str() {
                    "true" => true,
                    "false" => false,
                    _ => {
                        return Err(invalid(
                            "ResponseVary",
                            child.trimmed(),
                            "ResponseVary is neither true nor false.",
                        ));
                    }
                };
            }
            other => return Err(unexpected(other)),
        }
    }
    match configuration.rules.len() {
        0 => Err(RequestRefusal::malformed_document("a CORSRule is missing")),
        1..=MAX_RULES => Ok(configuration),
        _ => Err(RequestRefusal::TooManyCorsRules),
    }
}

fn rule(element: &Element<'_>) -> Result<CorsRule, RequestRefusal> {
    let mut rule = CorsRule {
        origins: Vec::new(),
        methods: Vec::new(),
        headers: Vec::new(),
        exposed: Vec::new(),
        max_age_seconds: None,
    };
    for child in element.children() {
        let text = child.trimmed();
        match child.name() {
            "AllowedOrigin" => rule.origins.push(checked("AllowedOrigin", text, is_origin)?),
            "AllowedMethod" => {
                rule.methods.push(checked("AllowedMethod", text, |text| CORS_METHODS.contains(&text))?);
            }
            "AllowedHeader" => rule.headers.push(checked("AllowedHeader", text, |text| is_header(text, 1))?),
            "ExposeHeader" => rule.exposed.push(checked("ExposeHeader", text, |text| is_header(text, 0))?),
            "MaxAgeSeconds" if rule.max_age_seconds.is_none() => {
                let seconds = coho_model::decimal(text).filter(|seconds| *seconds <= MAX_AGE_SECONDS);
                rule.max_age_seconds = Some(seconds.ok_or_else(|| {
                    invalid("MaxAgeSeconds", text, "MaxAgeSeconds must be a number from 0 to 999999999.")
                })?);
            }
            other => return Err(unexpected(other)),
        }
    }
    if rule.origins.is_empty() {
        return Err(RequestRefusal::malformed_document("a CORSRule has no AllowedOrigin"));
    }
    if rule.methods.is_empty() {
        return Err(RequestRefusal::malformed_document("a CORSRule has no AllowedMethod"));
    }
    Ok(rule)
}

fn checked(name: &'static str, text: &str, is_valid: impl Fn(&str) -> bool) -> Result<Box<str>, RequestRefusal> {
    if is_valid(text) { Ok(text.into()) } else { Err(invalid(name, text, "The value is not valid for a CORS rule.")) }
}

fn invalid(name: &'static str, value: &str, message: &'static str) -> RequestRefusal {
    RequestRefusal::invalid_argument(name, value, message)
}

fn unexpected(name: &str) -> RequestRefusal {
    RequestRefusal::malformed_document(format_args!("the element {name} is not expected here"))
}

/// An origin with at most one star.
fn is_origin(text: &str) -> bool {
    let is_plain = text.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'?' | b',' | b'"'));
    !text.is_empty() && is_plain && text.matches('*').count() <= 1
}

/// The name of a header with at most that many stars.
fn is_header(text: &str, stars: usize) -> bool {
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !text.is_empty() && text.bytes().all(is_token) && text.matches('*').count() <= stars
}

/// Writes the response.
pub fn to_xml(configuration: &CorsConfiguration) -> Vec<u8> {
    XmlWriter::document("CORSConfiguration", 1024, |w| {
        for rule in &configuration.rules {
            w.element("CORSRule", |w| {
                let mut each = |name, values: &[Box<str>]| values.iter().for_each(|value| w.text(name, value));
                each("AllowedOrigin", &rule.origins);
                each("AllowedMethod", &rule.methods);
                each("AllowedHeader", &rule.headers);
                each("ExposeHeader", &rule.exposed);
                if let Some(seconds) = rule.max_age_seconds {
                    w.text("MaxAgeSeconds", &seconds.to_string());
                }
            });
        }
        w.text("ResponseVary", if configuration.response_vary { "true" } else { "false" });
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const RULE: &str = "<CORSRule><AllowedOrigin>http://*.a.test</AllowedOrigin><AllowedMethod>PUT</AllowedMethod>\
         <AllowedHeader>x-oss-*</AllowedHeader><ExposeHeader>ETag</ExposeHeader><MaxAgeSeconds>60</MaxAgeSeconds></CORSRule>";

    fn document(content: &str) -> String {
        format!("<CORSConfiguration>{content}</CORSConfiguration>")
    }

    fn written(body: &str) -> String {
        let text = String::from_utf8(to_xml(&parse(body.as_bytes()).unwrap())).unwrap();
        text.split_once("?>").unwrap().1.trim_start().to_owned()
    }

    #[test]
    fn a_document_comes_back_as_it_was_put() {
        let whole = document(&format!("{RULE}<ResponseVary>true</ResponseVary>"));
        assert_eq!(written(&whole), whole);
        assert_eq!(written(&document(RULE)), document(&format!("{RULE}<ResponseVary>false</ResponseVary>")));
    }

    #[test]
    fn what_cannot_be_a_rule_is_refused() {
        let with = |change: &str, value: &str| document(&RULE.replace(change, value));
        let check = |body: &str, is_expected: fn(&RequestRefusal) -> bool| match parse(body.as_bytes()) {
            Err(refusal) => assert!(is_expected(&refusal), "{body}: {refusal:?}"),
            Ok(parsed) => panic!("{body}: {parsed:?}"),
        };
        let malformed: fn(&RequestRefusal) -> bool = |r| matches!(r, RequestRefusal::MalformedDocument { .. });
        let invalid: fn(&RequestRefusal) -> bool = |r| matches!(r, RequestRefusal::InvalidArgument { .. });
        for body in [
            "",
            "<Other/>",
            &document(""),
            &document("<CORSRule/>"),
            &document("<Rule/>"),
            &with("AllowedOrigin", "Origin"),
            &with("<AllowedMethod>PUT</AllowedMethod>", ""),
            &with("<MaxAgeSeconds>", "<MaxAgeSeconds>1</MaxAgeSeconds><MaxAgeSeconds>"),
            &document(&format!("{RULE}<ResponseVary>true</ResponseVary><ResponseVary>true</ResponseVary>")),
        ] {
            check(body, malformed);
        }
        for body in [
            with("http://*.a.test", "http://*.*.test"),
            with("http://*.a.test", "http://?.test"),
            with("http://*.a.test", " "),
            with("PUT", "PATCH"),
            with("PUT", "put"),
            with("x-oss-*", "*-*"),
            with("x-oss-*", "a b"),
            with("ETag", "*"),
            with("ETag", "a,b"),
            with("60", "-1"),
            with("60", "1000000000"),
            document(&format!("{RULE}<ResponseVary>maybe</ResponseVary>")),
        ] {
            check(&body, invalid);
        }
        check(&document(&RULE.repeat(MAX_RULES + 1)), |r| matches!(r, RequestRefusal::TooManyCorsRules));
        assert!(parse(document(&RULE.repeat(MAX_RULES)).as_bytes()).is_ok());
    }

    proptest! {
        #[test]
        fn any_text_is_parsed_or_refused(text in ".{0,200}", value in "[ -~]{0,20}") {
            let _ = parse(text.as_bytes());
            let body = document(&RULE.replace("ETag", &value));
            if let Ok(parsed) = parse(body.as_bytes()) {
                prop_assert_eq!(parse(&to_xml(&parsed)), Ok(parsed));
            }
        }
    }
}
