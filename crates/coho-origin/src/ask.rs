//! Asking for an object: the rule's origins one after the other, redirects followed, until one answers.

use crate::{
    MirrorFailure,
    client::Client,
    location::resolve,
    order::Order,
    probe::{self, Health},
};
use coho_rules::OriginUrl;
use http::{HeaderMap, Method, Response, StatusCode, Uri, header};
use hyper::body::Incoming;

/// Most redirects of an origin that are followed for one object (OSS: 10).
pub(crate) const MAX_REDIRECTS: usize = 10;
/// Statuses that are no failure of an origin even if `MirrorSwitchAllErrors` is true.
const NO_ERROR: [u16; 7] = [200, 206, 301, 302, 303, 307, 404];

/// An origin's answer.
pub(crate) struct Answer {
    pub(crate) response: Response<Incoming>,
    /// Which of the rule's origins it came from.
    pub(crate) origin: usize,
}

/// Whom to ask, and how.
pub(crate) struct Asker<'a> {
    pub(crate) client: &'a Client,
    pub(crate) health: &'a Health,
    pub(crate) order: &'a Order,
}

impl Asker<'_> {
    /// Asks until an origin does not fail. The last failure is the result if all do.
    pub(crate) async fn first_answer(&self) -> Result<Answer, MirrorFailure> {
        let urls: Vec<_> = self.order.urls.iter().collect();
        let mut places: Vec<_> = (0..urls.len()).collect();
        if places.len() > 1 && !self.first_is_well().await {
            // The others first; the primary stays as the last resort.
            places.rotate_left(1);
        }
        let mut last = Err(MirrorFailure::Unreachable("the rule has no origin".into()));
        for (tried, &origin) in places.iter().enumerate() {
            last = self.ask(urls[origin], HeaderMap::new()).await.map(|response| Answer { response, origin });
            if tried + 1 == places.len() || !self.is_failure(&last) {
                break;
            }
        }
        last
    }

    async fn first_is_well(&self) -> bool {
        match self.order.mirror().and_then(|mirror| mirror.url_probe.as_deref()) {
            Some(url) => probe::is_well(self.client, self.health, &self.order.bucket.name, url).await,
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

    /// Asks one origin for the object, with these headers of ours.
    pub(crate) async fn ask(&self, url: &OriginUrl, own: HeaderMap) -> Result<Response<Incoming>, MirrorFailure> {
        let mirror = self.order.mirror();
        let follows = mirror.and_then(|mirror| mirror.follow_redirect).unwrap_or(true);
        let first: Uri =
            url.as_str().parse().map_err(|_| MirrorFailure::Unreachable("origin URL cannot be asked for".into()))?;
        let mut uri = first.clone();
        for _ in 0..=MAX_REDIRECTS {
            let at_home = uri.authority() == first.authority() && uri.scheme() == first.scheme();
            let headers = self.headers(at_home, &own);
            let response = self.client.send(Method::GET, headers, &self.order.bucket.name, &uri).await?;
            if !follows || !is_redirect(response.status()) {
                return Ok(response);
            }
            let location = response.headers().get(header::LOCATION).and_then(|value| value.to_str().ok());
            let Some(next) = location.and_then(|location| resolve(&uri, location)) else { return Ok(response) };
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
