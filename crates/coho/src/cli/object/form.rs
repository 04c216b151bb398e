//! `coho object form`.

use super::{sign::lifetime, upload_callback::UploadCallback};
use crate::cli::{
    oss::{OssUrl, check_key, signature_version},
    output::{Output, lines},
    printable,
    settings::OssConnection,
};
use anyhow::ensure;
use clap::{Args, builder::PossibleValuesParser};
use coho_admin_api::access::SignatureVersion;
use coho_model::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value, json};

/// What stands for the name of the file in a key.
const FILE_NAME: &str = "${filename}";
/// Largest file of OSS, in bytes.
const MAX_FILE_BYTES: u64 = 5 << 30;

/// Make the fields of a form with which anyone can upload objects for some time.
///
/// The form is sent to the URL as multipart/form-data: all fields, and the file last, in the field `file`. Without a key, or with one
/// that ends with a slash, it makes any object whose key begins so. No request is made: whether the key has the right shows when the
/// form is sent.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    coho object form oss://photos/in/ --max-size 10M --content-type image/\n  \
    coho object form oss://photos/in/a.jpg --expires 10m --output json | jq .fields")]
pub(in crate::cli) struct UploadForm {
    /// The object, or the beginning of keys.
    #[arg(value_name = "oss://BUCKET/KEY")]
    url: OssUrl,
    /// How long it is valid: seconds, or a number with m, h or d, up to 7d.
    #[arg(long, value_name = "TIME", default_value = "1h", value_parser = lifetime)]
    expires: i64,
    #[command(flatten)]
    terms: FormTerms,
    /// Version of the signature.
    #[arg(long, value_name = "VERSION", default_value = "V4", value_parser = signature_version())]
    signature: SignatureVersion,
    #[command(flatten)]
    upload_callback: UploadCallback,
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    connection: OssConnection,
}

/// What the form allows, and what it says of its object.
#[derive(Debug, Default, Args)]
struct FormTerms {
    /// Smallest file: bytes, or a number with K, M or G.
    #[arg(long, value_name = "SIZE", default_value = "0", value_parser = byte_count)]
    min_size: u64,
    /// Largest file, up to 5G.
    #[arg(long, value_name = "SIZE", default_value = "5G", value_parser = byte_count)]
    max_size: u64,
    /// Content-Type that the file must have; one that ends with a slash is the beginning of types.
    #[arg(long, value_name = "TYPE")]
    content_type: Option<String>,
    /// ACL of the object.
    #[arg(long, value_name = "ACL", value_parser = PossibleValuesParser::new(["private", "public-read", "public-read-write"]))]
    acl: Option<String>,
    /// Status of the answer.
    #[arg(long, value_name = "STATUS", value_parser = PossibleValuesParser::new(["200", "201", "204"]))]
    success_status: Option<String>,
    /// Where a browser goes after the upload.
    #[arg(long, value_name = "URL")]
    success_redirect: Option<String>,
}

/// What is shown.
#[derive(Debug, Serialize)]
struct SignedForm {
    url: String,
    expires_at: String,
    fields: Map<String, Value>,
}

impl UploadForm {
    pub(super) fn run(self) -> anyhow::Result<()> {
        ensure!(self.terms.min_size <= self.terms.max_size, "--min-size is larger than --max-size");
        ensure!(self.terms.max_size <= MAX_FILE_BYTES, "--max-size: a form takes files of up to 5G");
        let client = self.connection.client()?;
        let (now, expires) = client.lifetime(self.expires);
        let mut form = UploadPolicy::new(&self.url, &self.terms)?;
        form.fields.extend(self.upload_callback.fields());
        // OSS: the date and the scope of a signature of V4 are conditions of the policy that it signs.
        let mut claims = client.sign_form(self.signature, "", now)?;
        let is_claim = |name: &str| name != "policy" && name != "x-oss-signature";
        claims.retain(|(name, _)| self.signature == SignatureVersion::V4 && is_claim(name));
        let policy = form.text(&self.url, &claims, expires);
        let signed = client.sign_form(self.signature, &policy, now)?;
        form.fields.extend(signed.into_iter().map(|(name, value)| (name.to_owned(), value)));
        let result = SignedForm {
            url: client.endpoint().url(Some(&self.url.bucket), None),
            expires_at: expires.iso8601(),
            fields: form.fields.into_iter().map(|(name, value)| (name, Value::String(value))).collect(),
        };
        self.output.show(&result, |result| printable(&lines(result)))
    }
}

/// The conditions of a form, and its fields.
struct UploadPolicy {
    fields: Vec<(String, String)>,
    conditions: Vec<Value>,
}

