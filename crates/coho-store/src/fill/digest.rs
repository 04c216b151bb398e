//! The digests of a fill's body: CRC-64 always, MD5 only if the body must have a given one.

use crate::{StoreError, digest::Md5};
use coho_blob::LocalFile;
use coho_model::Crc64;
use std::ops::Range;

/// Bytes read at a time when the MD5 of an absorbed range is computed.
const READ_BACK_BYTES: u64 = 256 * 1024;

/// A running CRC-64/XZ, which can be combined with that of the bytes after it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Crc(crc_fast::Digest);

impl Default for Crc {
    fn default() -> Self {
        Self(crc_fast::Digest::new(crc_fast::CrcAlgorithm::Crc64Xz))
    }
}

impl Crc {
    pub(super) fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// Takes the next bytes by their CRC-64.
    pub(super) fn append(&mut self, next: &Self) {
        self.0.combine(&next.0);
    }
}

/// The running digests.
pub(super) struct FillDigest {
    crc: Crc,
    md5: Option<md5::Md5>,
}

impl FillDigest {
    pub(super) fn new(with_md5: bool) -> Self {
        Self { crc: Crc::default(), md5: with_md5.then(Md5::new) }
    }

    pub(super) fn has_md5(&self) -> bool {
        self.md5.is_some()
    }

    /// Takes the next bytes.
    pub(super) fn update(&mut self, bytes: &[u8]) {
        self.crc.update(bytes);
        if let Some(md5) = &mut self.md5 {
            md5.update(bytes);
        }
    }

    /// Takes the next bytes by their CRC-64. Not for a body whose MD5 is computed.
    pub(super) fn append(&mut self, next: &Crc) {
        self.crc.append(next);
    }

    /// Takes the next bytes from the blob.
    pub(super) async fn read_back(&mut self, file: &dyn LocalFile, range: Range<u64>) -> Result<(), StoreError> {
        let mut at = range.start;
        while at < range.end {
            let bytes = file.read(at, (range.end - at).min(READ_BACK_BYTES) as usize).await?;
            self.update(&bytes);
            at += bytes.len() as u64;
        }
        Ok(())
    }

    pub(super) fn crc64(&self) -> Crc64 {
        Crc64(self.crc.0.finalize())
    }

    pub(super) fn md5(&self) -> Option<[u8; 16]> {
        self.md5.as_ref().map(Md5::finish)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn combined_checksums_are_those_of_the_whole() {
        let whole: Vec<u8> = (0..300_000u32).map(|at| (at % 251) as u8).collect();
        for cuts in [&[][..], &[0], &[1], &[300_000], &[100_000, 100_000, 100_001], &[7, 4_096, 65_536, 299_999]] {
            let mut digest = FillDigest::new(false);
            let mut from = 0;
            for (number, to) in cuts.iter().copied().chain([whole.len()]).enumerate() {
                if number % 2 == 0 {
                    digest.update(&whole[from..to]);
                } else {
                    let mut range = Crc::default();
                    whole[from..to].chunks(1_000).for_each(|bytes| range.update(bytes));
                    digest.append(&range);
                }
                from = to;
            }
            assert_eq!(digest.crc64(), Crc64::of(&whole), "{cuts:?}");
        }
    }
}
