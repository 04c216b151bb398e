//! `coho mirror`: the fetches of a running store.

mod forget;
mod limit;
mod set;
mod status;

use super::{
    admin_client::{RunningStore, encoded},
    output::{Output, lines},
};
use clap::Subcommand;
use serde_json::{Map, Value};

#[derive(Debug, Subcommand)]
pub(super) enum MirrorCommand {
    Status(status::Status),
    Limit(limit::Limit),
    Set(set::Set),
    Forget(forget::Forget),
}

impl MirrorCommand {
    pub(super) fn run(self) -> anyhow::Result<()> {
        match self {
            Self::Status(status) => status.run(),
            Self::Limit(limit) => limit.run(),
            Self::Set(set) => set.run(),
            Self::Forget(forget) => forget.run(),
        }
    }
}

/// Changes the settings that are named, if there are any, and shows all.
fn change(store: &RunningStore, output: Output, bucket: &str, asked: Map<String, Value>) -> anyhow::Result<()> {
    let (client, path) = (store.client()?, format!("/v1/buckets/{}/mirror", encoded(bucket)));
    let answer = if asked.is_empty() {
        client.get(&path)?
    } else {
        client.put(&path, "application/json", Value::Object(asked).to_string().as_bytes())?
    };
    output.show(&serde_json::from_slice(&answer.success()?)?, lines);
    Ok(())
}
