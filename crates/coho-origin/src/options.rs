//! Timeouts and limits of fetches: the server's defaults and what a bucket sets instead.

use coho_model::MirrorPolicy;
use std::time::Duration;

/// The server's settings for fetches.
#[derive(Debug, Clone, Copy)]
pub struct MirrorOptions {
    /// Longest time for name resolution and connection together.
    pub connect_timeout: Duration,
    /// Longest time from the request to the head of the response.
    pub first_byte_timeout: Duration,
    /// Longest time between two pieces of a body.
    pub idle_timeout: Duration,
    /// Longest time for a body, from its head to its last byte, over all connections that it takes.
    pub total_timeout: Duration,
    /// Largest object, in bytes.
    pub max_object_bytes: u64,
    /// How long an origin's 404 is cached, unless a bucket says otherwise.
    pub missing: Duration,
}

/// The timeouts of one bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    /// See [`MirrorOptions::connect_timeout`].
    pub connect: Duration,
    /// See [`MirrorOptions::first_byte_timeout`].
    pub first_byte: Duration,
    /// See [`MirrorOptions::idle_timeout`].
    pub idle: Duration,
}

impl MirrorOptions {
    /// The timeouts in force for a bucket.
    pub fn timeouts(&self, policy: &MirrorPolicy) -> Timeouts {
        let or = |own: Option<u32>, default| own.map_or(default, |ms| Duration::from_millis(u64::from(ms)));
        Timeouts {
            connect: or(policy.connect_timeout_ms, self.connect_timeout),
            first_byte: or(policy.first_byte_timeout_ms, self.first_byte_timeout),
            idle: or(policy.idle_timeout_ms, self.idle_timeout),
        }
    }

    /// How long an origin's 404 is cached for a bucket.
    pub fn missing_time(&self, policy: &MirrorPolicy) -> Duration {
        policy.missing_seconds.map_or(self.missing, |seconds| Duration::from_secs(u64::from(seconds)))
    }
}
