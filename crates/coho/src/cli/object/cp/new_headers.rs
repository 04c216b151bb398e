//! What a copy sets on the objects that it makes.

use crate::cli::oss::{CallFailure, OssAnswer, OssCall};
use clap::{Args, builder::PossibleValuesParser};

/// Headers of an object that a copy keeps, beside its user metadata.
const KEPT_HEADERS: [&str; 6] =
    ["content-type", "cache-control", "content-disposition", "content-encoding", "content-language", "expires"];
/// Prefix of user metadata.
const META: &str = "x-oss-meta-";
/// ACLs of an object.
const ACLS: [&str; 4] = ["default", "private", "public-read", "public-read-write"];

/// What new objects have; what is not given is that of the source, or the store's default.
#[derive(Debug, Clone, Args)]
pub(super) struct NewHeaders {
    /// Content-Type of new objects; without it that of the source, or of the key's extension.
    #[arg(long, value_name = "TYPE")]
    content_type: Option<String>,
    /// A header that reads return: Cache-Control, Content-Disposition, Content-Encoding, Content-Language or Expires; repeatable.
    #[arg(long = "header", value_name = "NAME:VALUE", value_parser = header)]
    headers: Vec<(String, String)>,
    /// User metadata, x-oss-meta-NAME; repeatable.
    #[arg(long = "meta", value_name = "NAME=VALUE", value_parser = meta)]
    metas: Vec<(String, String)>,
    /// ACL of new objects.
    #[arg(long, value_name = "ACL", value_parser = PossibleValuesParser::new(ACLS))]
    acl: Option<String>,
    /// Storage class of new objects.
    #[arg(long, value_name = "CLASS")]
    storage_class: Option<String>,
}

fn header(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once(':').ok_or("a header is NAME:VALUE")?;
    let name = name.trim().to_ascii_lowercase();
    match name.as_str() {
        "content-type" => Err("Content-Type has an option of its own, --content-type".to_owned()),
        name if KEPT_HEADERS.contains(&name) => Ok((name.to_owned(), value.trim().to_owned())),
        _ => Err(format!("{name} is not a header that objects have; user metadata is set with --meta")),
    }
}

fn meta(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("user metadata is NAME=VALUE")?;
    if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
        return Err("the name of user metadata has letters, digits and - only".to_owned());
    }
    Ok((format!("{META}{}", name.to_ascii_lowercase()), value.to_owned()))
}

impl NewHeaders {
    /// Sets them on a request that makes an object out of a file with this Content-Type.
    pub(super) fn set<'a>(&self, mut call: OssCall<'a>, guessed: Option<&str>) -> Result<OssCall<'a>, CallFailure> {
        if let Some(content_type) = self.content_type.as_deref().or(guessed) {
            call = call.header("content-type", content_type)?;
        }
        for (name, value) in self.headers.iter().chain(&self.metas) {
            call = call.header(name, value)?;
        }
        self.set_access(call)
    }

    /// Sets them on a copy by the store, which keeps everything else of its source.
    pub(super) fn set_on_copy<'a>(&self, call: OssCall<'a>, source: &OssAnswer) -> Result<OssCall<'a>, CallFailure> {
        if self.content_type.is_none() && self.headers.is_empty() && self.metas.is_empty() {
            return self.set_access(call);
        }
        self.set_all(call.header("x-oss-metadata-directive", "REPLACE")?, source)
    }

    /// Sets them beside what the source has, on a request that makes an object of the source's bytes.
    pub(super) fn set_all<'a>(&self, mut call: OssCall<'a>, source: &OssAnswer) -> Result<OssCall<'a>, CallFailure> {
        let mut replaced = self.headers.iter().chain(&self.metas);
        for (name, value) in &source.headers {
            let name = name.as_str();
            let is_kept = KEPT_HEADERS.contains(&name) || name.starts_with(META);
            let is_replaced = replaced.clone().any(|(other, _)| other == name)
                || (name == "content-type" && self.content_type.is_some());
            if is_kept && !is_replaced {
                call = call.header(name, &String::from_utf8_lossy(value.as_bytes()))?;
            }
        }
        if let Some(content_type) = &self.content_type {
            call = call.header("content-type", content_type)?;
        }
        let call = replaced.try_fold(call, |call, (name, value)| call.header(name, value))?;
        self.set_access(call)
    }

    fn set_access<'a>(&self, mut call: OssCall<'a>) -> Result<OssCall<'a>, CallFailure> {
        for (name, value) in [("x-oss-object-acl", &self.acl), ("x-oss-storage-class", &self.storage_class)] {
            if let Some(value) = value {
                call = call.header(name, value)?;
            }
        }
        Ok(call)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_and_metadata_are_read_or_refused() {
        let pair = |name: &str, value: &str| Ok((name.to_owned(), value.to_owned()));
        assert_eq!(header("Cache-Control: max-age=60, public"), pair("cache-control", "max-age=60, public"));
        assert_eq!(header("Expires:Thu, 01 Dec 2026 16:00:00 GMT"), pair("expires", "Thu, 01 Dec 2026 16:00:00 GMT"));
        assert_eq!(meta("Owner=a=b"), pair("x-oss-meta-owner", "a=b"));
        for text in ["Cache-Control", "Content-Type: a/b", "Host: x", ": v", ""] {
            assert!(header(text).is_err(), "{text}");
        }
        for text in ["owner", "=v", "a_b=v", "a b=v", "ä=v"] {
            assert!(meta(text).is_err(), "{text}");
        }
    }
}
