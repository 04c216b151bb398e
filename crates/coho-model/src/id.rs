//! Ids that are generated once and never reused.

use std::fmt;

/// Identifies a bucket permanently. A bucket that is deleted and created again under the same name has another id, so
/// that operations started on the old bucket cannot affect the new one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BucketId(pub i64);

/// Identifies a blob permanently. The upper 48 bits are the creation time in milliseconds, the rest is random.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BlobId(pub u128);

/// The fencing token of one fill. A key has at most one; publishing a fill takes the token that the key has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct FillToken(pub u64);

/// Identifies a multipart upload: 32 upper-case hex characters on the wire, as in OSS's samples.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct UploadId(pub u128);

impl BucketId {
    /// Stands for all buckets together in the history of traffic; no bucket has this id.
    pub const ALL: Self = Self(0);

    /// Builds the id from the creation time and 20 random bits.
    pub fn new(unix_ms: i64, random: u64) -> Self {
        Self(((unix_ms & ((1 << 43) - 1)) << 20) | (random & 0xf_ffff) as i64)
    }
}

impl BlobId {
    /// Builds the id from the creation time and 80 random bits.
    pub fn new(unix_ms: i64, random: u128) -> Self {
        Self((((unix_ms as u128) & 0xffff_ffff_ffff) << 80) | (random & ((1 << 80) - 1)))
    }

    /// The creation time of the blob, in milliseconds since the Unix epoch.
    pub fn unix_ms(self) -> i64 {
        (self.0 >> 80) as i64
    }

    /// Big-endian bytes, so that byte order is time order.
    pub fn to_bytes(self) -> [u8; 16] {
        self.0.to_be_bytes()
    }

    /// The inverse of [`Self::to_bytes`].
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(u128::from_be_bytes(bytes))
    }

    /// The inverse of `Display`; `None` for anything but 32 lower-case hex digits.
    pub fn parse(text: &str) -> Option<Self> {
        let ok = text.len() == 32 && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        if ok { u128::from_str_radix(text, 16).ok().map(Self) } else { None }
    }
}

impl fmt::Display for BlobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl fmt::Debug for BlobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl UploadId {
    /// Parses the wire form; `None` if the text cannot be the id of any upload.
    pub fn parse(text: &str) -> Option<Self> {
        let ok = text.len() == 32 && text.bytes().all(|b| b.is_ascii_hexdigit());
        if ok { u128::from_str_radix(text, 16).ok().map(Self) } else { None }
    }

    /// Big-endian bytes.
    pub fn to_bytes(self) -> [u8; 16] {
        self.0.to_be_bytes()
    }

    /// The inverse of [`Self::to_bytes`].
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(u128::from_be_bytes(bytes))
    }
}

impl fmt::Display for UploadId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032X}", self.0)
    }
}

impl fmt::Debug for UploadId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blob_ids_sort_by_time_and_round_trip_as_text() {
        let older = BlobId::new(1_000, u128::MAX);
        let newer = BlobId::new(1_001, 0);
        assert!(older < newer && older.to_bytes() < newer.to_bytes() && older.to_string() < newer.to_string());
        assert_eq!(BlobId::parse(&older.to_string()), Some(older));
        assert_eq!(newer.unix_ms(), 1_001);
        assert_eq!(BlobId::parse("../../etc/passwd"), None);
    }

    #[test]
    fn bucket_ids_are_positive_and_sort_by_time() {
        let older = BucketId::new(1_795_420_800_000, u64::MAX);
        let newer = BucketId::new(1_795_420_800_001, 0);
        assert!(older.0 > 0 && older < newer);
    }

    #[test]
    fn upload_ids_are_upper_case_hex() {
        let id = UploadId(0xab);
        assert_eq!(id.to_string(), "000000000000000000000000000000AB");
        assert_eq!(UploadId::parse(&id.to_string()), Some(id));
        assert_eq!(UploadId::parse("+0000000000000000000000000000000"), None);
    }
}
