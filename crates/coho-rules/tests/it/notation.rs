//! A short notation for configurations, requests and stored objects, so that a test is one line of data.
//!
//! Values are percent-decoded. Unreadable parts are skipped: the fuzz tests feed arbitrary text. A configuration: `1
//! Mirror url=http://o/ prefix=a/; index=index.html subdir type=2; error=404.html:200`. A request: `GET /key?query
//! signed h:Name=value`. Stored objects: `a b 403:c origin404`.

use coho_model::{
    ObjectKey,
    website::{
        ErrorDocument, IncludeHeader, IndexDocument, KeyValue, LuaConfig, MirrorHeaders, Protocol, Redirect,
        RedirectType, RoutingRule, UnknownElement, WebsiteConfiguration,
    },
};
use coho_rules::{Access, Decision, Evaluation, Method, Observation, Question, RuleRequest, Tracer};
use std::collections::HashMap;

/// A percent-decoded value; invalid UTF-8 is replaced.
pub(crate) fn decoded(text: &str) -> String {
    let mut out = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((&byte, tail)) = rest.split_first() {
        let hex = tail.get(..2).and_then(|hex| u8::from_str_radix(std::str::from_utf8(hex).ok()?, 16).ok());
        match (byte, hex) {
            (b'%', Some(value)) => {
                out.push(value);
                rest = &tail[2..];
            }
            _ => {
                out.push(byte);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// Parses a configuration.
pub(crate) fn website(text: &str) -> WebsiteConfiguration {
    let mut website = WebsiteConfiguration::default();
    for line in text.split([';', '\n']) {
        let mut words = line.split_whitespace();
        let Some(first) = words.next() else { continue };
        match first.split_once('=') {
            Some(("index", suffix)) => website.index_document = Some(index(suffix, words)),
            Some(("error", page)) => {
                let (key, status) = page.split_once(':').unwrap_or((page, ""));
                let key = Some(decoded(key)).filter(|key| !key.is_empty());
                website.error_document = Some(ErrorDocument { key, http_status: status.parse().ok(), unknown: vec![] });
            }
            _ => {
                let Ok(rule_number) = first.parse() else { continue };
                website.routing_rules.push(rule(rule_number, words));
            }
        }
    }
    website
}

fn index<'t>(suffix: &str, words: impl Iterator<Item = &'t str>) -> IndexDocument {
    let mut index = IndexDocument { suffix: Some(decoded(suffix)).filter(|s| !s.is_empty()), ..Default::default() };
    for word in words {
        match word.split_once('=') {
            None if word == "subdir" => index.support_sub_dir = Some(true),
            Some(("type", number)) => index.index_type = number.parse().ok(),
            _ => {}
        }
    }
    index
}

fn rule<'t>(rule_number: u32, words: impl Iterator<Item = &'t str>) -> RoutingRule {
    let mut rule = RoutingRule { rule_number, ..RoutingRule::default() };
    for word in words {
        if let Some(kind) = RedirectType::parse(word) {
            rule.redirect = Some(Redirect::new(kind));
            continue;
        }
        match word.split_once('=') {
            Some((name, value)) => with_value(&mut rule, name, decoded(value)),
            None => with_flag(&mut rule, word),
        }
    }
    rule
}

fn with_value(rule: &mut RoutingRule, name: &str, value: String) {
    let condition = &mut rule.condition;
    match name {
        "prefix" => condition.key_prefix_equals = Some(value),
        "suffix" => condition.key_suffix_equals = Some(value),
        "code" => condition.http_error_code_returned_equals = value.parse().ok(),
        "header" => condition.include_headers.push(IncludeHeader { key: value, ..IncludeHeader::default() }),
        "equals" | "starts" | "ends" => {
            let Some(header) = condition.include_headers.last_mut() else { return };
            let slot = match name {
                "equals" => &mut header.equals,
                "starts" => &mut header.starts_with,
                _ => &mut header.ends_with,
            };
            *slot = Some(value);
        }
        _ => {
            if let Some(redirect) = &mut rule.redirect {
                of_redirect(redirect, name, value);
            }
        }
    }
}

fn of_redirect(redirect: &mut Redirect, name: &str, value: String) {
    let mirror = &mut redirect.mirror;
    match name {
        "proto" => redirect.protocol = Protocol::parse(&value),
        "host" => redirect.host_name = Some(value),
        "status" => redirect.http_redirect_code = value.parse().ok(),
        "with" => redirect.replace_key_prefix_with = Some(value),
        "key" => redirect.replace_key_with = Some(value),
        "url" => mirror.url = Some(value),
        "slave" => mirror.url_slave = Some(value),
        "probe" => mirror.url_probe = Some(value),
        "transparent" => mirror.transparent_response_codes = Some(value),
        "role" => mirror.role = Some(value),
        "region" => mirror.dst_region = Some(value),
        "vpc" => mirror.dst_vpc_id = Some(value),
        "slavevpc" => mirror.dst_slave_vpc_id = Some(value),
        "tunnel" => mirror.tunnel_id = Some(value),
        "async" => mirror.async_status = value.parse().ok(),
        "pass" => mirror.headers.get_or_insert_default().pass.push(value),
        "remove" => mirror.headers.get_or_insert_default().remove.push(value),
        "set" => mirror.headers.get_or_insert_default().set.push(key_value(value)),
        "tag" => mirror.taggings.get_or_insert_default().items.push(key_value(value)),
        "return" => mirror.return_headers.get_or_insert_default().items.push(key_value(value)),
        "unknown" => redirect.unknown.push(UnknownElement { name: value, ..UnknownElement::default() }),
        _ => {}
    }
}

fn key_value(key: String) -> KeyValue {
    KeyValue { key, value: "v".into(), unknown: vec![] }
}

fn with_flag(rule: &mut RoutingRule, name: &str) {
    if name == "lua" {
        rule.lua_config = Some(LuaConfig { script: Some("a.lua".into()), unknown: vec![] });
    }
    if name == "unknown" {
        rule.condition.unknown.push(UnknownElement { name: "KeyRegexEquals".into(), ..UnknownElement::default() });
    }
    let Some(redirect) = &mut rule.redirect else { return };
    let mirror = &mut redirect.mirror;
    match name {
        "query" => redirect.pass_query_string = Some(true),
        "cut" => redirect.enable_replace_prefix = Some(true),
        "mquery" => mirror.pass_query_string = Some(true),
        "nomquery" => mirror.pass_query_string = Some(false),
        "follow" => mirror.follow_redirect = Some(true),
        "nofollow" => mirror.follow_redirect = Some(false),
        "md5" => mirror.check_md5 = Some(true),
        "headers" => mirror.headers = Some(MirrorHeaders::default()),
        "passall" => mirror.headers.get_or_insert_default().pass_all = Some(true),
        "slashes" => mirror.pass_original_slashes = Some(true),
        "switchall" => mirror.switch_all_errors = Some(true),
        "lastmodified" => mirror.user_last_modified = Some(true),
        "ossmeta" => mirror.save_oss_meta = Some(true),
        "proxy" => mirror.proxy_pass = Some(true),
        "allowhead" => mirror.allow_head_object = Some(true),
        "imageinfo" => mirror.allow_get_image_info = Some(true),
        "snapshot" => mirror.allow_video_snapshot = Some(true),
        "auth" => mirror.auth = Some(Default::default()),
        "userole" => mirror.using_role = Some(true),
        "sni" => mirror.sni = Some(true),
        "tunnelled" => mirror.is_express_tunnel = Some(true),
        _ => {}
    }
}

/// A request that owns its parts.
#[derive(Debug)]
pub(crate) struct OwnedRequest {
    pub(crate) method: Method,
    pub(crate) key: Option<ObjectKey>,
    pub(crate) query: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) scheme: Protocol,
    pub(crate) host: String,
    pub(crate) path_style: bool,
    pub(crate) lacks_slash: bool,
    pub(crate) anyone_reads: bool,
    pub(crate) access: Access,
}

/// Parses a request.
pub(crate) fn request(text: &str) -> OwnedRequest {
    let mut words = text.split_whitespace();
    let method = if words.next() == Some("HEAD") { Method::Head } else { Method::Get };
    let target = words.next().unwrap_or("/");
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let key = ObjectKey::parse(&decoded(path.strip_prefix('/').unwrap_or(path))).ok();
    let mut request = OwnedRequest {
        method,
        key,
        query: query.to_owned(),
        headers: Vec::new(),
        scheme: Protocol::Http,
        host: "b.oss.test".into(),
        path_style: false,
        lacks_slash: false,
        anyone_reads: true,
        access: Access::Anonymous,
    };
    for word in words {
        match (word, word.split_once('=')) {
            ("signed", _) => request.access = Access::Signed,
            ("presigned", _) => request.access = Access::Presigned,
            ("https", _) => request.scheme = Protocol::Https,
            ("path", _) => request.path_style = true,
            ("no-slash", _) => request.lacks_slash = true,
            ("private", _) => request.anyone_reads = false,
            (_, Some(("host", host))) => request.host = decoded(host),
            (_, Some((name, value))) => {
                if let Some(name) = name.strip_prefix("h:") {
                    request.headers.push((name.to_owned(), decoded(value)));
                }
            }
            _ => {}
        }
    }
    request
}

impl OwnedRequest {
    pub(crate) fn borrowed(&self) -> RuleRequest<'_> {
        RuleRequest {
            bucket: "b",
            key: self.key.as_ref(),
            method: self.method,
            raw_query: &self.query,
            headers: &self.headers,
            scheme: self.scheme,
            host: &self.host,
            leading_slashes: 0,
            path_style: self.path_style,
            lacks_slash: self.lacks_slash,
            anyone_reads: self.anyone_reads,
            access: self.access,
        }
    }
}

