//! Which store a command speaks to, and with which key: options, variables and files, in a documented order.
//!
//! An access key is always taken whole, with id, secret and token from one source.

mod data_dir;
mod dirs;
mod file;
mod layer;
mod ossutil;
mod protection;
mod resolve;

pub(super) use dirs::cache_dir;
pub(super) use file::ConfigFile;
pub(super) use layer::{KeyPair, Layer, Source, Values};
pub(super) use ossutil::names as ossutil_profiles;
pub(super) use resolve::{OssConnection, ResolvedSettings, Sourced, admin_data_dir};
