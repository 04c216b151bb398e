//! The address of a request: the ways in which host and path can be read as bucket and key.
//!
//! Three styles: the bucket as the first label of the host (virtual host), or as the first segment of the path, and
//! the host alone for the service. Some clients mix them, so there may be two readings; the signature decides.

use coho_model::{BucketName, ObjectKey, Query, UrlDecodeError};
use std::borrow::Cow;

/// The host suffix of the public service; ali-oss sends it in `Host` even when it connects to an IP.
const PUBLIC_DOMAIN: &str = ".aliyuncs.com";

/// The bucket and the object that a request names.
#[derive(Debug)]
pub(crate) struct Target {
    pub(crate) bucket: Option<BucketName>,
    pub(crate) key: Option<ObjectKey>,
    /// How many slashes precede the key.
    pub(crate) leading_slashes: usize,
    /// Whether the bucket was read from the path.
    pub(crate) path_style: bool,
    /// Whether the path ends with the bucket's name, without a slash.
    pub(crate) lacks_slash: bool,
}

/// The name cannot be one of a bucket, or of an object.
#[derive(Debug)]
pub(crate) enum BadName<'r> {
    Bucket(&'r str),
    Key(&'r str),
}

impl Target {
    /// Checks the names of a reading. A key does not begin with a slash, but a read of a mirrored site may name such a
    /// one, and the site's rules decide what becomes of the slashes.
    pub(crate) fn of(reading: &Reading, is_read: bool) -> Result<Self, BadName<'_>> {
        let bucket = match &reading.bucket {
            Some(name) => Some(BucketName::parse(name).map_err(|_| BadName::Bucket(name))?),
            None => None,
        };
        let (key, leading_slashes) = match &reading.key {
            Some(written) => {
                let key = if is_read { written.trim_start_matches('/') } else { written };
                let slashes = written.len() - key.len();
                (Some(ObjectKey::parse(key).map_err(|_| BadName::Key(written))?), slashes)
            }
            None => (None, 0),
        };
        Ok(Self { bucket, key, leading_slashes, path_style: reading.path_style, lacks_slash: reading.lacks_slash })
    }
}

/// The host names that the server goes by.
#[derive(Debug)]
pub(crate) struct Addressing {
    base_domains: Vec<String>,
}

/// One way to read a request's address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reading {
    pub(crate) bucket: Option<String>,
    pub(crate) key: Option<String>,
    /// Whether the bucket was read from the path.
    pub(crate) path_style: bool,
    /// Whether the path ends with the bucket's name, without a slash.
    pub(crate) lacks_slash: bool,
}

impl Addressing {
    pub(crate) fn new(base_domains: Vec<String>) -> Self {
        Self { base_domains: base_domains.into_iter().map(|domain| domain.to_ascii_lowercase()).collect() }
    }

    /// The domains whose first label below is a bucket.
    pub(crate) fn base_domains(&self) -> impl Iterator<Item = &str> {
        self.base_domains.iter().map(String::as_str)
    }

    /// The readings, the likelier first. `path` is as sent. Some SDKs write a blank as `+` and sign the blank, so a path
    /// with a plus has further readings with blanks. An anonymous request has the first reading, with the literal plus.
    pub(crate) fn readings(&self, host: &str, path: &str) -> Result<Vec<Reading>, UrlDecodeError> {
        let mut readings = self.literal_readings(host, path)?;
        if path.contains('+') {
            readings.extend(self.literal_readings(host, &path.replace('+', "%20"))?);
        }
        Ok(readings)
    }

    /// The reading whose bucket is in the path.
    pub(crate) fn path_style(path: &str) -> Result<Reading, UrlDecodeError> {
        let path = Query::decode_path(path)?;
        Ok(Reading::of_path(path.strip_prefix('/').unwrap_or(&path)))
    }

    fn literal_readings(&self, host: &str, path: &str) -> Result<Vec<Reading>, UrlDecodeError> {
        let path = Query::decode_path(path)?;
        let rest = path.strip_prefix('/').unwrap_or(&path);
        let by_path = Reading::of_path(rest);
        Ok(match self.bucket_of_host(host) {
            // The empty label is how ali-oss names the service.
            Some(bucket) if bucket.is_empty() => vec![by_path],
            Some(bucket) => {
                let key = (!rest.is_empty()).then(|| rest.to_owned());
                let by_host = Reading { bucket: Some(bucket.into_owned()), key, path_style: false, lacks_slash: false };
                // With `sldEnable` the bucket is in both places, and the signature covers only one.
                if by_path.bucket == by_host.bucket { vec![by_host, by_path] } else { vec![by_host] }
            }
            None => vec![by_path],
        })
    }

