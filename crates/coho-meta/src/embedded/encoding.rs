//! Headers and extents as bytes in a row: compact, and readable by every later version.
//!
//! The first byte is the version of the form. Numbers are LEB128. Reading checks every bound, since a
//! damaged file must give an error and never a panic or a large allocation.

use coho_model::{BlobId, Extent, ObjectHeaders};

const VERSION: u8 = 1;
/// Most bytes of one encoded number.
const MAX_NUMBER_BYTES: usize = 10;

/// Stored bytes that are not what this module writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum DecodeError {
    #[error("unknown version {0} of an encoded column")]
    Version(u8),
    #[error("encoded column is damaged")]
    Damaged,
}

pub(super) fn encode_headers(headers: &ObjectHeaders) -> Vec<u8> {
    let bytes: usize = headers.iter().map(|(name, value)| name.len() + value.len() + 4).sum();
    let mut out = Vec::with_capacity(bytes + 2);
    out.push(VERSION);
    put_number(&mut out, headers.len() as u64);
    for (name, value) in headers.iter() {
        put_bytes(&mut out, name.as_bytes());
        put_bytes(&mut out, value);
    }
    out
}

pub(super) fn decode_headers(bytes: &[u8]) -> Result<ObjectHeaders, DecodeError> {
    let mut input = Input::begin(bytes)?;
    let mut headers = ObjectHeaders::new();
    for _ in 0..input.number()? {
        let name = std::str::from_utf8(input.bytes()?).map_err(|_| DecodeError::Damaged)?;
        headers.set(name, input.bytes()?);
    }
    input.end()?;
    Ok(headers)
}

pub(super) fn encode_extents(extents: &[Extent]) -> Vec<u8> {
    let mut out = Vec::with_capacity(2 + extents.len() * (16 + 8));
    out.push(VERSION);
    put_number(&mut out, extents.len() as u64);
    for extent in extents {
        out.extend_from_slice(&extent.blob.to_bytes());
        put_number(&mut out, extent.offset);
        put_number(&mut out, extent.length);
    }
    out
}

pub(super) fn decode_extents(bytes: &[u8]) -> Result<Vec<Extent>, DecodeError> {
    let mut input = Input::begin(bytes)?;
    let mut extents = Vec::new();
    for _ in 0..input.number()? {
        let blob = BlobId::from_bytes(input.array()?);
        extents.push(Extent { blob, offset: input.number()?, length: input.number()? });
    }
    input.end()?;
    Ok(extents)
}

fn put_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    put_number(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

fn put_number(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

struct Input<'a>(&'a [u8]);

impl<'a> Input<'a> {
    fn begin(bytes: &'a [u8]) -> Result<Self, DecodeError> {
        match bytes.split_first() {
            Some((&VERSION, rest)) => Ok(Self(rest)),
            Some((&other, _)) => Err(DecodeError::Version(other)),
            None => Err(DecodeError::Damaged),
        }
    }

    fn number(&mut self) -> Result<u64, DecodeError> {
        let mut number = 0u64;
        for at in 0..MAX_NUMBER_BYTES {
            let (&byte, rest) = self.0.split_first().ok_or(DecodeError::Damaged)?;
            self.0 = rest;
            let bits = u64::from(byte & 0x7f);
            let shifted = bits << (7 * at);
            if shifted >> (7 * at) != bits {
                return Err(DecodeError::Damaged);
            }
            number |= shifted;
            if byte < 0x80 {
                return Ok(number);
            }
        }
        Err(DecodeError::Damaged)
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8], DecodeError> {
        let (taken, rest) = self.0.split_at_checked(length).ok_or(DecodeError::Damaged)?;
        self.0 = rest;
        Ok(taken)
    }

    fn bytes(&mut self) -> Result<&'a [u8], DecodeError> {
        let length = usize::try_from(self.number()?).map_err(|_| DecodeError::Damaged)?;
        self.take(length)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], DecodeError> {
        self.take(N)?.try_into().map_err(|_| DecodeError::Damaged)
    }

    fn end(self) -> Result<(), DecodeError> {
        if self.0.is_empty() { Ok(()) } else { Err(DecodeError::Damaged) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn headers_survive(pairs in proptest::collection::vec(("[a-z-]{0,20}", proptest::collection::vec(any::<u8>(), 0..300)), 0..20)) {
            let mut headers = ObjectHeaders::new();
            for (name, value) in &pairs {
                headers.set(name, value);
            }
            prop_assert_eq!(decode_headers(&encode_headers(&headers)), Ok(headers));
        }

        #[test]
        fn extents_survive(raw in proptest::collection::vec(any::<(u128, u64, u64)>(), 0..40)) {
            let extents: Vec<_> = raw.into_iter().map(|(blob, offset, length)| Extent { blob: BlobId(blob), offset, length }).collect();
            prop_assert_eq!(decode_extents(&encode_extents(&extents)), Ok(extents));
        }

        #[test]
        fn no_bytes_make_it_panic_and_no_cut_is_taken_for_whole(noise in proptest::collection::vec(any::<u8>(), 0..80), raw in proptest::collection::vec(any::<(u128, u64, u64)>(), 1..5)) {
            let mut versioned = vec![VERSION];
            versioned.extend_from_slice(&noise);
            for bytes in [&noise, &versioned] {
                let _ = (decode_headers(bytes), decode_extents(bytes));
            }
            let extents: Vec<_> = raw.into_iter().map(|(blob, offset, length)| Extent { blob: BlobId(blob), offset, length }).collect();
            let whole = encode_extents(&extents);
            for cut in 0..whole.len() {
                prop_assert!(decode_extents(&whole[..cut]).is_err());
            }
        }
    }

    #[test]
    fn later_versions_and_endless_numbers_are_told() {
        assert_eq!(decode_headers(&[2, 0]), Err(DecodeError::Version(2)));
        assert_eq!(decode_headers(&[]), Err(DecodeError::Damaged));
        assert_eq!(
            decode_extents(&[VERSION, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f]),
            Err(DecodeError::Damaged)
        );
    }
}
