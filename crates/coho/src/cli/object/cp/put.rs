//! A file to an object: in one request, or in parts.

use super::{
    CopyContext, CopyOptions,
    existing::{CopyVersion, OverwriteDecision},
    job::Transferred,
    multipart,
    source_file::SourceFile,
};
use crate::cli::{
    exit::Interrupted,
    interrupt,
    oss::{CallFailure, OssAnswer, OssCall, OssUrl, Payload},
};
use anyhow::{anyhow, bail};
use base64::{Engine, engine::general_purpose::STANDARD};
use coho_model::Timestamp;
use http::Method;
use md5::{Digest, Md5};
use std::{io::Read, path::Path};

/// Bodies of this length and more wait for `100 Continue`, so that a refusal comes before them.
const EXPECT_BYTES: u64 = 1 << 20;

/// Uploads a file.
pub(super) fn upload(context: &CopyContext<'_>, path: &Path, to: &OssUrl) -> anyhow::Result<Transferred> {
    let source = SourceFile::open(path)?;
    let in_parts = source.length() > context.options.part_size;
    // A large upload is not made in vain; the server refuses to overwrite in any case.
    if (in_parts || context.options.existing.compares()) && !admits(context, source.version(), to)? {
        return Ok(Transferred::Skipped);
    }
    if context.is_single {
        context.progress.expect(source.length());
    }
    let outcome = if in_parts { multipart::upload(context, path, &source, to) } else { put(context, &source, to) };
    match outcome {
        Err(_) if interrupt::is_interrupted() => Err(anyhow!(Interrupted).context(if in_parts {
            "the parts so far are kept: run it again to continue"
        } else {
            "nothing was stored"
        })),
        other => other.map(|()| Transferred::Copied(source.length())),
    }
}

/// Whether an existing object may be overwritten; false if it is skipped.
pub(super) fn admits(context: &CopyContext<'_>, source: CopyVersion, to: &OssUrl) -> anyhow::Result<bool> {
    let existing = context.options.existing;
    if !existing.forbids() && !existing.compares() {
        return Ok(true);
    }
    let answer = match head(context, to) {
        Ok(answer) => answer,
        Err(failure) if failure.status() == Some(404) => return Ok(true),
        Err(failure) => return Err(failure.into()),
    };
    let modified = Timestamp::parse_http_date(answer.header("last-modified"));
    let target = CopyVersion { length: coho_model::decimal(answer.header("content-length").trim()), modified };
    match existing.decide(source, target) {
        OverwriteDecision::Overwrite => Ok(true),
        OverwriteDecision::Skip => Ok(false),
        OverwriteDecision::Refuse => bail!("{to} exists; give --force or --update"),
    }
}

/// What is known of an object.
pub(super) fn head(context: &CopyContext<'_>, url: &OssUrl) -> Result<OssAnswer, CallFailure> {
    context.client.send(&OssCall::object(Method::HEAD, &url.bucket, &url.key), b"")
}

/// A request that makes an object, with what the options say about it.
pub(super) fn making<'a>(options: &CopyOptions, method: Method, to: &'a OssUrl) -> Result<OssCall<'a>, CallFailure> {
    let guess = || mime_guess::from_path(&to.key).first_raw();
    // Of an upload in parts, the completion asks for the callback.
    let is_whole = method == Method::PUT;
    let call = options.new_headers.set(OssCall::object(method, &to.bucket, &to.key), guess())?;
    let call = if is_whole { options.upload_callback.set(call)? } else { call };
    forbidding(options, call)
}

/// Has the store refuse to overwrite.
pub(super) fn forbidding<'a>(options: &CopyOptions, call: OssCall<'a>) -> Result<OssCall<'a>, CallFailure> {
    if options.existing.forbids() { call.header("x-oss-forbid-overwrite", "true") } else { Ok(call) }
}

/// Has a large body wait for the store's consent.
pub(super) fn expecting(call: OssCall<'_>, length: u64) -> Result<OssCall<'_>, CallFailure> {
    if length >= EXPECT_BYTES { call.header("expect", "100-continue") } else { Ok(call) }
}

fn put(context: &CopyContext<'_>, source: &SourceFile, to: &OssUrl) -> anyhow::Result<()> {
    let length = source.length();
    let (md5, crc64) = digests(source)?;
    let call = expecting(making(context.options, Method::PUT, to)?.header("content-md5", &md5)?, length)?;
    context.client.repeat(|attempt| {
        let mut body = source.range(0, length, Some(context.progress));
        let sent = context.client.send_once(&call, Payload::Reader(&mut body, length));
        if let Some(why) = body.failure() {
            return Err(CallFailure::Unusable(why));
        }
        let sent = sent.inspect_err(|_| body.discount());
        match sent {
            Ok(answer) => check_crc(answer.crc64(), crc64, to),
            Err(failure) if attempt > 0 && failure.code() == Some("FileAlreadyExists") => {
                own(context, to, crc64, failure)
            }
            Err(failure) => Err(failure),
        }
    })?;
    Ok(())
}

/// The MD5 has the store refuse a body that was damaged on its way.
fn digests(source: &SourceFile) -> anyhow::Result<(String, u64)> {
    let mut range = source.range(0, source.length(), None);
    let mut md5 = Md5::new();
    let mut piece = vec![0; 256 << 10];
    loop {
        match range.read(&mut piece)? {
            0 => return Ok((STANDARD.encode(md5.finalize()), range.crc64())),
            count => md5.update(&piece[..count]),
        }
    }
}

/// An attempt whose answer was lost may have made the object.
pub(super) fn own(context: &CopyContext<'_>, to: &OssUrl, crc64: u64, failure: CallFailure) -> Result<(), CallFailure> {
    match head(context, to) {
        Ok(answer) if answer.crc64() == Some(crc64) => Ok(()),
        _ => Err(failure),
    }
}

/// Compares what the store has computed with what was sent.
pub(super) fn check_crc(stored: Option<u64>, sent: u64, to: &OssUrl) -> Result<(), CallFailure> {
    match stored {
        Some(stored) if stored != sent => Err(CallFailure::Interrupted(format!(
            "the bytes of {to} have another checksum: they were damaged on their way"
        ))),
        _ => Ok(()),
    }
}
