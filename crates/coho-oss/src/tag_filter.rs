//! The parameter `tagging` of ListBuckets: the tag that the listed buckets have, written as `"key":"value"`.

use coho_model::RequestRefusal;
use std::collections::BTreeMap;

/// The key and the value. OSS takes several pairs; more than one is refused here.
pub fn parse(text: &str) -> Result<(String, String), RequestRefusal> {
    let message = "The tagging must be \"key\":\"value\".";
    let invalid = || RequestRefusal::invalid_argument("tagging", text, message);
    let mut tags: BTreeMap<String, String> = serde_json::from_str(&format!("{{{text}}}")).map_err(|_| invalid())?;
    let tag = tags.pop_first().ok_or_else(invalid)?;
    if tags.is_empty() { Ok(tag) } else { Err(RequestRefusal::parameter_not_implemented("tagging")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_is_one_pair_of_quoted_texts() {
        for (text, expected) in [
            (r#""k":"v""#, Some(("k", "v"))),
            (r#" "a b" : "" "#, Some(("a b", ""))),
            (r#""\u4f60":"\"""#, Some(("\u{4f60}", "\""))),
            ("", None),
            ("k:v", None),
            (r#""k""#, None),
            (r#""k":1"#, None),
            (r#""k":"v"}{"#, None),
            (r#""k":{"k":"v"}"#, None),
        ] {
            let parsed = parse(text).ok();
            assert_eq!(parsed.as_ref().map(|(key, value)| (&**key, &**value)), expected, "{text}");
        }
        let refused = RequestRefusal::parameter_not_implemented("tagging");
        assert_eq!(parse(r#""a":"1","b":"2""#), Err(refused));
    }
}
