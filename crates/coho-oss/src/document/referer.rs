//! `RefererConfiguration` (PutBucketReferer, GetBucketReferer).

use crate::{Element, XmlWriter, xml::read_kept_document};
use coho_model::{RefererConfiguration, RequestRefusal};

/// Maximum bytes of the request.
pub const MAX_BYTES: usize = 64 * 1024;
/// Maximum bytes of the entries of one list.
const MAX_LIST_BYTES: usize = 20 * 1024;

/// Parses the request.
pub fn parse(body: &[u8]) -> Result<RefererConfiguration, RequestRefusal> {
    let root = read_kept_document(body, "RefererConfiguration", MAX_BYTES)?;
    let known = ["AllowEmptyReferer", "AllowTruncateQueryString", "TruncatePath", "RefererList", "RefererBlacklist"];
    if let Some(other) = root.children().iter().find(|child| !known.contains(&child.name())) {
        return Err(unexpected(other.name()));
    }
    let allows_empty = flag(&root, "AllowEmptyReferer")?
        .ok_or_else(|| RequestRefusal::malformed_document("AllowEmptyReferer is missing"))?;
    let allowed =
        list(&root, "RefererList")?.ok_or_else(|| RequestRefusal::malformed_document("RefererList is missing"))?;
    Ok(RefererConfiguration {
        allows_empty,
        truncates_query: flag(&root, "AllowTruncateQueryString")?.unwrap_or(true),
        truncates_path: flag(&root, "TruncatePath")?.unwrap_or(false),
        allowed,
        refused: list(&root, "RefererBlacklist")?.unwrap_or_default(),
    })
}

fn flag(root: &Element<'_>, name: &'static str) -> Result<Option<bool>, RequestRefusal> {
    let Some(child) = root.child(name)? else { return Ok(None) };
    match child.trimmed().to_ascii_lowercase().as_str() {
        "true" => Ok(Some(true)),
        "false" => Ok(Some(false)),
        _ => Err(RequestRefusal::malformed_document(format_args!("{name} is neither true nor false"))),
    }
}

/// The entries of a list. Clients clear a list with one empty entry.
fn list(root: &Element<'_>, name: &'static str) -> Result<Option<Vec<Box<str>>>, RequestRefusal> {
    let Some(list) = root.child(name)? else { return Ok(None) };
    let mut entries: Vec<Box<str>> = Vec::new();
    let mut bytes = 0;
    for child in list.children() {
        if child.name() != "Referer" {
            return Err(unexpected(child.name()));
        }
        bytes += child.trimmed().len();
        if !child.trimmed().is_empty() {
            entries.push(child.trimmed().into());
        }
    }
    if bytes > MAX_LIST_BYTES {
        let message = format!("The entries of {name} have more than {MAX_LIST_BYTES} bytes.");
        return Err(RequestRefusal::invalid_argument(name, &bytes.to_string(), message));
    }
    Ok(Some(entries))
}

fn unexpected(name: &str) -> RequestRefusal {
    RequestRefusal::malformed_document(format_args!("the element {name} is not expected here"))
}

/// Writes the response; without a configuration OSS's defaults.
pub fn to_xml(configuration: Option<&RefererConfiguration>) -> Vec<u8> {
    let flag = |value| if value { "true" } else { "false" };
    XmlWriter::document("RefererConfiguration", 512, |w| {
        w.text("AllowEmptyReferer", flag(configuration.is_none_or(|configuration| configuration.allows_empty)));
        let truncates_query = configuration.is_none_or(|configuration| configuration.truncates_query);
        w.text("AllowTruncateQueryString", flag(truncates_query));
        w.text("TruncatePath", flag(configuration.is_some_and(|configuration| configuration.truncates_path)));
        let (allowed, refused) = match configuration {
            Some(configuration) => (&configuration.allowed[..], &configuration.refused[..]),
            None => (&[][..], &[][..]),
        };
        w.element("RefererList", |w| allowed.iter().for_each(|entry| w.text("Referer", entry)));
        if !refused.is_empty() {
            w.element("RefererBlacklist", |w| refused.iter().for_each(|entry| w.text("Referer", entry)));
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn document(content: &str) -> String {
        format!("<RefererConfiguration>{content}</RefererConfiguration>")
    }

    const WHOLE: &str = "<AllowEmptyReferer>false</AllowEmptyReferer>\
         <AllowTruncateQueryString>false</AllowTruncateQueryString><TruncatePath>true</TruncatePath>\
         <RefererList><Referer>http://a.test</Referer><Referer>http://www.?.com</Referer></RefererList>\
         <RefererBlacklist><Referer>http://*.hack.com</Referer></RefererBlacklist>";

    #[test]
    fn a_document_comes_back_as_it_was_put_and_defaults_are_those_of_oss() {
        let check = |content: &str, expected: &str| {
            let parsed = parse(document(content).as_bytes()).unwrap();
            let text = String::from_utf8(to_xml(Some(&parsed))).unwrap();
            assert!(text.ends_with(&document(expected)), "{text}");
        };
        check(WHOLE, WHOLE);
        let defaults = "<AllowEmptyReferer>true</AllowEmptyReferer>\
            <AllowTruncateQueryString>true</AllowTruncateQueryString><TruncatePath>false</TruncatePath>\
            <RefererList></RefererList>";
        check("<AllowEmptyReferer>true</AllowEmptyReferer><RefererList><Referer></Referer></RefererList>", defaults);
        assert!(String::from_utf8(to_xml(None)).unwrap().ends_with(&document(defaults)));
    }

    #[test]
    fn what_cannot_be_a_configuration_is_refused() {
        let long = format!(
            "<AllowEmptyReferer>true</AllowEmptyReferer><RefererList><Referer>{}</Referer></RefererList>",
            "x".repeat(MAX_LIST_BYTES + 1)
        );
        for content in [
            "",
            "<AllowEmptyReferer>true</AllowEmptyReferer>",
            "<RefererList></RefererList>",
            "<AllowEmptyReferer>maybe</AllowEmptyReferer><RefererList></RefererList>",
            &WHOLE.replace("TruncatePath", "Other"),
            &WHOLE.replace("<Referer>http://a.test</Referer>", "<Other/>"),
            &format!("{WHOLE}<TruncatePath>true</TruncatePath>"),
            &long,
        ] {
            assert!(parse(document(content).as_bytes()).is_err(), "{content}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_parsed_or_refused(text in ".{0,200}", entry in "[ -~]{0,20}") {
            let _ = parse(text.as_bytes());
            let body = document(&WHOLE.replace("http://a.test", &entry));
            if let Ok(parsed) = parse(body.as_bytes()) {
                prop_assert_eq!(parse(&to_xml(Some(&parsed))), Ok(parsed));
            }
        }
    }
}
