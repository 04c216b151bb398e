//! The state that all requests share.

use crate::{
    access_keys::{AcceptedKeys, KeyRegistry},
    account_settings::AccountSettings,
    address::Addressing,
    callback::{CallbackOptions, Callbacks},
    encryption::{EncryptionOptions, EncryptionRunner},
    lifecycle::{LifecycleOptions, LifecycleRunner},
    live::LiveSampler,
    log_loss::LogLoss,
    memory::{MemoryBudget, MemoryLimits},
    metrics::Metrics,
    request_id::RequestIds,
    request_log::RequestLog,
    sts::UsedNonces,
};
use coho_admin_api::configuration::Configuration;
use coho_origin::Mirror;
use coho_store::Store;
use std::{
    sync::{Arc, PoisonError, RwLock},
    time::Instant,
};
use tokio::sync::Semaphore;

/// Most listings whose pages are read and made to documents at a time, since a page of long names has more than a megabyte.
/// More than the engine reads at a time would only wait in memory.
const MAX_LISTINGS: usize = 16;

/// Settings of the OSS dialect.
#[derive(Debug, Clone)]
pub struct ContextOptions {
    /// The region that answers name, for example `cn-hangzhou`.
    pub region: String,
    /// Domains whose first label below is a bucket.
    pub base_domains: Vec<String>,
    /// Counts the log lines that were dropped because the log is not read fast enough.
    pub dropped_log_lines: fn() -> u64,
    /// What connections may hold in memory.
    pub memory: MemoryLimits,
    /// The access keys.
    pub access_keys: Arc<KeyRegistry>,
    /// The settings in force, to be shown.
    pub configuration: Configuration,
    /// The settings of accounts.
    pub accounts: Arc<AccountSettings>,
    /// How lifecycle rules are run.
    pub lifecycle: LifecycleOptions,
    /// How callbacks are sent.
    pub callbacks: CallbackOptions,
    /// How jobs of encryption are run.
    pub encryption: EncryptionOptions,
}

/// Everything that the operations work with.
#[derive(Debug)]
pub struct Context {
    pub(crate) store: Arc<Store>,
    pub(crate) mirror: Arc<Mirror>,
    pub(crate) access_keys: Arc<KeyRegistry>,
    configuration: RwLock<Arc<Configuration>>,
    pub(crate) accounts: Arc<AccountSettings>,
    pub(crate) addressing: Addressing,
    pub(crate) region: String,
    pub(crate) metrics: Metrics,
    pub(crate) callbacks: Callbacks,
    pub(crate) live: LiveSampler,
    pub(crate) lifecycle: Arc<LifecycleRunner>,
    pub(crate) encryption: Arc<EncryptionRunner>,
    pub(crate) request_log: RequestLog,
    pub(crate) memory: Arc<MemoryBudget>,
    /// Turns of listings.
    pub(crate) listings: Semaphore,
    pub(crate) request_ids: RequestIds,
    pub(crate) sts_nonces: UsedNonces,
    /// When the server started.
    pub(crate) started: Instant,
    pub(crate) dropped_log_lines: fn() -> u64,
    pub(crate) log_loss: LogLoss,
}

impl Context {
    /// Puts it together.
    pub fn new(store: Arc<Store>, mirror: Arc<Mirror>, options: ContextOptions) -> Arc<Self> {
        let lifecycle = LifecycleRunner::new(store.clone(), options.lifecycle);
        let encryption = EncryptionRunner::new(store.clone(), options.access_keys.clone(), options.encryption);
        Arc::new(Self {
            lifecycle,
            callbacks: Callbacks::new(&mirror, options.callbacks),
            encryption,
            store,
            mirror,
            access_keys: options.access_keys,
            configuration: RwLock::new(Arc::new(options.configuration)),
            accounts: options.accounts,
            addressing: Addressing::new(options.base_domains),
            region: options.region,
            metrics: Metrics::new(),
            live: LiveSampler::new(),
            request_log: RequestLog::new(),
            memory: MemoryBudget::new(options.memory),
            listings: Semaphore::new(MAX_LISTINGS),
            request_ids: RequestIds::new(),
            sts_nonces: UsedNonces::new(),
            started: Instant::now(),
            dropped_log_lines: options.dropped_log_lines,
            log_loss: LogLoss::default(),
        })
    }

    /// Shows other settings from now on.
    pub fn replace_configuration(&self, configuration: Configuration) {
        *self.configuration.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(configuration);
    }

    /// The settings in force.
    pub fn configuration(&self) -> Arc<Configuration> {
        self.configuration.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The keys of this moment.
    pub(crate) fn accepted_keys(&self) -> Arc<AcceptedKeys> {
        self.access_keys.current()
    }

    /// The access keys, to be maintained in the background.
    pub fn access_keys(&self) -> &Arc<KeyRegistry> {
        &self.access_keys
    }

    /// The store, for background tasks.
    pub fn store(&self) -> &Arc<Store> {
        &self.store
    }

    /// The runner of lifecycle rules, to be run in the background.
    pub fn lifecycle(&self) -> &Arc<LifecycleRunner> {
        &self.lifecycle
    }

    /// The runner of jobs of encryption, to be run in the background.
    pub fn encryption(&self) -> &Arc<EncryptionRunner> {
        &self.encryption
    }

    /// The mirror, for background tasks.
    pub fn mirror(&self) -> &Arc<Mirror> {
        &self.mirror
    }
}
