//! Sizes, and the nine positions of OSS's grid.

use image::RgbaImage;

/// Width and height in pixels.
pub(crate) type Size = (u32, u32);

/// A cell of the three by three grid that crops and watermarks name with `g_`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gravity {
    NorthWest,
    North,
    NorthEast,
    West,
    Center,
    East,
    SouthWest,
    South,
    SouthEast,
}

/// How a thing is aligned along one axis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Alignment {
    Start,
    Middle,
    End,
}

impl Gravity {
    pub(crate) const NAMES: [(&'static str, Self); 9] = [
        ("nw", Self::NorthWest),
        ("north", Self::North),
        ("ne", Self::NorthEast),
        ("west", Self::West),
        ("center", Self::Center),
        ("east", Self::East),
        ("sw", Self::SouthWest),
        ("south", Self::South),
        ("se", Self::SouthEast),
    ];

    pub(crate) fn name(self) -> &'static str {
        name_of(&Self::NAMES, self)
    }

    pub(crate) fn horizontal(self) -> Alignment {
        match self {
            Self::NorthWest | Self::West | Self::SouthWest => Alignment::Start,
            Self::North | Self::Center | Self::South => Alignment::Middle,
            Self::NorthEast | Self::East | Self::SouthEast => Alignment::End,
        }
    }

    pub(crate) fn vertical(self) -> Alignment {
        match self {
            Self::NorthWest | Self::North | Self::NorthEast => Alignment::Start,
            Self::West | Self::Center | Self::East => Alignment::Middle,
            Self::SouthWest | Self::South | Self::SouthEast => Alignment::End,
        }
    }
}

impl Alignment {
    /// Where a thing of length `inner` begins within `outer`; negative if it is longer.
    pub(crate) fn offset(self, outer: u32, inner: u32) -> i64 {
        let room = i64::from(outer) - i64::from(inner);
        match self {
            Self::Start => 0,
            Self::Middle => room.div_euclid(2),
            Self::End => room,
        }
    }
}

/// The name of a value in a table that has all of them.
pub(crate) fn name_of<T: Copy + PartialEq>(names: &[(&'static str, T)], value: T) -> &'static str {
    names.iter().find(|(_, other)| *other == value).map_or("", |(name, _)| name)
}

/// `value` * `numerator` / `denominator`, rounded half up; at least one pixel.
pub(crate) fn scaled(value: u32, numerator: u32, denominator: u32) -> u32 {
    let denominator = u128::from(denominator.max(1));
    let rounded = (2 * u128::from(value) * u128::from(numerator) + denominator) / (2 * denominator);
    u32::try_from(rounded.max(1)).unwrap_or(u32::MAX)
}

pub(crate) fn size_of(image: &RgbaImage) -> Size {
    image.dimensions()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_rounded_half_up_and_never_vanish() {
        for (value, numerator, denominator, expected) in [
            (100, 3, 4, 75),
            (5, 1, 2, 3),
            (3, 1, 7, 1),
            (1, 1, 1000, 1),
            (30_000, 16_384, 1, 491_520_000),
            (u32::MAX, u32::MAX, 1, u32::MAX),
            (7, 7, 0, 49),
        ] {
            assert_eq!(scaled(value, numerator, denominator), expected, "{value} {numerator}/{denominator}");
        }
    }

    #[test]
    fn alignments_place_what_fits_and_what_does_not() {
        for (alignment, outer, inner, expected) in [
            (Alignment::Start, 10, 4, 0),
            (Alignment::Middle, 10, 4, 3),
            (Alignment::Middle, 10, 5, 2),
            (Alignment::Middle, 4, 10, -3),
            (Alignment::End, 10, 4, 6),
            (Alignment::End, 4, 10, -6),
        ] {
            assert_eq!(alignment.offset(outer, inner), expected, "{alignment:?} {inner} in {outer}");
        }
    }
}
