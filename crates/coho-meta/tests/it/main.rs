//! Every engine against the contract, against the others, and against crashes.
#![allow(clippy::unwrap_used, reason = "clippy does not take the functions of this binary for tests")]

mod concurrency;
mod counters;
mod crash;
mod engines;
mod model;
mod persistence;
mod segments;
mod to_the_end;
mod versions;

mod memory_engine {
    coho_meta::conformance_tests!((coho_meta::MemoryMeta::new(), ()));
}

mod sqlite_engine {
    coho_meta::conformance_tests!(crate::engines::fresh());
}

mod sqlite_engine_without_a_record_cache {
    coho_meta::conformance_tests!(crate::engines::fresh_with(0));
}

mod overlay_over_memory {
    coho_meta::fill_conformance_tests!((coho_meta::Overlay::new(coho_meta::MemoryMeta::new().into()), ()));
}

mod overlay_over_sqlite {
    coho_meta::fill_conformance_tests!(crate::engines::fresh_overlay());
}
