//! Runs a case through the one decision function, with the case's facts in place of a store and an origin.

use super::{case::Case, expected::Expected};
use coho_model::{ObjectKey, website::WebsiteConfiguration};
use coho_rules::{Decision, DecisionTrace, Evaluation, Observation, RuleRequest};

/// Most questions of one evaluation.
const MAX_STEPS: usize = 32;
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
            access: self.access,
        };
        let mut evaluation = Evaluation::new(Some(website), request, trace);
        let mut first = self.found;
        let mut decision = evaluation.begin();
        for _ in 0..MAX_STEPS {
            let found = match &decision {
                Decision::LookUp(key) => first.take().unwrap_or_else(|| self.look_up(key)),
                Decision::Mirror(_) => match self.origin {
                    Some(found) => found,
                    None => break,
                },
                Decision::List => match first.take() {
                    Some(refused @ Observation::Refused(_)) => refused,
                    _ => break,
                },
                _ => break,
            };
            decision = evaluation.observe(found);
        }
        decision
    }

    fn look_up(&self, key: &ObjectKey) -> Observation {
        if self.has.iter().any(|have| have == key.as_str()) { Observation::Present } else { Observation::Missing }
    }
}
