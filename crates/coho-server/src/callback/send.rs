//! The callback of a stored object: its body, its signature, its requests, and what the client is answered.

use super::{PreparedCallback, image_info};
use crate::{
    answer::{Outcome, header_value},
    body::ResponseBody,
    call::Call,
    context::Context,
    failure::{Failure, FailureKind},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use coho_crypt::KeyError;
use coho_model::{BucketRecord, ObjectRecord};
use coho_origin::{CallbackError, CallbackRequest};
use coho_oss::callback::{CallbackUrl, CallbackValues, is_json, signed_text};
use coho_store::StoreError;
use http::{HeaderMap, HeaderName, HeaderValue, Response, header};
use std::{sync::Arc, time::Instant};

/// Where the receiver finds the public key, in base64.
const PUBLIC_KEY_URL: HeaderName = HeaderName::from_static("x-oss-pub-key-url");

/// A callback that has failed, after its object was stored.
#[derive(Debug)]
pub(crate) struct FailedCallback {
    pub(crate) reason: CallbackReason,
    /// What the answer says of the object all the same.
    pub(crate) headers: HeaderMap,
}

/// Why a callback has failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CallbackReason {
    #[error(transparent)]
    Request(#[from] CallbackError),
    #[error("the answer is not JSON")]
    NotJson,
    #[error("the body with its variables is too long")]
    BodyTooLong,
    #[error("the object could not be read for the size of its image")]
    Image(#[from] StoreError),
    #[error("the callback could not be signed")]
    Key(#[from] KeyError),
    #[error("the task of the callback has failed")]
    Task(#[from] tokio::task::JoinError),
}

impl CallbackReason {
    fn label(&self) -> &'static str {
        match self {
            Self::Request(error) => error.label(),
            Self::NotJson => "not_json",
            Self::BodyTooLong => "body_too_long",
            Self::Image(_) => "image",
            Self::Key(_) => "key",
            Self::Task(_) => "task",
        }
    }
}

/// Calls the application and answers what it answers; `headers` are those of the upload's own answer.
pub(crate) async fn finish(
    call: &Call,
    bucket: &BucketRecord,
    object: &Arc<ObjectRecord>,
    prepared: Box<PreparedCallback>,
    headers: HeaderMap,
) -> Outcome {
    let task = CallbackTask::new(call, bucket, object, *prepared);
    // A task of its own: the object is stored, and the application is to know of it, whether or not the client waits.
    let ended = tokio::spawn(task.run()).await;
    match ended.map_err(CallbackReason::from).flatten() {
        Ok(answer) => {
            let mut response = Response::new(ResponseBody::bytes(answer));
            *response.headers_mut() = headers;
            response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
            Ok(response)
        }
        Err(reason) => Err(Failure::from(FailureKind::CallbackFailed(Box::new(FailedCallback { reason, headers })))),
    }
}

/// Everything that a callback needs, apart from the request that has asked for it.
struct CallbackTask {
    context: Arc<Context>,
    prepared: PreparedCallback,
    bucket: BucketRecord,
    object: Arc<ObjectRecord>,
    key: String,
    request_id: Arc<str>,
    client_ip: String,
    operation: &'static str,
    public_key_url: HeaderValue,
}

impl CallbackTask {
    fn new(call: &Call, bucket: &BucketRecord, object: &Arc<ObjectRecord>, prepared: PreparedCallback) -> Self {
        Self {
            context: call.context.clone(),
            prepared,
            bucket: bucket.clone(),
            object: object.clone(),
            key: call.key.as_ref().map(ToString::to_string).unwrap_or_default(),
            request_id: call.request_id.clone(),
            client_ip: call.peer.address.map(|address| address.ip().to_string()).unwrap_or_default(),
            operation: call.operation.name(),
            public_key_url: header_value(&STANDARD.encode(call.context.callbacks.public_key_url(call))),
        }
    }

    /// Calls one URL after the other until one answers as it should.
    async fn run(self) -> Result<Bytes, CallbackReason> {
        let body = Bytes::from(self.body().await?);
        let mut last = CallbackReason::Request(CallbackError::Unreachable("no URL".into()));
        for url in &self.prepared.callback.urls {
            let started = Instant::now();
            let outcome = self.request(url, body.clone()).await;
            let result = outcome.as_ref().err().map_or("ok", CallbackReason::label);
            self.context.callbacks.metrics.count(result, started.elapsed());
            match outcome {
                Ok(answer) => return Ok(answer),
                Err(reason) => {
                    self.log(url, &reason);
                    last = reason;
                }
            }
        }
        Err(last)
    }

    async fn body(&self) -> Result<Vec<u8>, CallbackReason> {
        let (callback, object) = (&self.prepared.callback, &self.object);
        let image = match callback.asks_for_image() {
            true => image_info::of_object(&self.context.store, object).await?,
            false => None,
        };
        let mime_type = String::from_utf8_lossy(object.headers.get("content-type").unwrap_or_default());
        let values = CallbackValues {
            bucket: self.bucket.name.as_str(),
            object: &self.key,
            etag: &object.etag.to_string(),
            size: object.size,
            mime_type: &mime_type,
            image,
            crc64: &object.crc64.0.to_string(),
            content_md5: &object.content_md5().map(|md5| STANDARD.encode(md5)).unwrap_or_default(),
            client_ip: &self.client_ip,
            request_id: &self.request_id,
            operation: self.operation,
        };
        callback.body(&values).map_err(|_| CallbackReason::BodyTooLong)
    }

    async fn request(&self, url: &CallbackUrl, body: Bytes) -> Result<Bytes, CallbackReason> {
        let callback = &self.prepared.callback;
        let mut headers = HeaderMap::new();
        if let Some(host) = &callback.host {
            headers.insert(header::HOST, host.clone());
        }
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(callback.body_type.content_type()));
        headers.insert(header::AUTHORIZATION, self.signature(url, &body).await?);
        headers.insert(PUBLIC_KEY_URL, self.public_key_url.clone());
        let (bucket, sends_sni) = (self.bucket.id, callback.sends_sni);
        let request = CallbackRequest { bucket, uri: url.uri(), headers, body, sends_sni };
        let answer = self.context.callbacks.client.send(request).await?;
        if is_json(&answer) { Ok(answer) } else { Err(CallbackReason::NotJson) }
    }

    /// Signing takes a millisecond of a processor, which the connections of this thread must not wait for.
    async fn signature(&self, url: &CallbackUrl, body: &[u8]) -> Result<HeaderValue, CallbackReason> {
        let (key, text) = (self.prepared.key.clone(), signed_text(url, body));
        let signature = tokio::task::spawn_blocking(move || key.sign(&text)).await??;
        Ok(header_value(&STANDARD.encode(signature)))
    }

    /// The path and the query of the URL may hold secrets of the application.
    fn log(&self, url: &CallbackUrl, reason: &CallbackReason) {
        let (receiver, label) = (url.server(), reason.label());
        let subject = (receiver.as_str().into(), label);
        let Some(unlogged) = self.context.callbacks.failure_lines.admit(subject, Instant::now()) else { return };
        tracing::warn!(
            request.id = &*self.request_id,
            bucket = %self.bucket.name,
            receiver,
            reason = label,
            error = %reason,
            unlogged,
            "callback failed; its object is stored"
        );
    }
}
