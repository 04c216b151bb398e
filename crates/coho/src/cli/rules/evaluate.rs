//! Runs a case through the one decision function, with the case's facts in place of a store and an origin.

use super::{case::Case, expected::Expected};
use coho_model::{ObjectKey, website::WebsiteConfiguration};
use coho_rules::{Decision, DecisionTrace, Evaluation, Observation, Question, RuleRequest};

/// The name of the bucket; no case depends on it, since it is not in the path.
const BUCKET: &str = "bucket";

/// A case that came out otherwise.
#[derive(Debug)]
pub(super) struct Failed {
    pub(super) got: Option<Expected>,
    pub(super) trace: DecisionTrace,
}

impl Case {
    /// Whether the configuration does what is expected.
    pub(super) fn run(&self, website: &WebsiteConfiguration) -> Result<(), Failed> {
        let mut trace = DecisionTrace::default();
        let decision = self.decide(website, &mut trace);
        let got = Expected::of(&decision);
        let expected = self.expected.about(self.key.as_ref());
        if got.as_ref() == Some(&expected) { Ok(()) } else { Err(Failed { got, trace }) }
    }

    fn decide<'a>(&'a self, website: &'a WebsiteConfiguration, trace: &mut DecisionTrace) -> Decision<'a> {
        let request = RuleRequest {
            bucket: BUCKET,
            key: self.key.as_ref(),
            method: self.method,
            raw_query: &self.query,
            headers: &self.headers,
            scheme: self.scheme,
            host: &self.host,
            leading_slashes: 0,
            path_style: false,
            lacks_slash: false,
            anyone_reads: true,
            access: self.access,
        };
        let mut first = self.found;
        Evaluation::new(Some(website), request, trace).run_now(|question| match question {
            Question::LookUp(key) => Some(first.take().unwrap_or_else(|| self.look_up(key))),
            Question::Fetch(_) => self.origin,
            Question::List => first.take().filter(|found| matches!(found, Observation::Refused(_))),
        })
    }

    fn look_up(&self, key: &ObjectKey) -> Observation {
        if self.has.iter().any(|have| have == key.as_str()) { Observation::Present } else { Observation::Missing }
    }
}
