//! Any form is read alike in any pieces, and any policy is accepted or refused.
//! Input: the size of a piece, then the body of a form whose boundary is `b`, or a policy.
#![no_main]

use coho_model::Timestamp;
use coho_oss::form::{FormEvent, FormPolicy, MultipartParser};

/// Fields, bytes of the file and whether it ended; `None` if the form is refused.
fn read(body: &[u8], piece: usize) -> Option<(Vec<(String, String)>, Vec<u8>, bool)> {
    let mut parser = MultipartParser::new("b");
    let (mut fields, mut data) = (Vec::new(), Vec::new());
    for bytes in body.chunks(piece) {
        parser.push(bytes);
        while let Some(event) = parser.next_event().ok()? {
            match event {
                FormEvent::Field { name, value } => fields.push((name, value)),
                FormEvent::File(_) => {}
                FormEvent::Data(bytes) => data.extend_from_slice(&bytes),
                FormEvent::End => return Some((fields, data, true)),
            }
        }
    }
    Some((fields, data, false))
}

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    let Some((piece, body)) = input.split_first() else { return };
    let (whole, pieces) = (read(body, usize::MAX), read(body, usize::from(*piece).max(1)));
    // A form that is cut off keeps another tail.
    if let (Some((fields, data, true)), Some(pieces)) = (whole, pieces) {
        assert_eq!((fields, data, true), pieces);
    }
    if let Ok(policy) = FormPolicy::parse(body) {
        let _ = policy.check(Timestamp::from_unix_ms(0), |_| None);
    }
});
