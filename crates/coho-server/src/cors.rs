//! Pages of other origins (CORS): what a preflight is answered, and which headers tell a browser that a page may read an
//! answer. Every answer of a bucket with rules has them: errors, redirects, and what comes from an origin, too.

use crate::context::Context;
use coho_model::{BucketName, BucketRecord, CorsConfiguration, CorsRule, RequestRefusal};
use http::{HeaderMap, HeaderName, HeaderValue, Method, header};

/// Most headers that a preflight may name.
const MAX_REQUEST_HEADERS: usize = 256;

/// The headers of the answer to a preflight.
pub(crate) fn preflight(
    configuration: Option<&CorsConfiguration>,
    headers: &HeaderMap,
) -> Result<HeaderMap, RequestRefusal> {
    let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
    let origin = text(header::ORIGIN).filter(|origin| !origin.is_empty());
    let origin = origin.ok_or(RequestRefusal::IncompletePreflight("Origin"))?;
    let method = text(header::ACCESS_CONTROL_REQUEST_METHOD).filter(|method| !method.is_empty());
    let method = method.ok_or(RequestRefusal::IncompletePreflight("Access-Control-Request-Method"))?;
    let configuration = configuration.ok_or(RequestRefusal::CrossOriginNotEnabled)?;
    let asked = text(header::ACCESS_CONTROL_REQUEST_HEADERS).unwrap_or_default();
    let asked: Vec<&str> = asked.split(',').map(str::trim).filter(|name| !name.is_empty()).collect();
    let rule = configuration.rule(origin, method, &asked).filter(|_| asked.len() <= MAX_REQUEST_HEADERS);
    let rule = rule.ok_or(RequestRefusal::CrossOriginNotAllowed)?;
    let mut answer = HeaderMap::new();
    describe(rule, origin, method, &mut answer);
    insert(&mut answer, header::ACCESS_CONTROL_ALLOW_HEADERS, &asked.join(", "));
    Ok(answer)
}

/// What the answer to a request of a page says to the browser.
#[derive(Debug, Default)]
pub(crate) struct CorsHeaders {
    headers: HeaderMap,
    varies: bool,
}

impl CorsHeaders {
    /// Those of an answer of this bucket; nothing without rules.
    pub(crate) fn of(bucket: &BucketRecord, method: &Method, request: &HeaderMap) -> Option<Self> {
        let configuration = bucket.configurations.cors.as_ref()?;
        let mut headers = HeaderMap::new();
        // A preflight has its own.
        let origin = request.get(header::ORIGIN).filter(|_| *method != Method::OPTIONS);
        if let Some(origin) = origin.and_then(|origin| origin.to_str().ok())
            && let Some(rule) = configuration.rule(origin.trim(), method.as_str(), &[])
        {
            describe(rule, origin.trim(), method.as_str(), &mut headers);
        }
        Some(Self { headers, varies: configuration.response_vary })
    }

    /// Those of a request that is refused before its bucket is looked up.
    pub(crate) async fn of_refused(
        context: &Context,
        bucket: Option<&BucketName>,
        method: &Method,
        request: &HeaderMap,
    ) -> Option<Self> {
        let bucket = context.store.bucket(bucket?).await.ok()??;
        Self::of(&bucket, method, request)
    }

    /// Adds them to an answer.
    pub(crate) fn add_to(self, answer: &mut HeaderMap) {
        answer.extend(self.headers);
        if self.varies {
            answer.append(header::VARY, HeaderValue::from_static("Origin"));
        }
    }
}

/// What a rule says of requests of this origin with this method (OSS: OptionObject).
fn describe(rule: &CorsRule, origin: &str, method: &str, answer: &mut HeaderMap) {
    insert(answer, header::ACCESS_CONTROL_ALLOW_ORIGIN, if rule.is_for_all() { "*" } else { origin });
    insert(answer, header::ACCESS_CONTROL_ALLOW_METHODS, method);
    insert(answer, header::ACCESS_CONTROL_EXPOSE_HEADERS, &rule.exposed.join(", "));
    if let Some(seconds) = rule.max_age_seconds {
        answer.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from(seconds));
    }
}

fn insert(answer: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value)
        && !value.is_empty()
    {
        answer.insert(name, value);
    }
}
