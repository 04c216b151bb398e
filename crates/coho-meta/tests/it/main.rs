//! Every engine against the contract, against each other, and against crashes.
#![allow(clippy::unwrap_used, reason = "clippy does not take the functions of this binary for tests")]

mod concurrency;
mod crash;
mod engines;
mod model;
mod persistence;
mod segments;

mod memory_engine {
    coho_meta::conformance_tests!((coho_meta::MemoryMeta::new(), ()));
}

mod sqlite_engine {
    coho_meta::conformance_tests!(crate::engines::fresh());
}

mod sqlite_engine_without_a_record_cache {
    coho_meta::conformance_tests!(crate::engines::fresh_with(0));
}