    /// The bucket label of a host, if it is one of ours or the public service's.
    fn bucket_of_host<'h>(&self, host: &'h str) -> Option<Cow<'h, str>> {
        let name = host.rsplit_once(':').map_or(host, |(name, port)| if is_port(port) { name } else { host });
        let name: Cow<'h, str> =
            if name.bytes().any(|b| b.is_ascii_uppercase()) { name.to_ascii_lowercase().into() } else { name.into() };
        let label = self.label(&name).map(str::len)?;
        Some(match name {
            Cow::Borrowed(name) => name[..label].into(),
            Cow::Owned(name) => name[..label].to_owned().into(),
        })
    }

    fn label<'n>(&self, name: &'n str) -> Option<&'n str> {
        for domain in &self.base_domains {
            if let Some(label) = name.strip_suffix(domain.as_str()).and_then(|rest| rest.strip_suffix('.')) {
                return Some(label);
            }
        }
        let inner = name.strip_suffix(PUBLIC_DOMAIN)?;
        let (label, endpoint) = inner.split_once('.')?;
        (endpoint.starts_with("oss-") && !endpoint.contains('.')).then_some(label)
    }
}

impl Reading {
    fn of_path(rest: &str) -> Self {
        let (bucket, key) = rest.split_once('/').unwrap_or((rest, ""));
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        Self { bucket: some(bucket), key: some(key), path_style: true, lacks_slash: !rest.contains('/') }
    }
}

fn is_port(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(host: &str, path: &str, expected: &[(Option<&str>, Option<&str>)]) {
        let addressing = Addressing::new(vec!["oss.localhost".into(), "Oss.Example.com".into()]);
        let readings = addressing.readings(host, path).unwrap();
        let readings: Vec<_> = readings.iter().map(|r| (r.bucket.as_deref(), r.key.as_deref())).collect();
        assert_eq!(readings, expected, "{host} {path}");
    }

    #[test]
    fn hosts_and_paths_are_read_in_every_style() {
        let none: &[(Option<&str>, Option<&str>)] = &[(None, None)];
        check("127.0.0.1:9000", "/", none);
        check("127.0.0.1:9000", "/b", &[(Some("b"), None)]);
        check("127.0.0.1:9000", "/b/", &[(Some("b"), None)]);
        check(
            "127.0.0.1:9000",
            "/b/dir%2Fa%20b+c%2B",
            &[(Some("b"), Some("dir/a b+c+")), (Some("b"), Some("dir/a b c+"))],
        );
        check("127.0.0.1", "/b//x", &[(Some("b"), Some("/x"))]);
        check("oss.localhost", "/b/k", &[(Some("b"), Some("k"))]);
        check("b.oss.localhost:9000", "/", &[(Some("b"), None)]);
        check("B.OSS.localhost", "/a/k", &[(Some("b"), Some("a/k"))]);
        check("b.oss.example.com", "/k", &[(Some("b"), Some("k"))]);
        check("b.oss.localhost", "/b/k", &[(Some("b"), Some("b/k")), (Some("b"), Some("k"))]);
        check("b.oss-cn-hangzhou.aliyuncs.com", "/k", &[(Some("b"), Some("k"))]);
        check("b.oss-cn-hangzhou.aliyuncs.com", "/b/k", &[(Some("b"), Some("b/k")), (Some("b"), Some("k"))]);
        check(".oss-cn-hangzhou.aliyuncs.com", "/", none);
        check("oss-cn-hangzhou.aliyuncs.com", "/b/k", &[(Some("b"), Some("k"))]);
        check("evil.example.com", "/b/k", &[(Some("b"), Some("k"))]);
        check("xoss.localhost", "/b/k", &[(Some("b"), Some("k"))]);
        check("[::1]:9000", "/b/k", &[(Some("b"), Some("k"))]);
        check("", "/b", &[(Some("b"), None)]);
    }

    #[test]
    fn a_path_that_is_no_utf8_is_refused() {
        let addressing = Addressing::new(Vec::new());
        for (path, error) in [
            ("/b/%ff", UrlDecodeError::NotUtf8),
            ("/b/%C0%AF", UrlDecodeError::NotUtf8),
            ("/b/%", UrlDecodeError::BadEscape),
            ("/b/%zz", UrlDecodeError::BadEscape),
        ] {
            assert_eq!(addressing.readings("h", path), Err(error), "{path}");
        }
    }
}
