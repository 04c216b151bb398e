//! Back-to-origin mirroring, against an origin that does what the test says.

mod ahead;
mod auth;
mod closing;
mod elements;
mod failures;
mod growing;
mod heads;
mod limits;
mod metadata;
mod operating;
mod races;
mod resume;
mod rules;
mod stored;
mod streaming;
