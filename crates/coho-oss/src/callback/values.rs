//! The values of the variables in a callback's body.

use std::{borrow::Cow, collections::BTreeMap};

/// Size and format of an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ImageInfo {
    /// In pixels.
    pub height: u64,
    /// In pixels.
    pub width: u64,
    /// In lower case, such as `jpg`.
    pub format: &'static str,
}

/// The system variables of one upload.
#[derive(Debug, Clone, Copy)]
pub struct CallbackValues<'a> {
    /// `${bucket}`.
    pub bucket: &'a str,
    /// `${object}`: the key.
    pub object: &'a str,
    /// `${etag}`, without quotes.
    pub etag: &'a str,
    /// `${size}`: bytes of the object.
    pub size: u64,
    /// `${mimeType}`.
    pub mime_type: &'a str,
    /// `${imageInfo.height}` and so on; empty for an object that is not an image.
    pub image: Option<ImageInfo>,
    /// `${crc64}`, in decimal.
    pub crc64: &'a str,
    /// `${contentMd5}` in base64; empty for a multipart upload.
    pub content_md5: &'a str,
    /// `${clientIp}`.
    pub client_ip: &'a str,
    /// `${reqId}`.
    pub request_id: &'a str,
    /// `${operation}`: OSS's name of the operation.
    pub operation: &'a str,
}

/// The value of one variable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum VariableValue<'a> {
    Text(Cow<'a, str>),
    Number(u64),
    /// The variable has no value here, or OSS has none of its name.
    Empty,
}

impl<'a> CallbackValues<'a> {
    pub(super) fn get(&self, name: &str, custom: &'a BTreeMap<String, String>) -> VariableValue<'a> {
        let text = |text: &'a str| match text {
            "" => VariableValue::Empty,
            text => VariableValue::Text(Cow::Borrowed(text)),
        };
        match (name, self.image) {
            ("bucket", _) => text(self.bucket),
            ("object", _) => text(self.object),
            ("etag", _) => text(self.etag),
            ("size", _) => VariableValue::Number(self.size),
            ("mimeType", _) => text(self.mime_type),
            ("imageInfo.height", Some(image)) => VariableValue::Number(image.height),
            ("imageInfo.width", Some(image)) => VariableValue::Number(image.width),
            ("imageInfo.format", Some(image)) => text(image.format),
            ("crc64", _) => text(self.crc64),
            ("contentMd5", _) => text(self.content_md5),
            ("clientIp", _) => text(self.client_ip),
            ("reqId", _) => text(self.request_id),
            ("operation", _) => text(self.operation),
            // A form has the names of its fields in any case.
            (name, _) if name.starts_with("x:") => {
                let value = custom.get(name).or_else(|| custom.get(&name.to_ascii_lowercase()));
                value.map_or(VariableValue::Empty, |value| text(value))
            }
            // Among them `vpcId`: no request comes from a VPC.
            _ => VariableValue::Empty,
        }
    }
}
