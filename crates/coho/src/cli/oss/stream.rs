//! The bytes of an object in order. A transfer that breaks continues where it ended, if the object has a strong entity
//! tag and is still the same.

use super::{CallFailure, OssAnswer, OssCall, OssClient, OssUrl, Payload, retry::pause};
use http::Method;
use std::io::Read;
use ureq::BodyReader;

/// Progress, in bytes, after which earlier interruptions do not count any more.
const FORGIVING_BYTES: u64 = 1 << 20;

/// What the head of an answer says of the object.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::cli) struct StreamFacts {
    /// Length of the whole object; a growing one may have none.
    pub(in crate::cli) length: Option<u64>,
    /// With quotes.
    pub(in crate::cli) etag: String,
    pub(in crate::cli) last_modified: String,
    pub(in crate::cli) crc64: Option<u64>,
}

/// An object that is being read.
pub(in crate::cli) struct ObjectStream<'a> {
    client: &'a OssClient,
    url: &'a OssUrl,
    /// The id of its version, if it is not the current one that is read.
    version: Option<&'a str>,
    facts: StreamFacts,
    /// Offset of the next byte.
    offset: u64,
    reader: BodyReader<'static>,
    /// Interruptions since the last progress.
    interruptions: u32,
    progress_bytes: u64,
}

impl StreamFacts {
    fn read(answer: &OssAnswer) -> Self {
        let length = match answer.status {
            206 => answer.header("content-range").rsplit('/').next().and_then(coho_model::decimal),
            _ => coho_model::decimal(answer.header("content-length").trim()),
        };
        Self {
            length,
            etag: answer.header("etag").to_owned(),
            last_modified: answer.header("last-modified").to_owned(),
            crc64: answer.crc64(),
        }
    }

    /// Whether the entity tag proves that bytes belong to the same object.
    pub(in crate::cli) fn is_resumable(&self) -> bool {
        self.etag.len() > 2 && self.etag.starts_with('"')
    }
}

impl<'a> ObjectStream<'a> {
    /// Asks for the whole object, or for one of its versions.
    pub(in crate::cli) fn open(
        client: &'a OssClient,
        url: &'a OssUrl,
        version: Option<&'a str>,
    ) -> Result<Self, CallFailure> {
        let call = OssCall::object(Method::GET, &url.bucket, &url.key).version(version);
        let answer = client.send(&call, b"")?;
        let (facts, reader) = (StreamFacts::read(&answer), answer.body.into_reader());
        Ok(Self { client, url, version, facts, offset: 0, reader, interruptions: 0, progress_bytes: 0 })
    }

    /// Asks for the rest of an object of which the first bytes are known to belong to this entity tag. None if it has another
    /// one by now, or no byte after them.
    pub(in crate::cli) fn open_at(
        client: &'a OssClient,
        url: &'a OssUrl,
        offset: u64,
        etag: &str,
    ) -> Result<Option<Self>, CallFailure> {
        let call = OssCall::object(Method::GET, &url.bucket, &url.key)
            .header("range", &format!("bytes={offset}-"))?
            .header("if-match", etag)?;
        let answer = match client.send(&call, b"") {
            Err(failure) if matches!(failure.status(), Some(412 | 416)) => return Ok(None),
            other => other?,
        };
        let facts = StreamFacts::read(&answer);
        if !is_range_from(&answer, offset) || facts.etag != etag {
            return Ok(None);
        }
        let reader = answer.body.into_reader();
        Ok(Some(Self { client, url, version: None, facts, offset, reader, interruptions: 0, progress_bytes: 0 }))
    }

    pub(in crate::cli) fn facts(&self) -> &StreamFacts {
        &self.facts
    }

    /// Reads the next bytes; 0 at the proved end.
    pub(in crate::cli) fn read(&mut self, buffer: &mut [u8]) -> Result<usize, CallFailure> {
        loop {
            let cause = match self.reader.read(buffer) {
                Ok(0) if self.facts.length.is_none_or(|length| length == self.offset) => return Ok(0),
                Ok(0) => "the answer ended early".to_owned(),
                Ok(count) => {
                    self.note_progress(count as u64);
                    return Ok(count);
                }
                Err(error) => error.to_string(),
            };
            self.resume(&cause)?;
        }
    }

    fn note_progress(&mut self, bytes: u64) {
        self.offset += bytes;
        self.progress_bytes += bytes;
        if self.progress_bytes >= FORGIVING_BYTES {
            (self.interruptions, self.progress_bytes) = (0, 0);
        }
    }

    fn resume(&mut self, cause: &str) -> Result<(), CallFailure> {
        let broken = |why: &str| {
            CallFailure::Interrupted(format!("{} broke after {} bytes: {cause}{why}", self.url, self.offset))
        };
        if !self.facts.is_resumable() {
            return Err(broken("; it has no entity tag to continue with"));
        }
        loop {
            if self.interruptions >= self.client.retries() {
                return Err(broken(""));
            }
            pause(self.interruptions);
            self.interruptions += 1;
            self.progress_bytes = 0;
            match self.continued() {
                Ok(reader) => {
                    self.reader = reader;
                    return Ok(());
                }
                Err(failure) if failure.is_passing() => {}
                Err(failure) => return Err(failure),
            }
        }
    }

    /// Asks for the rest of the same object.
    fn continued(&self) -> Result<BodyReader<'static>, CallFailure> {
        let call = OssCall::object(Method::GET, &self.url.bucket, &self.url.key)
            .version(self.version)
            .header("range", &format!("bytes={}-", self.offset))?
            .header("if-match", &self.facts.etag)?;
        let answer = match self.client.send_once(&call, Payload::Bytes(b"")) {
            Err(failure) if failure.status() == Some(412) => return Err(self.changed()),
            other => other?,
        };
        let facts = StreamFacts::read(&answer);
        let is_same =
            facts.etag == self.facts.etag && (self.facts.length.is_none() || facts.length == self.facts.length);
        if !is_same {
            return Err(self.changed());
        }
        match is_range_from(&answer, self.offset) {
            true => Ok(answer.body.into_reader()),
            false => {
                Err(CallFailure::Unusable(format!("the store sent another range of {} than was asked for", self.url)))
            }
        }
    }

    fn changed(&self) -> CallFailure {
        CallFailure::Unusable(format!("{} changed while it was read; read it again", self.url))
    }
}

/// Whether the answer has the bytes from this offset on.
fn is_range_from(answer: &OssAnswer, offset: u64) -> bool {
    let start = answer.header("content-range").strip_prefix("bytes ").and_then(|range| range.split('-').next());
    answer.status == 206 && start.and_then(coho_model::decimal::<u64>) == Some(offset)
}
