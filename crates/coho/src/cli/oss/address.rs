//! `oss://bucket/key`.

use coho_model::{BucketName, ObjectKey};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use std::{fmt, str::FromStr};

/// The scheme of these addresses.
const SCHEME: &str = "oss://";
/// Bytes of a key that stand unencoded in a path.
const PATH: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~').remove(b'/');

/// A bucket and a key, or the beginning of keys. The key is text, not a path: it is never normalised.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::cli) struct OssUrl {
    pub(in crate::cli) bucket: BucketName,
    /// Empty for the whole bucket.
    pub(in crate::cli) key: String,
}

/// A bucket as `oss://name` or `name`.
#[derive(Debug, Clone)]
pub(in crate::cli) struct BucketArg(pub(in crate::cli) BucketName);

impl OssUrl {
    /// Whether a text claims to be one.
    pub(in crate::cli) fn is_one(text: &str) -> bool {
        text.get(..SCHEME.len()).is_some_and(|scheme| scheme.eq_ignore_ascii_case(SCHEME))
    }

    /// The same bucket with another key.
    pub(in crate::cli) fn with_key(&self, key: &str) -> Self {
        Self { bucket: self.bucket.clone(), key: key.to_owned() }
    }

    /// The key as that of one object.
    pub(in crate::cli) fn object(&self) -> anyhow::Result<&str> {
        if self.key.is_empty() {
            anyhow::bail!("{self} names no object: the key is missing");
        }
        check_key(&self.key)?;
        Ok(&self.key)
    }
}

/// Whether OSS takes the text as a key.
pub(in crate::cli) fn check_key(key: &str) -> anyhow::Result<()> {
    match ObjectKey::parse(key) {
        Ok(_) => Ok(()),
        Err(error) => anyhow::bail!("{key:?} cannot be a key: {error}"),
    }
}

impl FromStr for OssUrl {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if !Self::is_one(text) {
            return Err("an object's address is oss://BUCKET/KEY".into());
        }
        let (bucket, key) = text[SCHEME.len()..].split_once('/').unwrap_or((&text[SCHEME.len()..], ""));
        let bucket = BucketName::parse(bucket).map_err(|error| format!("{bucket:?} is {error}"))?;
        Ok(Self { bucket, key: key.to_owned() })
    }
}

impl fmt::Display for OssUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{SCHEME}{}/{}", self.bucket, crate::cli::admin_client::shown(&self.key))
    }
}

impl FromStr for BucketArg {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if OssUrl::is_one(text) {
            let url: OssUrl = text.parse()?;
            if !url.key.is_empty() {
                return Err("a bucket's address has no key".into());
            }
            return Ok(Self(url.bucket));
        }
        BucketName::parse(text).map(Self).map_err(|error| format!("{text:?} is {error}"))
    }
}

/// A key as part of a path.
pub(in crate::cli) fn content_path(key: &str) -> impl fmt::Display + '_ {
    utf8_percent_encode(key, PATH)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_text() {
        let check = |text: &str, expected: Option<(&str, &str)>| {
            let url = text.parse::<OssUrl>().ok();
            assert_eq!(url.as_ref().map(|url| (url.bucket.as_str(), &*url.key)), expected, "{text}");
        };
        check("oss://photos/a b/../é?x#y%41", Some(("photos", "a b/../é?x#y%41")));
        check("oss://photos//a", Some(("photos", "/a")));
        check("OSS://photos", Some(("photos", "")));
        check("oss://photos/", Some(("photos", "")));
        for wrong in
            ["photos/a", "oss:/photos/a", "oss://", "oss:///a", "oss://Bad/a", "oss://a@b.c/k", "s3://photos/a"]
        {
            check(wrong, None);
        }
        assert_eq!(content_path("a b/é?%+../.").to_string(), "a%20b/%C3%A9%3F%25%2B../.");
        assert_eq!("oss://photos/a\u{1b}[2J".parse::<OssUrl>().unwrap().to_string(), "oss://photos/a\\u{1b}[2J");
    }

    #[test]
    fn a_bucket_has_no_key() {
        for (text, expected) in [("photos", true), ("oss://photos", true), ("oss://photos/", true)] {
            assert_eq!(text.parse::<BucketArg>().is_ok(), expected, "{text}");
        }
        for text in ["oss://photos/k", "photos/", "P", ""] {
            assert!(text.parse::<BucketArg>().is_err(), "{text}");
        }
    }
}
