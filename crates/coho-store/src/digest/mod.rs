//! The digests of a body, computed in one pass while it is written.

mod body;
mod md5;
mod pool;

pub(crate) use body::BodyHasher;
pub(crate) use md5::Md5;
pub(crate) use pool::HashPool;

use coho_model::Crc64;

/// The running digests of a body, with an MD5 of this implementation; that of `md-5` if it is hashed by itself.
#[derive(Clone)]
pub(crate) struct Digest<M = ::md5::Md5> {
    md5: M,
    crc64: crc_fast::Digest,
    length: u64,
}

/// The digests of a whole body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Digests {
    pub(crate) md5: [u8; 16],
    /// CRC-64/XZ.
    pub(crate) crc64: Crc64,
    /// Length in bytes.
    pub(crate) length: u64,
}

impl<M: Md5> Digest<M> {
    pub(crate) fn new() -> Self {
        Self { md5: M::new(), crc64: crc_fast::Digest::new(crc_fast::CrcAlgorithm::Crc64Xz), length: 0 }
    }

    /// Takes the next bytes.
    pub(crate) fn update(&mut self, bytes: &[u8]) {
        self.md5.update(bytes);
        self.update_crc64(bytes);
    }

    /// Takes the next bytes into everything but the MD5.
    fn update_crc64(&mut self, bytes: &[u8]) {
        self.crc64.update(bytes);
        self.length += bytes.len() as u64;
    }

    /// The digests of everything taken.
    pub(crate) fn finish(&self) -> Digests {
        Digests { md5: self.md5.finish(), crc64: Crc64(self.crc64.finalize()), length: self.length }
    }
}

impl<M> std::fmt::Debug for Digest<M> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Digest").field("length", &self.length).finish_non_exhaustive()
    }
}

/// The digests of bytes that are in memory as a whole.
pub(crate) fn digests_of(bytes: &[u8]) -> Digests {
    let mut digest: Digest = Digest::new();
    digest.update(bytes);
    digest.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_give_what_the_whole_gives() {
        let mut pieces: Digest = Digest::new();
        pieces.update(b"hello");
        pieces.update(b"");
        pieces.update(b" world");
        let digests = pieces.finish();
        assert_eq!(digests, digests_of(b"hello world"));
        assert_eq!(digests.crc64, Crc64(5_981_764_153_023_615_706));
        assert_eq!(digests.length, 11);
        assert_eq!(digests.md5[..4], [0x5e, 0xb6, 0x3b, 0xbb]);
    }
}
