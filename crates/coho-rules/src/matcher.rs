//! Finds the rule that applies: one pass over the rules in ascending order of their numbers.

use crate::{
    Method, MismatchReason, Observation, OriginUrls, RuleMismatch, RuleRequest, StepOutcome, TraceEvent, Tracer,
    location, not_executed,
    rewrite::{MAX_REWRITTEN_KEY_BYTES, rewrite, rewriting_element},
};
use coho_model::website::{
    IncludeHeader, MAX_ROUTING_RULES, Redirect, RedirectType, RoutingRule, WebsiteConfiguration,
};

/// The name that rules are tested with. If a page stands for a directory, an origin is asked for the page, and every
/// other test is about the directory.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Subject<'s> {
    pub(crate) requested: &'s str,
    pub(crate) stored_as: &'s str,
}

/// The rule that applies, and its action.
pub(crate) struct Match<'w> {
    pub(crate) rule: &'w RoutingRule,
    pub(crate) action: Action,
}

pub(crate) enum Action {
    /// The origins in the order in which they are tried.
    Mirror(OriginUrls),
    /// It is a Mirror rule, but this request cannot cause a fetch.
    MirrorsNothing(StepOutcome),
    Redirect {
        status: u16,
        location: String,
    },
    /// The key that is served instead.
    Internal(String),
}

/// The first rule that applies. It ends the search, whatever its action yields.
pub(crate) fn first_match<'w, T: Tracer>(
    website: &'w WebsiteConfiguration,
    request: &RuleRequest<'_>,
    subject: Subject<'_>,
    found: Observation,
    tracer: &mut T,
) -> Option<Match<'w>> {
    let rules = &website.routing_rules;
    // Only a document with more rules than are valid is ordered on the heap.
    let (mut few, mut many) = ([0; MAX_ROUTING_RULES], Vec::new());
    let order = match few.get_mut(..rules.len()) {
        Some(few) => few,
        None => {
            many.resize(rules.len(), 0);
            many.as_mut_slice()
        }
    };
    in_order(rules, order);
    for rule in order.iter().map(|index| &rules[*index]) {
        match apply(rule, request, subject, found) {
            Ok(action) => {
                tracer.note(|| TraceEvent::RuleMatched { rule: rule.rule_number });
                return Some(Match { rule, action });
            }
            Err(fault) => tracer.note(|| TraceEvent::RulePassedBy {
                rule: rule.rule_number,
                mismatch: fault.explain(rule, request, subject, found),
            }),
        }
    }
    None
}

/// Fills in the indices of the rules in the order of their numbers.
fn in_order(rules: &[RoutingRule], order: &mut [usize]) {
    order.iter_mut().enumerate().for_each(|(place, index)| *index = place);
    if !rules.is_sorted_by_key(|rule| rule.rule_number) {
        order.sort_unstable_by_key(|index| (rules[*index].rule_number, *index));
    }
}

/// Why a rule does not apply. Cheap to create; turned into text only for a tracer.
enum Fault<'w> {
    Prefix,
    Suffix,
    Status,
    Header(&'w IncludeHeader),
    NotExecuted(&'w str),
    TooLong,
    NoHost,
}

fn apply<'w>(
    rule: &'w RoutingRule,
    request: &RuleRequest<'_>,
    subject: Subject<'_>,
    found: Observation,
) -> Result<Action, Fault<'w>> {
    let condition = &rule.condition;
    let key = tested_key(rule, subject);
    if !condition.key_prefix_equals.as_deref().is_none_or(|prefix| key.starts_with(prefix)) {
        return Err(Fault::Prefix);
    }
    if !condition.key_suffix_equals.as_deref().is_none_or(|suffix| key.ends_with(suffix)) {
        return Err(Fault::Suffix);
    }
    if !is_eligible(rule, found) {
        return Err(Fault::Status);
    }
    if let Some(header) = condition.include_headers.iter().find(|header| !has_header(request, header)) {
        return Err(Fault::Header(header));
    }
    if let Some(element) = not_executed(rule) {
        return Err(Fault::NotExecuted(element.0));
    }
    let redirect = rule.redirect.as_ref().ok_or(Fault::NotExecuted("Redirect"))?;
    act(rule, redirect, request, key)
}

fn act<'w>(rule: &RoutingRule, redirect: &Redirect, request: &RuleRequest<'_>, key: &str) -> Result<Action, Fault<'w>> {
    if redirect.redirect_type == RedirectType::Mirror && !may_mirror(redirect, request.method) {
        return Ok(Action::MirrorsNothing(StepOutcome::HeadFetchesNothing));
    }
    let rewritten = rewrite(key, &rule.condition, redirect).ok_or(Fault::TooLong)?;
    Ok(match redirect.redirect_type {
        RedirectType::Mirror => {
            let mirror = &redirect.mirror;
            let base = mirror.url.as_deref().ok_or(Fault::NotExecuted("MirrorURL"))?;
            let query = if redirect.effective_pass_query_string() { request.raw_query } else { "" };
            match OriginUrls::new(base, mirror, &rewritten, request.leading_slashes, query) {
                Some(urls) => Action::Mirror(urls),
                None => Action::MirrorsNothing(StepOutcome::LeavesFolder),
            }
        }
        RedirectType::External | RedirectType::AliCdn => Action::Redirect {
            status: redirect.effective_http_redirect_code(),
            location: location::of_rule(request, redirect, &rewritten).ok_or(Fault::NoHost)?,
        },
        RedirectType::Internal => Action::Internal(rewritten.into_owned()),
    })
}

