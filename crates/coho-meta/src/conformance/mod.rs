//! The contracts of [`crate::MetaStore`] and [`crate::FillStore`] as functions that every implementation must pass.
//!
//! Each takes an empty engine and panics where the contract is broken. [`conformance_tests`](crate::conformance_tests) and
//! [`fill_conformance_tests`](crate::fill_conformance_tests) make a test of every one of them, so that no engine can leave
//! one out.

mod access;
mod appends;
mod batches;
mod blobs;
mod buckets;
mod fills;
mod listing;
mod objects;
pub mod sample;
mod traffic;
mod uploads;
mod versions;

pub use access::{accounts_and_access_keys_come_back_as_they_were_put, roles_come_back_as_they_were_put};
pub use appends::{a_merge_frees_what_it_replaces_and_a_seal_ends_appends, appends_at_one_position_exclude_each_other};
pub use batches::{
    a_batch_does_not_delete_the_bucket_that_it_fills, the_change_of_a_batch_comes_after_its_fills,
    the_rows_of_a_batch_are_written_together_or_not_at_all,
};
pub use blobs::{
    a_walk_names_all_blobs_that_stay, blobs_that_move_during_a_walk_are_named,
    garbage_is_given_oldest_first_until_it_is_forgotten,
};
pub use buckets::{
    a_bucket_made_anew_is_another_one, a_bucket_that_holds_something_stays,
    a_website_changes_in_the_state_that_was_seen, buckets_are_listed_by_owner_and_name,
    buckets_are_listed_by_their_tags, changes_of_a_website_are_versions, settings_replace_each_other,
};
pub use fills::{
    a_bucket_with_a_published_object_stays, a_fill_is_published_once_by_its_holder,
    a_fill_of_a_bucket_that_goes_is_refused, a_published_object_is_persisted_before_its_record_changes,
    a_published_object_is_seen_like_any_other, a_walk_names_the_blobs_of_published_objects,
    an_object_is_not_persisted_over_a_row, whatever_is_written_later_beats_a_fill,
    whatever_is_written_later_beats_a_published_object, writers_of_a_published_object_take_turns,
};
pub use listing::{
    keys_collapse_at_the_delimiter, keys_come_in_byte_order, pages_of_objects_cover_all, pages_of_uploads_cover_all,
    uploads_of_one_key_come_by_id,
};
pub use objects::{
    a_refused_change_writes_nothing, counters_follow_every_change, mirrored_objects_are_counted_apart,
    new_headers_and_acls_keep_the_bytes, objects_come_back_as_they_were_put, one_of_many_careful_puts_succeeds,
};
pub use traffic::{counts_add_up_by_minute_and_hour, the_oldest_spans_go_and_those_of_a_wrong_clock_before_them};
pub use uploads::{
    a_completion_puts_the_parts_together, a_sequential_upload_takes_each_part_once_and_in_order,
    an_abort_leaves_no_trace, parts_are_replaced_and_paged,
};
pub use versions::{
    a_bucket_that_holds_versions_stays, a_delete_marker_hides_the_object_until_it_is_deleted,
    a_fill_is_not_persisted_before_versions, a_listing_of_versions_goes_on_after_a_version_that_has_gone,
    an_acl_is_set_for_one_version, an_object_published_before_versioning_is_the_version_null,
    blobs_of_versions_that_move_during_a_walk_are_named, pages_of_versions_cover_all,
    rules_and_versioning_exclude_each_other, suspended_writes_replace_the_version_null,
    versions_come_back_by_their_ids,
};

/// Makes a test of every function of the contract of engines. `$engine` is an expression that gives an empty engine, and
/// whatever must live as long as it: `(impl MetaStore, impl Sized)`.
#[macro_export]
macro_rules! conformance_tests {
    ($engine:expr) => {
        $crate::conformance_tests!($engine;
            accounts_and_access_keys_come_back_as_they_were_put roles_come_back_as_they_were_put
            a_bucket_made_anew_is_another_one a_bucket_that_holds_something_stays buckets_are_listed_by_owner_and_name
            buckets_are_listed_by_their_tags
            settings_replace_each_other changes_of_a_website_are_versions a_website_changes_in_the_state_that_was_seen
            counts_add_up_by_minute_and_hour the_oldest_spans_go_and_those_of_a_wrong_clock_before_them
            a_refused_change_writes_nothing counters_follow_every_change mirrored_objects_are_counted_apart new_headers_and_acls_keep_the_bytes
            objects_come_back_as_they_were_put one_of_many_careful_puts_succeeds
            appends_at_one_position_exclude_each_other a_merge_frees_what_it_replaces_and_a_seal_ends_appends
            a_completion_puts_the_parts_together an_abort_leaves_no_trace parts_are_replaced_and_paged
            a_sequential_upload_takes_each_part_once_and_in_order
            the_rows_of_a_batch_are_written_together_or_not_at_all the_change_of_a_batch_comes_after_its_fills
            a_batch_does_not_delete_the_bucket_that_it_fills
            keys_come_in_byte_order keys_collapse_at_the_delimiter pages_of_objects_cover_all pages_of_uploads_cover_all
            uploads_of_one_key_come_by_id
            a_walk_names_all_blobs_that_stay blobs_that_move_during_a_walk_are_named
            garbage_is_given_oldest_first_until_it_is_forgotten
            versions_come_back_by_their_ids a_delete_marker_hides_the_object_until_it_is_deleted
            suspended_writes_replace_the_version_null pages_of_versions_cover_all
            a_listing_of_versions_goes_on_after_a_version_that_has_gone an_acl_is_set_for_one_version
            a_bucket_that_holds_versions_stays blobs_of_versions_that_move_during_a_walk_are_named
            rules_and_versioning_exclude_each_other
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

/// Makes a test of every function of the contract of fills, and of the contract of engines, which holds as well.
/// `$store` is an expression as there: `(impl FillStore, impl Sized)`.
#[macro_export]
macro_rules! fill_conformance_tests {
    ($store:expr) => {
        $crate::conformance_tests!($store);
        $crate::conformance_tests!($store;
            a_fill_is_published_once_by_its_holder a_fill_of_a_bucket_that_goes_is_refused
            whatever_is_written_later_beats_a_fill
            a_published_object_is_seen_like_any_other whatever_is_written_later_beats_a_published_object
            a_walk_names_the_blobs_of_published_objects a_bucket_with_a_published_object_stays
            a_published_object_is_persisted_before_its_record_changes an_object_is_not_persisted_over_a_row
            writers_of_a_published_object_take_turns
            an_object_published_before_versioning_is_the_version_null a_fill_is_not_persisted_before_versions
        );
    };
}
