//! PostObject.

use coho_model::Timestamp;
use coho_oss::form::{FormEvent, FormPolicy, MAX_POLICY_BYTES, MultipartParser};
use std::borrow::Cow;

/// Fields, bytes of the file and whether it ended; `None` if the form is refused.
type FuzzedForm = (Vec<(String, String)>, Vec<u8>, bool);

fn read(body: &[u8], piece: usize) -> Option<FuzzedForm> {
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

/// Any form is read alike in any pieces.
/// Input: the size of a piece, then the body of a form whose boundary is `b`.
pub fn post_form(input: &[u8]) {
    let Some((piece, body)) = input.split_first() else { return };
    let (whole, pieces) = (read(body, usize::MAX), read(body, usize::from(*piece).max(1)));
    // A form that is cut off keeps another tail.
    if let (Some((fields, data, true)), Some(pieces)) = (whole, pieces) {
        assert_eq!((fields, data, true), pieces);
    }
}

/// Any policy of a form is accepted or refused, and judges any form.
pub fn post_policy(input: &[u8]) {
    let Ok(policy) = FormPolicy::parse(input) else { return };
    assert!(input.len() <= MAX_POLICY_BYTES);
    for value in [None, Some("a"), Some("")] {
        let _ = policy.check(Timestamp::from_unix_ms(0), |_| value.map(Cow::Borrowed));
    }
}