/// The stored objects, and the result of fetches.
#[derive(Debug, Default)]
pub(crate) struct World {
    objects: HashMap<String, Observation>,
    everything: Option<Observation>,
    /// The result of a fetch; `None` ends the evaluation at the fetch.
    origin: Option<Observation>,
}

/// Parses it: `key` exists, `403:key` is refused, `!500` is the result of every lookup, `origin404` means that origins
/// lack everything.
pub(crate) fn world(text: &str) -> World {
    let mut world = World::default();
    for word in text.split_whitespace() {
        let refused =
            |status: &str| status.parse().ok().filter(|status| (400..600).contains(status)).map(Observation::Refused);
        if let Some(status) = word.strip_prefix('!') {
            world.everything = refused(status);
        } else if let Some(status) = word.strip_prefix("origin") {
            world.origin = if status == "404" { Some(Observation::Missing) } else { refused(status) };
        } else if let Some((status, key)) = word.split_once(':') {
            world.objects.insert(decoded(key), refused(status).unwrap_or(Observation::Missing));
        } else {
            world.objects.insert(decoded(word), Observation::Present);
        }
    }
    world
}

impl World {
    fn find(&self, key: &str) -> Observation {
        self.everything.or_else(|| self.objects.get(key).copied()).unwrap_or(Observation::Missing)
    }
}

