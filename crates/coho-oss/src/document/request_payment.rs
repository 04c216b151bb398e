//! `RequestPaymentConfiguration` (PutBucketRequestPayment, GetBucketRequestPayment).

use crate::{XmlWriter, read_document};
use coho_model::{Payer, RequestRefusal};

/// Maximum bytes of the request.
pub const MAX_BYTES: usize = 64 * 1024;

/// Parses the request.
pub fn parse(body: &[u8]) -> Result<Payer, RequestRefusal> {
    let root = read_document(body, "RequestPaymentConfiguration", MAX_BYTES)?;
    let text = root.child("Payer")?.map_or("", |payer| payer.trimmed());
    Payer::parse(text)
        .ok_or_else(|| RequestRefusal::invalid_argument("Payer", text, "The specified payer is invalid.".to_owned()))
}

/// Writes the response.
pub fn to_xml(payer: Payer) -> Vec<u8> {
    XmlWriter::document("RequestPaymentConfiguration", 128, |w| w.text("Payer", payer.as_str()))
}
