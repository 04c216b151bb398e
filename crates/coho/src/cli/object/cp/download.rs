//! An object to a file: into a temporary one, checked, then renamed.

use super::{
    CopyContext,
    existing::{CopyVersion, OverwriteDecision},
    job::{DownloadTarget, Transferred},
    pool::EndsAll,
    put::head,
    target_folder::TargetFile,
    temporary::TemporaryFile,
};
use crate::cli::{
    interrupt,
    oss::{ObjectStream, OssUrl},
};
use anyhow::{Context, anyhow, bail};
use coho_model::Timestamp;
use crc_fast::{CrcAlgorithm, Digest};
use std::io::{self, ErrorKind};

/// Bytes that are read and written at a time.
const PIECE_BYTES: usize = 256 << 10;

/// Downloads an object. What the listing or a HEAD says spares the transfer of what is skipped or here already.
pub(super) fn download(
    context: &CopyContext<'_>,
    from: &OssUrl,
    to: &DownloadTarget,
    listed: Option<&RemoteVersion>,
) -> anyhow::Result<Transferred> {
    let Some(target) = to.root.place(&to.path)? else { return Ok(Transferred::Copied(0)) };
    let existing = target.existing()?;
    let known = match listed {
        Some(listed) => Some(listed.clone()),
        None => RemoteVersion::asked(context, from)?,
    };
    if let Some(existing) = existing {
        let version = known.as_ref().map_or(CopyVersion { length: None, modified: None }, |known| known.version);
        if !admits(context, version, existing, &target)? {
            return Ok(Transferred::Skipped);
        }
    }
    if let Some(length) = known.as_ref().and_then(|known| known.version.length).filter(|_| context.is_single) {
        context.progress.expect(length);
    }
    let (mut stream, temporary, begin) =
        match known.and_then(|known| resumed(context, from, &target, &known).transpose()) {
            Some(resumed) => resumed?,
            None => {
                let stream = ObjectStream::open(context.client, from, None)?;
                let mut temporary = open_temporary(context, from, &target, &stream.facts().etag)?;
                temporary.clear()?;
                (stream, temporary, 0)
            }
        };
    let bytes = receive(context, &mut stream, temporary, begin)?;
    Ok(Transferred::Copied(bytes))
}

/// What is known of an object before it is asked for.
#[derive(Debug, Clone)]
pub(super) struct RemoteVersion {
    pub(super) version: CopyVersion,
    /// With quotes.
    pub(super) etag: String,
}

impl RemoteVersion {
    /// Asks the store. An object that only a GET fetches from its origin is not known.
    fn asked(context: &CopyContext<'_>, from: &OssUrl) -> anyhow::Result<Option<Self>> {
        let answer = match head(context, from) {
            Err(failure) if failure.status() == Some(404) => return Ok(None),
            other => other?,
        };
        let length = coho_model::decimal(answer.header("content-length").trim());
        let modified = Timestamp::parse_http_date(answer.header("last-modified"));
        Ok(Some(Self { version: CopyVersion { length, modified }, etag: answer.header("etag").to_owned() }))
    }
}

/// The rest of an object of which an earlier run has left the beginning.
fn resumed<'a>(
    context: &'a CopyContext<'_>,
    from: &'a OssUrl,
    target: &'a TargetFile,
    known: &RemoteVersion,
) -> anyhow::Result<Option<(ObjectStream<'a>, TemporaryFile<'a>, u64)>> {
    let RemoteVersion { version, etag } = known;
    let Some(length) = version.length.filter(|length| *length > 0 && etag.starts_with('"')) else { return Ok(None) };
    let temporary = open_temporary(context, from, target, etag)?;
    // The last byte is always asked for, so that the answer can prove that it is of the same object.
    let begin = temporary.length()?.min(length - 1);
    if begin == 0 {
        return Ok(None);
    }
    temporary.shorten(begin)?;
    let stream = ObjectStream::open_at(context.client, from, begin, etag)?;
    Ok(stream.map(|stream| (stream, temporary, begin)))
}

/// The file for the bytes of this version.
fn open_temporary<'a>(
    context: &CopyContext<'_>,
    from: &OssUrl,
    target: &'a TargetFile,
    etag: &str,
) -> anyhow::Result<TemporaryFile<'a>> {
    let endpoint = context.client.endpoint().authority();
    TemporaryFile::open(target, &[endpoint, from.bucket.as_str(), &from.key, etag])
}

/// Whether an existing file may be overwritten; false if it is skipped.
fn admits(
    context: &CopyContext<'_>,
    source: CopyVersion,
    existing: CopyVersion,
    target: &TargetFile,
) -> anyhow::Result<bool> {
    match context.options.existing.decide(source, existing) {
        OverwriteDecision::Overwrite => Ok(true),
        OverwriteDecision::Skip => Ok(false),
        OverwriteDecision::Refuse => bail!("{:?} exists; give --force or --update", target.name),
    }
}

/// Receives the bytes and gives the file its name.
fn receive(
    context: &CopyContext<'_>,
    stream: &mut ObjectStream<'_>,
    mut temporary: TemporaryFile<'_>,
    begin: u64,
) -> anyhow::Result<u64> {
    let mut crc = Digest::new(CrcAlgorithm::Crc64Xz);
    temporary.read_all(|bytes| crc.update(bytes))?;
    context.progress.resume_at(begin);
    let received = match copy_bytes(context, stream, &mut temporary, &mut crc) {
        Ok(received) => received,
        Err(error) => {
            // A full disk is to be empty again, and bytes of no known version cannot be continued.
            if error.downcast_ref::<EndsAll>().is_some() || !stream.facts().is_resumable() {
                temporary.remove();
            }
            return Err(error);
        }
    };
    if stream.facts().crc64.is_some_and(|expected| expected != crc.finalize()) {
        temporary.remove();
        bail!("the bytes are not those of the object's checksum: they were damaged on their way, or on this disk");
    }
    temporary.publish(!context.options.existing.forbids())?;
    Ok(begin + received)
}

fn copy_bytes(
    context: &CopyContext<'_>,
    stream: &mut ObjectStream<'_>,
    temporary: &mut TemporaryFile<'_>,
    crc: &mut Digest,
) -> anyhow::Result<u64> {
    let mut piece = vec![0; PIECE_BYTES];
    let mut received = 0;
    loop {
        interrupt::check().context("the bytes so far are kept: run it again to continue")?;
        let count = stream.read(&mut piece)?;
        if count == 0 {
            return Ok(received);
        }
        crc.update(&piece[..count]);
        temporary.write(&piece[..count]).map_err(explained)?;
        received += count as u64;
        context.progress.add(count as u64);
    }
}

fn explained(error: io::Error) -> anyhow::Error {
    match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => {
            anyhow!(EndsAll(format!("the file cannot be written: {error}")))
        }
        _ => anyhow!(error).context("the file cannot be written"),
    }
}
