//! The bytes of every test object: byte `o` of an object is a function of `o` and of the last part of its path.
//! Origin and load generator agree on it, so a body can be checked wherever it arrives, and no two names share
//! their blocks, so a server that deduplicates gains nothing. Kept twice: in memory to compare and for small sends,
//! in a memfd for sendfile.
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};

/// Length after which the bytes repeat. Not a power of two: a body shifted by whole blocks must not look right.
const PERIOD: usize = (1 << 20) - 3;

pub struct Content {
    bytes: Vec<u8>,
    memfd: OwnedFd,
}

impl Content {
    pub fn new() -> std::io::Result<Content> {
        let mut x = 0x9e37_79b9_7f4a_7c15_u64;
        let mut bytes: Vec<u8> = (0..PERIOD)
            .map(|_| {
                x ^= x << 13;
                x ^= x >> 7;
                x ^= x << 17;
                (x >> 32) as u8
            })
            .collect();
        bytes.extend_from_within(..);
        // SAFETY: the name is a C string and a non-negative result is a descriptor that no other code owns.
        let memfd = unsafe {
            let fd = libc::memfd_create(c"content".as_ptr(), libc::MFD_CLOEXEC);
            if fd < 0 {
                return Err(std::io::Error::last_os_error());
            }
            OwnedFd::from_raw_fd(fd)
        };
        let mut file = std::fs::File::from(memfd);
        std::io::Write::write_all(&mut file, &bytes)?;
        Ok(Content { bytes, memfd: file.into() })
    }

    /// At least `min(max, 1 MiB - 3)` and at most `max` bytes of the object with this seed, from `off` on.
    pub fn slice(&self, seed: u64, off: u64, max: u64) -> &[u8] {
        let p = position(seed, off);
        &self.bytes[p..p + (max.min((self.bytes.len() - p) as u64) as usize)]
    }

    /// For sendfile: the descriptor, where in it the object's byte `off` lies, and how many bytes follow there.
    pub fn file(&self, seed: u64, off: u64) -> (RawFd, i64, u64) {
        let p = position(seed, off);
        (self.memfd.as_raw_fd(), p as i64, (self.bytes.len() - p) as u64)
    }

    /// Whether `got` is what the object holds from `off` on.
    pub fn matches(&self, seed: u64, mut off: u64, mut got: &[u8]) -> bool {
        while !got.is_empty() {
            let want = self.slice(seed, off, got.len() as u64);
            if want != &got[..want.len()] {
                return false;
            }
            off += want.len() as u64;
            got = &got[want.len()..];
        }
        true
    }
}

fn position(seed: u64, off: u64) -> usize {
    ((off + seed % PERIOD as u64) % PERIOD as u64) as usize
}

/// The seed of the object at this request path: its last part, without the query.
pub fn seed(path: &str) -> u64 {
    let path = path.split('?').next().unwrap_or(path);
    crate::fnv(path.rsplit('/').next().unwrap_or(path).as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_cut_of_an_object_matches_only_at_its_own_offset_and_name() {
        let c = Content::new().unwrap();
        let (a, b) = (seed("/s5000000/a"), seed("/s5000000/b"));
        for off in [0, 1, 4096, PERIOD as u64 - 1, 3_000_000] {
            let mut body = Vec::new();
            while body.len() < 2_500_000 {
                body.extend_from_slice(c.slice(a, off + body.len() as u64, 2_500_000 - body.len() as u64));
            }
            assert!(c.matches(a, off, &body));
            assert!(!c.matches(a, off + (1 << 20), &body[..64]));
            assert!(!c.matches(b, off, &body[..64]));
            let last = body.len() - 1;
            body[last] ^= 1;
            assert!(!c.matches(a, off, &body));
        }
    }

    #[test]
    fn the_seed_is_the_last_part_whatever_precedes_or_queries_it() {
        assert_eq!(seed("/bench/s4096/m0"), seed("/s4096/m0?x=/y"));
        assert_ne!(seed("/s4096/m0"), seed("/s4096/m1"));
    }
}
