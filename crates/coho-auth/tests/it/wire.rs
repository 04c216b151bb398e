//! A raw request, parsed as the server parses it: path decoded once with `+` literal, query with `+` as a space, and
//! the address in virtual-host style before path style.

use coho_auth::{AuthRequest, Resource};
use http::{HeaderMap, HeaderName, HeaderValue};
use percent_encoding::percent_decode_str;
use serde_json::Value;

#[derive(Debug, Clone, Default)]
pub(crate) struct Wire {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) headers: HeaderMap,
}

impl Wire {
    pub(crate) fn new(method: &str, target: &str) -> Self {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let pairs = query.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode(&name.replace('+', " ")), decode(&value.replace('+', " ")))
        });
        Self { method: method.into(), path: decode(path), query: pairs.collect(), headers: HeaderMap::new() }
    }

    /// A request of a capture file.
    pub(crate) fn captured(capture: &Value) -> Self {
        let mut wire = Self::new(capture["method"].as_str().unwrap(), capture["target"].as_str().unwrap());
        for header in capture["headers"].as_array().unwrap() {
            wire.header(header[0].as_str().unwrap(), header[1].as_str().unwrap());
        }
        wire
    }

    pub(crate) fn header(&mut self, name: &str, value: &str) {
        let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
        self.headers.append(name, HeaderValue::from_bytes(value.as_bytes()).unwrap());
    }

    pub(crate) fn set_header(&mut self, name: &str, value: &str) {
        self.headers.remove(name);
        self.header(name, value);
    }

    pub(crate) fn parameter(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn set_parameter(&mut self, name: &str, value: &str) {
        match self.query.iter_mut().find(|(n, _)| n == name) {
            Some(pair) => value.clone_into(&mut pair.1),
            None => self.query.push((name.to_owned(), value.to_owned())),
        }
    }

    pub(crate) fn remove_parameter(&mut self, name: &str) {
        self.query.retain(|(n, _)| n != name);
    }

    pub(crate) fn request(&self) -> AuthRequest<'_> {
        AuthRequest { method: &self.method, headers: &self.headers, query: &self.query }
    }

    pub(crate) fn readings(&self) -> Vec<Resource<'_>> {
        let address = &self.path[1..];
        let host = self.headers.get("host").map_or("", |host| host.to_str().unwrap());
        let bucket = host.strip_suffix(".aliyuncs.com").and_then(|host| host.split_once(".oss-")).map(|(b, _)| b);
        let virtual_host = bucket.filter(|b| !b.is_empty()).map(|b| Resource { bucket: Some(b), key: Some(address) });
        let path_style = match address.split_once('/') {
            _ if address.is_empty() => Resource::default(),
            Some((bucket, key)) => Resource { bucket: Some(bucket), key: Some(key) },
            None => Resource { bucket: Some(address), key: None },
        };
        virtual_host.into_iter().chain([path_style]).collect()
    }
}

fn decode(text: &str) -> String {
    percent_decode_str(text).decode_utf8().unwrap().into_owned()
}
