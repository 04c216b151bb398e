//! What is counted of requests and connections.

use crate::answers::AnswerTable;
use coho_admin_api::explain::DenialReason;
use coho_oss::Operation;
use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{counter::Counter, family::Family, gauge::Gauge},
    registry::Registry,
};
use std::{fmt, sync::Arc};

/// What became of a sign-in to the console.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SignInResult {
    Accepted,
    Wrong,
    LockedOut,
}

impl SignInResult {
    fn label(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Wrong => "wrong",
            Self::LockedOut => "locked_out",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ResultLabel {
    result: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct LimitedOperation {
    operation: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct StreamLabel {
    stream: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct DenialLabel {
    reason: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct CodeLabel {
    code: String,
}

/// Counters of requests and connections.
pub(crate) struct Metrics {
    answers: Arc<AnswerTable>,
    connections: Gauge,
    refused_admin_connections: Counter,
    console_connections: Gauge,
    console_sessions: Gauge,
    sign_ins: Family<ResultLabel, Counter>,
    missed: Family<StreamLabel, Counter>,
    denials: Family<DenialLabel, Counter>,
    key_sessions: Family<ResultLabel, Counter>,
    sts_requests: Family<CodeLabel, Counter>,
    link_reads: Family<ResultLabel, Counter>,
    frozen_reads: Counter,
    limited_requests: Family<LimitedOperation, Counter>,
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Metrics").finish_non_exhaustive()
    }
}

/// Counts a connection until it is dropped.
#[derive(Debug)]
pub(crate) struct ConnectionGauge(Gauge);

impl Drop for ConnectionGauge {
    fn drop(&mut self) {
        self.0.dec();
    }
}

impl Metrics {
    pub(crate) fn new() -> Self {
        Self {
            answers: Arc::new(AnswerTable::new()),
            connections: Gauge::default(),
            refused_admin_connections: Counter::default(),
            console_connections: Gauge::default(),
            console_sessions: Gauge::default(),
            sign_ins: Family::default(),
            missed: Family::default(),
            denials: Family::default(),
            key_sessions: Family::default(),
            sts_requests: Family::default(),
            link_reads: Family::default(),
            frozen_reads: Counter::default(),
            limited_requests: Family::default(),
        }
    }

    /// What is counted of every answer.
    pub(crate) fn answers(&self) -> &AnswerTable {
        &self.answers
    }

    /// Open connections of the API.
    pub(crate) fn connections(&self) -> u64 {
        u64::try_from(self.connections.get()).unwrap_or(0)
    }

    pub(crate) fn count_connection(&self) -> ConnectionGauge {
        self.connections.inc();
        ConnectionGauge(self.connections.clone())
    }

    pub(crate) fn count_console_connection(&self) -> ConnectionGauge {
        self.console_connections.inc();
        ConnectionGauge(self.console_connections.clone())
    }

    pub(crate) fn count_sign_in(&self, result: SignInResult) {
        self.sign_ins.get_or_create(&ResultLabel { result: result.label() }).inc();
    }

    /// A request was refused for this reason.
    pub(crate) fn count_denial(&self, reason: DenialReason) {
        self.denials.get_or_create(&DenialLabel { reason: reason.as_str() }).inc();
    }

    /// Temporary credentials were made, or refused.
    pub(crate) fn count_key_session(&self, is_made: bool) {
        let result = if is_made { "made" } else { "refused" };
        self.key_sessions.get_or_create(&ResultLabel { result }).inc();
    }

    /// A request to STS was answered with this code, which is one of those of STS.
    pub(crate) fn count_sts_request(&self, code: &str) {
        self.sts_requests.get_or_create(&CodeLabel { code: code.to_owned() }).inc();
    }

    /// A symbolic link was read: its target was shown, or the read was refused for it.
    pub(crate) fn count_link_read(&self, is_followed: bool) {
        let result = if is_followed { "followed" } else { "refused" };
        self.link_reads.get_or_create(&ResultLabel { result }).inc();
    }

    /// A request was refused because an archived object is not restored.
    pub(crate) fn count_frozen_read(&self) {
        self.frozen_reads.inc();
    }

    /// A request asks for a limit of its traffic.
    pub(crate) fn count_limited(&self, operation: Operation) {
        self.limited_requests.get_or_create(&LimitedOperation { operation: operation.name() }).inc();
    }

    pub(crate) fn set_console_sessions(&self, count: usize) {
        self.console_sessions.set(count as i64);
    }

    /// Counts what a reader of the stream `events` or `requests` has missed, since it reads too slowly.
    pub(crate) fn count_missed(&self, stream: &'static str, count: u64) {
        self.missed.get_or_create(&StreamLabel { stream }).inc_by(count);
    }

    pub(crate) fn count_refused_admin_connection(&self) {
        self.refused_admin_connections.inc();
    }

    /// Adds the counters to a page of metrics.
    pub(crate) fn register(&self, registry: &mut Registry) {
        registry.register_collector(Box::new(self.answers.clone()));
        registry.register("http_connections", "Open connections", self.connections.clone());
        let console = self.console_connections.clone();
        registry.register("console_connections", "Open connections of the console", console);
        registry.register("console_sessions", "Sessions of the console", self.console_sessions.clone());
        registry.register("console_sign_ins", "Sign-ins to the console by result", self.sign_ins.clone());
        let missed = self.missed.clone();
        registry.register(
            "admin_events_missed",
            "Events and requests that readers of their streams have missed",
            missed,
        );
        registry.register(
            "access_denials",
            "Requests that their sender may not make, by what denies them",
            self.denials.clone(),
        );
        registry.register(
            "key_sessions",
            "Temporary credentials that were asked for, by result",
            self.key_sessions.clone(),
        );
        registry.register("sts_requests", "Requests to STS by the code of their answer", self.sts_requests.clone());
        let links = "Reads of symbolic links: the target was shown, or the read was refused for it";
        registry.register("symlink_reads", links, self.link_reads.clone());
        let frozen = "Requests refused because an archived object is not restored";
        registry.register("frozen_reads", frozen, self.frozen_reads.clone());
        let limited = "Requests with a limit of their traffic";
        registry.register("traffic_limited_requests", limited, self.limited_requests.clone());
        let refused = self.refused_admin_connections.clone();
        registry.register(
            "admin_connections_refused",
            "Connections of the admin address that were one too many",
            refused,
        );
    }
}
