//! What a bucket lets others do: other accounts, requests without a signature, pages of other origins.

mod cors;
mod explain;
mod operations;
mod payment;
mod policy;
mod public_access;
mod referer;
mod refusals;

use std::fs;
use std::os::unix::fs::PermissionsExt;

use coho_testkit::http::Response;
use coho_testkit::{Credentials, Oss, Server};
use tempfile::TempDir;

use crate::fixture::options;

/// A server with two accounts.
pub(crate) struct Accounts {
    pub(crate) server: Server,
    pub(crate) owner: Oss,
    pub(crate) other: Oss,
    _keys: TempDir,
}

/// The account ids of [`Accounts`].
pub(crate) const OWNER: &str = "1001";
pub(crate) const OTHER: &str = "1002";

impl Accounts {
    pub(crate) fn start() -> Self {
        let keys = tempfile::tempdir().unwrap();
        let file = keys.path().join("keys.toml");
        let entry = |id: &str, owner: &str| {
            format!("[[credentials]]\naccess_key_id = \"{id}\"\naccess_key_secret = \"s\"\nowner = \"{owner}\"\n")
        };
        fs::write(&file, entry("one", OWNER) + &entry("two", OTHER)).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
        let options = options().generated_credentials().flag("--credentials-file", file.to_str().unwrap());
        let server = Server::start(options).unwrap();
        let [owner, other] =
            ["one", "two"].map(|id| Oss::with_credentials(server.endpoint(), Credentials::new(id, "s")));
        Self { server, owner, other, _keys: keys }
    }
}

/// A request with headers, signed.
pub(crate) fn send(oss: &Oss, method: &str, target: &str, headers: &[(&str, &str)], body: &str) -> Response {
    let request =
        headers.iter().fold(oss.request(method, target), |request, (name, value)| request.header(name, value));
    oss.call(if matches!(method, "PUT" | "POST") { request.body(body) } else { request })
}

/// A request with headers, without a signature.
pub(crate) fn send_unsigned(oss: &Oss, method: &str, target: &str, headers: &[(&str, &str)]) -> Response {
    let request =
        headers.iter().fold(oss.request(method, target), |request, (name, value)| request.header(name, value));
    oss.anonymous(&if matches!(method, "PUT" | "POST") { request.body("") } else { request })
}
