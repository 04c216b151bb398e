//! Requests to STS, signed in their parameters (RPC) or in their headers (ACS3).

use coho_auth::{encode_query, sign_acs3, sign_rpc};
use http::{HeaderMap, HeaderName, HeaderValue};

use crate::http::Request;
use crate::server::Credentials;
use crate::sign::{credential, now_unix_seconds};

/// How a request to STS is signed, and where its parameters are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StsScheme {
    /// GET, HMAC-SHA1, everything in the query: `alibabacloud-credentials` for Python.
    RpcGet,
    /// POST, HMAC-SHA1, what signs in the query and the rest in a form: the providers for Go and Node.
    RpcForm,
    /// POST, HMAC-SHA1, everything in a form.
    RpcBody,
    /// POST, ACS3-HMAC-SHA256, parameters in the query: `alibabacloud-sts20150401`.
    Acs3Query,
    /// POST, ACS3-HMAC-SHA256, parameters in a form.
    Acs3Form,
}

impl StsScheme {
    /// Every scheme.
    pub const ALL: [Self; 5] = [Self::RpcGet, Self::RpcForm, Self::RpcBody, Self::Acs3Query, Self::Acs3Form];
}

/// A request to STS.
#[derive(Debug, Clone)]
pub struct StsCall {
    /// How it is signed.
    pub scheme: StsScheme,
    /// The action.
    pub action: String,
    /// The version of the API.
    pub version: String,
    /// Its other parameters.
    pub parameters: Vec<(String, String)>,
    /// What no other request of the key has.
    pub nonce: String,
    /// Seconds from now to the time that it is signed with.
    pub seconds_off: i64,
}

impl StsCall {
    /// AssumeRole of that role.
    #[must_use]
    pub fn assume_role(scheme: StsScheme, arn: &str, nonce: &str) -> Self {
        let call = Self {
            scheme,
            action: "AssumeRole".into(),
            version: "2015-04-01".into(),
            parameters: Vec::new(),
            nonce: nonce.into(),
            seconds_off: 0,
        };
        call.with("RoleArn", arn).with("RoleSessionName", "alice")
    }

    /// Sets a parameter; an empty value removes it.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.parameters.retain(|(have, _)| have != name);
        if !value.is_empty() {
            self.parameters.push((name.to_owned(), value.to_owned()));
        }
        self
    }

    /// The request, signed with that key, to that host.
    ///
    /// # Panics
    /// When a value cannot be signed.
    #[must_use]
    pub fn signed(&self, credentials: &Credentials, host: &str) -> Request {
        match self.scheme {
            StsScheme::RpcGet => {
                let all = [self.named(), self.parameters.clone()].concat();
                let query = self.rpc("GET", all, &[], credentials);
                Request::new("GET", &format!("/?{}", encode_query(&query))).header("Host", host)
            }
            StsScheme::RpcForm => {
                let query = self.rpc("POST", self.named(), &self.parameters, credentials);
                form(&format!("/?{}", encode_query(&query)), &self.parameters).header("Host", host)
            }
            StsScheme::RpcBody => {
                let all = [self.named(), self.parameters.clone()].concat();
                form("/", &self.rpc("POST", all, &[], credentials)).header("Host", host)
            }
            StsScheme::Acs3Query => {
                let request = Request::new("POST", &format!("/?{}", encode_query(&self.parameters)));
                self.acs3(request.body(""), &self.parameters, credentials, host)
            }
            StsScheme::Acs3Form => self.acs3(form("/", &self.parameters), &[], credentials, host),
        }
    }

    fn named(&self) -> Vec<(String, String)> {
        vec![
            ("Action".into(), self.action.clone()),
            ("Version".into(), self.version.clone()),
            ("Format".into(), "JSON".into()),
        ]
    }

    fn rpc(
        &self,
        method: &str,
        mut query: Vec<(String, String)>,
        form: &[(String, String)],
        credentials: &Credentials,
    ) -> Vec<(String, String)> {
        let time = now_unix_seconds() + self.seconds_off;
        sign_rpc(&credential(credentials), method, &mut query, form, &self.nonce, time)
            .expect("a time that has a text");
        query
    }

    fn acs3(&self, request: Request, query: &[(String, String)], credentials: &Credentials, host: &str) -> Request {
        let mut headers = HeaderMap::new();
        let mut set = |name: &'static str, value: &str| {
            headers.insert(HeaderName::from_static(name), HeaderValue::from_str(value).expect("a value"));
        };
        set("host", host);
        set("x-acs-action", &self.action);
        set("x-acs-version", &self.version);
        set("accept", "application/json");
        let (key, time) = (credential(credentials), now_unix_seconds() + self.seconds_off);
        sign_acs3(&key, &request.method, &mut headers, query, &request.body, &self.nonce, time)
            .expect("values of headers");
        headers
            .iter()
            .fold(request, |request, (name, value)| request.header(name.as_str(), value.to_str().expect("a text")))
    }
}

fn form(target: &str, parameters: &[(String, String)]) -> Request {
    Request::new("POST", target)
        .header("Content-Type", "application/x-www-form-urlencoded")
        .body(encode_query(parameters))
}
