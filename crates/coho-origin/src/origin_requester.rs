//! The requests of one fetch: the rule's origins in turn, redirects followed, until one answers.

use crate::{
    MirrorFailure,
    client::SendOptions,
    environment::FetchEnvironment,
    fetch_request::FetchRequest,
    guard::is_same_server,
    head_scan::HeadFaults,
    location::resolve,
    metrics::RuleMetrics,
    origin_headers::{OriginTarget, origin_headers},
    origins::{OriginBody, name_of},
    trace::{AttemptPath, FetchTrace},
};
use coho_model::Timestamp;
use coho_rules::OriginUrl;
use http::{HeaderMap, Method, Response, StatusCode, Uri, header};
use std::time::Instant;

/// Most redirects of an origin that are followed for one object (OSS: 10).
pub(crate) const MAX_REDIRECTS: usize = 10;
/// Statuses that do not count as failures of an origin, even if `MirrorSwitchAllErrors` is true.
const NO_FAILURE: [u16; 7] = [200, 206, 301, 302, 303, 307, 404];

/// An origin's answer.
pub(crate) struct OriginAnswer {
    pub(crate) response: Response<OriginBody>,
    /// Index of the origin among the rule's.
    pub(crate) origin: usize,
}

/// Sends the requests of one fetch.
pub(crate) struct OriginRequester<'a> {
    pub(crate) environment: &'a FetchEnvironment,
    pub(crate) request: &'a FetchRequest,
    pub(crate) trace: &'a FetchTrace,
    pub(crate) metrics: &'a RuleMetrics,
    pub(crate) now: Timestamp,
}

/// The range of the object that a request asks for; the default is the whole.
#[derive(Debug, Default)]
pub(crate) struct RangeRequest {
    /// Offset of the first byte.
    pub(crate) start: u64,
    /// `Range` and `If-Range`.
    pub(crate) headers: HeaderMap,
    /// The request is sent even if the origin's circuit breaker is open, since a body in progress depends on it.
    pub(crate) ignores_breaker: bool,
}

impl OriginRequester<'_> {
    /// Requests the object from one origin after the other until one does not fail. If all fail, the last failure is the result.
    pub(crate) async fn first_answer(&self) -> Result<OriginAnswer, MirrorFailure> {
        let count = 1 + self.request.urls.others.len();
        let mut origins: Vec<_> = (0..count).collect();
        if count > 1 && !self.first_is_healthy().await {
            // The primary stays as the last resort.
            origins.rotate_left(1);
        }
        let mut last = Err(MirrorFailure::Unreachable("the rule has no origin".into()));
        for (tried, &origin) in origins.iter().enumerate() {
            let response = self.ask(origin, RangeRequest::default()).await;
            last = response.map(|response| OriginAnswer { response, origin });
            if tried + 1 == count || !self.is_failure(&last) {
                break;
            }
        }
        last
    }

    async fn first_is_healthy(&self) -> bool {
        match self.request.mirror().and_then(|mirror| mirror.url_probe.as_deref()) {
            Some(url) => {
                let FetchEnvironment { health, client, .. } = self.environment;
                health.is_healthy(client, &self.request.bucket, url).await
            }
            None => true,
        }
    }

    fn is_failure(&self, answer: &Result<OriginAnswer, MirrorFailure>) -> bool {
        match answer {
            Ok(answer) => {
                let status = answer.response.status();
                let all = self.request.flag(|mirror| mirror.switch_all_errors);
                if all { !NO_FAILURE.contains(&status.as_u16()) } else { status.is_server_error() }
            }
            // Another origin cannot mend a loop, which is a fault of the rule.
            Err(MirrorFailure::Loop | MirrorFailure::Redirects) => false,
            Err(_) => true,
        }
    }

    /// Requests the object, or a range of it, from one of the rule's origins.
    pub(crate) async fn ask(&self, origin: usize, range: RangeRequest) -> Result<Response<OriginBody>, MirrorFailure> {
        let begun = Instant::now();
        let mut path = AttemptPath::default();
        let answer = self.follow(origin, &range, &mut path).await;
        path.address = answer.as_ref().ok().and_then(|response| response.body().peer());
        let outcome = answer.as_ref().map(|response| response.status().as_u16());
        self.trace.note(origin, range.start, path, outcome, begun.elapsed());
        answer
    }

    async fn follow(
        &self,
        origin: usize,
        range: &RangeRequest,
        path: &mut AttemptPath,
    ) -> Result<Response<OriginBody>, MirrorFailure> {
        let url = self.request.urls.iter().nth(origin).unwrap_or(&self.request.urls.first);
        let follows = self.request.follows_redirects();
        let mirror = self.request.mirror();
        let options = SendOptions { bucket: &self.request.bucket, ignores_breaker: range.ignores_breaker, mirror };
        let first = uri(url)?;
        let mut uri = first.clone();
        for redirects in 0..=MAX_REDIRECTS {
            (path.uri, path.redirects) = (Some(uri.clone()), redirects);
            let is_rules_server = is_same_server(&uri, &first);
            let target = OriginTarget { method: &Method::GET, uri: &uri, is_rules_server, range: &range.headers };
            let headers = origin_headers(&self.environment.client, self.request, &target, self.now)?;
            let response = self.environment.client.send(Method::GET, headers, &options, &uri).await?;
            if let Some(faults) = response.extensions().get::<HeadFaults>() {
                self.report_faults(&uri, *faults);
            }
            if !follows || !is_redirect(response.status()) {
                return Ok(response);
            }
            let location = response.headers().get(header::LOCATION);
            let Some(next) = location.and_then(|location| resolve(&uri, location.as_bytes())) else {
                return Ok(response);
            };
            uri = next;
        }
        Err(MirrorFailure::Redirects)
    }

    /// Counts and logs a head whose malformed lines were dropped or repaired.
    fn report_faults(&self, uri: &Uri, faults: HeadFaults) {
        const LABEL: &str = "malformed_head";
        self.metrics.count(LABEL);
        let origin = name_of(uri);
        let Some(unlogged) = self.environment.failure_log.admit(&origin, LABEL, Instant::now()) else { return };
        tracing::warn!(
            request.id = &*self.request.request_id,
            bucket.name = self.request.bucket.name.as_str(),
            object.key = self.request.key.as_str(),
            rule = self.request.rule_number,
            origin.url = origin,
            folded = faults.folded,
            blank_before_colon = faults.blank,
            dropped = faults.dropped,
            unlogged,
            "origin head has malformed lines, which were repaired or dropped"
        );
    }
}

/// The form of an origin's URL that is requested.
pub(crate) fn uri(url: &OriginUrl) -> Result<Uri, MirrorFailure> {
    url.as_str().parse().map_err(|_| MirrorFailure::Unreachable("origin URL cannot be requested".into()))
}

fn is_redirect(status: StatusCode) -> bool {
    matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308)
}
