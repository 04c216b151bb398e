//! Small documents.

use coho_model::RequestRefusal;
use coho_oss::document::{
    archive_direct_read, complete_multipart_upload, create_bucket, delete_multiple_objects, encryption,
    public_access_block, request_payment, restore_request, versioning,
};
use std::fmt::Debug;

/// What is accepted is written and parsed again without a change.
fn round_trips<T: PartialEq + Debug>(
    input: &[u8],
    parse: impl Fn(&[u8]) -> Result<T, RequestRefusal>,
    to_xml: impl Fn(&T) -> Vec<u8>,
) {
    if let Ok(parsed) = parse(input) {
        assert_eq!(parse(&to_xml(&parsed)).as_ref(), Ok(&parsed));
    }
}

/// The documents that have one setting or two.
pub fn setting_xml(input: &[u8]) {
    round_trips(input, versioning::parse, |versioning| versioning::to_xml(*versioning));
    round_trips(input, request_payment::parse, |payer| request_payment::to_xml(*payer));
    round_trips(input, public_access_block::parse, |blocks| public_access_block::to_xml(*blocks));
    round_trips(input, archive_direct_read::parse, |enabled| archive_direct_read::to_xml(*enabled));
    let _ = create_bucket::parse(input);
    let _ = restore_request::parse(input);
}

/// A bucket's encryption.
pub fn encryption_xml(input: &[u8]) {
    round_trips(input, encryption::parse, |encryption| encryption::to_xml(*encryption));
}

/// A list of objects to be deleted is within its limit, and names no object without a key.
pub fn object_list_xml(input: &[u8]) {
    let Ok(parsed) = delete_multiple_objects::parse(input) else { return };
    assert!((1..=delete_multiple_objects::MAX_OBJECTS).contains(&parsed.objects.len()));
    assert!(parsed.objects.iter().all(|object| !object.key.as_str().is_empty()));
    assert!(parsed.objects.iter().all(|object| object.version_id.as_deref() != Some("")));
}

/// A list of parts has numbers that parts may have.
pub fn part_list_xml(input: &[u8]) {
    let Ok(parsed) = complete_multipart_upload::parse(input) else { return };
    assert!(parsed.iter().all(|part| (1..=coho_model::MAX_PART_NUMBER).contains(&part.number)));
}
