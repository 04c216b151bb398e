//! The fields of a form, and the headers that they stand for.

use super::{FilePart, MAX_POLICY_BYTES};
use crate::header;
use base64::{Engine, engine::general_purpose::STANDARD};
use coho_model::{InvalidForm, ObjectKey, RequestRefusal};
use http::{HeaderMap, HeaderName, HeaderValue, header as standard};
use std::collections::HashMap;

/// What stands for the name of the file in `key`.
const FILE_NAME: &str = "${filename}";
/// Fields of a signature, which are no headers of the object.
const OF_SIGNATURE: [&str; 7] = [
    "x-oss-signature-version",
    "x-oss-signature",
    "x-oss-credential",
    "x-oss-date",
    "x-oss-access-key-id",
    "x-oss-security-token",
    "x-oss-content-type",
];

/// The fields before the file. Names are the same in any case, as OSS says; of a repeated field the first counts, for the
/// policy as for the object.
#[derive(Debug, Default)]
pub struct FormFields {
    values: HashMap<String, String>,
}

impl FormFields {
    /// Adds a field.
    pub fn add(&mut self, name: &str, value: String) {
        self.values.entry(name.to_ascii_lowercase()).or_insert(value);
    }

    /// The value of a field. `name` is in any case.
    pub fn get(&self, name: &str) -> Option<&str> {
        match self.values.get(name) {
            Some(value) => Some(value),
            None => self.values.get(&name.to_ascii_lowercase()).map(String::as_str),
        }
    }

    /// The value of a field that is not empty.
    pub fn present(&self, name: &str) -> Option<&str> {
        self.get(name).filter(|value| !value.is_empty())
    }

    /// The fields for custom variables of a callback: `x:name`, in lower case.
    pub fn custom_variables(&self) -> impl Iterator<Item = (&str, &str)> {
        let fields = self.values.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        fields.filter(|(name, _)| name.starts_with("x:"))
    }

    /// The key of the object. Its `${filename}` is the name of the file, if that has one; the policy is about the field.
    pub fn object_key(&self, file: &FilePart) -> Result<ObjectKey, RequestRefusal> {
        let written = self.get("key").ok_or(InvalidForm::MissingField("key"))?;
        let key = match &file.file_name {
            Some(name) => written.replace(FILE_NAME, name),
            None => written.to_owned(),
        };
        ObjectKey::parse(&key).map_err(|_| RequestRefusal::invalid_object_key(&key))
    }

    /// The type of the object: that of `x-oss-content-type`, of the file's part, of `Content-Type`, in this order.
    pub fn content_type<'a>(&'a self, file: &'a FilePart) -> Option<&'a str> {
        let own = self.present("x-oss-content-type");
        own.or(file.content_type.as_deref()).or_else(|| self.present("content-type"))
    }

    /// The policy as JSON, if there is one.
    pub fn policy(&self) -> Result<Option<Vec<u8>>, InvalidForm> {
        let Some(text) = self.present("policy") else { return Ok(None) };
        if text.len() > MAX_POLICY_BYTES / 3 * 4 + 4 {
            return Err(InvalidForm::Policy("the policy is too long".into()));
        }
        match STANDARD.decode(text.trim()) {
            Ok(json) => Ok(Some(json)),
            Err(_) => Err(InvalidForm::Policy("the policy is not base64".into())),
        }
    }

    /// The headers that a PutObject of the same object would have. What the request's own headers say of the form is not
    /// about the object: of them, those that are about the transfer stay.
    pub fn headers(&self, request: &HeaderMap, file: &FilePart) -> Result<HeaderMap, RequestRefusal> {
        let mut headers = HeaderMap::with_capacity(request.len() + self.values.len());
        for (name, value) in request {
            if !is_about_object(name) {
                headers.append(name, value.clone());
            }
        }
        for (name, value) in &self.values {
            let Ok(name) = HeaderName::from_bytes(name.as_bytes()) else { continue };
            if is_field_of_object(&name) && !value.is_empty() {
                headers.insert(name.clone(), header_value(name.as_str(), value)?);
            }
        }
        if let Some(content_type) = self.content_type(file) {
            headers.insert(standard::CONTENT_TYPE, header_value("content-type", content_type)?);
        }
        Ok(headers)
    }
}

fn header_value(name: &str, value: &str) -> Result<HeaderValue, RequestRefusal> {
    HeaderValue::from_bytes(value.as_bytes())
        .map_err(|_| RequestRefusal::invalid_argument(name.to_owned(), value, format!("{name} is invalid.")))
}

/// Whether the header of a request would be about its object.
fn is_about_object(name: &HeaderName) -> bool {
    let is_of_request = *name == header::TRAFFIC_LIMIT || *name == header::REQUEST_PAYER;
    let is_oss = name.as_str().starts_with("x-oss-") && !is_of_request;
    is_oss || *name == header::CONTENT_MD5 || header::STORED_HEADERS.contains(name)
}

/// Whether the field stands for a header of the object.
fn is_field_of_object(name: &HeaderName) -> bool {
    let is_oss = name.as_str().starts_with("x-oss-") && !OF_SIGNATURE.contains(&name.as_str());
    is_oss || *name == header::CONTENT_MD5 || header::STORED_HEADERS.contains(name)
}
