//! Bucket settings in the metadata engine: the same XML that the API speaks, with secrets in clear.

use coho_meta::SettingsCodec;
use coho_model::website::WebsiteConfiguration;
use coho_oss::document::website;
use std::{error::Error, sync::Arc};

/// Stores a website as its own document.
#[derive(Debug)]
pub(crate) struct XmlSettings;

impl SettingsCodec for XmlSettings {
    fn encode_website(&self, document: &WebsiteConfiguration) -> String {
        String::from_utf8_lossy(&website::to_stored_xml(document)).into_owned()
    }

    fn decode_website(&self, text: &str) -> Result<Arc<WebsiteConfiguration>, Box<dyn Error + Send + Sync>> {
        Ok(Arc::new(website::parse_stored(text.as_bytes())?))
    }
}
