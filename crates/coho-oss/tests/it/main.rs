//! Tests of the dialect through its public interface.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod docs;
