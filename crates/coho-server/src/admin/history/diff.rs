//! The difference of two versions of a website, as lines of their documents.

use coho_model::website::WebsiteConfiguration;
use coho_oss::document::website;
use similar::TextDiff;
use std::{borrow::Cow, time::Duration};

/// Lines around a change.
const CONTEXT_LINES: usize = 3;
/// Longest search for a short difference; after it, a longer one that is as true is shown.
const SEARCH_TIME: Duration = Duration::from_millis(100);
/// What is shown where no line differs, and the configurations do.
const SECRETS_DIFFER: &str = "# only secrets differ, which are not shown\n";

/// What changes from one configuration to another; empty if nothing does.
pub(super) fn difference(
    (old_name, old): (&str, Option<&WebsiteConfiguration>),
    (new_name, new): (&str, Option<&WebsiteConfiguration>),
) -> String {
    let [from, to] = [old, new].map(|website| website.map(shown).unwrap_or_default());
    if from == to {
        return if old == new { String::new() } else { SECRETS_DIFFER.to_owned() };
    }
    unified((old_name, &from), (new_name, &to))
}

/// What changes from one text to another, line by line, under their names; empty if nothing does.
pub(in crate::admin) fn unified((old_name, old): (&str, &str), (new_name, new): (&str, &str)) -> String {
    let diff = TextDiff::configure().timeout(SEARCH_TIME).diff_lines(old, new);
    diff.unified_diff().context_radius(CONTEXT_LINES).header(old_name, new_name).to_string()
}

/// The document as clients get it, one element in each line.
fn shown(configuration: &WebsiteConfiguration) -> String {
    let xml = website::to_xml(configuration);
    lines(&String::from_utf8_lossy(&xml))
}

/// Documents of this program have no comments, attributes or blanks between elements.
fn lines(xml: &str) -> String {
    let (mut out, mut depth, mut after_open) = (String::with_capacity(2 * xml.len()), 0usize, false);
    for piece in xml.split('<').skip(1) {
        let closes = piece.starts_with('/');
        if closes {
            depth = depth.saturating_sub(1);
        }
        if !(closes && after_open) {
            if !out.is_empty() {
                out.push('\n');
            }
            out.push_str(&"  ".repeat(depth));
        }
        out.push('<');
        // A text of several lines would look like elements.
        let text: Cow<'_, str> =
            if piece.contains('\n') { piece.trim_end().replace('\n', "&#10;").into() } else { piece.into() };
        out.push_str(&text);
        after_open = !closes && !piece.starts_with('?') && !piece.contains("/>");
        if after_open {
            depth += 1;
        }
    }
    out.push('\n');
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use coho_model::website::{IndexDocument, MirrorAuth, Redirect, RedirectType, RoutingRule};

    #[test]
    fn every_element_has_its_line() {
        for (xml, expected) in [
            (
                "<?xml version=\"1.0\"?>\n<a><b>x</b><c></c><d/></a>",
                "<?xml version=\"1.0\"?>\n<a>\n  <b>x</b>\n  <c></c>\n  <d/>\n</a>\n",
            ),
            ("<a><b>x\ny</b></a>", "<a>\n  <b>x&#10;y</b>\n</a>\n"),
        ] {
            assert_eq!(lines(xml), expected);
        }
    }

    fn index(suffix: &str) -> WebsiteConfiguration {
        let index_document = Some(IndexDocument { suffix: Some(suffix.into()), ..IndexDocument::default() });
        WebsiteConfiguration { index_document, ..WebsiteConfiguration::default() }
    }

    fn secret(secret: &str) -> WebsiteConfiguration {
        let mut redirect = Redirect::new(RedirectType::Mirror);
        redirect.mirror.auth = Some(MirrorAuth { access_key_secret: Some(secret.into()), ..MirrorAuth::default() });
        let rule = RoutingRule { rule_number: 1, redirect: Some(redirect), ..RoutingRule::default() };
        WebsiteConfiguration { routing_rules: vec![rule], ..WebsiteConfiguration::default() }
    }

    #[test]
    fn a_difference_of_the_largest_documents_is_found_in_time() {
        let large = |first: usize| {
            let rule = |n: usize| RoutingRule { rule_number: ((n * first) % 7919) as u32, ..RoutingRule::default() };
            let routing_rules = (0..40_000).map(rule).collect();
            WebsiteConfiguration { routing_rules, ..WebsiteConfiguration::default() }
        };
        let began = std::time::Instant::now();
        let shown = difference(("1", Some(&large(3))), ("2", Some(&large(5))));
        assert!(shown.len() > 100_000, "{}", shown.len());
        assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
    }

    #[test]
    fn a_difference_is_lines_and_shows_no_secret() {
        let (a, b, one, two) = (index("a.html"), index("b.html"), secret("one"), secret("two"));
        let difference = |old, new| difference(("1", old), ("2", new));
        let changed = difference(Some(&a), Some(&b));
        assert!(changed.contains("--- 1\n+++ 2\n"), "{changed}");
        assert!(changed.contains("-    <Suffix>a.html</Suffix>\n+    <Suffix>b.html</Suffix>\n"), "{changed}");
        assert_eq!(difference(Some(&a), Some(&a)), "");
        assert_eq!(difference(None, None), "");
        assert!(difference(Some(&a), None).lines().skip(3).all(|line| line.starts_with('-')));
        assert_eq!(difference(Some(&one), Some(&two)), SECRETS_DIFFER);
        let added = difference(None, Some(&one));
        assert!(added.contains("******") && !added.contains("one"), "{added}");
    }
}
