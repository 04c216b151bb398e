//! The contract of [`crate::MetaStore`] as functions that every engine must pass.
//!
//! Each takes an engine that holds nothing and panics where the contract is broken. [`conformance_tests`](crate::conformance_tests)
//! makes a test of every one of them, so that no engine can leave one out.

mod blobs;
mod buckets;
mod fills;
mod listing;
mod objects;
pub mod sample;
mod uploads;

pub use blobs::{
    a_walk_names_all_blobs_that_stay, blobs_that_move_during_a_walk_are_named,
    garbage_is_given_oldest_first_until_it_is_forgotten,
};
pub use buckets::{
    a_bucket_made_anew_is_another_one, a_bucket_that_holds_something_stays, buckets_are_listed_by_owner_and_name,
    settings_replace_each_other,
};
pub use fills::{
    a_bucket_with_a_placed_object_stays, a_fill_is_committed_once_by_its_holder,
    a_fill_of_a_bucket_that_goes_is_refused, a_placed_object_is_seen_like_any_other,
    whatever_is_written_later_beats_a_fill, whatever_is_written_later_beats_a_placed_object,
};
pub use listing::{
    keys_collapse_at_the_delimiter, keys_come_in_byte_order, pages_of_objects_cover_all, pages_of_uploads_cover_all,
    uploads_of_one_key_come_by_id,
};
pub use objects::{
    a_refused_change_writes_nothing, counters_follow_every_change, new_headers_and_acls_keep_the_bytes,
    objects_come_back_as_they_were_put, one_of_many_careful_puts_succeeds,
};
pub use uploads::{a_completion_puts_the_parts_together, an_abort_leaves_no_trace, parts_are_replaced_and_paged};

/// Makes a test of every conformance function. `$engine` is an expression that gives an engine that holds nothing, and
/// whatever must live as long as it: `(impl MetaStore, impl Sized)`.
#[macro_export]
macro_rules! conformance_tests {
    ($engine:expr) => {
        $crate::conformance_tests!($engine;
            a_bucket_made_anew_is_another_one a_bucket_that_holds_something_stays buckets_are_listed_by_owner_and_name
            settings_replace_each_other
            a_refused_change_writes_nothing counters_follow_every_change new_headers_and_acls_keep_the_bytes
            objects_come_back_as_they_were_put one_of_many_careful_puts_succeeds
            a_completion_puts_the_parts_together an_abort_leaves_no_trace parts_are_replaced_and_paged
            a_fill_is_committed_once_by_its_holder a_fill_of_a_bucket_that_goes_is_refused
            whatever_is_written_later_beats_a_fill
            a_placed_object_is_seen_like_any_other whatever_is_written_later_beats_a_placed_object
            a_bucket_with_a_placed_object_stays
            keys_come_in_byte_order keys_collapse_at_the_delimiter pages_of_objects_cover_all pages_of_uploads_cover_all
            uploads_of_one_key_come_by_id
            a_walk_names_all_blobs_that_stay blobs_that_move_during_a_walk_are_named
            garbage_is_given_oldest_first_until_it_is_forgotten
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
