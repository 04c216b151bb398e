//! What every request needs.

use crate::{address::Addressing, metrics::Metrics, request_id::RequestIds};
use coho_auth::Authenticator;
use coho_origin::Mirror;
use coho_store::Store;
use std::{sync::Arc, time::Instant};

/// How the dialect is spoken.
#[derive(Debug, Clone)]
pub struct ContextOptions {
    /// The region that answers name, such as `cn-hangzhou`.
    pub region: String,
    /// Host names below which the first label is a bucket.
    pub base_domains: Vec<String>,
}

/// Everything that the operations work with.
#[derive(Debug)]
pub struct Context {
    pub(crate) store: Arc<Store>,
    pub(crate) mirror: Arc<Mirror>,
    pub(crate) authenticator: Authenticator,
    pub(crate) addressing: Addressing,
    pub(crate) region: String,
    pub(crate) metrics: Metrics,
    pub(crate) request_ids: RequestIds,
    /// When the server started.
    pub(crate) started: Instant,
}

impl Context {
    /// Puts it together.
    pub fn new(
        store: Arc<Store>,
        mirror: Arc<Mirror>,
        authenticator: Authenticator,
        options: ContextOptions,
    ) -> Arc<Self> {
        Arc::new(Self {
            store,
            mirror,
            authenticator,
            addressing: Addressing::new(options.base_domains),
            region: options.region,
            metrics: Metrics::new(),
            request_ids: RequestIds::new(),
            started: Instant::now(),
        })
    }

    /// The store, for what runs beside the requests.
    pub fn store(&self) -> &Arc<Store> {
        &self.store
    }

    /// The mirror, for what runs beside the requests.
    pub fn mirror(&self) -> &Arc<Mirror> {
        &self.mirror
    }
}
