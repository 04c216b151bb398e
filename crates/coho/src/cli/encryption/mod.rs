//! `coho encryption`: the master keys of a running store.

mod job;
mod retire;
mod rotate;
mod status;

use clap::Subcommand;

#[derive(Debug, Subcommand)]
pub(super) enum EncryptionCommand {
    Status(status::ShowEncryption),
    Rotate(rotate::RotateMaster),
    Retire(retire::RetireMaster),
}

impl EncryptionCommand {
    pub(super) fn run(self) -> anyhow::Result<()> {
        match self {
            Self::Status(status) => status.run(),
            Self::Rotate(rotate) => rotate.run(),
            Self::Retire(retire) => retire.run(),
        }
    }
}
