//! Upload callbacks: after an object is durable, an application is called, and its answer is the answer to the upload.
//!
//! Invariants: what an upload says of its callback is checked, and the key that signs it is read or made, before anything is
//! stored; a callback that has begun does not end with the client's connection; and a callback that fails never undoes its upload.

mod image_info;
mod metrics;
mod public_key;
mod send;

pub(crate) use metrics::CallbackMetrics;
pub(crate) use public_key::public_key;
pub(crate) use send::{CallbackReason, FailedCallback, finish};

use crate::{
    call::Call,
    failure::{Failure, FailureKind},
};
use coho_crypt::{CallbackKey, CallbackKeyFile, ReplaceKeyFile};
use coho_model::{CallbackFault, InvalidCallback, RequestRefusal};
use coho_origin::{AddressPolicy, CallbackClient, Mirror, RepeatedLines};
use coho_oss::callback::Callback;
use std::{io, net::SocketAddr, path::PathBuf, sync::Arc, time::Duration};

/// Shortest time between two log lines about the same failure of the same receiver.
const LINE_INTERVAL: Duration = Duration::from_secs(10);

/// How callbacks are sent.
#[derive(Debug, Clone)]
pub struct CallbackOptions {
    /// The addresses that they may have.
    pub policy: AddressPolicy,
    /// Longest time for one request, from the lookup of the name to the last byte of the answer.
    pub timeout: Duration,
    /// Where receivers find the public key; `None`: where the upload came to.
    pub public_key_url: Option<String>,
    /// The file of the key pair.
    pub key_file: PathBuf,
    /// How it is written.
    pub write_private: ReplaceKeyFile,
    /// An address of the API, for uploads whose host is not one of this server.
    pub endpoint: Option<SocketAddr>,
}

/// What all callbacks share.
#[derive(Debug)]
pub(crate) struct Callbacks {
    client: CallbackClient,
    key: Arc<CallbackKeyFile>,
    public_key_url: Option<String>,
    endpoint: Option<SocketAddr>,
    pub(crate) metrics: CallbackMetrics,
    /// By receiver and metric label.
    failure_lines: RepeatedLines<(Box<str>, &'static str)>,
}

/// A callback that can be sent once its object is stored.
pub(crate) struct PreparedCallback {
    callback: Callback,
    key: Arc<CallbackKey>,
}

impl Callbacks {
    pub(crate) fn new(mirror: &Mirror, options: CallbackOptions) -> Self {
        let CallbackOptions { policy, timeout, public_key_url, key_file, write_private, endpoint } = options;
        Self {
            client: mirror.callback_client(policy, timeout),
            key: Arc::new(CallbackKeyFile::new(key_file, write_private)),
            public_key_url,
            endpoint,
            metrics: CallbackMetrics::default(),
            failure_lines: RepeatedLines::new(LINE_INTERVAL),
        }
    }

    /// The key pair, which is made if there is none.
    async fn key(&self) -> Result<Arc<CallbackKey>, Failure> {
        if let Some(key) = self.key.ready() {
            return Ok(key);
        }
        let file = self.key.clone();
        match tokio::task::spawn_blocking(move || file.open()).await {
            Ok(Ok(key)) => Ok(key),
            Ok(Err(error)) => {
                let is_full = matches!(&error, coho_crypt::KeyError::File { source, .. } if source.kind() == io::ErrorKind::StorageFull);
                let kind = if is_full { FailureKind::Full } else { FailureKind::Internal };
                Err(Failure { kind, cause: Some(error.into()) })
            }
            Err(error) => Err(Failure { kind: FailureKind::Internal, cause: Some(error.into()) }),
        }
    }
}

impl Call {
    /// The callback that the request asks for in its headers or in its query, ready to be sent.
    pub(crate) async fn callback(&self) -> Result<Option<Box<PreparedCallback>>, Failure> {
        match coho_oss::callback::of_request(&self.headers, &self.query, self.key()?.as_str())? {
            Some(callback) => Box::pin(self.prepare_callback(callback)).await.map(Some),
            None => Ok(None),
        }
    }

    /// Refuses a callback to an address that it must not have, and makes the key if there is none. The address that a name resolves to
    /// is checked where the connection is made.
    pub(crate) async fn prepare_callback(&self, callback: Callback) -> Result<Box<PreparedCallback>, Failure> {
        let callbacks = &self.context.callbacks;
        let is_refused = |address| callbacks.client.refused_literal(address).is_some();
        if let Some(url) = callback.urls.iter().find(|url| url.literal_address().is_some_and(is_refused)) {
            let (fault, text) = (CallbackFault::RefusedAddress, url.to_string().into());
            return Err(RequestRefusal::from(InvalidCallback { fault, text }).into());
        }
        let key = callbacks.key().await?;
        Ok(Box::new(PreparedCallback { callback, key }))
    }
}
