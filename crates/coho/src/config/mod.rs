//! Configuration in two steps: as written ([`RawConfig`]), and checked with defaults ([`Config`]).
//!
//! Bucket settings are data and not here. Every value has its default in [`resolve`].

mod place;
mod raw;
mod resolve;

pub(crate) use place::place_of;
pub(crate) use raw::RawConfig;
pub(crate) use resolve::{Config, MirrorFlag, Storage};
