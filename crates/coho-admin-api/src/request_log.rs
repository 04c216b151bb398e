//! The requests of the API as they are answered. On the wire the variant is the `event:` line and its fields are the `data:`
//! line.

use crate::event::LostEvents;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// An event of the stream of requests.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "event", content = "data", rename_all = "snake_case")]
pub enum RequestLogEvent {
    /// The first event of a stream.
    Hello(RequestLogHello),
    /// A request that was answered.
    Request(Box<LoggedRequest>),
    /// The client reads too slowly, and has missed the oldest requests.
    Lost(LostEvents),
}

/// The beginning of a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RequestLogHello {
    /// Number of requests from before the stream that follow: the last ones with a status of 400 or more that the filter admits.
    pub kept: u64,
}

/// A request that was answered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LoggedRequest {
    /// When it arrived.
    pub at: String,
    /// Its id.
    pub request_id: String,
    /// Address and port of the client, or of its proxy.
    pub client: Option<String>,
    /// The method.
    pub method: String,
    /// OSS's name of the operation, or `unknown` if the request was refused earlier.
    pub operation: String,
    /// The bucket, if the request was read that far.
    pub bucket: Option<String>,
    /// The key.
    pub key: Option<String>,
    /// The path of a request that was refused earlier.
    pub path: Option<String>,
    /// The decoded query without parameters that sign or may be secret; at most 512 bytes.
    pub query: String,
    /// The status.
    pub status: u16,
    /// The code of an error.
    pub code: Option<String>,
    /// How it was answered.
    pub answered: RequestAnswer,
    /// Bytes of the body that were received.
    pub in_bytes: u64,
    /// Bytes of the body that were handed to the connection.
    pub out_bytes: u64,
    /// Time until the last byte of the answer was handed to the connection, or the client left.
    pub duration_ms: f64,
    /// `User-Agent`; at most 256 bytes.
    pub user_agent: Option<String>,
}

/// How a request was answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RequestAnswer {
    /// With an object from the store, or 304.
    Hit,
    /// From a fetch.
    Mirrored,
    /// With a redirect.
    Redirect,
    /// Otherwise below 400.
    Other,
    /// With 4xx.
    Refused,
    /// With 5xx.
    Failed,
}

/// Which requests to follow. All parameters must fit.
#[derive(Debug, Clone, Default, PartialEq, Eq, JsonSchema)]
pub struct RequestLogQuery {
    /// Only those of this bucket.
    pub bucket: Option<String>,
    /// Only this operation, such as `GetObject`.
    pub operation: Option<String>,
    /// Only this method.
    pub method: Option<String>,
    /// Only keys that begin so.
    pub prefix: Option<String>,
    /// Only statuses from this one on.
    #[schemars(range(min = 100, max = 599))]
    pub min_status: Option<u16>,
}

impl RequestLogEvent {
    /// The `event:` line and the `data:` line.
    pub fn to_lines(&self) -> serde_json::Result<(&'static str, String)> {
        use serde_json::to_string;
        Ok(match self {
            Self::Hello(data) => ("hello", to_string(data)?),
            Self::Request(data) => ("request", to_string(data)?),
            Self::Lost(data) => ("lost", to_string(data)?),
        })
    }
}

impl RequestLogQuery {
    /// Whether the request is among those.
    pub fn admits(&self, request: &LoggedRequest) -> bool {
        let is = |wanted: &Option<String>, value: &str| wanted.as_ref().is_none_or(|wanted| wanted == value);
        is(&self.bucket, request.bucket.as_deref().unwrap_or_default())
            && is(&self.operation, &request.operation)
            && is(&self.method, &request.method)
            && self.min_status.is_none_or(|least| request.status >= least)
            && self.prefix.as_ref().is_none_or(|prefix| request.key.as_ref().is_some_and(|key| key.starts_with(prefix)))
    }
}
