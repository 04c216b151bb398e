//! Back-to-origin mirroring, against an origin that does what the test says.

mod failures;
mod metadata;
mod races;
mod rules;
mod stored;
mod streaming;
