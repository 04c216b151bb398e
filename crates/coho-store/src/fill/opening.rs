//! The blob of a fill: readers get the first bytes while its file is still being made.

use super::Growth;
use bytes::Bytes;
use coho_blob::{BlobError, BlobStore, GrowingBlob};
use coho_model::BlobId;
use std::{io, sync::Arc};
use tokio::task::JoinHandle;

/// Most bytes that wait for the file; behind them the origin does.
const WAITING_BYTES: usize = 512 * 1024;

/// Where a fill's bytes go.
pub(super) enum Sink {
    /// Nowhere yet.
    None,
    /// Into a file that is being made. If the fill goes, the blob goes with the result of its task.
    Opening { task: Opening, waiting: Vec<Bytes>, bytes: usize },
    /// Into this blob.
    Open(Box<dyn GrowingBlob>),
}

/// The task that makes the file. Given up before it has begun, it makes none.
pub(super) struct Opening(JoinHandle<Result<Box<dyn GrowingBlob>, BlobError>>);

impl Drop for Opening {
    fn drop(&mut self) {
        self.0.abort();
    }
}

fn without_files() -> BlobError {
    let source = io::Error::new(io::ErrorKind::Unsupported, "the engine has no local files and no spool");
    BlobError::Io { operation: "creating a growing blob", source }
}

impl Sink {
    pub(super) fn begin(blobs: Arc<dyn BlobStore>, id: BlobId, length: Option<u64>, growth: Arc<Growth>) -> Self {
        let task = tokio::spawn(async move {
            // Whoever waits for the first bytes goes first: it is their thread that this begins on.
            tokio::task::yield_now().await;
            let files = blobs.local_files().ok_or_else(without_files)?;
            let sink = files.begin_growing(id, length).await?;
            growth.in_blob(sink.file(), sink.progress(), sink.ahead());
            Ok(sink)
        });
        Self::Opening { task: Opening(task), waiting: Vec::new(), bytes: 0 }
    }

    pub(super) fn is_none(&self) -> bool {
        matches!(self, Self::None)
    }

    /// Shows readers the next bytes and has them written.
    pub(super) async fn write(&mut self, piece: Bytes, growth: &Growth) -> Result<(), BlobError> {
        if piece.is_empty() {
            return Ok(());
        }
        growth.comes(&piece);
        match self {
            Self::Opening { task, waiting, bytes } if !task.0.is_finished() && *bytes < WAITING_BYTES => {
                *bytes += piece.len();
                waiting.push(piece);
                Ok(())
            }
            _ => {
                self.open().await?.write(piece).await?;
                growth.wrote();
                Ok(())
            }
        }
    }

    /// The blob, with everything that waited for it.
    pub(super) async fn open(&mut self) -> Result<&mut Box<dyn GrowingBlob>, BlobError> {
        let lost = |why: String| BlobError::Io { operation: "creating a blob", source: io::Error::other(why) };
        match std::mem::replace(self, Self::None) {
            Self::None => Err(lost("an earlier attempt failed".into())),
            Self::Open(sink) => Ok(self.insert(sink)),
            Self::Opening { mut task, waiting, .. } => {
                let mut sink = (&mut task.0).await.map_err(|error| lost(error.to_string()))??;
                for piece in waiting {
                    sink.write(piece).await?;
                }
                Ok(self.insert(sink))
            }
        }
    }

    fn insert(&mut self, sink: Box<dyn GrowingBlob>) -> &mut Box<dyn GrowingBlob> {
        *self = Self::Open(sink);
        match self {
            Self::Open(sink) => sink,
            Self::None | Self::Opening { .. } => unreachable!("it was set a line above"),
        }
    }

    /// Takes the blob out; `None` if there is none.
    pub(super) async fn take(&mut self) -> Result<Option<Box<dyn GrowingBlob>>, BlobError> {
        if self.is_none() {
            return Ok(None);
        }
        self.open().await?;
        match std::mem::replace(self, Self::None) {
            Self::Open(sink) => Ok(Some(sink)),
            Self::None | Self::Opening { .. } => Ok(None),
        }
    }

    /// Removes what was written.
    pub(super) async fn discard(&mut self) {
        // A blob that could not be made leaves nothing to remove.
        if let Ok(Some(sink)) = self.take().await {
            sink.discard().await;
        }
    }
}
