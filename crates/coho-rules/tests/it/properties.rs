//! Properties of every configuration and every request.

use crate::{
    notation::{OwnedRequest, play, request, short, website, world},
    random::{self, Random},
};
use coho_model::{
    ObjectKey,
    website::{Protocol, REDIRECT_CODES, Redirect, RedirectType, RoutingRule, WebsiteConfiguration},
};
use coho_rules::{Access, Decision, DecisionTrace, MAX_REWRITTEN_KEY_BYTES, Method, NoTrace, OriginUrl, TraceEvent};
use proptest::prelude::*;

/// Panics unless the decision is safe to send.
pub(crate) fn assert_sound(decision: &Decision<'_>, request: &OwnedRequest) {
    match decision {
        Decision::Redirect(to) => {
            let plain = to.location.bytes().all(|b| b.is_ascii_graphic());
            assert!(plain && !to.location.is_empty(), "{:?}", to.location);
            assert!(!to.location.starts_with("//"), "another host: {}", to.location);
            assert!(REDIRECT_CODES.contains(&to.status), "{}", to.status);
        }
        Decision::Mirror(fetch) => {
            let mirror = &fetch.rule.redirect.as_ref().unwrap().mirror;
            assert!(request.method == Method::Get || mirror.allow_head_object == Some(true));
            let folder = OriginUrl::new(mirror.url.as_deref().unwrap(), "", true, "").unwrap();
            let path = fetch.urls.first.as_str().strip_prefix(folder.as_str()).unwrap();
            let path = path.split('?').next().unwrap();
            assert!(path.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~/%".contains(&b)), "{path}");
            assert!(!path.split('/').any(|segment| segment == "." || segment == ".."), "{path}");
        }
        Decision::Serve { status, .. } => assert!([200, 404].contains(status)),
        Decision::LookUp(_) => panic!("a question at the end"),
        Decision::List => assert_eq!(request.key, None),
        Decision::Plain { status } => assert!(*status >= 400, "{status}"),
    }
}

fn decoded(path: &str) -> String {
    percent_encoding::percent_decode_str(path).decode_utf8().unwrap().into_owned()
}

fn with_key(key: &ObjectKey) -> OwnedRequest {
    OwnedRequest {
        method: Method::Get,
        key: Some(key.clone()),
        query: String::new(),
        headers: vec![],
        scheme: Protocol::Http,
        host: "h".into(),
        path_style: false,
        lacks_slash: false,
        anyone_reads: true,
        access: Access::Signed,
    }
}

fn one_rule(redirect: Redirect, prefix: &str) -> WebsiteConfiguration {
    let mut rule = RoutingRule { rule_number: 1, redirect: Some(redirect), ..RoutingRule::default() };
    rule.condition.key_prefix_equals = Some(prefix.to_owned()).filter(|prefix| !prefix.is_empty());
    WebsiteConfiguration { routing_rules: vec![rule], ..WebsiteConfiguration::default() }
}

/// Any valid key, with more slashes, dots, percent signs and control characters than by chance.
fn any_key() -> impl Strategy<Value = ObjectKey> {
    let piece = prop_oneof![
        Just("/".to_owned()),
        Just("..".to_owned()),
        Just("%2e".to_owned()),
        Just("\r\n".to_owned()),
        Just("${key}".to_owned()),
        any::<String>(),
    ];
    let text = proptest::collection::vec(piece, 1..6).prop_map(|pieces| pieces.concat());
    text.prop_filter_map("a key", |text| ObjectKey::parse(&text).ok())
}

/// A second implementation of key rewriting: how a key is rewritten, and into what.
#[derive(Debug, Clone)]
enum Rewriting {
    Nothing,
    Cut,
    Prefix(String),
    Whole(String, String),
}

fn any_rewriting() -> impl Strategy<Value = Rewriting> {
    prop_oneof![
        Just(Rewriting::Nothing),
        Just(Rewriting::Cut),
        any::<String>().prop_filter("not empty", |text| !text.is_empty()).prop_map(Rewriting::Prefix),
        ("[^$]*", "[^$]*").prop_map(|(before, after)| Rewriting::Whole(before, after)),
    ]
}

impl Rewriting {
    fn apply(&self, redirect: &mut Redirect, key: &str, prefix: &str) -> String {
        match self {
            Self::Nothing => key.to_owned(),
            Self::Cut => {
                redirect.enable_replace_prefix = Some(true);
                key[prefix.len()..].to_owned()
            }
            Self::Prefix(with) => {
                redirect.replace_key_prefix_with = Some(with.clone());
                with.clone() + &key[prefix.len()..]
            }
            Self::Whole(before, after) => {
                redirect.replace_key_with = Some(format!("{before}${{key}}{after}"));
                format!("{before}{key}{after}")
            }
        }
    }
}

proptest! {
    #[test]
    fn a_location_decodes_to_the_rewritten_key_and_nothing_else(
        key in any_key(),
        cut in 0usize..8,
        rewriting in any_rewriting(),
    ) {
        let prefix: String = key.as_str().chars().take(cut).collect();
        let mut redirect = Redirect { host_name: Some("n.test".into()), ..Redirect::new(RedirectType::External) };
        let expected = rewriting.apply(&mut redirect, key.as_str(), &prefix);
        prop_assume!(expected.len() <= MAX_REWRITTEN_KEY_BYTES);
        let (site, asked) = (one_rule(redirect, &prefix), with_key(&key));
        let decision = play(&site, asked.borrowed(), &world(""), NoTrace);
        assert_sound(&decision, &asked);
        let Decision::Redirect(to) = decision else { panic!("{decision}") };
        let path = to.location.strip_prefix("http://n.test/").unwrap();
        prop_assert_eq!(decoded(path), expected);
        prop_assert!(!path.contains(['?', '#', '\\', '@', ':', '\r', '\n']));
    }

    #[test]
    fn an_origin_url_decodes_to_the_rewritten_key_and_stays_in_the_folder(
        key in any_key(),
        cut in 0usize..8,
        rewriting in any_rewriting(),
    ) {
        let prefix: String = key.as_str().chars().take(cut).collect();
        let mut redirect = Redirect::new(RedirectType::Mirror);
        redirect.mirror.url = Some("http://o.test/old/".into());
        let expected = rewriting.apply(&mut redirect, key.as_str(), &prefix);
        let expected = expected.trim_start_matches('/');
        prop_assume!(expected.len() <= MAX_REWRITTEN_KEY_BYTES);
        let (site, asked) = (one_rule(redirect, &prefix), with_key(&key));
        let decision = play(&site, asked.borrowed(), &world(""), NoTrace);
        assert_sound(&decision, &asked);
        let depths = expected.split('/').scan(0i32, |depth, segment| {
            *depth += match segment { "" | "." => 0, ".." => -1, _ => 1 };
            Some(*depth)
        });
        let leaves = depths.into_iter().any(|depth| depth < 0);
        match decision {
            Decision::Mirror(fetch) => {
                prop_assert!(!leaves);
                let path = fetch.urls.first.as_str().strip_prefix("http://o.test/old/").unwrap();
                prop_assert_eq!(decoded(path), expected);
                prop_assert_eq!(&fetch.key, &key, "stored under the key asked for");
            }
            other => prop_assert!(leaves, "{}", other),
        }
    }

    #[test]
    fn a_decision_depends_neither_on_the_order_of_the_document_nor_on_being_traced(seed in any::<u64>()) {
        let mut random = Random::new(seed);
        let text = random::website(&mut random);
        let site = website(&text);
        prop_assert_eq!(site.validate(), Ok(()), "{}", text);
        let mut other = site.clone();
        random.shuffle(&mut other.routing_rules);
        for _ in 0..8 {
            let (asked, stored) = (random::request(&mut random), random::world(&mut random));
            let (asked, stored) = (request(&asked), world(&stored));
            let mut trace = DecisionTrace::default();
            let decision = play(&site, asked.borrowed(), &stored, &mut trace);
            assert_sound(&decision, &asked);
            prop_assert_eq!(short(&decision), short(&play(&other, asked.borrowed(), &stored, NoTrace)));
            prop_assert_eq!(trace.events.last(), Some(&TraceEvent::Decided(decision.to_string())));
        }
    }
}
