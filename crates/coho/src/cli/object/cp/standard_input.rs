//! Standard input to an object. Its length shows at its end, so that it is read a part at a time; a part can be sent again,
//! the whole cannot.

use super::{
    CopyContext, MAX_PARTS,
    existing::CopyVersion,
    job::Transferred,
    multipart::{StoredPart, abort, begin, complete},
    put::{admits, check_crc, expecting, making, own},
};
use crate::cli::{
    interrupt,
    oss::{CallFailure, OssCall, OssUrl, Payload},
};
use anyhow::{Context, bail};
use base64::{Engine, engine::general_purpose::STANDARD};
use coho_model::Crc64;
use http::Method;
use md5::{Digest, Md5};
use std::io::{self, Read};

/// Uploads standard input.
pub(super) fn upload(context: &CopyContext<'_>, to: &OssUrl) -> anyhow::Result<Transferred> {
    crate::cli::oss::check_key(&to.key)?;
    if !admits(context, CopyVersion { length: None, modified: None }, to)? {
        return Ok(Transferred::Skipped);
    }
    let first = read_part(context)?;
    if (first.len() as u64) < context.options.part_size {
        put(context, to, &first)?;
        return Ok(Transferred::Copied(first.len() as u64));
    }
    let id = begin(context, making(context.options, Method::POST, to)?)?;
    let sent = send_all(context, to, &id, first);
    if sent.is_err() {
        abort(context, to, &id);
    }
    sent.map(Transferred::Copied)
}

/// The next part; a short one is the last.
fn read_part(context: &CopyContext<'_>) -> anyhow::Result<Vec<u8>> {
    interrupt::check()?;
    let mut part = Vec::new();
    io::stdin()
        .lock()
        .take(context.options.part_size)
        .read_to_end(&mut part)
        .context("standard input cannot be read")?;
    interrupt::check()?;
    Ok(part)
}

fn put(context: &CopyContext<'_>, to: &OssUrl, body: &[u8]) -> Result<(), CallFailure> {
    let md5 = STANDARD.encode(Md5::digest(body));
    let call = expecting(making(context.options, Method::PUT, to)?.header("content-md5", &md5)?, body.len() as u64)?;
    let crc64 = Crc64::of(body).0;
    context.client.repeat(|attempt| match context.client.send_once(&call, Payload::Bytes(body)) {
        Ok(answer) => check_crc(answer.crc64(), crc64, to),
        Err(failure) if attempt > 0 && failure.code() == Some("FileAlreadyExists") => own(context, to, crc64, failure),
        Err(failure) => Err(failure),
    })
}

fn send_all(context: &CopyContext<'_>, to: &OssUrl, id: &str, first: Vec<u8>) -> anyhow::Result<u64> {
    let (mut parts, mut whole, mut length) = (Vec::new(), Crc64(0), 0);
    let mut part = first;
    while !part.is_empty() {
        if parts.len() as u64 >= MAX_PARTS {
            bail!(
                "standard input has more than {MAX_PARTS} parts of {} bytes; give a larger --part-size",
                context.options.part_size
            );
        }
        let crc64 = Crc64::of(&part);
        parts.push(send(context, to, id, parts.len() + 1, &part, crc64)?);
        whole = whole.then(crc64, part.len() as u64);
        length += part.len() as u64;
        context.progress.add(part.len() as u64);
        let is_last = (part.len() as u64) < context.options.part_size;
        part = if is_last { Vec::new() } else { read_part(context)? };
    }
    complete(context, to, id, &parts, whole.0)?;
    Ok(length)
}

fn send(
    context: &CopyContext<'_>,
    to: &OssUrl,
    id: &str,
    number: usize,
    part: &[u8],
    crc64: Crc64,
) -> Result<StoredPart, CallFailure> {
    let call =
        OssCall::object(Method::PUT, &to.bucket, &to.key).parameter("partNumber", number).parameter("uploadId", id);
    let call = expecting(call, part.len() as u64)?;
    context.client.repeat(|_| {
        let answer = context.client.send_once(&call, Payload::Bytes(part))?;
        check_crc(answer.crc64(), crc64.0, to)?;
        Ok(StoredPart { etag: answer.header("etag").to_owned(), length: part.len() as u64, crc64: answer.crc64() })
    })
}
