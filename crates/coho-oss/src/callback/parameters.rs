//! Reads the two parameters of a callback: base64 of JSON, in headers, in the query, or in the fields of a form.

use super::{Callback, CallbackBodyType, CallbackUrl, CallbackValues, MAX_BODY_BYTES, template::Template};
use crate::{form::FormFields, header};
use base64::{Engine, engine::general_purpose::STANDARD};
use coho_model::{CallbackFault, CallbackParameter, InvalidCallback, Query, RequestRefusal};
use http::{HeaderMap, HeaderName, HeaderValue, uri::Authority};
use serde_json::{Map, Value};
use std::{borrow::Cow, collections::BTreeMap};

/// Longest parameter in bytes, as it is sent (OSS: 5 KB).
pub const MAX_PARAMETER_BYTES: usize = 5 * 1024;
/// Most URLs of one callback (OSS).
pub const MAX_URLS: usize = 5;
/// Most bytes of the text at fault that an error echoes.
const MAX_SHOWN_BYTES: usize = 1024;
/// A value as long as those of most variables, for the check of a body whose object does not exist yet.
const SAMPLE: &str = "0123456789ABCDEF0123456789ABCDEF";

/// The callback that a request asks for in its headers or in its query.
///
/// # Errors
/// [`RequestRefusal::InvalidCallback`]; [`RequestRefusal::ParameterNotImplemented`] for further headers.
pub fn of_request(headers: &HeaderMap, query: &Query, object: &str) -> Result<Option<Callback>, RequestRefusal> {
    let callback = sent(headers, query, &header::CALLBACK, CallbackParameter::Callback)?;
    let variables = sent(headers, query, &header::CALLBACK_VAR, CallbackParameter::Variables)?;
    let variables = variables.map_or_else(|| Ok(BTreeMap::new()), |text| parse_variables(&text))?;
    callback.map_or(Ok(None), |text| parse(&text, variables, object))
}

/// The callback that the fields of a form ask for. Each custom variable has a field of its own.
///
/// # Errors
/// As [`of_request`].
pub fn of_form(fields: &FormFields, object: &str) -> Result<Option<Callback>, RequestRefusal> {
    if fields.present("callback-var").is_some() {
        return Err(RequestRefusal::parameter_not_implemented("callback-var"));
    }
    let Some(text) = fields.present("callback") else { return Ok(None) };
    let variables = fields.custom_variables().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    parse(text, variables, object)
}

/// A parameter as it is sent; an empty one counts as absent.
fn sent<'r>(
    headers: &'r HeaderMap,
    query: &'r Query,
    name: &HeaderName,
    parameter: CallbackParameter,
) -> Result<Option<Cow<'r, str>>, InvalidCallback> {
    let in_header = headers.get(name).map(|value| String::from_utf8_lossy(value.as_bytes()));
    let in_header = in_header.filter(|text| !text.trim().is_empty());
    let in_query = query.get(name.as_str().trim_start_matches("x-oss-")).filter(|text| !text.is_empty());
    match (in_header, in_query) {
        (Some(text), Some(_)) => Err(invalid(CallbackFault::Twice(parameter), &text)),
        (header, query) => Ok(header.or(query.map(Cow::Borrowed))),
    }
}

fn invalid(fault: CallbackFault, text: &str) -> InvalidCallback {
    InvalidCallback { fault, text: text[..text.floor_char_boundary(MAX_SHOWN_BYTES)].into() }
}

/// The members of a parameter, and its text for errors.
fn members(text: &str, parameter: CallbackParameter) -> Result<(Map<String, Value>, String), InvalidCallback> {
    let text = text.trim();
    if text.len() > MAX_PARAMETER_BYTES {
        return Err(invalid(CallbackFault::TooLong(parameter, MAX_PARAMETER_BYTES), text));
    }
    let json = STANDARD.decode(text).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let json = json.ok_or_else(|| invalid(CallbackFault::NotBase64(parameter), text))?;
    match serde_json::from_str(&json) {
        Ok(members) => Ok((members, json)),
        Err(_) => Err(invalid(CallbackFault::NotJson(parameter), &json)),
    }
}

/// `callback-var`: names that begin with `x:` and have no capital letter, each with a text.
fn parse_variables(text: &str) -> Result<BTreeMap<String, String>, InvalidCallback> {
    let (members, json) = members(text, CallbackParameter::Variables)?;
    let variable = |(name, value): (String, Value)| match value {
        Value::String(value) if name.starts_with("x:") && !name.contains(|c: char| c.is_ascii_uppercase()) => {
            Ok((name, value))
        }
        _ => Err(invalid(CallbackFault::Variable, &json)),
    };
    members.into_iter().map(variable).collect()
}

