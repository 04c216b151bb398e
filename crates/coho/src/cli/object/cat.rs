//! `coho object cat`.

use crate::cli::{
    oss::{ObjectStream, OssClient, OssUrl},
    rows::closed,
    settings::OssConnection,
};
use anyhow::bail;
use clap::Args;
use std::io::{self, Write};

/// Bytes that are read and written at a time.
const PIECE_BYTES: usize = 256 << 10;

/// Write an object to standard output.
///
/// The checksum is compared at the end; if it is another one, the command fails after the bytes have been written.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  \
    coho object cat oss://photos/list.json | jq")]
pub(in crate::cli) struct Cat {
    /// The object.
    #[arg(value_name = "oss://BUCKET/KEY")]
    url: OssUrl,
    /// One version of the object; without it the current one.
    #[arg(long, value_name = "ID")]
    version_id: Option<String>,
    #[command(flatten)]
    connection: OssConnection,
}

impl Cat {
    pub(super) fn run(self) -> anyhow::Result<()> {
        write_out(&self.connection.client()?, &self.url, self.version_id.as_deref())
    }
}

/// Writes an object, or one of its versions, to standard output.
pub(super) fn write_out(client: &OssClient, url: &OssUrl, version: Option<&str>) -> anyhow::Result<()> {
    url.object()?;
    let mut stream = ObjectStream::open(client, url, version)?;
    let mut crc = crc_fast::Digest::new(crc_fast::CrcAlgorithm::Crc64Xz);
    let mut piece = vec![0; PIECE_BYTES];
    let mut out = io::stdout().lock();
    loop {
        let count = stream.read(&mut piece)?;
        if count == 0 {
            break;
        }
        crc.update(&piece[..count]);
        out.write_all(&piece[..count]).map_err(closed)?;
    }
    out.flush().map_err(closed)?;
    match stream.facts().crc64 {
        Some(expected) if expected != crc.finalize() => {
            bail!("the bytes of {} are not those of its checksum: they were damaged on their way", url)
        }
        _ => Ok(()),
    }
}
