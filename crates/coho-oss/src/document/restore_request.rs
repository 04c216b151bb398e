//! `RestoreRequest` (RestoreObject).

use crate::{Element, XmlWriter, read_document};
use coho_model::{RequestRefusal, RestoreRequest, RestoreTier, decimal};

/// Maximum bytes of the request.
pub const MAX_BYTES: usize = 64 * 1024;

/// Parses the request; an empty body asks for the defaults.
pub fn parse(body: &[u8]) -> Result<RestoreRequest, RequestRefusal> {
    if body.trim_ascii().is_empty() {
        return Ok(RestoreRequest::default());
    }
    let root = read_document(body, "RestoreRequest", MAX_BYTES)?;
    let days = match root.child("Days")?.map(Element::trimmed) {
        None | Some("") => None,
        Some(text) => Some(decimal(text).ok_or_else(|| invalid("Days", text))?),
    };
    let tier = match root.child("JobParameters")? {
        Some(parameters) => parameters.child("Tier")?.map(Element::trimmed),
        None => None,
    };
    let tier = match tier {
        None | Some("") => None,
        Some(text) => Some(RestoreTier::parse(text).ok_or_else(|| invalid("Tier", text))?),
    };
    Ok(RestoreRequest { days, tier })
}

/// The document of a request.
pub fn to_xml(request: &RestoreRequest) -> Vec<u8> {
    XmlWriter::document("RestoreRequest", 128, |writer| {
        if let Some(days) = request.days {
            writer.text("Days", &days.to_string());
        }
        if let Some(tier) = request.tier {
            writer.element("JobParameters", |writer| writer.text("Tier", tier.as_str()));
        }
    })
}

fn invalid(name: &'static str, text: &str) -> RequestRefusal {
    RequestRefusal::invalid_argument(name, text, format!("{name} is invalid."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_tier_are_optional() {
        let check = |content: &str, days, tier| {
            let body = format!("<RestoreRequest>{content}</RestoreRequest>");
            assert_eq!(parse(body.as_bytes()), Ok(RestoreRequest { days, tier }), "{content}");
        };
        check("", None, None);
        check("<Days>2</Days>", Some(2), None);
        check("<Days> 7 </Days><JobParameters/>", Some(7), None);
        let bulk = "<Days>365</Days><JobParameters><Tier>Bulk</Tier></JobParameters>";
        check(bulk, Some(365), Some(RestoreTier::Bulk));
        assert_eq!(parse(b" \n"), Ok(RestoreRequest::default()));
        for days in [None, Some(2)] {
            for tier in [None, Some(RestoreTier::Bulk), Some(RestoreTier::Expedited)] {
                let request = RestoreRequest { days, tier };
                assert_eq!(parse(&to_xml(&request)), Ok(request));
            }
        }
    }

    #[test]
    fn other_documents_are_refused() {
        for (body, argument) in [
            ("<RestoreRequest><Days>-1</Days></RestoreRequest>", Some("Days")),
            ("<RestoreRequest><Days>1.5</Days></RestoreRequest>", Some("Days")),
            ("<RestoreRequest><Days>99999999999</Days></RestoreRequest>", Some("Days")),
            ("<RestoreRequest><JobParameters><Tier>bulk</Tier></JobParameters></RestoreRequest>", Some("Tier")),
            ("<RestoreRequest><Days>1</Days><Days>2</Days></RestoreRequest>", None),
            ("<Other/>", None),
            ("<RestoreRequest>", None),
        ] {
            match (parse(body.as_bytes()), argument) {
                (Err(RequestRefusal::InvalidArgument { name, .. }), Some(argument)) => assert_eq!(name, argument),
                (Err(RequestRefusal::MalformedDocument { .. }), None) => {}
                other => panic!("{body}: {other:?}"),
            }
        }
    }
}
