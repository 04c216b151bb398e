//! HTTP: connections, the OSS dialect translated to use cases, and the admin address.
//!
//! A request enters in `service`, is read in `address`, authenticated, routed by `coho_oss::Operation`, and handled
//! in `ops`, one file for each operation. Which failure gets which code is chosen in `error` alone.

mod abort;
mod address;
pub mod admin;
mod authenticate;
mod authorize;
mod body;
mod call;
mod context;
mod cores;
mod error;
mod listen;
mod metrics;
mod object_headers;
mod ops;
mod request_id;
mod sendfile;
mod service;
mod stall;
mod website;

pub use context::{Context, ContextOptions};
pub use cores::Cores;
pub use listen::{DRAIN_TIME, Limits, Listener, bind};
