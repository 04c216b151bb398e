//! What Coho's tests stand on: a scripted origin that misbehaves on demand, the server binary as a
//! fixture, a raw HTTP/1.1 client that can send half a request, and signing for it.
//! Everything is plain threads and blocking sockets on loopback: what a test sees does not depend on the
//! runtime it tests, and waiting is waiting for an event with a limit, never sleeping.

pub mod body;
pub mod events;
pub mod form;
pub mod http;
pub mod origin;
pub mod oss;
pub mod server;
pub mod sign;
pub mod sts;

pub use origin::{Fault, Origin, Script};
pub use oss::Oss;
pub use server::{Credentials, Options, Server};
