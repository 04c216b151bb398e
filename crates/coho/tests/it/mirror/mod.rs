//! Back-to-origin mirroring, against an origin that does what the test says.

mod ahead;
mod auth;
mod closing;
mod damage;
mod elements;
mod encrypted;
mod failed;
mod failures;
mod growing;
mod heads;
mod limits;
mod metadata;
mod operating;
mod races;
mod resume;
mod rules;
mod stored;
mod streaming;

use coho_testkit::http::{Request, exchange};

use crate::fixture::Mirror;

/// What `/v1/status` shows.
fn server_status(mirror: &Mirror) -> serde_json::Value {
    let request = Request::new("GET", "/v1/status")
        .header("Host", "localhost")
        .header("Authorization", &format!("Bearer {}", mirror.server.admin_token()));
    serde_json::from_slice(&exchange(mirror.server.admin(), &request).unwrap().body).unwrap()
}

/// The metrics of the server.
fn metrics(mirror: &Mirror) -> String {
    let address = mirror.server.admin();
    let request = Request::new("GET", "/-/metrics").header("Host", &address.to_string());
    exchange(address, &request).unwrap().text()
}
