//! `coho object cp`: files, standard input and output, and objects, in every direction that has an object.

mod checkpoint;
mod choice;
mod copy;
mod download;
mod existing;
mod job;
mod key_path;
mod local_tree;
mod multipart;
mod new_headers;
mod place;
mod pool;
mod progress;
mod put;
mod recursive;
mod source_file;
mod standard_input;
mod target_folder;
mod temporary;

use super::{MAX_PARALLEL, cat, upload_callback::UploadCallback};
use crate::cli::{
    interrupt,
    oss::{OssClient, OssUrl},
    output::Output,
    settings::OssConnection,
};
use anyhow::bail;
use choice::NameChoice;
use clap::Args;
use existing::ExistingTargets;
use job::{TransferJob, Transferred};
use new_headers::NewHeaders;
use place::CopyPlace;
use progress::TransferProgress;
use serde::Serialize;

/// Smallest size of parts, but for the last one; OSS takes no smaller ones.
const MIN_PART_BYTES: u64 = 100 << 10;
/// Largest size of parts of OSS.
const MAX_PART_BYTES: u64 = 5 << 30;
/// Most parts of an upload.
const MAX_PARTS: u64 = 10_000;

/// Copy files to objects, objects to files, and objects to objects.
///
/// A place is oss://BUCKET/KEY, a path, or - for standard input or output. Bytes are checked by their CRC-64. An upload in
/// parts and a download that ended early continue where they were when the same command is run again. What exists is not
/// overwritten without --force or --update.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    coho object cp a.jpg oss://photos/2026/\n  \
    coho object cp oss://photos/2026/a.jpg .\n  \
    coho object cp -r site/ oss://www/ --exclude '*.map' --update\n  \
    coho object cp -r oss://photos/2026/ /backup/2026 --parallel 16\n  \
    tar c . | coho object cp - oss://backup/all.tar")]
pub(in crate::cli) struct Cp {
    /// What is copied.
    #[arg(value_name = "FROM")]
    from: CopyPlace,
    /// Where to; a folder, or a key that ends with a slash, gets the name of the source.
    #[arg(value_name = "TO")]
    to: CopyPlace,
    /// Copies a folder, or every object whose key begins like this.
    #[arg(long, short)]
    recursive: bool,
    #[command(flatten)]
    choice: NameChoice,
    #[command(flatten)]
    options: CopyOptions,
    /// Shows what would be copied, and copies nothing.
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    connection: OssConnection,
}

/// How objects are copied.
#[derive(Debug, Clone, Args)]
struct CopyOptions {
    #[command(flatten)]
    existing: ExistingTargets,
    /// Transfers at the same time: objects with -r, else the parts of one.
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = parallel)]
    parallel: usize,
    /// Size of parts, from 100K to 5G; larger files are uploaded in parts.
    #[arg(long, value_name = "SIZE", default_value = "16M", value_parser = part_bytes)]
    part_size: u64,
    #[command(flatten)]
    new_headers: NewHeaders,
    #[command(flatten)]
    upload_callback: UploadCallback,
}

/// What was done.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize)]
struct CopySummary {
    copied: u64,
    skipped: u64,
    failed: u64,
    bytes: u64,
}

/// What transfers need.
struct CopyContext<'a> {
    client: &'a OssClient,
    options: &'a CopyOptions,
    progress: &'a TransferProgress,
    /// One object is copied: the parallel transfers are its parts.
    is_single: bool,
}

impl CopyContext<'_> {
    /// Parts of one object at the same time.
    fn parallel_parts(&self) -> usize {
        if self.is_single { self.options.parallel } else { 1 }
    }
}

impl Cp {
    pub(super) fn run(self) -> anyhow::Result<()> {
        if self.options.upload_callback.is_set() && matches!(self.from, CopyPlace::Oss(_)) {
            bail!("--callback is for uploads of files and of standard input");
        }
        let client = self.connection.client()?;
        if let (CopyPlace::Oss(url), CopyPlace::Standard) = (&self.from, &self.to)
            && !self.recursive
        {
            return cat::write_out(&client, url, None);
        }
        interrupt::watch()?;
        let progress = TransferProgress::new();
        let context =
            CopyContext { client: &client, options: &self.options, progress: &progress, is_single: !self.recursive };
        if self.recursive {
            return recursive::run(&context, &self);
        }
        let summary = self.copy_one(&context);
        progress.finish();
        match self.dry_run {
            true => summary.map(drop),
            false => self.output.show(&summary?, CopySummary::told),
        }
    }

