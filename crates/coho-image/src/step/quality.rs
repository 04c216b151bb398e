//! `quality`: of JPEG and WebP. `Q_` is absolute; `q_` is a percentage of the source's quality if that is a JPEG that stays one,
//! and absolute otherwise. The quality of a JPEG that stays one is never raised.

use std::fmt;

use crate::error::ImageError;
use crate::parse::Arguments;

const RANGE: std::ops::RangeInclusive<u32> = 1..=100;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QualityStep {
    Relative(u8),
    Absolute(u8),
}

impl QualityStep {
    pub(crate) fn parse(arguments: &mut Arguments<'_>) -> Result<Self, ImageError> {
        let (relative, absolute) = (arguments.count("q", RANGE)?, arguments.count("Q", RANGE)?);
        let quality = |value: u32| u8::try_from(value).unwrap_or(u8::MAX);
        let step = absolute.map(|value| Self::Absolute(quality(value)));
        let step = step.or(relative.map(|value| Self::Relative(quality(value))));
        arguments.required(step, "q or Q")
    }

    /// The quality to encode with. `source` is that of a JPEG that stays one.
    pub(crate) fn of(self, source: Option<u8>) -> u8 {
        match (self, source) {
            (Self::Absolute(quality), Some(source)) => quality.min(source),
            (Self::Absolute(quality) | Self::Relative(quality), None) => quality,
            (Self::Relative(percent), Some(source)) => {
                u8::try_from((u16::from(source) * u16::from(percent) + 50) / 100).unwrap_or(source).max(1)
            }
        }
    }
}

impl fmt::Display for QualityStep {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Relative(percent) => write!(formatter, "quality,q_{percent}"),
            Self::Absolute(quality) => write!(formatter, "quality,Q_{quality}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quality_is_relative_to_a_source_that_has_one() {
        for (step, source, expected) in [
            (QualityStep::Relative(50), Some(80), 40),
            (QualityStep::Relative(100), Some(80), 80),
            (QualityStep::Relative(1), Some(1), 1),
            (QualityStep::Relative(50), None, 50),
            (QualityStep::Absolute(90), Some(80), 80),
            (QualityStep::Absolute(30), Some(80), 30),
            (QualityStep::Absolute(90), None, 90),
        ] {
            assert_eq!(step.of(source), expected, "{step} {source:?}");
        }
    }
}
