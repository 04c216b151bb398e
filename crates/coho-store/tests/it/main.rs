//! The use cases over a metadata engine in memory and blobs in a folder of their own.
#![allow(clippy::unwrap_used, reason = "clippy does not take the functions of this binary for tests")]

mod ahead;
mod appending;
mod copying;
mod dropped;
mod encryption;
mod faulty;
mod faulty_meta;
mod fill_faults;
mod filling;
mod full_disk;
mod model;
mod multipart;
mod orphans;
mod overtaken;
mod persisting;
mod putting;
mod resealing;
mod restart;
mod rig;
mod source;
mod sweeping;
mod traffic;
