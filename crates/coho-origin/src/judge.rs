//! The judgement of an origin's answer: the object, an answer to pass through, or a failure.

use crate::{
    FetchRequest, MirrorFailure,
    entity_tag::{OriginVersion, entity_tag},
    fetch_context::FetchContext,
    framing::{self, ContentRange},
    origin_head::{OriginHead, Passed},
    origin_requester::OriginAnswer,
    origins::OriginBody,
    resume::Resume,
    stored_headers::stored_headers,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use coho_model::{Fetched, Provenance, Timestamp};
use coho_store::{FillHead, random_u64};
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, header};
use http_body_util::{BodyExt, Limited};
use std::sync::Arc;

/// OSS's header with the EC of an error, and the EC of a mirroring loop.
const EC_HEADER: HeaderName = HeaderName::from_static("x-oss-ec");
const LOOP_EC: &str = "0041-00000009";
const CONTENT_MD5: HeaderName = HeaderName::from_static("content-md5");
/// Largest body of an answer that is passed through, in bytes.
const MAX_PASSED_BYTES: usize = 1 << 20;

/// The meaning of an origin's answer.
pub(crate) enum OriginVerdict {
    Object(Box<OriginObject>),
    Passed(Passed),
}

/// The object with its body in progress.
pub(crate) struct OriginObject {
    pub(crate) head: OriginHead,
    pub(crate) body: OriginBody,
    pub(crate) resume: Resume,
    /// The body ends with its connection.
    pub(crate) ends_with_connection: bool,
    expected_md5: Option<[u8; 16]>,
    provenance: Arc<Provenance>,
}

impl OriginObject {
    /// What its record will contain.
    pub(crate) fn fill_head(&self) -> FillHead {
        FillHead {
            etag: self.head.etag,
            modified: self.head.modified,
            headers: self.head.headers.clone(),
            attributes: self.head.attributes.clone(),
            provenance: self.provenance.clone(),
            length: self.head.length,
            expected_md5: self.expected_md5,
        }
    }
}

/// Judges an answer to a request for the whole object.
pub(crate) async fn judge(context: &FetchContext, answer: OriginAnswer) -> Result<OriginVerdict, MirrorFailure> {
    let OriginAnswer { response, origin } = answer;
    let status = response.status();
    let is_whole = || ContentRange::of(&response).is_some_and(|range| range.is_whole());
    if status == StatusCode::OK || (status == StatusCode::PARTIAL_CONTENT && is_whole()) {
        let object = object(&context.request, response, origin, context.environment.store.now())?;
        if origin > 0 {
            context.metrics.count("failed_over");
        }
        return Ok(OriginVerdict::Object(Box::new(object)));
    }
    let is_transparent = context.request.mirror().is_some_and(|mirror| mirror.is_transparent(status.as_u16()));
    // Where redirects are followed, a redirect as the last answer has no usable target.
    let is_redirect =
        !context.request.follows_redirects() && status.is_redirection() && status != StatusCode::NOT_MODIFIED;
    match status {
        _ if is_transparent || is_redirect => passed(context, response).await.map(OriginVerdict::Passed),
        StatusCode::NOT_FOUND => Err(MirrorFailure::NotFound),
        // Another Coho on the way has detected a loop.
        StatusCode::FAILED_DEPENDENCY if response.headers().get(EC_HEADER).is_some_and(|ec| ec == LOOP_EC) => {
            Err(MirrorFailure::Loop)
        }
        other => Err(MirrorFailure::Status(other.as_u16())),
    }
}

fn object(
    request: &FetchRequest,
    response: Response<OriginBody>,
    origin: usize,
    now: Timestamp,
) -> Result<OriginObject, MirrorFailure> {
    let length = framing::whole(&response)?;
    let may_lack_end = length.ends_with_connection && length.end.is_none() && !request.bucket.mirror.trusts_close;
    let headers = stored_headers(response.headers(), request.flag(|mirror| mirror.save_oss_meta))?;
    let url = request.urls.iter().nth(origin).unwrap_or(&request.urls.first);
    let text = |name| response.headers().get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    let md5 = request.flag(|mirror| mirror.check_md5).then(|| text(CONTENT_MD5)).flatten();
    let modified = request.flag(|mirror| mirror.user_last_modified).then(|| text(header::LAST_MODIFIED)).flatten();
    let resume = Resume::of(response.headers(), origin, length.end);
    let version = OriginVersion {
        url: url.as_str(),
        request_headers: &request.headers,
        validator: resume.validator(),
        length: length.end,
        content_encoding: headers.get("content-encoding"),
    };
    let etag = entity_tag(&version, random_bits);
    let modified = modified.and_then(Timestamp::parse_http_date).unwrap_or(now);
    let fetched = Fetched {
        at: now,
        rule_number: request.rule_number,
        etag: text(header::ETAG).map(Into::into),
        last_modified: text(header::LAST_MODIFIED).map(Into::into),
    };
    let tag: Arc<str> = url.tag_value().into();
    Ok(OriginObject {
        head: OriginHead {
            length: length.announced,
            may_lack_end,
            headers,
            attributes: request.attributes(),
            tag: tag.clone(),
            etag,
            modified,
        },
        provenance: Arc::new(Provenance { url: tag, fetch: Some(fetched), rewritten: None }),
        resume,
        ends_with_connection: length.ends_with_connection,
        expected_md5: md5.map(content_md5).transpose()?,
        body: response.into_body(),
    })
}

#[expect(clippy::disallowed_methods, reason = "`Limited` bounds what is collected")]
async fn passed(context: &FetchContext, response: Response<OriginBody>) -> Result<Passed, MirrorFailure> {
    let (parts, body) = response.into_parts();
    let mut headers = HeaderMap::new();
    for name in [header::LOCATION, header::CONTENT_TYPE, header::CONTENT_ENCODING] {
        if let Some(value) = parts.headers.get(&name) {
            headers.insert(name, value.clone());
        }
    }
    let body = Limited::new(body, MAX_PASSED_BYTES).collect();
    match tokio::time::timeout(context.idle_timeout(), body).await {
        Ok(Ok(body)) => Ok(Passed { status: parts.status, headers, body: body.to_bytes() }),
        Ok(Err(error)) => Err(MirrorFailure::Body(error.to_string().into())),
        Err(_) => Err(MirrorFailure::Body("origin stalled".into())),
    }
}

fn random_bits() -> [u8; 16] {
    (u128::from(random_u64()) << 64 | u128::from(random_u64())).to_be_bytes()
}

/// The digest in a `Content-MD5`. A value that is not one cannot match.
fn content_md5(text: &str) -> Result<[u8; 16], MirrorFailure> {
    let digest = STANDARD.decode(text.trim()).ok().and_then(|bytes| bytes.try_into().ok());
    digest.ok_or(MirrorFailure::Md5)
}
