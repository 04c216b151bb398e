//! Any CORS or referer configuration that is accepted is written and parsed again without a change, and judges any text.
#![no_main]

use coho_oss::document::{cors, referer};

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    let text = String::from_utf8_lossy(input);
    if let Ok(parsed) = cors::parse(input) {
        assert_eq!(cors::parse(&cors::to_xml(&parsed)).as_ref(), Ok(&parsed));
        parsed.rule(&text, "GET", &[&text]);
    }
    if let Ok(parsed) = referer::parse(input) {
        assert_eq!(referer::parse(&referer::to_xml(Some(&parsed))).as_ref(), Ok(&parsed));
        parsed.permits(&text);
    }
});
