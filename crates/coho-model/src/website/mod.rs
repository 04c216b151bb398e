//! The website document of a bucket: index and error pages, and back-to-origin rules.
//!
//! The types hold every element of OSS as sent; methods named `effective_…` apply the defaults. Unknown elements are
//! kept as [`UnknownElement`], so that newer clients lose no data. [`WebsiteConfiguration::validate`] decides what may
//! be stored. Whether an origin's address is allowed is checked when connecting, not here.

mod condition;
mod configuration;
mod mirror;
mod origin_urls;
mod redirect;
mod secrets;
#[cfg(test)]
mod tests;
mod url;
mod validate;
mod versioning;

pub use condition::{Condition, IncludeHeader};
pub use configuration::{
    ErrorDocument, IndexDocument, LuaConfig, MAX_ROUTING_RULES, RoutingRule, UnknownElement, WebsiteConfiguration,
};
pub use mirror::{
    ElementList, KeyValue, MASKED_SECRET, MirrorAuth, MirrorHeaders, MirrorMultiAlternate, MirrorSettings,
};
pub use origin_urls::OriginAddress;
pub use redirect::{Protocol, Redirect, RedirectType};
pub use secrets::is_secret_header;
pub use validate::{
    InvalidWebsite, MAX_HEADER_NAME_BYTES, MAX_HEADER_RULES, MAX_HEADER_VALUE_BYTES, MAX_HOST_NAME_BYTES,
    MAX_INCLUDE_HEADERS, REDIRECT_CODES, located,
};
pub use versioning::{ExclusionChange, RulesExcludeVersioning, check_exclusion};
