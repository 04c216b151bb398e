//! Asking for an object: the rule's origins one after the other, redirects followed, until one answers.

use crate::{
    MirrorFailure,
    client::{Client, Manner},
    guard::is_same_server,
    location::resolve,
    order::Order,
    origins::OriginBody,
    probe::{self, Health},
    sign::sign,
    trace::Trace,
};
use coho_model::Timestamp;
use http::{HeaderMap, Method, Response, StatusCode, Uri, header};
use std::time::Instant;

/// Most redirects of an origin that are followed for one object (OSS: 10).
pub(crate) const MAX_REDIRECTS: usize = 10;
/// Statuses that are no failure of an origin even if `MirrorSwitchAllErrors` is true.
const NO_ERROR: [u16; 7] = [200, 206, 301, 302, 303, 307, 404];

/// An origin's answer.
pub(crate) struct Answer {
    pub(crate) response: Response<OriginBody>,
    /// Which of the rule's origins it came from.
    pub(crate) origin: usize,
}

/// Whom to ask, and how.
pub(crate) struct Asker<'a> {
    pub(crate) client: &'a Client,
    pub(crate) health: &'a Health,
    pub(crate) order: &'a Order,
    pub(crate) trace: &'a Trace,
    pub(crate) now: Timestamp,
}

/// A part of the object that is asked for, instead of the whole.
#[derive(Debug, Default)]
pub(crate) struct Part {
    /// Where it begins.
    pub(crate) start: u64,
    /// What asks for it.
    pub(crate) headers: HeaderMap,
    /// Much is at stake: an origin is asked even if it has failed lately.
    pub(crate) insists: bool,
}

impl Asker<'_> {
    /// Asks until an origin does not fail. The last failure is the result if all do.
    pub(crate) async fn first_answer(&self) -> Result<Answer, MirrorFailure> {
        let count = 1 + self.order.urls.others.len();
        let mut places: Vec<_> = (0..count).collect();
        if count > 1 && !self.first_is_well().await {
            // The others first; the primary stays as the last resort.
            places.rotate_left(1);
        }
        let mut last = Err(MirrorFailure::Unreachable("the rule has no origin".into()));
        for (tried, &origin) in places.iter().enumerate() {
            last = self.ask(origin, Part::default()).await.map(|response| Answer { response, origin });
            if tried + 1 == count || !self.is_failure(&last) {
                break;
            }
        }
        last
    }

    async fn first_is_well(&self) -> bool {
        match self.order.mirror().and_then(|mirror| mirror.url_probe.as_deref()) {
            Some(url) => probe::is_well(self.client, self.health, &self.order.bucket, url).await,
            None => true,
        }
    }

    fn is_failure(&self, answer: &Result<Answer, MirrorFailure>) -> bool {
        match answer {
            Ok(answer) => {
                let status = answer.response.status();
                let all = self.order.says(|mirror| mirror.switch_all_errors);
                if all { !NO_ERROR.contains(&status.as_u16()) } else { status.is_server_error() }
            }
            // A loop is nobody's failure but the rule's.
            Err(MirrorFailure::Loop | MirrorFailure::Redirects) => false,
            Err(_) => true,
        }
    }

    /// Asks one of the rule's origins for the object or a part of it.
    pub(crate) async fn ask(&self, origin: usize, part: Part) -> Result<Response<OriginBody>, MirrorFailure> {
        let begun = Instant::now();
        let answer = self.follow(origin, &part).await;
        let outcome = answer.as_ref().map(|response| response.status().as_u16());
        self.trace.note(origin, part.start, outcome, begun.elapsed());
        answer
    }

    async fn follow(&self, origin: usize, part: &Part) -> Result<Response<OriginBody>, MirrorFailure> {
        let url = self.order.urls.iter().nth(origin).unwrap_or(&self.order.urls.first);
        let follows = self.order.mirror().and_then(|mirror| mirror.follow_redirect).unwrap_or(true);
        let mirror = self.order.mirror();
        let manner = Manner { bucket: &self.order.bucket, insists: part.insists, mirror };
        let first: Uri =
            url.as_str().parse().map_err(|_| MirrorFailure::Unreachable("origin URL cannot be asked for".into()))?;
        let mut uri = first.clone();
        for _ in 0..=MAX_REDIRECTS {
            let at_home = is_same_server(&uri, &first);
            let mut headers = self.headers(at_home, &part.headers);
            if let Some(auth) = self.order.mirror().and_then(|mirror| mirror.auth.as_ref()).filter(|_| at_home) {
                sign(auth, &Method::GET, &uri, &mut headers, self.now)?;
            }
            let response = self.client.send(Method::GET, headers, &manner, &uri).await?;
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

    /// What an origin is sent. Another server than the rule's gets nothing of the client.
    fn headers(&self, at_home: bool, own: &HeaderMap) -> HeaderMap {
        let mut headers = self.client.headers(self.order.hops.as_ref());
        if at_home {
            headers.extend(self.order.headers.clone());
        }
        headers.extend(own.clone());
        headers
    }
}

fn is_redirect(status: StatusCode) -> bool {
    matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308)
}
