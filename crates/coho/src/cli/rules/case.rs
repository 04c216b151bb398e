//! A case file: one case a line, with the request, the facts and the expectation.
//!
//! ```text
//! [GET|HEAD] KEY [fact]... -> expectation     # comment
//! ```

use super::{
    expected::{Expected, status},
    words::{Word, split},
};
use anyhow::{Context, bail};
use coho_model::{ObjectKey, website::Protocol};
use coho_rules::{Access, Method, Observation};

/// The `Host` of a request whose case names none.
pub(super) const HOST: &str = "bucket.example.com";
/// What a fetch that the origin does not serve ends with (`MirrorFailed`).
const MIRROR_FAILED: u16 = 424;

/// One line.
#[derive(Debug)]
pub(super) struct Case {
    /// Line in the file, from 1.
    pub(super) line: usize,
    pub(super) method: Method,
    /// None for the root of the bucket.
    pub(super) key: Option<ObjectKey>,
    pub(super) access: Access,
    pub(super) headers: Vec<(String, String)>,
    pub(super) query: String,
    pub(super) scheme: Protocol,
    pub(super) host: String,
    /// The result of the first look-up, if the case names it.
    pub(super) found: Option<Observation>,
    /// Objects that exist.
    pub(super) has: Vec<String>,
    /// The answer of the origin; none if the case ends where it is asked.
    pub(super) origin: Option<Observation>,
    pub(super) expected: Expected,
}

/// Reads a whole file.
pub(super) fn parse(text: &str) -> anyhow::Result<Vec<Case>> {
    let mut cases = Vec::new();
    for (index, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
        let number = index + 1;
        let words = split(line).with_context(|| format!("line {number}"))?;
        if !words.is_empty() {
            cases.push(Case::parse(number, &words).with_context(|| format!("line {number}"))?);
        }
    }
    if cases.is_empty() {
        bail!("the file has no cases");
    }
    Ok(cases)
}

impl Case {
    fn parse(line: usize, words: &[Word]) -> anyhow::Result<Self> {
        let arrow = words.iter().position(|word| word.is("->")).context("a case needs -> before the expectation")?;
        let (asked, expected) = (&words[..arrow], &words[arrow + 1..]);
        let (method, asked) = match asked {
            [first, rest @ ..] if first.is("GET") => (Method::Get, rest),
            [first, rest @ ..] if first.is("HEAD") => (Method::Head, rest),
            all => (Method::Get, all),
        };
        let (key, facts) = asked.split_first().context("a case begins with a key")?;
        let mut case = Self {
            line,
            method,
            key: parse_key(&key.text)?,
            access: Access::Anonymous,
            headers: Vec::new(),
            query: String::new(),
            scheme: Protocol::Http,
            host: HOST.to_owned(),
            found: None,
            has: Vec::new(),
            origin: None,
            expected: Expected::parse(expected)?,
        };
        facts.iter().try_for_each(|fact| case.add(&fact.text))?;
        Ok(case)
    }

    fn add(&mut self, fact: &str) -> anyhow::Result<()> {
        match fact.split_once('=').map_or((fact, None), |(name, value)| (name, Some(value))) {
            ("anonymous", None) => self.access = Access::Anonymous,
            ("presigned", None) => self.access = Access::Presigned,
            ("signed", None) => self.access = Access::Signed,
            ("exists", None) => self.found = Some(Observation::Present),
            ("status", Some(code)) => self.found = Some(found(status(code)?)),
            ("has", Some(key)) => {
                ObjectKey::parse(key).with_context(|| format!("has={key}"))?;
                self.has.push(key.to_owned());
            }
            ("origin", Some("failed")) => self.origin = Some(Observation::Refused(MIRROR_FAILED)),
            ("origin", Some("200")) => self.origin = Some(Observation::Present),
            ("origin", Some("404")) => self.origin = Some(Observation::Missing),
            ("origin", Some(_)) => bail!("{fact}: an origin answers 200 or 404, or has failed"),
            ("header", Some(header)) => self.headers.push(parse_header(header)?),
            ("query", Some(query)) => self.query = query.trim_start_matches('?').to_owned(),
            ("host", Some(host)) => self.host = host.to_owned(),
            ("scheme", Some(scheme)) => {
                self.scheme = Protocol::parse(scheme).with_context(|| format!("{fact}: http or https"))?;
            }
            _ => bail!(
                "{fact:?} is not a fact; the facts are exists, status=, has=, origin=, anonymous, presigned, signed, header=, \
                 query=, host=, scheme="
            ),
        }
        Ok(())
    }
}

fn parse_key(text: &str) -> anyhow::Result<Option<ObjectKey>> {
    if text == "/" {
        return Ok(None);
    }
    let key = ObjectKey::parse(text).with_context(|| format!("{text:?} is not a key (/ alone is the root)"))?;
    Ok(Some(key))
}

/// `Name: value`.
pub(super) fn parse_header(text: &str) -> anyhow::Result<(String, String)> {
    let (name, value) = text.split_once(':').with_context(|| format!("{text:?} is not of the form Name: value"))?;
    Ok((name.trim().to_owned(), value.trim().to_owned()))
}

fn found(status: u16) -> Observation {
    match status {
        200 => Observation::Present,
        404 => Observation::Missing,
        other => Observation::Refused(other),
    }
}
