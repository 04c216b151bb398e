//! The CRC-64 checksum of OSS.

/// CRC-64/XZ of a body (OSS calls it ECMA; `x-oss-hash-crc64ecma` shows it in decimal).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Crc64(pub u64);

impl Crc64 {
    /// The checksum of these bytes.
    pub fn of(bytes: &[u8]) -> Self {
        Self(crc_fast::checksum(crc_fast::CrcAlgorithm::Crc64Xz, bytes))
    }

    /// The checksum of this body followed by one of `length` bytes with the checksum `next`.
    #[must_use]
    pub fn then(self, next: Self, length: u64) -> Self {
        Self(crc_fast::checksum_combine(crc_fast::CrcAlgorithm::Crc64Xz, self.0, next.0, length))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_match_those_of_the_sdks() {
        assert_eq!(Crc64::of(b""), Crc64(0));
        assert_eq!(Crc64::of(b"123456789"), Crc64(11_051_210_869_376_104_954));
        assert_eq!(Crc64::of(b"hello world"), Crc64(5_981_764_153_023_615_706));
        assert_eq!(Crc64::of(b"1234").then(Crc64::of(b"56789"), 5), Crc64::of(b"123456789"));
        assert_eq!(Crc64::default().then(Crc64::of(b"1"), 1), Crc64::of(b"1"));
        assert_eq!(Crc64::of(b"1").then(Crc64::of(b""), 0), Crc64::of(b"1"));
    }
}
