//! The admin address: health and metrics for every client that can reach it, the rest for holders of the token.

mod access_keys;
mod accounts;
mod attention;
mod buckets;
mod check;
mod configuration;
mod draft;
mod encryption;
mod events;
mod explain;
mod extract;
mod failures;
mod history;
mod lifecycle;
mod listen;
mod metrics;
mod mirror;
mod presign;
mod progress;
mod provenance;
mod ready;
mod refusal;
mod requests;
mod roles;
mod router;
mod status;
mod stored;
mod website;
mod website_state;

pub(crate) use events::Streams;
pub(crate) use refusal::AdminError;
pub(crate) use router::{Author, api, finished, no_such_route};

use crate::{allowed_hosts::AllowedHosts, context::Context};
use sha2::{Digest, Sha256};
use std::{fmt, sync::Arc};
use subtle::ConstantTimeEq;
use tokio::{net::TcpListener, sync::watch};

/// Largest body that the admin address takes: a website document, and a little more.
pub(crate) const MAX_BODY_BYTES: usize = 2 << 20;

/// The secret of the admin address, kept in `admin.json`.
#[derive(Clone)]
pub struct AdminToken(Arc<str>);

impl AdminToken {
    /// The token itself.
    pub fn new(token: &str) -> Self {
        Self(token.into())
    }

    /// Compares in a time that does not depend on where the first difference is.
    pub(crate) fn is(&self, given: &str) -> bool {
        self.0.as_bytes().ct_eq(given.as_bytes()).into()
    }

    /// A short name of the data folder, whose token it is. It does not reveal the token.
    pub(crate) fn folder_name(&self) -> String {
        let digest = Sha256::new().chain_update("coho console cookie").chain_update(self.0.as_bytes()).finalize();
        digest[..4].iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Differs for another token, and does not reveal this one.
    pub(crate) fn digest(&self) -> [u8; 32] {
        Sha256::digest(self.0.as_bytes()).into()
    }
}

impl fmt::Debug for AdminToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AdminToken(…)")
    }
}

/// Serves until told to stop. `hosts` are its names, besides localhost and IP addresses.
pub async fn serve(
    socket: TcpListener,
    context: Arc<Context>,
    token: AdminToken,
    hosts: Vec<String>,
    stop: watch::Receiver<bool>,
) {
    let router = router::router(&context, token, AllowedHosts::new(hosts, "--admin-host"), Streams::new(stop.clone()));
    let busy = router::busy(&context);
    listen::run(socket, listen::Routers { router, busy }, &context.metrics, stop).await;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_whole_token_is_the_token() {
        let token = AdminToken::new("secret");
        for (given, expected) in
            [("secret", true), ("secreT", false), ("secre", false), ("secrets", false), ("", false)]
        {
            assert_eq!(token.is(given), expected, "{given}");
        }
        assert_eq!(format!("{token:?}"), "AdminToken(…)");
    }
}
