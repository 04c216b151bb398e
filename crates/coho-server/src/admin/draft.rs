//! A website configuration in the body of a request that does not store it: in XML, JSON or YAML.

use super::{extract::BytesBody, refusal::AdminError};
use crate::failure::Failure;
use axum::{
    extract::{FromRequest, Request},
    http::{HeaderMap, header},
};
use coho_admin_api::AdminCode;
use coho_model::RequestRefusal;
use coho_oss::document::website_text::{TextFault, TextFormat};

/// The text as it was sent.
pub(super) struct Draft {
    text: String,
    format: TextFormat,
}

impl<S: Send + Sync> FromRequest<S> for Draft {
    type Rejection = AdminError;

    async fn from_request(request: Request, state: &S) -> Result<Self, AdminError> {
        let format = format(request.headers()).ok_or_else(|| {
            let text = "the body must have the media type application/xml, application/json or application/yaml";
            AdminError::own(AdminCode::UnsupportedMediaType, text)
        })?;
        let BytesBody(body) = BytesBody::from_request(request, state).await?;
        let text = String::from_utf8(body.into()).map_err(|_| refusal(format, "not UTF-8"))?;
        Ok(Self { text, format })
    }
}

impl Draft {
    /// The XML that it means.
    pub(super) fn xml(&self) -> Result<Vec<u8>, TextFault> {
        self.format.read_as_xml(&self.text)
    }

    /// The same, or the refusal.
    pub(super) fn require_xml(&self) -> Result<Vec<u8>, AdminError> {
        self.xml().map_err(|fault| refusal(self.format, &fault.message))
    }

    /// The code of a text that has no meaning in its form.
    pub(super) fn malformed(&self) -> &'static str {
        malformed(self.format).map_or("MalformedXML", AdminCode::as_str)
    }

    /// Whether lines of the XML are those of the text.
    pub(super) fn is_xml(&self) -> bool {
        self.format == TextFormat::Xml
    }
}

fn format(headers: &HeaderMap) -> Option<TextFormat> {
    let value = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    let media_type = value.split(';').next()?.trim().to_ascii_lowercase();
    match media_type.as_str() {
        "application/xml" | "text/xml" => Some(TextFormat::Xml),
        "application/json" => Some(TextFormat::Json),
        "application/yaml" | "application/x-yaml" | "text/yaml" => Some(TextFormat::Yaml),
        _ => None,
    }
}

/// The admin address's own code; XML has one of OSS.
fn malformed(format: TextFormat) -> Option<AdminCode> {
    match format {
        TextFormat::Xml => None,
        TextFormat::Json => Some(AdminCode::MalformedJSON),
        TextFormat::Yaml => Some(AdminCode::MalformedYAML),
    }
}

fn refusal(format: TextFormat, detail: &str) -> AdminError {
    match malformed(format) {
        Some(code) => AdminError::own(code, detail),
        None => Failure::from(RequestRefusal::malformed_document(detail)).into(),
    }
}
