//! End-to-end tests: the binary as a process, raw requests on its sockets, and a scripted origin. They assert what a
//! client sees, and nothing of the implementation.

#![allow(clippy::unwrap_used, reason = "a test that meets an error has failed, and says where")]

mod access;
mod addressing;
mod admin;
mod admin_api;
mod appends;
mod archived;
mod buckets;
mod callbacks;
mod cli;
mod client;
mod conditions_ranges;
mod config;
mod console;
mod durability;
mod encryption;
mod errors;
mod events;
mod expect_continue;
mod fixture;
mod forms;
mod hosting;
mod keys;
mod lifecycle;
mod limits;
mod memory;
mod message;
mod mirror;
mod objects;
mod protocol;
mod request_log;
mod rotation;
mod running;
mod sharing;
#[cfg(target_os = "linux")]
mod shortages;
mod shutdown;
mod sts;
mod symlinks;
mod tagging;
mod traffic;
mod traffic_limit;
mod upgrade;
mod versions;
mod website;
