//! One signed request and its answer.

use super::{
    CallFailure, Endpoint, OssRefusal,
    agent::{agent, explained},
    failure::{CALLBACK_FAILED, MAX_ERROR_BYTES},
    retry::with_retries,
};
use coho_admin_api::access::SignatureVersion;
use coho_auth::{
    AuthRequest, Credential, FormScheme, Resource, Scope, authorize_v4, encode_query, presign_v1, presign_v2,
    presign_v4, sign_form,
};
use coho_model::{BucketName, Timestamp};
use coho_store::{Clock, SystemClock};
use http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use std::io::Read;
use ureq::{Agent, Body, SendBody, http::Request};

/// The product of V4 signatures.
const PRODUCT: &str = "oss";

/// A store and the key that requests are signed with.
pub(in crate::cli) struct OssClient {
    endpoint: Endpoint,
    region: String,
    /// Without one, requests are anonymous.
    credential: Option<Credential>,
    agent: Agent,
    retries: u32,
}

/// A request.
#[derive(Debug, Clone)]
pub(in crate::cli) struct OssCall<'a> {
    method: Method,
    bucket: Option<&'a BucketName>,
    key: Option<&'a str>,
    query: Vec<(String, String)>,
    headers: HeaderMap,
}

/// The body of a request.
pub(in crate::cli) enum Payload<'a> {
    Bytes(&'a [u8]),
    /// A body of this length, which is read once.
    Reader(&'a mut dyn Read, u64),
}

/// An answer that is not a refusal.
#[derive(Debug)]
pub(in crate::cli) struct OssAnswer {
    pub(in crate::cli) status: u16,
    pub(in crate::cli) headers: HeaderMap,
    pub(in crate::cli) body: Body,
}

impl<'a> OssCall<'a> {
    pub(in crate::cli) fn service(method: Method) -> Self {
        Self { method, bucket: None, key: None, query: Vec::new(), headers: HeaderMap::new() }
    }

    pub(in crate::cli) fn bucket(method: Method, bucket: &'a BucketName) -> Self {
        Self { bucket: Some(bucket), ..Self::service(method) }
    }

    pub(in crate::cli) fn object(method: Method, bucket: &'a BucketName, key: &'a str) -> Self {
        Self { key: Some(key), ..Self::bucket(method, bucket) }
    }

    /// Adds a parameter; without a value it is a bare name.
    pub(in crate::cli) fn parameter(mut self, name: &str, value: impl ToString) -> Self {
        self.query.push((name.to_owned(), value.to_string()));
        self
    }

    /// Names a version of the object.
    pub(in crate::cli) fn version(self, id: Option<&str>) -> Self {
        match id {
            Some(id) => self.parameter("versionId", id),
            None => self,
        }
    }

    /// Adds a header.
    pub(in crate::cli) fn header(mut self, name: &str, value: &str) -> Result<Self, CallFailure> {
        let wrong = || CallFailure::Unusable(format!("{value:?} cannot be the value of the header {name:?}"));
        let name_of_header = HeaderName::try_from(name).map_err(|_| wrong())?;
        self.headers.insert(name_of_header, HeaderValue::from_bytes(value.as_bytes()).map_err(|_| wrong())?);
        Ok(self)
    }
}

impl OssClient {
    pub(in crate::cli) fn new(
        endpoint: Endpoint,
        region: String,
        credential: Option<Credential>,
        retries: u32,
    ) -> anyhow::Result<Self> {
        let agent = agent(&endpoint)?;
        Ok(Self { endpoint, region, credential, agent, retries })
    }

    pub(in crate::cli) fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// How often a request is tried again.
    pub(in crate::cli) fn retries(&self) -> u32 {
        self.retries
    }

    /// Sends a request with a body that can be sent again.
    pub(in crate::cli) fn send(&self, call: &OssCall<'_>, body: &[u8]) -> Result<OssAnswer, CallFailure> {
        with_retries(self.retries, |_| self.send_once(call, Payload::Bytes(body)))
    }

    /// Sends a request without a body, and reads the answer's document.
    pub(in crate::cli) fn document(&self, call: &OssCall<'_>, max_bytes: usize) -> Result<Vec<u8>, CallFailure> {
        with_retries(self.retries, |_| self.read(self.send_once(call, Payload::Bytes(b""))?, max_bytes))
    }

    /// Repeats an attempt that is more than one request.
    pub(in crate::cli) fn repeat<T>(
        &self,
        attempt: impl FnMut(u32) -> Result<T, CallFailure>,
    ) -> Result<T, CallFailure> {
        with_retries(self.retries, attempt)
    }

    /// Sends a request one time.
    pub(in crate::cli) fn send_once(&self, call: &OssCall<'_>, body: Payload<'_>) -> Result<OssAnswer, CallFailure> {
        let mut headers = call.headers.clone();
        let length = match &body {
            Payload::Bytes(bytes) => bytes.len() as u64,
            Payload::Reader(_, length) => *length,
        };
        let has_body = call.method == Method::PUT || call.method == Method::POST;
        if has_body {
            headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
        }
        self.sign(call, &mut headers)?;
        let mut request = Request::builder().method(call.method.clone()).uri(self.url(call, &call.query));
        for (name, value) in &headers {
            request = request.header(name, value);
        }
        let unusable = |error: http::Error| CallFailure::Unusable(format!("the request cannot be made: {error}"));
        let response = match body {
            _ if !has_body => self.agent.run(request.body(()).map_err(unusable)?),
            Payload::Bytes(bytes) => self.agent.run(request.body(bytes).map_err(unusable)?),
            Payload::Reader(reader, _) => {
                self.agent.run(request.body(SendBody::from_reader(reader)).map_err(unusable)?)
            }
        };
        let (parts, body) = response.map_err(|error| explained(error, &self.endpoint))?.into_parts();
        let answer = OssAnswer { status: parts.status.as_u16(), headers: parts.headers, body };
        let is_done = (200..300).contains(&answer.status) && answer.status != CALLBACK_FAILED;
        if is_done { Ok(answer) } else { Err(self.refused(answer)) }
    }

    /// Reads the whole body of an answer.
    pub(in crate::cli) fn read(&self, mut answer: OssAnswer, max_bytes: usize) -> Result<Vec<u8>, CallFailure> {
        let body = answer.body.with_config().limit(max_bytes as u64 + 1).read_to_vec();
        body.map_err(|error| match error {
            ureq::Error::BodyExceedsLimit(_) => {
                CallFailure::Unusable(format!("the answer has more than {max_bytes} bytes"))
            }
            other => explained(other, &self.endpoint),
        })
    }

    /// A URL with a signature, for a request that carries no other headers.
    pub(in crate::cli) fn presign(
        &self,
        call: &OssCall<'_>,
        version: SignatureVersion,
        seconds: i64,
    ) -> anyhow::Result<String> {
        let credential = self.signing_key("a signed URL")?;
        let request = AuthRequest { method: call.method.as_str(), headers: &call.headers, query: &call.query };
        let (resource, now) = (resource(call), now_seconds());
        let signed = match version {
            SignatureVersion::V1 => presign_v1(credential, &request, &resource, now + seconds),
            SignatureVersion::V2 => presign_v2(credential, &request, &resource, &[], now + seconds),
            SignatureVersion::V4 => presign_v4(credential, &request, &resource, self.scope(), &[], now, seconds)?,
        };
        Ok(self.url(call, &signed.parameters))
    }

    /// The fields that sign the policy of a form at this time, the policy among them.
    pub(in crate::cli) fn sign_form(
        &self,
        version: SignatureVersion,
        policy: &str,
        now: Timestamp,
    ) -> anyhow::Result<Vec<(&'static str, String)>> {
        let scheme = match version {
            SignatureVersion::V1 => FormScheme::V1,
            SignatureVersion::V2 => FormScheme::V2,
            SignatureVersion::V4 => FormScheme::V4(self.scope()),
        };
        Ok(sign_form(self.signing_key("a signed form")?, scheme, policy, now.unix_s())?)
    }

    fn signing_key(&self, what: &str) -> anyhow::Result<&Credential> {
        self.credential.as_ref().ok_or_else(|| anyhow::anyhow!("{what} needs an access key, and none is configured"))
    }

    /// The present time, and the one after that many seconds.
    pub(in crate::cli) fn lifetime(&self, seconds: i64) -> (Timestamp, Timestamp) {
        let now = SystemClock.now();
        (now, Timestamp::from_unix_ms(now.unix_ms() + 1000 * seconds))
    }

    fn sign(&self, call: &OssCall<'_>, headers: &mut HeaderMap) -> Result<(), CallFailure> {
        let Some(credential) = &self.credential else { return Ok(()) };
        authorize_v4(
            credential,
            call.method.as_str(),
            headers,
            &call.query,
            &resource(call),
            self.scope(),
            now_seconds(),
        )
        .map_err(|error| CallFailure::Unusable(format!("the request cannot be signed: {error}")))
    }

    fn scope(&self) -> Scope<'_> {
        Scope { region: &self.region, product: PRODUCT }
    }

    fn url(&self, call: &OssCall<'_>, query: &[(String, String)]) -> String {
        let url = self.endpoint.url(call.bucket, call.key);
        if query.is_empty() { url } else { format!("{url}?{}", encode_query(query)) }
    }

    fn refused(&self, mut answer: OssAnswer) -> CallFailure {
        // A body that cannot be read leaves the status, which says enough.
        let body = answer.body.with_config().limit(MAX_ERROR_BYTES as u64).read_to_vec().unwrap_or_default();
        CallFailure::Refused(OssRefusal::read(answer.status, &answer.headers, &body))
    }
}

impl OssAnswer {
    /// The text of a header; empty without it.
    pub(in crate::cli) fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The CRC-64 that the store has computed.
    pub(in crate::cli) fn crc64(&self) -> Option<u64> {
        coho_model::decimal(self.header("x-oss-hash-crc64ecma").trim())
    }
}

fn resource<'a>(call: &OssCall<'a>) -> Resource<'a> {
    Resource { bucket: call.bucket.map(BucketName::as_str), key: call.key }
}

/// The time of this machine; a store tells if it is far from its own.
fn now_seconds() -> i64 {
    SystemClock.now().unix_s()
}
