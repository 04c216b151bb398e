//! A request as the rules see it.

use crate::call::Call;
use coho_auth::{Form, Identity};
use coho_model::BucketRecord;
use coho_rules::{Access, Method, RequestHeaders, RuleRequest};
use http::HeaderMap;

/// Parameters that make a request of the root a listing in any case.
const LISTING_PARAMETERS: [&str; 5] = ["prefix", "marker", "delimiter", "max-keys", "encoding-type"];

/// Request headers for the tests of rules.
pub(crate) struct Headers<'h>(pub(crate) &'h HeaderMap);

impl RequestHeaders for Headers<'_> {
    fn any(&self, name: &str, test: &mut dyn FnMut(&[u8]) -> bool) -> bool {
        self.0.get_all(name).iter().any(|value| test(value.as_bytes()))
    }
}

/// What rules may ask about.
pub(super) fn facts<'r>(call: &'r Call, bucket: &'r BucketRecord, headers: &'r Headers<'r>) -> RuleRequest<'r> {
    RuleRequest {
        bucket: bucket.name.as_str(),
        key: call.key.as_ref(),
        method: if call.method == http::Method::HEAD { Method::Head } else { Method::Get },
        raw_query: &call.raw_query,
        headers,
        scheme: call.peer.scheme,
        host: &call.host,
        leading_slashes: call.leading_slashes,
        path_style: call.path_style,
        lacks_slash: call.lacks_slash,
        anyone_reads: call.sender(bucket).anyone_reads(bucket),
        access: match &call.identity {
            Identity::Anonymous => Access::Anonymous,
            Identity::Signed { form: Form::Url, .. } => Access::Presigned,
            Identity::Signed { form: Form::Header | Form::Fields, .. } | Identity::Administrator { .. } => {
                Access::Signed
            }
        },
    }
}

/// Whether a request of the bucket's root may be one for its index page.
pub(crate) fn is_root_request(call: &Call) -> bool {
    matches!(call.identity, Identity::Anonymous) && !LISTING_PARAMETERS.iter().any(|name| call.query.has(name))
}
