//! An object to an object: the store copies, no byte comes here.

use super::{
    CopyContext,
    existing::CopyVersion,
    job::Transferred,
    multipart::{StoredPart, abort, begin, complete},
    part_bytes_for,
    put::{admits, forbidding, head},
};
use crate::cli::{
    interrupt,
    oss::{CallFailure, OssAnswer, OssCall, OssUrl, document, encoded_key, text},
};
use anyhow::{Context, bail};
use coho_model::Timestamp;
use http::Method;

/// Larger objects are copied in parts: OSS advises it, and a copy in one request has a limit.
const MAX_SINGLE_BYTES: u64 = 1 << 30;
/// Size of the parts that are copied, unless the object needs larger ones.
const COPIED_PART_BYTES: u64 = 256 << 20;
/// Largest answer, in bytes.
const MAX_DOCUMENT_BYTES: usize = 64 << 10;
/// Copies an object.
pub(super) fn copy(context: &CopyContext<'_>, from: &OssUrl, to: &OssUrl) -> anyhow::Result<Transferred> {
    interrupt::check()?;
    let source = head(context, from)?;
    let length: u64 = coho_model::decimal(source.header("content-length").trim())
        .context("the object is being fetched, and its length is not known yet; try again later")?;
    let version =
        CopyVersion { length: Some(length), modified: Timestamp::parse_http_date(source.header("last-modified")) };
    let in_parts = length > MAX_SINGLE_BYTES;
    if (in_parts || context.options.existing.compares()) && !admits(context, version, to)? {
        return Ok(Transferred::Skipped);
    }
    if in_parts {
        copy_parts(context, from, to, &source, length)?
    } else {
        copy_whole(context, from, to, &source)?
    }
    context.progress.add(length);
    Ok(Transferred::Copied(length))
}

fn source_name(from: &OssUrl) -> String {
    format!("/{}/{}", from.bucket, encoded_key(&from.key))
}

fn copy_whole(context: &CopyContext<'_>, from: &OssUrl, to: &OssUrl, source: &OssAnswer) -> Result<(), CallFailure> {
    let call = OssCall::object(Method::PUT, &to.bucket, &to.key).header("x-oss-copy-source", &source_name(from))?;
    let call = context.options.new_headers.set_on_copy(call, source)?;
    context.client.document(&forbidding(context.options, call)?, MAX_DOCUMENT_BYTES).map(drop)
}

fn copy_parts(
    context: &CopyContext<'_>,
    from: &OssUrl,
    to: &OssUrl,
    source: &OssAnswer,
    length: u64,
) -> anyhow::Result<()> {
    let Some(crc64) = source.crc64() else { bail!("the object has no checksum yet; try again later") };
    let call = context.options.new_headers.set_all(OssCall::object(Method::POST, &to.bucket, &to.key), source)?;
    let id = begin(context, forbidding(context.options, call)?)?;
    let copied = all_parts(context, from, to, &id, (length, source.header("etag")))
        .and_then(|parts| Ok(complete(context, to, &id, &parts, crc64)?));
    if copied.is_err() {
        abort(context, to, &id);
    }
    copied
}

/// Copies the parts one after the other: the store's disk is what takes the time.
fn all_parts(
    context: &CopyContext<'_>,
    from: &OssUrl,
    to: &OssUrl,
    id: &str,
    (length, etag): (u64, &str),
) -> anyhow::Result<Vec<StoredPart>> {
    let part_bytes = part_bytes_for(length, COPIED_PART_BYTES);
    let mut parts = Vec::new();
    let mut start = 0;
    while start < length {
        interrupt::check()?;
        let end = (start + part_bytes).min(length);
        let call = OssCall::object(Method::PUT, &to.bucket, &to.key)
            .parameter("partNumber", parts.len() + 1)
            .parameter("uploadId", id)
            .header("x-oss-copy-source", &source_name(from))?
            .header("x-oss-copy-source-range", &format!("bytes={start}-{}", end - 1))?
            .header("x-oss-copy-source-if-match", etag)?;
        let body = context.client.document(&call, MAX_DOCUMENT_BYTES)?;
        let root = document(&body, "CopyPartResult", MAX_DOCUMENT_BYTES)?;
        parts.push(StoredPart { etag: text(&root, "ETag").to_owned(), length: end - start, crc64: None });
        start = end;
    }
    Ok(parts)
}
