//! Signatures against vectors of two SDKs, raw requests captured from three, refusals, and random round trips.

#![allow(clippy::unwrap_used, reason = "allow-unwrap-in-tests does not see the functions that tests share")]

mod captures;
mod forms;
mod refusals;
mod round_trip;
mod sdk_lists;
mod sts;
mod vectors;
mod wire;
