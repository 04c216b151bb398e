//! `coho bucket`: buckets through the OSS API.

mod acl;
mod config;
mod create;
mod ls;
mod rm;
mod stat;
mod tag;
mod versioning;

use clap::Subcommand;

/// Largest document about a bucket that is read, in bytes.
const MAX_DOCUMENT_BYTES: usize = 1 << 20;

#[derive(Debug, Subcommand)]
pub(super) enum BucketCommand {
    Ls(ls::LsBuckets),
    Create(create::Create),
    Rm(rm::RmBucket),
    Stat(stat::StatBucket),
    Acl(acl::Acl),
    Config(config::BucketConfig),
    #[command(subcommand)]
    Tag(tag::TagBucket),
    Versioning(versioning::BucketVersioning),
}

impl BucketCommand {
    pub(super) fn run(self) -> anyhow::Result<()> {
        match self {
            Self::Ls(ls) => ls.run(),
            Self::Create(create) => create.run(),
            Self::Rm(rm) => rm.run(),
            Self::Stat(stat) => stat.run(),
            Self::Acl(acl) => acl.run(),
            Self::Config(config) => config.run(),
            Self::Tag(tag) => tag.run(),
            Self::Versioning(versioning) => versioning.run(),
        }
    }
}
