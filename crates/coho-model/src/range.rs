//! The `Range` header as OSS interprets it.

use crate::decimal;

/// How an invalid range is handled (`x-oss-range-behavior`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum RangeBehavior {
    /// OSS's default: a range that is malformed or outside the object is ignored.
    #[default]
    Lenient,
    /// As in HTTP: the end is clipped, and a start beyond the object is an error.
    Standard,
}

/// Bytes `start..end` of an object, never empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ByteRange {
    /// First byte.
    pub start: u64,
    /// One past the last byte.
    pub end: u64,
}

/// The meaning of a request's range for an object of a given size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RangeOutcome {
    /// The whole object, 200.
    Whole,
    /// This range, 206.
    Part(ByteRange),
    /// 416 `InvalidRange`.
    Unsatisfiable,
}

impl ByteRange {
    /// The number of bytes.
    pub fn length(self) -> u64 {
        self.end - self.start
    }
}

/// One parsed range: `first-`, `first-last` or `-suffix`.
enum Spec {
    From(u64),
    Between(u64, u64),
    Last(u64),
}

impl RangeOutcome {
    /// Resolves a header value. Of several ranges OSS uses the first.
    ///
    /// A suffix of 0 bytes cannot be satisfied, whatever the behaviour is.
    pub fn of(header: Option<&str>, size: u64, behavior: RangeBehavior) -> Self {
        let Some(spec) = header.and_then(Spec::parse) else { return Self::Whole };
        let beyond = match behavior {
            RangeBehavior::Lenient => Self::Whole,
            RangeBehavior::Standard => Self::Unsatisfiable,
        };
        match spec {
            Spec::From(start) if start < size => Self::Part(ByteRange { start, end: size }),
            Spec::From(_) => beyond,
            Spec::Between(start, last) if last < size => Self::Part(ByteRange { start, end: last + 1 }),
            Spec::Between(start, _) if start < size && behavior == RangeBehavior::Standard => {
                Self::Part(ByteRange { start, end: size })
            }
            Spec::Between(..) => beyond,
            Spec::Last(0) => Self::Unsatisfiable,
            Spec::Last(length) if length <= size => Self::Part(ByteRange { start: size - length, end: size }),
            Spec::Last(_) if size > 0 && behavior == RangeBehavior::Standard => {
                Self::Part(ByteRange { start: 0, end: size })
            }
            Spec::Last(_) => beyond,
        }
    }
}

impl Spec {
    fn parse(header: &str) -> Option<Self> {
        let ranges = header.trim().strip_prefix("bytes=")?;
        let (first, last) = ranges.split(',').next()?.trim().split_once('-')?;
        match (first.is_empty(), last.is_empty()) {
            (false, true) => Some(Self::From(decimal(first)?)),
            (true, false) => Some(Self::Last(decimal(last)?)),
            (false, false) => {
                let (first, last) = (decimal(first)?, decimal(last)?);
                (first <= last).then_some(Self::Between(first, last))
            }
            (true, true) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use RangeOutcome::{Unsatisfiable, Whole};

    fn part(start: u64, end: u64) -> RangeOutcome {
        RangeOutcome::Part(ByteRange { start, end })
    }

    #[test]
    fn both_behaviours_over_ten_bytes() {
        let rows = [
            ("bytes=0-4", part(0, 5), part(0, 5)),
            ("bytes=9-9", part(9, 10), part(9, 10)),
            ("bytes=0-9", part(0, 10), part(0, 10)),
            ("bytes=5-", part(5, 10), part(5, 10)),
            ("bytes=-3", part(7, 10), part(7, 10)),
            ("bytes=-10", part(0, 10), part(0, 10)),
            ("bytes=0-10", Whole, part(0, 10)),
            ("bytes=-11", Whole, part(0, 10)),
            ("bytes=10-", Whole, Unsatisfiable),
            ("bytes=10-12", Whole, Unsatisfiable),
            ("bytes=-0", Unsatisfiable, Unsatisfiable),
            ("bytes=-00", Unsatisfiable, Unsatisfiable),
            ("bytes=4-0", Whole, Whole),
            ("bytes=0-4/..", Whole, Whole),
            ("bytes=1-2,", part(1, 3), part(1, 3)),
            ("bytes=1-2,abc", part(1, 3), part(1, 3)),
            ("bytes=0-1,3-4", part(0, 2), part(0, 2)),
            ("bytes=1-2 , 3-4", part(1, 3), part(1, 3)),
            ("bytes=,1-2", Whole, Whole),
            ("bytes=4-0,1-2", Whole, Whole),
            ("bytes=1-2;3-4", Whole, Whole),
            ("bytes=+1-2", Whole, Whole),
            ("bytes=-", Whole, Whole),
            ("bytes=99999999999999999999-", Whole, Whole),
            ("bytes=0-18446744073709551615", Whole, part(0, 10)),
            ("items=0-4", Whole, Whole),
        ];
        for (header, lenient, standard) in rows {
            assert_eq!(RangeOutcome::of(Some(header), 10, RangeBehavior::Lenient), lenient, "{header}");
            assert_eq!(RangeOutcome::of(Some(header), 10, RangeBehavior::Standard), standard, "{header} standard");
        }
        assert_eq!(RangeOutcome::of(None, 10, RangeBehavior::Standard), Whole);
        assert_eq!(RangeOutcome::of(Some("bytes=0-"), 0, RangeBehavior::Lenient), Whole);
        assert_eq!(RangeOutcome::of(Some("bytes=0-"), 0, RangeBehavior::Standard), Unsatisfiable);
    }
}
