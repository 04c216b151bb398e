//! Tests of the crate through its public interface.
#![allow(clippy::unwrap_used, reason = "tests")]

mod decide;
mod fuzz;
mod lint;
mod notation;
mod properties;
mod random;
mod trace;
