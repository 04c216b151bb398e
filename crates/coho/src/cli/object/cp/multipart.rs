//! An upload in parts, some at the same time. The parts that an earlier run has stored are compared and kept.

use super::{
    CopyContext,
    checkpoint::{UploadCheckpoint, UploadNote},
    part_bytes_for,
    put::{check_crc, expecting, forbidding, making, own},
    source_file::SourceFile,
};
use crate::cli::oss::{CallFailure, OssCall, OssUrl, Payload, document, number, text};
use anyhow::anyhow;
use coho_model::Crc64;
use coho_oss::XmlWriter;
use http::Method;
use std::{
    collections::BTreeMap,
    io,
    path::Path,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    thread,
};

/// Largest document about an upload that is read, in bytes: a page of parts.
const MAX_DOCUMENT_BYTES: usize = 1 << 20;
/// Parts of a page.
const PAGE_PARTS: u64 = 1000;

/// A part that is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct StoredPart {
    pub(super) etag: String,
    pub(super) length: u64,
    pub(super) crc64: Option<u64>,
}

/// An upload that has begun.
struct RunningUpload<'a> {
    context: &'a CopyContext<'a>,
    source: &'a SourceFile,
    to: &'a OssUrl,
    id: String,
    part_bytes: u64,
}

/// Uploads a file in parts.
pub(super) fn upload(context: &CopyContext<'_>, path: &Path, source: &SourceFile, to: &OssUrl) -> anyhow::Result<()> {
    let part_bytes = part_bytes_for(source.length(), context.options.part_size);
    let mut note = UploadNote::new(&context.client.endpoint().shown(), to, path, source.stamp(), part_bytes)?;
    let (mut checkpoint, earlier) = UploadCheckpoint::open(&note)?;
    let resumed = resume(context, to, earlier)?;
    let (id, stored) = match resumed {
        Some(resumed) => resumed,
        None => (begin(context, making(context.options, Method::POST, to)?)?, BTreeMap::new()),
    };
    note.upload_id.clone_from(&id);
    checkpoint.write(&note)?;
    let upload = RunningUpload { context, source, to, id, part_bytes };
    let outcome = upload.send_parts(stored).and_then(|(parts, crc64)| upload.finish(&parts, crc64));
    match outcome {
        Ok(()) => checkpoint.remove(),
        Err(error) => {
            // Parts of a file that has changed are of no use to anyone.
            if source.check_unchanged().is_err() {
                abort(context, to, &upload.id);
                checkpoint.remove();
            }
            return Err(error);
        }
    }
    Ok(())
}

/// The upload of an earlier run with its parts, if it is of the same bytes and the store still has it.
fn resume(
    context: &CopyContext<'_>,
    to: &OssUrl,
    earlier: Option<(UploadNote, bool)>,
) -> anyhow::Result<Option<(String, BTreeMap<u64, StoredPart>)>> {
    let Some((UploadNote { upload_id, .. }, is_same)) = earlier else { return Ok(None) };
    if !is_same {
        abort(context, to, &upload_id);
        return Ok(None);
    }
    match list_parts(context, to, &upload_id) {
        Ok(parts) => Ok(Some((upload_id, parts))),
        Err(failure) if failure.status() == Some(404) => Ok(None),
        Err(failure) => Err(failure.into()),
    }
}

/// Begins an upload; gives its id.
pub(super) fn begin(context: &CopyContext<'_>, call: OssCall<'_>) -> Result<String, CallFailure> {
    let body = context.client.document(&call.parameter("uploads", ""), MAX_DOCUMENT_BYTES)?;
    let root = document(&body, "InitiateMultipartUploadResult", MAX_DOCUMENT_BYTES)?;
    match text(&root, "UploadId") {
        "" => Err(CallFailure::Unusable("the answer has no UploadId".into())),
        id => Ok(id.to_owned()),
    }
}

/// Ends an upload without an object. The store removes what is left of it in time.
pub(super) fn abort(context: &CopyContext<'_>, to: &OssUrl, id: &str) {
    let call = OssCall::object(Method::DELETE, &to.bucket, &to.key).parameter("uploadId", id);
    let _ = context.client.send(&call, b"");
}

fn list_parts(context: &CopyContext<'_>, to: &OssUrl, id: &str) -> Result<BTreeMap<u64, StoredPart>, CallFailure> {
    let mut parts = BTreeMap::new();
    let mut marker = 0;
    loop {
        let call = OssCall::object(Method::GET, &to.bucket, &to.key)
            .parameter("uploadId", id)
            .parameter("max-parts", PAGE_PARTS)
            .parameter("part-number-marker", marker);
        let body = context.client.document(&call, MAX_DOCUMENT_BYTES)?;
        let root = document(&body, "ListPartsResult", MAX_DOCUMENT_BYTES)?;
        for part in root.children().iter().filter(|child| child.name() == "Part") {
            let crc64 = coho_model::decimal(text(part, "HashCrc64ecma").trim());
            let stored = StoredPart { etag: text(part, "ETag").to_owned(), length: number(part, "Size")?, crc64 };
            parts.insert(number(part, "PartNumber")?, stored);
        }
        let last = parts.last_key_value().map_or(0, |(number, _)| *number);
        if text(&root, "IsTruncated").trim() != "true" || last <= marker {
            return Ok(parts);
        }
        marker = last;
    }
}

