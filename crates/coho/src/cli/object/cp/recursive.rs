//! `cp -r`: finds what is to be copied.

use super::{
    CopyContext, CopySummary, Cp, TransferJob,
    choice::ChosenNames,
    local_tree::{TreeEntry, walk},
    place::CopyPlace,
    pool::{JobSender, run_all},
    target_folder::TargetFolder,
};
use crate::cli::{
    admin_client::shown,
    oss::{Listing, OssUrl, check_key},
    say,
};
use anyhow::bail;
use coho_model::Timestamp;
use std::{path::Path, sync::Arc};

/// Copies everything that is found.
pub(super) fn run(context: &CopyContext<'_>, command: &Cp) -> anyhow::Result<()> {
    let chosen = command.choice.compiled()?;
    let target = TreeTarget::of(command)?;
    let find = |take: &dyn Fn(anyhow::Result<TransferJob>, String) -> bool, skip: &dyn Fn(&str)| match (
        &command.from,
        &target,
    ) {
        (CopyPlace::Local(folder), TreeTarget::Keys(to)) => find_files(folder, to, &chosen, take, skip),
        (CopyPlace::Oss(from), target) => find_objects(context, from, target, &chosen, take),
        _ => bail!("one of both places must be oss://BUCKET/PREFIX, and the other a folder or another one"),
    };
    if command.dry_run {
        return show(find);
    }
    let (summary, outcome) =
        run_all(context, |sender| find(&|job, what| give(sender, job, &what), &|line| sender.skip(line)))?;
    context.progress.finish();
    command.output.show(&summary, CopySummary::told)?;
    outcome
}

/// Sends a job, or reports why there is none.
fn give(sender: &JobSender<'_>, job: anyhow::Result<TransferJob>, what: &str) -> bool {
    match job {
        Ok(job) => sender.send(job),
        Err(error) => {
            sender.fail(what, &error);
            true
        }
    }
}

/// Shows what would be copied.
fn show(
    find: impl FnOnce(&dyn Fn(anyhow::Result<TransferJob>, String) -> bool, &dyn Fn(&str)) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let take = |job: anyhow::Result<TransferJob>, what: String| {
        match job {
            Ok(job) => say(format_args!("would copy {job}")),
            Err(error) => say(format_args!("cannot copy {what}: {error:#}")),
        }
        true
    };
    find(&take, &|line| say(line))
}

/// Where names are put below.
enum TreeTarget {
    Keys(OssUrl),
    Folder(Arc<TargetFolder>),
}

impl TreeTarget {
    fn of(command: &Cp) -> anyhow::Result<Self> {
        match (&command.from, &command.to) {
            (_, CopyPlace::Oss(url)) if url.key.is_empty() || url.key.ends_with('/') => Ok(Self::Keys(url.clone())),
            (_, CopyPlace::Oss(url)) => Ok(Self::Keys(url.with_key(&format!("{}/", url.key)))),
            (CopyPlace::Oss(_), CopyPlace::Local(path)) => {
                let folder = if command.dry_run { TargetFolder::named(path) } else { TargetFolder::create(path)? };
                Ok(Self::Folder(Arc::new(folder)))
            }
            _ => bail!("-r copies between folders and oss://BUCKET/PREFIX"),
        }
    }
}

fn find_files(
    folder: &Path,
    to: &OssUrl,
    chosen: &ChosenNames,
    take: &dyn Fn(anyhow::Result<TransferJob>, String) -> bool,
    skip: &dyn Fn(&str),
) -> anyhow::Result<()> {
    walk(folder, &mut |entry| match entry {
        TreeEntry::File { path, name } if chosen.has(&name) => {
            let to = to.with_key(&format!("{}{name}", to.key));
            let shown = shown(&path.to_string_lossy());
            take(check_key(&to.key).map(|()| TransferJob::Upload { path, to }), shown)
        }
        TreeEntry::File { .. } => true,
        TreeEntry::Failed { path, error } => take(Err(error), shown(&path.to_string_lossy())),
        TreeEntry::LeftOut { path, why } => {
            skip(&format!("{} is {why}: left out", shown(&path.to_string_lossy())));
            true
        }
    })
}

fn find_objects(
    context: &CopyContext<'_>,
    from: &OssUrl,
    target: &TreeTarget,
    chosen: &ChosenNames,
    take: &dyn Fn(anyhow::Result<TransferJob>, String) -> bool,
) -> anyhow::Result<()> {
    // Names begin after the last slash of the text that keys begin with.
    let folder_bytes = from.key.rfind('/').map_or(0, |at| at + 1);
    for page in Listing::new(context.client, from, "") {
        for object in page?.objects {
            let source = from.with_key(&object.key);
            let name = object.key.get(folder_bytes..).unwrap_or_default();
            // The key of the folder itself.
            if name.is_empty() || !chosen.has(name) {
                continue;
            }
            let job = match target {
                TreeTarget::Folder(root) => TransferJob::download_listed(&source, &object, name, root),
                TreeTarget::Keys(to) => {
                    let to = to.with_key(&format!("{}{name}", to.key));
                    TransferJob::copy_one(&source, &to)
                }
            };
            if !take(job, source.to_string()) {
                return Ok(());
            }
        }
    }
    Ok(())
}

/// The time of a listing, in whole seconds.
pub(super) fn listed_time(text: &str) -> Option<Timestamp> {
    let seconds = text.parse::<jiff::Timestamp>().ok()?.as_second();
    Some(Timestamp::from_unix_ms(seconds.checked_mul(1000)?))
}