fn may_mirror(redirect: &Redirect, method: Method) -> bool {
    method == Method::Get || redirect.mirror.allow_head_object == Some(true)
}

fn tested_key<'s>(rule: &RoutingRule, subject: Subject<'s>) -> &'s str {
    if rule.is_mirror() { subject.stored_as } else { subject.requested }
}

/// A Mirror rule applies to missing objects. Any other applies at its code; without a code, to authorised requests.
fn is_eligible(rule: &RoutingRule, found: Observation) -> bool {
    let code = rule.condition.http_error_code_returned_equals;
    if rule.is_mirror() {
        return found == Observation::Missing && code.is_none_or(|code| code == 404);
    }
    code.map_or(found.is_authorised(), |code| code == found.status())
}

/// One value of the header must pass all its tests; without tests, presence suffices.
fn has_header(request: &RuleRequest<'_>, header: &IncludeHeader) -> bool {
    let IncludeHeader { key, equals, starts_with, ends_with, unknown: _ } = header;
    request.headers.any(key, &mut |value| {
        equals.as_ref().is_none_or(|text| value == text.as_bytes())
            && starts_with.as_ref().is_none_or(|text| value.starts_with(text.as_bytes()))
            && ends_with.as_ref().is_none_or(|text| value.ends_with(text.as_bytes()))
    })
}

impl Fault<'_> {
    fn explain(
        &self,
        rule: &RoutingRule,
        request: &RuleRequest<'_>,
        subject: Subject<'_>,
        found: Observation,
    ) -> RuleMismatch {
        use MismatchReason as Reason;
        let condition = &rule.condition;
        let key = || tested_key(rule, subject).to_owned();
        match self {
            Self::Prefix => {
                RuleMismatch::new(Reason::Prefix, "KeyPrefixEquals", text(&condition.key_prefix_equals), key())
            }
            Self::Suffix => {
                RuleMismatch::new(Reason::Suffix, "KeySuffixEquals", text(&condition.key_suffix_equals), key())
            }
            Self::Status => {
                let (reason, expected) = expected_status(rule);
                RuleMismatch::new(reason, "HttpErrorCodeReturnedEquals", expected, found.status().to_string())
            }
            Self::Header(header) => {
                let values = values(request, header);
                let reason = if values.is_some() { Reason::Header } else { Reason::HeaderAbsent };
                let actual = values.unwrap_or_else(|| "absent".into());
                RuleMismatch::new(reason((*header).clone()), "IncludeHeader", expected_header(header), actual)
            }
            Self::NotExecuted(element) => RuleMismatch::not_executed(element),
            Self::TooLong => {
                let most = format!("a key of at most {MAX_REWRITTEN_KEY_BYTES} bytes");
                let element = rule.redirect.as_ref().map_or("Redirect", rewriting_element);
                RuleMismatch::new(Reason::KeyTooLong, element, most, "a longer one".into())
            }
            Self::NoHost => {
                RuleMismatch::new(Reason::NoHost, "HostName", "a host to redirect to".into(), request.host.to_owned())
            }
        }
    }
}

fn text(text: &Option<String>) -> String {
    text.clone().unwrap_or_default()
}

fn expected_status(rule: &RoutingRule) -> (MismatchReason, String) {
    match rule.condition.http_error_code_returned_equals {
        Some(code) => (MismatchReason::Status, code.to_string()),
        None if rule.is_mirror() => (MismatchReason::Status, "404".into()),
        None => (MismatchReason::Authorised, "200 or 404 of an authorised request".into()),
    }
}

fn expected_header(header: &IncludeHeader) -> String {
    let tests = [("equals", &header.equals), ("starts with", &header.starts_with), ("ends with", &header.ends_with)];
    let tests: Vec<_> =
        tests.into_iter().filter_map(|(test, text)| Some(format!("{test} {}", text.as_ref()?))).collect();
    if tests.is_empty() {
        format!("{} is present", header.key)
    } else {
        format!("{} {}", header.key, tests.join(" and "))
    }
}

/// The values of the header; none if the request lacks it.
fn values(request: &RuleRequest<'_>, header: &IncludeHeader) -> Option<String> {
    let mut values = Vec::new();
    request.headers.any(&header.key, &mut |value| {
        values.push(String::from_utf8_lossy(value).into_owned());
        false
    });
    (!values.is_empty()).then(|| values.join(", "))
}
