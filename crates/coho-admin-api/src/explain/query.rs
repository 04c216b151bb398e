//! The request to be explained, as the query of `/v1/rules/explain` describes it.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Bytes of a query that stay as they are: the unreserved characters of RFC 3986.
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// A request to be explained.
#[derive(Debug, Clone, Default, PartialEq, Eq, JsonSchema)]
pub struct ExplainQuery {
    /// The bucket.
    pub bucket: String,
    /// The key, not encoded once more. Without it, or empty: the root of the bucket.
    pub key: Option<String>,
    /// The method.
    #[schemars(with = "Option<ExplainMethod>")]
    pub method: ExplainMethod,
    /// How the request is signed.
    #[schemars(with = "Option<ExplainAccess>")]
    pub access: ExplainAccess,
    /// The access key that signs the request, with its rights; without it, the owner of the bucket signs. A request with it is signed in a header unless
    /// `access` is `presigned`.
    pub access_key_id: Option<String>,
    /// The status to suppose for the first look-up, whatever is stored.
    #[schemars(range(min = 100, max = 599))]
    pub status: Option<u16>,
    /// The query of the request.
    pub query: Option<String>,
    /// The host of the request; without it the address of the store, with the bucket in the path.
    pub host: Option<String>,
    /// Headers of the request, each as `Name: value`.
    #[schemars(rename = "header", with = "Option<Vec<String>>")]
    pub headers: Vec<(String, String)>,
    /// Whether to ask the origin, too, if the decision is a fetch.
    #[schemars(with = "Option<bool>")]
    pub probe: bool,
}

/// The method of a request that is explained.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum ExplainMethod {
    /// GET, the default.
    #[default]
    Get,
    /// HEAD.
    Head,
}

/// How a request that is explained is signed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ExplainAccess {
    /// It is not signed; the default.
    #[default]
    Anonymous,
    /// By the owner, in the query.
    Presigned,
    /// By the owner, in a header.
    Signed,
}

/// A parameter that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InvalidParameter {
    /// It is needed, and missing.
    Missing(&'static str),
    /// It has a value that it cannot have, or cannot be used at all.
    Invalid {
        /// Its name.
        name: String,
        /// Its value.
        value: String,
        /// What is wrong with it.
        message: String,
    },
}

impl InvalidParameter {
    /// A parameter with a value that it cannot have.
    pub fn new(name: &str, value: &str, message: impl fmt::Display) -> Self {
        let message = format!("{name}: {value:?} {message}");
        Self::Invalid { name: name.to_owned(), value: value.to_owned(), message }
    }
}

impl fmt::Display for InvalidParameter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing(name) => write!(f, "{name}: it is needed"),
            Self::Invalid { message, .. } => f.write_str(message),
        }
    }
}

impl std::error::Error for InvalidParameter {}

impl ExplainMethod {
    /// The method as a request has it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Head => "HEAD",
        }
    }
}

impl ExplainAccess {
    /// The value of the parameter.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Anonymous => "anonymous",
            Self::Presigned => "presigned",
            Self::Signed => "signed",
        }
    }
}

impl ExplainQuery {
    /// Reads decoded parameters. Only `header` may be repeated.
    pub fn parse<'a>(pairs: impl Iterator<Item = (&'a str, &'a str)>) -> Result<Self, InvalidParameter> {
        let (mut query, mut seen) = (Self::default(), Vec::new());
        for (name, value) in pairs {
            if name != "header" && seen.contains(&name) {
                return Err(InvalidParameter::new(name, value, "is a second value"));
            }
            seen.push(name);
            query.set(name, value)?;
        }
        if !seen.contains(&"bucket") {
            return Err(InvalidParameter::Missing("bucket"));
        }
        Ok(query)
    }

    /// The query of an operation whose path names the bucket, without the question mark.
    pub fn without_bucket(&self) -> String {
        self.to_string().split_once('&').map(|(_, rest)| rest.to_owned()).unwrap_or_default()
    }

    fn set(&mut self, name: &str, value: &str) -> Result<(), InvalidParameter> {
        let wrong = |message: &str| InvalidParameter::new(name, value, message);
        match name {
            "bucket" => value.clone_into(&mut self.bucket),
            "key" => self.key = Some(value.to_owned()).filter(|key| !key.is_empty()),
            "method" => {
                self.method = match value {
                    "GET" => ExplainMethod::Get,
                    "HEAD" => ExplainMethod::Head,
                    _ => return Err(wrong("is neither GET nor HEAD")),
                }
            }
            "access" => {
                self.access = match value {
                    "anonymous" => ExplainAccess::Anonymous,
                    "presigned" => ExplainAccess::Presigned,
                    "signed" => ExplainAccess::Signed,
                    _ => return Err(wrong("is none of anonymous, presigned, signed")),
                }
            }
            "access_key_id" => self.access_key_id = Some(value.to_owned()).filter(|id| !id.is_empty()),
            "status" => self.status = Some(status(value).ok_or_else(|| wrong("is not a status"))?),
            "query" => self.query = Some(value.to_owned()),
            "host" => self.host = Some(value.to_owned()),
            "header" => {
                let header =
                    value.split_once(':').map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned()));
                self.headers.push(header.ok_or_else(|| wrong("is not of the form Name: value"))?);
            }
            "probe" => {
                self.probe = match value {
                    "true" | "1" => true,
                    "false" | "0" => false,
                    _ => return Err(wrong("is neither true nor false")),
                }
            }
            _ => return Err(wrong("belongs to no parameter of this operation")),
        }
        Ok(())
    }
}

