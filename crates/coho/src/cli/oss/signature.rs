//! The version of a signature, as an option names it.

use clap::builder::{PossibleValuesParser, TypedValueParser};
use coho_admin_api::access::SignatureVersion;

/// Reads `V4`, `V2` or `V1`.
pub(in crate::cli) fn signature_version() -> impl TypedValueParser<Value = SignatureVersion> {
    PossibleValuesParser::new(["V4", "V2", "V1"]).map(|text| match text.as_str() {
        "V1" => SignatureVersion::V1,
        "V2" => SignatureVersion::V2,
        _ => SignatureVersion::V4,
    })
}