/// `callback`. One without a URL asks for nothing.
fn parse(text: &str, variables: BTreeMap<String, String>, object: &str) -> Result<Option<Callback>, RequestRefusal> {
    let (members, json) = members(text, CallbackParameter::Callback)?;
    let invalid = |fault| invalid(fault, &json);
    let urls = match members.get("callbackUrl") {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::String(urls)) => parse_urls(urls).map_err(invalid)?,
        Some(_) => return Err(invalid(CallbackFault::Url).into()),
    };
    if urls.is_empty() {
        return Ok(None);
    }
    if members.get("additionalHeaders").is_some_and(|value| !value.is_null()) {
        return Err(RequestRefusal::parameter_not_implemented("callback.additionalHeaders"));
    }
    let body = match members.get("callbackBody") {
        Some(Value::String(body)) if !body.is_empty() => Template::parse(body).map_err(invalid)?,
        None | Some(Value::Null | Value::String(_)) => return Err(invalid(CallbackFault::BodyEmpty).into()),
        Some(_) => return Err(invalid(CallbackFault::Body).into()),
    };
    let callback = Callback {
        urls,
        host: host(members.get("callbackHost")).map_err(invalid)?,
        body_type: body_type(members.get("callbackBodyType")).map_err(invalid)?,
        sends_sni: sends_sni(members.get("callbackSNI")).map_err(invalid)?,
        body,
        variables,
    };
    check_body(&callback, object).map_err(invalid)?;
    Ok(Some(callback))
}

fn parse_urls(text: &str) -> Result<Vec<CallbackUrl>, CallbackFault> {
    let urls: Vec<&str> = text.split(';').filter(|url| !url.trim().is_empty()).collect();
    if urls.len() > MAX_URLS {
        return Err(CallbackFault::TooManyUrls(MAX_URLS));
    }
    urls.into_iter().map(|url| CallbackUrl::parse(url).ok_or(CallbackFault::Url)).collect()
}

/// A name or an address, with a port or not.
fn host(value: Option<&Value>) -> Result<Option<HeaderValue>, CallbackFault> {
    let text = match value {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::String(text)) => text.trim(),
        Some(_) => return Err(CallbackFault::Host),
    };
    if text.is_empty() {
        return Ok(None);
    }
    let is_host = text.is_ascii() && !text.contains('@') && text.parse::<Authority>().is_ok();
    if !is_host {
        return Err(CallbackFault::Host);
    }
    HeaderValue::from_str(text).map(Some).map_err(|_| CallbackFault::Host)
}

fn body_type(value: Option<&Value>) -> Result<CallbackBodyType, CallbackFault> {
    let text = match value {
        None | Some(Value::Null) => "",
        Some(Value::String(text)) => text.trim(),
        Some(_) => return Err(CallbackFault::BodyType),
    };
    [CallbackBodyType::Form, CallbackBodyType::Json]
        .into_iter()
        .find(|body_type| text.is_empty() || text.eq_ignore_ascii_case(body_type.content_type()))
        .ok_or(CallbackFault::BodyType)
}

/// OSS takes a JSON boolean alone.
fn sends_sni(value: Option<&Value>) -> Result<bool, CallbackFault> {
    match value {
        None | Some(Value::Null) => Ok(false),
        Some(Value::Bool(sends)) => Ok(*sends),
        Some(_) => Err(CallbackFault::Sni),
    }
}

/// Refuses a body that is too long, or is not JSON although it says so, before anything is stored.
fn check_body(callback: &Callback, object: &str) -> Result<(), CallbackFault> {
    let sample = CallbackValues {
        bucket: SAMPLE,
        object,
        etag: SAMPLE,
        size: u64::MAX,
        mime_type: SAMPLE,
        image: None,
        crc64: SAMPLE,
        content_md5: SAMPLE,
        client_ip: SAMPLE,
        request_id: SAMPLE,
        operation: SAMPLE,
    };
    let body = callback.body(&sample).map_err(|_| CallbackFault::BodyTooLong(MAX_BODY_BYTES))?;
    if callback.body_type == CallbackBodyType::Json && !is_json(&body) {
        return Err(CallbackFault::NotJson(CallbackParameter::Callback));
    }
    Ok(())
}

/// Whether the bytes are one JSON value, at most 128 levels deep.
pub fn is_json(bytes: &[u8]) -> bool {
    serde_json::from_slice::<serde::de::IgnoredAny>(bytes).is_ok()
}
