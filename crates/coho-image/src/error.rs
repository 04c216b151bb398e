//! Why an image is not processed. The server gives each kind its code of OSS.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

/// Positions are offsets in bytes into the text of `x-oss-process`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum ImageError {
    /// A part of the text is unknown, repeated, or outside of its range.
    #[error("{message} (at byte {position})")]
    InvalidArgument { position: usize, message: String },
    /// An operation lacks a parameter that it needs.
    #[error("{message} (at byte {position})")]
    MissingArgument { position: usize, message: String },
    /// Base64 that cannot be decoded, or a cut outside of the image: OSS has fixed texts for these.
    #[error("{0}")]
    BadRequest(Cow<'static, str>),
    #[error("more than {limit} operations")]
    TooManyOperations { limit: usize },
    /// An operation or a format of OSS that this build does not have.
    #[error("{what} is not implemented (at byte {position})")]
    NotImplemented { position: usize, what: String },
    /// A limit of `ImageLimits` is exceeded; the text names it.
    #[error("{0}")]
    TooLarge(String),
    /// The source is no image of a known format, or is broken.
    #[error("the image file may be damaged: {0}")]
    Damaged(String),
    /// A watermark's image is missing, broken or too large.
    #[error("the watermark cannot be added: {0}")]
    Watermark(String),
    /// An encoder refused an image that the limits admit.
    #[error("the result cannot be encoded: {0}")]
    NotEncodable(String),
}

/// OSS's texts.
pub(crate) const NOT_BASE64: ImageError = ImageError::BadRequest(Cow::Borrowed("Input is not base64 decoding."));
pub(crate) const CUT_OUTSIDE: ImageError =
    ImageError::BadRequest(Cow::Borrowed("Advance cut's position is out of image."));

impl ImageError {
    pub(crate) fn damaged(error: impl std::fmt::Display) -> Self {
        Self::Damaged(error.to_string())
    }

    /// A failure of a watermark's own image, whatever it was.
    pub(crate) fn of_watermark(object: &str, error: &Self) -> Self {
        Self::Watermark(format!("{object}: {error}"))
    }
}
