//! Servers, buckets and rules as most tests want them.

use std::net::SocketAddr;

use coho_testkit::http::Response;
use coho_testkit::oss::expect;
use coho_testkit::{Options, Origin, Oss, Server};

/// The binary under test.
pub(crate) const BINARY: &str = env!("CARGO_BIN_EXE_coho");

/// The network of every scripted origin.
pub(crate) const LOOPBACK: &str = "127.0.0.0/8";

/// Default options for the binary under test.
pub(crate) fn options() -> Options {
    Options::new(BINARY)
}

/// A server without rules, and its owner.
pub(crate) fn server() -> (Server, Oss) {
    let server = Server::start(options()).unwrap();
    let oss = Oss::new(&server);
    (server, oss)
}

/// A server with the public bucket `site` that mirrors everything from `/old/` of a scripted origin.
pub(crate) struct Mirror {
    pub(crate) origin: Origin,
    pub(crate) server: Server,
    pub(crate) oss: Oss,
}

/// The bucket of [`Mirror`].
pub(crate) const SITE: &str = "site";

impl Mirror {
    pub(crate) fn start() -> Self {
        Self::start_with(options())
    }

    /// With more options.
    pub(crate) fn start_with(options: Options) -> Self {
        let origin = Origin::start().unwrap();
        let server = Server::start(options.flag("--mirror", format!("{SITE}={}", origin.url("/old/")))).unwrap();
        let oss = Oss::new(&server);
        Self { origin, server, oss }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.server.endpoint()
    }

    /// Anonymous GET of a key of the site.
    pub(crate) fn get(&self, key: &str) -> Response {
        self.oss.get_anonymous(SITE, key)
    }

    /// Waits until a request has joined a fetch.
    pub(crate) fn wait_until_joined(&self) {
        wait_until_joined(&self.server);
    }

    /// The keys that are stored once every fetch has ended.
    pub(crate) fn keys(&self) -> Vec<String> {
        self.server.wait_until_idle();
        self.oss.keys(SITE)
    }

    /// Nothing is stored under this key: neither a HEAD nor a listing shows it.
    #[track_caller]
    pub(crate) fn assert_absent(&self, key: &str) {
        let keys = self.keys();
        expect(404, &self.oss.head(SITE, key));
        assert!(!keys.iter().any(|listed| listed == key), "{key} is listed: {keys:?}");
    }
}

/// Waits until a request has joined a fetch.
pub(crate) fn wait_until_joined(server: &Server) {
    server.events().wait_for("a request to join", |event| event.name == "fill_joined");
}

/// A website configuration with one mirror rule; an empty `prefix` is left out.
pub(crate) fn mirror_rule(prefix: &str, url: &str) -> String {
    let prefix = if prefix.is_empty() { String::new() } else { format!("<KeyPrefixEquals>{prefix}</KeyPrefixEquals>") };
    website(&format!(
        "<RoutingRule><RuleNumber>1</RuleNumber>\
         <Condition>{prefix}<HttpErrorCodeReturnedEquals>404</HttpErrorCodeReturnedEquals></Condition>\
         <Redirect><RedirectType>Mirror</RedirectType><MirrorURL>{url}</MirrorURL></Redirect></RoutingRule>"
    ))
}

/// A website configuration with these rules.
pub(crate) fn website(rules: &str) -> String {
    format!("<WebsiteConfiguration><RoutingRules>{rules}</RoutingRules></WebsiteConfiguration>")
}

/// Asserts status and code of an error answer, body or header.
#[track_caller]
pub(crate) fn expect_error(status: u16, code: &str, answer: &Response) {
    assert_eq!((answer.status(), answer.error("Code").as_deref()), (status, Some(code)), "{answer:?}");
}
