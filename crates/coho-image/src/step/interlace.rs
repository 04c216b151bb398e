//! `interlace,1`: a progressive JPEG. Other formats are as they are.

use std::fmt;

use crate::error::ImageError;
use crate::parse::Arguments;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interlace {
    pub(crate) is_on: bool,
}

impl Interlace {
    pub(crate) fn parse(arguments: &mut Arguments<'_>) -> Result<Self, ImageError> {
        let value = arguments.bare_number(0..=1)?;
        Ok(Self { is_on: arguments.required(value, "0 or 1")? == 1 })
    }
}

impl fmt::Display for Interlace {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "interlace,{}", u8::from(self.is_on))
    }
}
