//! One contract for MD5, with two libraries as implementations: `md-5` for one body at a time, and `md5-many` for
//! several bodies in the lanes of vector registers.

use md5::Digest;
use md5_many::{Md5Many, Md5State};
use std::sync::OnceLock;

/// Bytes of an MD5 block.
pub(super) const MD5_BLOCK_BYTES: usize = 64;

/// The running MD5 of one body.
pub(crate) trait Md5: Clone + Send + 'static {
    /// The MD5 of no bytes.
    fn new() -> Self;

    /// Takes the next bytes.
    fn update(&mut self, bytes: &[u8]);

    /// The MD5 of everything taken.
    fn finish(&self) -> [u8; 16];

    /// How many bodies [`Self::update_many`] hashes in about the time of one.
    fn lanes() -> usize {
        1
    }

    /// Takes the next bytes of several bodies. All inputs are whole blocks, have the same length and follow whole blocks.
    fn update_many(bodies: &mut [Self], inputs: &[&[u8]]) {
        for (body, input) in bodies.iter_mut().zip(inputs) {
            body.update(input);
        }
    }
}

/// For one body at a time.
impl Md5 for md5::Md5 {
    fn new() -> Self {
        Self::default()
    }

    fn update(&mut self, bytes: &[u8]) {
        Digest::update(self, bytes);
    }

    fn finish(&self) -> [u8; 16] {
        self.clone().finalize().into()
    }
}

/// For several bodies at a time.
impl Md5 for Md5State {
    fn new() -> Self {
        Self::new()
    }

    fn update(&mut self, bytes: &[u8]) {
        self.update(bytes);
    }

    fn finish(&self) -> [u8; 16] {
        self.finalize()
    }

    fn lanes() -> usize {
        many().lanes()
    }

    fn update_many(bodies: &mut [Self], inputs: &[&[u8]]) {
        many().update_many(bodies, inputs);
    }
}

/// The library finds out once which vector registers the processor has.
fn many() -> Md5Many {
    static MANY: OnceLock<Md5Many> = OnceLock::new();
    *MANY.get_or_init(Md5Many::new)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Hashes each body in pieces of these sizes.
    fn in_pieces<M: Md5>(body: &[u8], sizes: &[usize]) -> [u8; 16] {
        let (mut md5, mut rest) = (M::new(), body);
        for size in sizes {
            let (piece, next) = rest.split_at((*size).min(rest.len()));
            md5.update(piece);
            rest = next;
        }
        md5.update(rest);
        md5.finish()
    }

    /// Hashes all bodies at once, block by block as far as all of them reach, and then their rests.
    fn side_by_side<M: Md5>(bodies: &[Vec<u8>]) -> Vec<[u8; 16]> {
        let common = bodies.iter().map(Vec::len).min().unwrap_or(0) / MD5_BLOCK_BYTES * MD5_BLOCK_BYTES;
        let mut states: Vec<M> = bodies.iter().map(|_| M::new()).collect();
        let inputs: Vec<&[u8]> = bodies.iter().map(|body| &body[..common]).collect();
        M::update_many(&mut states, &inputs);
        for (state, body) in states.iter_mut().zip(bodies) {
            state.update(&body[common..]);
        }
        states.iter().map(M::finish).collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn both_libraries_have_the_same_digests(
            bodies in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..500), 1..20),
            sizes in prop::collection::vec(0..150usize, 0..8),
        ) {
            let expected: Vec<_> = bodies.iter().map(|body| <[u8; 16]>::from(md5::Md5::digest(body))).collect();
            for (body, expected) in bodies.iter().zip(&expected) {
                prop_assert_eq!(in_pieces::<md5::Md5>(body, &sizes), *expected);
                prop_assert_eq!(in_pieces::<Md5State>(body, &sizes), *expected);
            }
            prop_assert_eq!(side_by_side::<md5::Md5>(&bodies), expected.clone());
            prop_assert_eq!(side_by_side::<Md5State>(&bodies), expected);
        }
    }

    #[test]
    fn known_digests_are_those_of_rfc_1321() {
        for (text, expected) in [
            ("", "d41d8cd98f00b204e9800998ecf8427e"),
            ("abc", "900150983cd24fb0d6963f7d28e17f72"),
            (
                "12345678901234567890123456789012345678901234567890123456789012345678901234567890",
                "57edf4a22be3c955ac49da2e2107b67a",
            ),
        ] {
            for found in
                [in_pieces::<md5::Md5>(text.as_bytes(), &[3, 64]), in_pieces::<Md5State>(text.as_bytes(), &[3, 64])]
            {
                let found: String = found.iter().map(|byte| format!("{byte:02x}")).collect();
                assert_eq!(found, expected, "{text}");
            }
        }
    }
}
