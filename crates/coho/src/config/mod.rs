//! Configuration in two steps: as written ([`RawConfig`]), and checked with defaults ([`Config`]).
//!
//! Bucket settings are data and not here. Every value has its default in [`resolve`].

mod callback;
mod check;
mod effective;
mod faults;
mod log_filter;
mod machine_memory;
mod place;
mod raw;
mod resolve;
mod source;

pub(crate) use check::{FileFault, check_file};
pub(crate) use faults::Faults;
pub(crate) use raw::RawConfig;
pub(crate) use resolve::{Config, MirrorFlag, Storage};
pub(crate) use source::ConfigSource;
#[cfg(test)]
pub(crate) use source::SettingSources;