/// Makes the object of the parts; gives its CRC-64 if the store tells it.
pub(super) fn complete(
    context: &CopyContext<'_>,
    to: &OssUrl,
    id: &str,
    parts: &[StoredPart],
    crc64: u64,
) -> Result<(), CallFailure> {
    let body = XmlWriter::document("CompleteMultipartUpload", 96 * parts.len(), |w| {
        for (index, part) in parts.iter().enumerate() {
            w.element("Part", |w| {
                w.value("PartNumber", index + 1);
                w.text("ETag", &part.etag);
            });
        }
    });
    let call = OssCall::object(Method::POST, &to.bucket, &to.key).parameter("uploadId", id);
    let call = forbidding(context.options, call)?.header("x-oss-hash-crc64ecma", &crc64.to_string())?;
    let call = context.options.upload_callback.set(call)?;
    context.client.repeat(|attempt| match context.client.send_once(&call, Payload::Bytes(&body)) {
        Ok(answer) => {
            check_crc(answer.crc64(), crc64, to).map_err(|failure| CallFailure::Unusable(failure.to_string()))
        }
        Err(failure) if attempt > 0 && matches!(failure.code(), Some("NoSuchUpload" | "FileAlreadyExists")) => {
            own(context, to, crc64, failure)
        }
        Err(failure) => Err(failure),
    })
}

impl RunningUpload<'_> {
    fn range(&self, number: u64) -> (u64, u64) {
        let start = (number - 1) * self.part_bytes;
        (start, (start + self.part_bytes).min(self.source.length()))
    }

    /// Sends every part that is not stored yet. Gives all of them in order, and the CRC-64 of the whole.
    fn send_parts(&self, stored: BTreeMap<u64, StoredPart>) -> anyhow::Result<(Vec<StoredPart>, u64)> {
        let count = self.source.length().div_ceil(self.part_bytes);
        let next = AtomicU64::new(1);
        let done = Mutex::new((BTreeMap::new(), None));
        let lock = || done.lock().unwrap_or_else(PoisonError::into_inner);
        thread::scope(|scope| {
            for _ in 0..self.context.parallel_parts() {
                scope.spawn(|| {
                    loop {
                        let number = next.fetch_add(1, Ordering::Relaxed);
                        if number > count || lock().1.is_some() {
                            return;
                        }
                        let part = self.keep_or_send(number, stored.get(&number));
                        let mut done = lock();
                        match part {
                            Ok(part) => _ = done.0.insert(number, part),
                            Err(failure) => done.1 = Some(failure),
                        }
                    }
                });
            }
        });
        let (parts, failure) = done.into_inner().unwrap_or_else(PoisonError::into_inner);
        if let Some(failure) = failure {
            return Err(failure.into());
        }
        let whole = parts
            .values()
            .fold(Crc64(0), |whole, (part, crc64): &(StoredPart, u64)| whole.then(Crc64(*crc64), part.length));
        Ok((parts.into_values().map(|(part, _)| part).collect(), whole.0))
    }

    /// A part, and the CRC-64 of its bytes.
    fn keep_or_send(&self, number: u64, stored: Option<&StoredPart>) -> Result<(StoredPart, u64), CallFailure> {
        let (start, end) = self.range(number);
        if let Some(stored) = stored.filter(|stored| stored.length == end - start && stored.crc64.is_some()) {
            let mut local = self.source.range(start, end, None);
            io::copy(&mut local, &mut io::sink()).map_err(|error| CallFailure::Unusable(error.to_string()))?;
            if stored.crc64 == Some(local.crc64()) {
                self.context.progress.resume_at(end - start);
                return Ok((stored.clone(), local.crc64()));
            }
        }
        self.send(number, start, end)
    }

    fn send(&self, number: u64, start: u64, end: u64) -> Result<(StoredPart, u64), CallFailure> {
        let call = OssCall::object(Method::PUT, &self.to.bucket, &self.to.key)
            .parameter("partNumber", number)
            .parameter("uploadId", &self.id);
        let call = expecting(call, end - start)?;
        self.context.client.repeat(|_| {
            let mut body = self.source.range(start, end, Some(self.context.progress));
            let sent = self.context.client.send_once(&call, Payload::Reader(&mut body, end - start));
            if let Some(why) = body.failure() {
                return Err(CallFailure::Unusable(why));
            }
            let sent = sent.and_then(|answer| check_crc(answer.crc64(), body.crc64(), self.to).map(|()| answer));
            let answer = sent.inspect_err(|_| body.discount())?;
            let part =
                StoredPart { etag: answer.header("etag").to_owned(), length: end - start, crc64: answer.crc64() };
            Ok((part, body.crc64()))
        })
    }

    fn finish(&self, parts: &[StoredPart], crc64: u64) -> anyhow::Result<()> {
        self.source.check_unchanged().map_err(|why| anyhow!(why))?;
        Ok(complete(self.context, self.to, &self.id, parts, crc64)?)
    }
}