/// The query as a request has it, without the question mark; parameters with their default are left out.
impl fmt::Display for ExplainQuery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "bucket={}", encoded(&self.bucket))?;
        let mut add = |name: &str, value: &str| write!(f, "&{name}={}", encoded(value));
        if let Some(key) = &self.key {
            add("key", key)?;
        }
        if self.method != ExplainMethod::default() {
            add("method", self.method.as_str())?;
        }
        if self.access != ExplainAccess::default() {
            add("access", self.access.as_str())?;
        }
        if let Some(id) = &self.access_key_id {
            add("access_key_id", id)?;
        }
        if let Some(status) = self.status {
            add("status", &status.to_string())?;
        }
        if let Some(query) = &self.query {
            add("query", query)?;
        }
        if let Some(host) = &self.host {
            add("host", host)?;
        }
        for (name, value) in &self.headers {
            add("header", &format!("{name}: {value}"))?;
        }
        if self.probe { add("probe", "true") } else { Ok(()) }
    }
}

fn status(text: &str) -> Option<u16> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|status| is_number && (100..=599).contains(status))
}

/// Text as one segment of a path or one value of a query.
pub(crate) fn encoded(text: &str) -> impl fmt::Display + '_ {
    utf8_percent_encode(text, UNRESERVED)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<ExplainQuery, InvalidParameter> {
        ExplainQuery::parse(text.split('&').filter_map(|pair| pair.split_once('=')))
    }

    #[test]
    fn what_is_written_is_read_again() {
        let plain = ExplainQuery { bucket: "b".into(), ..ExplainQuery::default() };
        assert_eq!((plain.to_string(), plain.without_bucket()), ("bucket=b".to_owned(), String::new()));
        assert_eq!(read("bucket=b&key=&method=GET&access=anonymous&probe=0"), Ok(plain));
        let full = ExplainQuery {
            bucket: "b".into(),
            key: Some("k".into()),
            method: ExplainMethod::Head,
            access: ExplainAccess::Presigned,
            access_key_id: Some("COHO1".into()),
            status: Some(404),
            query: Some("q".into()),
            host: Some("h".into()),
            headers: vec![("A".into(), "1".into()), ("B".into(), String::new())],
            probe: true,
        };
        assert!(full.without_bucket().starts_with("key=k&method=HEAD&"), "{}", full.without_bucket());
        let text = full.to_string();
        assert!(text.ends_with("&header=A%3A%201&header=B%3A%20&probe=true"), "{text}");
        assert_eq!(read(&text.replace("%3A%20", ": ")), Ok(full));
    }

    #[test]
    fn a_parameter_that_cannot_be_used_is_named() {
        for (text, name) in [
            ("", "bucket"),
            ("key=k", "bucket"),
            ("bucket=b&bucket=c", "bucket"),
            ("bucket=b&method=put", "method"),
            ("bucket=b&access=root", "access"),
            ("bucket=b&status=99", "status"),
            ("bucket=b&status=600", "status"),
            ("bucket=b&status=+200", "status"),
            ("bucket=b&status=", "status"),
            ("bucket=b&header=x", "header"),
            ("bucket=b&probe=yes", "probe"),
            ("bucket=b&keys=k", "keys"),
        ] {
            let error = read(text).unwrap_err();
            assert!(error.to_string().starts_with(&format!("{name}: ")), "{text}: {error}");
        }
    }
}