impl UploadPolicy {
    fn new(url: &OssUrl, terms: &FormTerms) -> anyhow::Result<Self> {
        let is_folder = url.key.is_empty() || url.key.ends_with('/');
        let (key, condition) = match is_folder {
            true => (format!("{}{FILE_NAME}", url.key), json!(["starts-with", "$key", url.key])),
            false => (url.key.clone(), json!(["eq", "$key", url.key])),
        };
        check_key(&key)?;
        let sizes = json!(["content-length-range", terms.min_size, terms.max_size]);
        let mut form = Self { fields: vec![("key".to_owned(), key)], conditions: vec![condition, sizes] };
        if let Some(content_type) = &terms.content_type {
            let operator = if content_type.ends_with('/') { "starts-with" } else { "eq" };
            form.conditions.push(json!([operator, "$content-type", content_type]));
            if operator == "eq" {
                form.fields.push(("x-oss-content-type".to_owned(), content_type.clone()));
            }
        }
        for (name, value) in [
            ("x-oss-object-acl", &terms.acl),
            ("success_action_status", &terms.success_status),
            ("success_action_redirect", &terms.success_redirect),
        ] {
            form.fields.extend(value.iter().map(|value| (name.to_owned(), value.clone())));
        }
        Ok(form)
    }

    /// The policy: every field but the key has the value that is signed.
    fn text(&self, url: &OssUrl, claims: &[(&'static str, String)], expires: Timestamp) -> String {
        let fields = self.fields.iter().map(|(name, value)| (name.as_str(), value));
        let claims = claims.iter().map(|(name, value)| (*name, value));
        let fixed = fields.filter(|(name, _)| *name != "key").chain(claims);
        let equal = fixed.map(|(name, value)| json!(["eq", format!("${name}"), value]));
        let bucket = json!({"bucket": url.bucket.as_str()});
        let conditions: Vec<Value> = [bucket].into_iter().chain(self.conditions.iter().cloned()).chain(equal).collect();
        json!({"expiration": expires.iso8601(), "conditions": conditions}).to_string()
    }
}

fn byte_count(text: &str) -> Result<u64, String> {
    let (digits, unit) = match text.char_indices().last() {
        Some((at, 'K')) => (&text[..at], 1 << 10),
        Some((at, 'M')) => (&text[..at], 1 << 20),
        Some((at, 'G')) => (&text[..at], 1 << 30),
        _ => (text, 1_u64),
    };
    let number: Option<u64> = coho_model::decimal(digits);
    let bytes = number.and_then(|number| number.checked_mul(unit));
    bytes.ok_or_else(|| "a size is a number of bytes, or one with K, M or G".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_fixes_every_field_but_the_key() {
        let check = |url: &str, terms: FormTerms, fields: &[(&str, &str)], conditions: Value| {
            let url: OssUrl = url.parse().unwrap();
            let form = UploadPolicy::new(&url, &terms).unwrap();
            let found: Vec<(&str, &str)> = form.fields.iter().map(|(name, value)| (&**name, &**value)).collect();
            assert_eq!(found, fields);
            let claims = [("x-oss-date", "d".to_owned())];
            let policy: Value = serde_json::from_str(&form.text(&url, &claims, Timestamp::from_unix_ms(0))).unwrap();
            assert_eq!(policy["conditions"], conditions);
        };
        let image = || Some("image/".to_owned());
        check(
            "oss://photos/in/",
            FormTerms { max_size: 9, content_type: image(), acl: Some("private".into()), ..FormTerms::default() },
            &[("key", "in/${filename}"), ("x-oss-object-acl", "private")],
            json!([
                {"bucket": "photos"},
                ["starts-with", "$key", "in/"],
                ["content-length-range", 0, 9],
                ["starts-with", "$content-type", "image/"],
                ["eq", "$x-oss-object-acl", "private"],
                ["eq", "$x-oss-date", "d"],
            ]),
        );
        check(
            "oss://photos/a.txt",
            FormTerms { min_size: 1, max_size: 2, content_type: Some("text/plain".into()), ..FormTerms::default() },
            &[("key", "a.txt"), ("x-oss-content-type", "text/plain")],
            json!([
                {"bucket": "photos"},
                ["eq", "$key", "a.txt"],
                ["content-length-range", 1, 2],
                ["eq", "$content-type", "text/plain"],
                ["eq", "$x-oss-content-type", "text/plain"],
                ["eq", "$x-oss-date", "d"],
            ]),
        );
    }

    #[test]
    fn sizes_have_units() {
        for (text, expected) in [("0", Some(0)), ("10M", Some(10 << 20)), ("5G", Some(5 << 30)), ("1K", Some(1024))] {
            assert_eq!(byte_count(text).ok(), expected, "{text}");
        }
        for text in ["", "M", "-1", "1.5M", "1MB", "99999999999999999999"] {
            assert!(byte_count(text).is_err(), "{text}");
        }
    }
}