    fn copy_one(&self, context: &CopyContext<'_>) -> anyhow::Result<CopySummary> {
        let job = match (&self.from, &self.to) {
            (CopyPlace::Local(path), CopyPlace::Oss(url)) => TransferJob::upload_one(path, url)?,
            (CopyPlace::Oss(url), CopyPlace::Local(path)) => TransferJob::download_one(url, path)?,
            (CopyPlace::Oss(from), CopyPlace::Oss(to)) => TransferJob::copy_one(from, to)?,
            (CopyPlace::Standard, CopyPlace::Oss(url)) => TransferJob::Input(url.clone()),
            _ => bail!("one of both places must be an object: oss://BUCKET/KEY"),
        };
        if self.dry_run {
            crate::cli::say(format_args!("would copy {job}"));
            return Ok(CopySummary::default());
        }
        let mut summary = CopySummary::default();
        summary.add(&job.run(context)?);
        Ok(summary)
    }
}

impl CopySummary {
    fn add(&mut self, outcome: &Transferred) {
        match outcome {
            Transferred::Copied(bytes) => {
                self.copied += 1;
                self.bytes = self.bytes.saturating_add(*bytes);
            }
            Transferred::Skipped => self.skipped += 1,
        }
    }

    fn told(&self) -> String {
        let Self { copied, skipped, failed, bytes } = self;
        let mut out = format!("copied {copied} ({})", crate::cli::size::size(*bytes));
        for (count, what) in [(skipped, "skipped"), (failed, "failed")] {
            if *count > 0 {
                out += &format!(", {what} {count}");
            }
        }
        out
    }
}

/// Bytes of a part for an object of this length: as asked for, unless there would be too many.
fn part_bytes_for(length: u64, wanted: u64) -> u64 {
    wanted.max(length.div_ceil(MAX_PARTS))
}

fn parallel(text: &str) -> Result<usize, String> {
    let number: Option<usize> = coho_model::decimal(text);
    number
        .filter(|number| (1..=MAX_PARALLEL).contains(number))
        .ok_or_else(|| format!("a number from 1 to {MAX_PARALLEL}"))
}

fn part_bytes(text: &str) -> Result<u64, String> {
    let (digits, unit) = match text.char_indices().last() {
        Some((at, 'K')) => (&text[..at], 1 << 10),
        Some((at, 'M')) => (&text[..at], 1 << 20),
        Some((at, 'G')) => (&text[..at], 1 << 30),
        _ => (text, 1_u64),
    };
    let number: Option<u64> = coho_model::decimal(digits);
    let bytes = number.and_then(|number| number.checked_mul(unit));
    bytes
        .filter(|bytes| (MIN_PART_BYTES..=MAX_PART_BYTES).contains(bytes))
        .ok_or_else(|| "a size is a number of bytes, or one with K, M or G, from 100K to 5G".to_owned())
}

/// Whether an address can have a key appended.
fn is_folder(url: &OssUrl) -> bool {
    url.key.is_empty() || url.key.ends_with('/')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_of_parts_are_those_of_oss() {
        for (text, expected) in
            [("100K", Some(102_400)), ("16M", Some(16 << 20)), ("5G", Some(5 << 30)), ("102400", Some(102_400))]
        {
            assert_eq!(part_bytes(text).ok(), expected, "{text}");
        }
        for text in ["", "M", "99K", "6G", "-1M", "1.5M", "16MB", "99999999999999999999G"] {
            assert!(part_bytes(text).is_err(), "{text}");
        }
        for (length, wanted, expected) in [(1, 100, 100), (10_000 * 100, 100, 100), (10_000 * 100 + 1, 100, 101)] {
            assert_eq!(part_bytes_for(length, wanted), expected);
        }
        for (text, expected) in [("1", true), ("64", true), ("0", false), ("65", false), ("x", false)] {
            assert_eq!(parallel(text).is_ok(), expected, "{text}");
        }
    }

    #[test]
    fn a_summary_names_what_is_not_zero() {
        let told = |copied, skipped, failed| CopySummary { copied, skipped, failed, bytes: 2048 }.told();
        assert_eq!(told(2, 0, 0), "copied 2 (2.0 KiB)");
        assert_eq!(told(0, 1, 3), "copied 0 (2.0 KiB), skipped 1, failed 3");
    }
}
