//! End-to-end tests: the release binary as a process, raw requests on its sockets, a scripted origin
//! behind it. What is asserted is what a client sees; nothing here knows how it is done inside.

#![allow(clippy::unwrap_used, reason = "a test that meets an error has failed, and says where")]

mod addressing;
mod admin;
mod cli;
mod conditions_ranges;
mod config;
mod durability;
mod errors;
mod events;
mod expect_continue;
mod fixture;
mod hosting;
mod limits;
mod mirror;
mod objects;
mod shutdown;
mod website;
