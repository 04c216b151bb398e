//! The contract of [`crate::BlobStore`] as functions that every engine must pass.
//!
//! Each takes an empty engine and panics if the contract is broken. [`conformance_tests`](crate::conformance_tests) turns
//! every one of them into a test, so that no engine can leave one out.
//! [`local_files_conformance_tests`](crate::local_files_conformance_tests) does the same for the optional capability.

mod blobs;
mod growing;
mod sample;

pub use blobs::{
    a_blob_is_put_at_once, a_known_length_without_space_is_refused, a_removed_blob_is_gone_and_its_readers_go_on,
    a_scan_lists_every_blob, a_sealed_blob_is_read_back_at_any_offset, an_id_is_used_once,
    an_unsealed_blob_leaves_nothing,
};
pub use growing::{
    a_finished_blob_can_be_opened_and_synced, a_growing_file_has_the_bytes_before_its_mark,
    absorbed_ranges_belong_to_the_blob, an_ended_blob_leaves_its_file_readable,
};

/// Turns every conformance function of the core into a test. `$engine` is an expression for an empty engine and whatever
/// must live as long as it: `(impl BlobStore, impl Sized)`.
#[macro_export]
macro_rules! conformance_tests {
    ($engine:expr) => {
        $crate::conformance_tests!($engine;
            a_known_length_without_space_is_refused a_removed_blob_is_gone_and_its_readers_go_on a_scan_lists_every_blob
            a_blob_is_put_at_once a_sealed_blob_is_read_back_at_any_offset an_id_is_used_once an_unsealed_blob_leaves_nothing
        );
    };
    ($engine:expr; $($name:ident)*) => {
        $(
            #[tokio::test]
            async fn $name() {
                let (engine, _alive) = $engine;
                $crate::conformance::$name(&engine).await;
            }
        )*
    };
}

/// Turns every conformance function of [`crate::LocalFiles`] into a test, for an engine that has the capability.
#[macro_export]
macro_rules! local_files_conformance_tests {
    ($engine:expr) => {
        $crate::conformance_tests!($engine;
            a_finished_blob_can_be_opened_and_synced a_growing_file_has_the_bytes_before_its_mark
            absorbed_ranges_belong_to_the_blob an_ended_blob_leaves_its_file_readable
        );
    };
}
