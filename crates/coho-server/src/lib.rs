//! HTTP: connections, the OSS dialect translated to use cases, the admin address, and the console's listener.
//!
//! A request enters in `service`, which lists the stages of its life. Operations are in `ops`, one file each. A failure
//! gets its kind and its code in `failure` alone.

mod abort;
mod access_keys;
mod account_settings;
mod address;
pub mod admin;
mod admit;
mod allowed_hosts;
mod answer;
mod answers;
mod authenticate;
mod authorize;
mod body;
mod call;
mod callback;
mod compression;
pub mod console;
mod context;
mod cors;
mod disk_thread;
mod encryption;
mod expiration;
mod failure;
mod form_body;
mod intake;
mod key_limits;
mod latency;
mod lifecycle;
mod linger;
mod listen;
mod live;
mod log_loss;
mod memory;
mod message;
mod metrics;
mod object_headers;
mod ops;
mod order_of_refusals;
mod own_answer;
mod pace;
mod policy_facts;
mod render;
mod representation;
mod request_headers;
mod request_id;
mod request_log;
mod sendfile;
mod service;
mod stall;
mod state_file;
mod sts;
mod terms;
mod traffic;
mod transport;
mod website;
mod workers;

pub use access_keys::{ConfiguredKeys, KeyRegistry};
pub use account_settings::{AccountSettings, ReplaceFile};
pub use callback::CallbackOptions;
pub use context::{Context, ContextOptions};
pub use disk_thread::{DISK_THREAD_IDLE_TIME, keep_disk_thread, watch_threads};
pub use encryption::{EncryptionOptions, EncryptionRunner};
pub use lifecycle::{FinishedRun, LifecycleOptions, LifecycleRunner, PresentRun};
pub use listen::{DRAIN_TIME, Limits, Listener, bind};
pub use memory::MemoryLimits;
pub use workers::ConnectionWorkers;

/// The content type of an object whose write names none.
const DEFAULT_CONTENT_TYPE: &str = "application/octet-stream";
