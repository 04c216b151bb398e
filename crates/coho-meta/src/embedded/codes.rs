//! The small integers that stand for enumerations in rows. They are part of the file format: only ever add.

use coho_model::{BucketAcl, DataRedundancy, ObjectAcl, ObjectType, StorageClass};

/// An enumeration with a stored number for each of its values.
pub(super) trait Code: Copy + Sized + 'static {
    /// Every value with its number.
    const CODES: &'static [(i64, Self)];

    fn code(self) -> i64;

    fn from_code(code: i64) -> Option<Self> {
        Self::CODES.iter().find(|(have, _)| *have == code).map(|(_, value)| *value)
    }
}

impl Code for BucketAcl {
    const CODES: &'static [(i64, Self)] = &[(0, Self::Private), (1, Self::PublicRead), (2, Self::PublicReadWrite)];

    fn code(self) -> i64 {
        match self {
            Self::Private => 0,
            Self::PublicRead => 1,
            Self::PublicReadWrite => 2,
        }
    }
}

impl Code for ObjectAcl {
    const CODES: &'static [(i64, Self)] =
        &[(0, Self::Default), (1, Self::Private), (2, Self::PublicRead), (3, Self::PublicReadWrite)];

    fn code(self) -> i64 {
        match self {
            Self::Default => 0,
            Self::Private => 1,
            Self::PublicRead => 2,
            Self::PublicReadWrite => 3,
        }
    }
}

impl Code for ObjectType {
    const CODES: &'static [(i64, Self)] =
        &[(0, Self::Normal), (1, Self::Multipart), (2, Self::Appendable), (3, Self::Symlink)];

    fn code(self) -> i64 {
        match self {
            Self::Normal => 0,
            Self::Multipart => 1,
            Self::Appendable => 2,
            Self::Symlink => 3,
        }
    }
}

impl Code for StorageClass {
    const CODES: &'static [(i64, Self)] =
        &[(0, Self::Standard), (1, Self::Ia), (2, Self::Archive), (3, Self::ColdArchive), (4, Self::DeepColdArchive)];

    fn code(self) -> i64 {
        match self {
            Self::Standard => 0,
            Self::Ia => 1,
            Self::Archive => 2,
            Self::ColdArchive => 3,
            Self::DeepColdArchive => 4,
        }
    }
}

impl Code for DataRedundancy {
    const CODES: &'static [(i64, Self)] = &[(0, Self::Lrs), (1, Self::Zrs)];

    fn code(self) -> i64 {
        match self {
            Self::Lrs => 0,
            Self::Zrs => 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fmt::Debug;

    fn check<T: Code + PartialEq + Debug>() {
        for (code, value) in T::CODES {
            assert_eq!((value.code(), T::from_code(*code)), (*code, Some(*value)));
        }
        assert_eq!(T::from_code(T::CODES.len() as i64), None);
    }

    #[test]
    fn every_value_survives_its_code() {
        check::<BucketAcl>();
        check::<ObjectAcl>();
        check::<ObjectType>();
        check::<StorageClass>();
        check::<DataRedundancy>();
    }
}
