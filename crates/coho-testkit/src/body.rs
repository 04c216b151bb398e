//! Deterministic bodies: the byte at offset `i` of the object named `n` is a function of both, so that a
//! test can check any slice of any object, however large, without keeping it, and never mistakes one
//! object's bytes for another's.

/// Bytes that share one output of the mixer.
const WORD: u64 = 8;

/// The byte at `offset` of the body called `name`.
#[must_use]
pub fn byte_at(name: &str, offset: u64) -> u8 {
    word(seed(name), offset / WORD)[(offset % WORD) as usize]
}

/// Writes the bytes from `offset` on into `out`.
pub fn fill(name: &str, offset: u64, out: &mut [u8]) {
    let seed = seed(name);
    let mut at = offset;
    let mut rest = out;
    while !rest.is_empty() {
        let skip = (at % WORD) as usize;
        let bytes = &word(seed, at / WORD)[skip..];
        let taken = bytes.len().min(rest.len());
        rest[..taken].copy_from_slice(&bytes[..taken]);
        rest = &mut rest[taken..];
        at += taken as u64;
    }
}

/// The first `len` bytes of the body called `name`.
#[must_use]
pub fn generated(name: &str, len: usize) -> Vec<u8> {
    let mut out = vec![0; len];
    fill(name, 0, &mut out);
    out
}

fn seed(name: &str) -> u64 {
    name.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// SplitMix64: one multiply-and-shift chain per word, which keeps a gigabyte cheap.
fn word(seed: u64, index: u64) -> [u8; 8] {
    let mut z = seed.wrapping_add(index.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    (z ^ (z >> 31)).to_le_bytes()
}

#[cfg(test)]
mod tests {
    use super::{byte_at, fill, generated};

    #[test]
    fn any_slice_equals_the_same_slice_of_the_whole() {
        let whole = generated("a", 100);
        for start in [0, 1, 7, 8, 9, 63] {
            let mut slice = [0; 21];
            fill("a", start, &mut slice);
            assert_eq!(slice, whole[start as usize..start as usize + 21], "from {start}");
            assert_eq!(byte_at("a", start), whole[start as usize]);
        }
    }

    #[test]
    fn names_give_different_bytes() {
        assert_ne!(generated("a", 64), generated("b", 64));
    }
}
