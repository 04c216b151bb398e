//! Any input is either refused, or yields a configuration that is written and parsed again without a change.
#![no_main]

use coho_oss::document::website;

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    if let Ok(document) = website::parse(input) {
        let again = website::parse_stored(&website::to_stored_xml(&document)).expect("what was written can be read");
        assert_eq!(again, document);
    }
});
