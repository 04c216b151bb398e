//! The files of the console, embedded in the binary: the single page and what it loads.
//!
//! Invariant: only files of this table are found; no name leads to anything else. A debug build reads the files from the
//! source folder at each request, so that an edit needs no build; every other build has them inside.

mod asset;
mod import_map;
mod media_type;

pub use asset::{Asset, Assets, FoundAsset};
