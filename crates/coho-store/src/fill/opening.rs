//! The blob of a fill: readers get the first bytes while its file is still being made.

use super::{InProgressBody, scratch::ScratchBlob};
use bytes::Bytes;
use coho_blob::{BlobError, BlobStore, GrowingBlob};
use coho_model::BlobId;
use std::{io, sync::Arc};
use tokio::task::JoinHandle;

/// Most bytes that wait for the file to be made; further writes wait for it.
const MAX_OPENING_BYTES: usize = 512 * 1024;

/// The destination of a fill's bytes.
pub(super) enum FillSink {
    /// None yet.
    None,
    /// A file that is being made. If the fill is dropped, the blob is dropped with the result of its task.
    Opening { task: Opening, waiting: Vec<Bytes>, bytes: usize },
    /// A blob.
    Open(Box<dyn GrowingBlob>),
}

/// The task that makes the file. Aborted before it has begun, it makes none.
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

impl FillSink {
    /// With `encrypts` no plain byte is in the file.
    pub(super) fn begin(
        blobs: Arc<dyn BlobStore>,
        id: BlobId,
        length: Option<u64>,
        body: Arc<InProgressBody>,
        encrypts: bool,
    ) -> Self {
        let task = tokio::spawn(async move {
            // Readers that wait for the first bytes run first: this task begins on their thread.
            tokio::task::yield_now().await;
            let files = blobs.local_files().ok_or_else(without_files)?;
            let mut blob = files.begin_growing(id, length).await?;
            if encrypts {
                blob = Box::new(ScratchBlob::over(blob)?);
            }
            body.set_blob(blob.file(), blob.progress(), blob.ahead());
            Ok(blob)
        });
        Self::Opening { task: Opening(task), waiting: Vec::new(), bytes: 0 }
    }

    pub(super) fn is_none(&self) -> bool {
        matches!(self, Self::None)
    }

    /// Shows readers the next bytes and writes them.
    pub(super) async fn write(&mut self, piece: Bytes, body: &InProgressBody) -> Result<(), BlobError> {
        if piece.is_empty() {
            return Ok(());
        }
        body.append(&piece);
        match self {
            Self::Opening { task, waiting, bytes } if !task.0.is_finished() && *bytes < MAX_OPENING_BYTES => {
                *bytes += piece.len();
                waiting.push(piece);
                Ok(())
            }
            _ => {
                self.open().await?.write(piece).await?;
                body.release_written();
                Ok(())
            }
        }
    }

    /// The blob, with everything that waited for it.
    pub(super) async fn open(&mut self) -> Result<&mut Box<dyn GrowingBlob>, BlobError> {
        let lost = |why: String| BlobError::Io { operation: "creating a blob", source: io::Error::other(why) };
        match std::mem::replace(self, Self::None) {
            Self::None => Err(lost("an earlier attempt failed".into())),
            Self::Open(blob) => Ok(self.insert(blob)),
            Self::Opening { mut task, waiting, .. } => {
                let mut blob = (&mut task.0).await.map_err(|error| lost(error.to_string()))??;
                for piece in waiting {
                    blob.write(piece).await?;
                }
                Ok(self.insert(blob))
            }
        }
    }

    fn insert(&mut self, blob: Box<dyn GrowingBlob>) -> &mut Box<dyn GrowingBlob> {
        *self = Self::Open(blob);
        match self {
            Self::Open(blob) => blob,
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
            Self::Open(blob) => Ok(Some(blob)),
            Self::None | Self::Opening { .. } => Ok(None),
        }
    }

    /// Removes what was written.
    pub(super) async fn discard(&mut self) {
        // A blob that could not be made has written nothing.
        if let Ok(Some(blob)) = self.take().await {
            blob.discard().await;
        }
    }
}