/// Runs an evaluation to its end.
pub(crate) fn play<'a, T: Tracer>(
    website: &'a WebsiteConfiguration,
    request: RuleRequest<'a>,
    world: &World,
    tracer: T,
) -> Decision<'a> {
    let mut questions = 0;
    Evaluation::new(Some(website), request, tracer).run_now(|question| {
        questions += 1;
        assert!(questions <= MAX_QUESTIONS, "no end: {question:?}");
        match question {
            Question::LookUp(key) => Some(world.find(key.as_str())),
            Question::Fetch(_) => world.origin,
            Question::List => world.everything.filter(|found| !found.is_authorised()),
        }
    })
}

/// Most questions that an evaluation may ask.
const MAX_QUESTIONS: usize = 7;

/// A decision in short: `200 key`, `404` alone for an error, `302 location`, `mirror url as key`, `list`.
pub(crate) fn short(decision: &Decision<'_>) -> String {
    match decision {
        Decision::List => "list".into(),
        Decision::LookUp(key) => format!("look up {key}"),
        Decision::Serve { key, status } => format!("{status} {key}"),
        Decision::Mirror(fetch) if fetch.status == 200 => format!("mirror {} as {}", fetch.urls.first, fetch.key),
        Decision::Mirror(fetch) => format!("mirror {} as {} with {}", fetch.urls.first, fetch.key, fetch.status),
        Decision::Redirect(to) => format!("{} {}", to.status, to.location),
        Decision::Plain { status } => status.to_string(),
    }
}
