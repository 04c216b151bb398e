//! What a rule does: redirect, or fetch from an origin.

use super::{MirrorSettings, UnknownElement};

/// The default status of a redirect (OSS API reference: 301).
const DEFAULT_REDIRECT_CODE: u16 = 301;

/// The action of a rule (`Redirect`).
#[derive(Debug, Clone, PartialEq)]
pub struct Redirect {
    /// `RedirectType`.
    pub redirect_type: RedirectType,
    /// `PassQueryString`: whether the request's query is passed on.
    pub pass_query_string: Option<bool>,
    /// `Protocol` of the `Location`.
    pub protocol: Option<Protocol>,
    /// `HostName` of the `Location`.
    pub host_name: Option<String>,
    /// `HttpRedirectCode`: the status of the response.
    pub http_redirect_code: Option<u16>,
    /// `ReplaceKeyPrefixWith`: replaces the matched prefix of the key.
    pub replace_key_prefix_with: Option<String>,
    /// `EnableReplacePrefix`: without a replacement, the matched prefix is removed.
    pub enable_replace_prefix: Option<bool>,
    /// `ReplaceKeyWith`: replaces the whole key; `${key}` stands for the requested key.
    pub replace_key_with: Option<String>,
    /// `MirrorURL`, `Mirror…` and `TransparentMirrorResponseCodes`; without effect for other types.
    pub mirror: MirrorSettings,
    /// Unknown elements.
    pub unknown: Vec<UnknownElement>,
}

/// `RedirectType`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RedirectType {
    /// Fetch from an origin, store and serve.
    Mirror,
    /// Redirect to another address.
    External,
    /// Redirect to the CDN.
    AliCdn,
    /// Serve another key of the same bucket.
    Internal,
}

/// `Protocol`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum Protocol {
    Http,
    Https,
}

impl Redirect {
    /// An action of this type with no elements set.
    pub fn new(redirect_type: RedirectType) -> Self {
        Self {
            redirect_type,
            pass_query_string: None,
            protocol: None,
            host_name: None,
            http_redirect_code: None,
            replace_key_prefix_with: None,
            enable_replace_prefix: None,
            replace_key_with: None,
            mirror: MirrorSettings::default(),
            unknown: Vec::new(),
        }
    }

    /// Whether the query is passed on; `MirrorPassQueryString` takes precedence on Mirror rules.
    pub fn effective_pass_query_string(&self) -> bool {
        let own = match self.redirect_type {
            RedirectType::Mirror => self.mirror.pass_query_string,
            _ => None,
        };
        own.or(self.pass_query_string).unwrap_or(false)
    }

    /// Whether the origin's redirects are followed, true by default.
    pub fn effective_follow_redirect(&self) -> bool {
        self.mirror.follow_redirect.unwrap_or(true)
    }

    /// Whether the origin's `Content-MD5` is compared, false by default.
    pub fn effective_check_md5(&self) -> bool {
        self.mirror.check_md5.unwrap_or(false)
    }

    /// The status of the redirect.
    pub fn effective_http_redirect_code(&self) -> u16 {
        self.http_redirect_code.unwrap_or(DEFAULT_REDIRECT_CODE)
    }

    /// Whether an element of the `Location` is set.
    pub fn has_location(&self) -> bool {
        self.protocol.is_some()
            || self.host_name.is_some()
            || self.http_redirect_code.is_some()
            || self.replace_key_with.is_some()
            || self.replace_key_prefix_with.is_some()
            || self.enable_replace_prefix == Some(true)
    }

    /// Whether the matched prefix is removed without replacement.
    pub fn cuts_prefix(&self) -> bool {
        self.enable_replace_prefix == Some(true) && self.replace_key_prefix_with.is_none()
    }
}

impl RedirectType {
    const ALL: [Self; 4] = [Self::Mirror, Self::External, Self::AliCdn, Self::Internal];

    /// The wire text.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Mirror => "Mirror",
            Self::External => "External",
            Self::AliCdn => "AliCDN",
            Self::Internal => "Internal",
        }
    }

    /// Parses the wire text; `None` if it is unknown.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

impl Protocol {
    /// The wire text.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }

    /// Parses the wire text in any case; `None` if it is unknown.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Http, Self::Https].into_iter().find(|protocol| protocol.as_str().eq_ignore_ascii_case(text))
    }
}
