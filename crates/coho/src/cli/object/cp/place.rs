//! A place of the command line.

use crate::cli::oss::OssUrl;
use std::{ffi::OsStr, path::PathBuf, str::FromStr};

/// Where bytes are or go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum CopyPlace {
    Oss(OssUrl),
    Local(PathBuf),
    /// Standard input or output.
    Standard,
}

impl FromStr for CopyPlace {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "" => Err("a place is not empty".into()),
            "-" => Ok(Self::Standard),
            _ if OssUrl::is_one(text) => text.parse().map(Self::Oss),
            _ => Ok(Self::Local(OsStr::new(text).into())),
        }
    }
}
