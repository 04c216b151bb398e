//! `coho mirror`: the fetches of a running store.

mod failures;
mod fetch;
mod forget;
mod limit;
mod missing;
mod progress;
mod reset;
mod set;
mod status;

use super::{
    admin_client::RunningStore,
    output::{Output, lines},
};
use clap::Subcommand;
use coho_admin_api::{
    AdminOperation,
    mirror::{BucketMirror, BucketMirrorChange},
};

#[derive(Debug, Subcommand)]
pub(super) enum MirrorCommand {
    Status(status::Status),
    Limit(limit::Limit),
    Set(set::Set),
    Forget(forget::Forget),
    Missing(missing::MissingList),
    Failures(failures::Failures),
    Reset(reset::Reset),
    Fetch(fetch::FetchOne),
    Progress(progress::ShowProgress),
}

impl MirrorCommand {
    pub(super) fn run(self) -> anyhow::Result<()> {
        match self {
            Self::Status(status) => status.run(),
            Self::Limit(limit) => limit.run(),
            Self::Set(set) => set.run(),
            Self::Forget(forget) => forget.run(),
            Self::Missing(missing) => missing.run(),
            Self::Failures(failures) => failures.run(),
            Self::Reset(reset) => reset.run(),
            Self::Fetch(fetch) => fetch.run(),
            Self::Progress(progress) => progress.run(),
        }
    }
}

/// Changes the settings that are named, if there are any, and shows all.
fn change(store: &RunningStore, output: Output, bucket: &str, asked: &BucketMirrorChange) -> anyhow::Result<()> {
    let client = store.client()?;
    let answer = if *asked == BucketMirrorChange::default() {
        client.call(AdminOperation::GetBucketMirror, &[bucket], "")?
    } else {
        client.send_json(AdminOperation::ChangeBucketMirror, bucket, asked)?
    };
    let settings: BucketMirror = answer.json()?;
    output.show(&settings, lines)
}
