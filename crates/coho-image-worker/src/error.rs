//! Why a job has no result.

use coho_image::ImageError;

#[derive(Debug, thiserror::Error)]
pub enum WorkerError {
    /// The image, the plan or a limit of them: not a fault of the workers.
    #[error(transparent)]
    Image(#[from] ImageError),
    /// The queue is full; a later request may find room.
    #[error("{limit} images are waiting to be processed")]
    Busy { limit: usize },
    /// The worker has used up the time of one job.
    #[error("the image takes longer than {seconds} s")]
    OutOfTime { seconds: u64 },
    /// The worker has ended within the job: by its memory limit, by the sandbox, or by a fault of a decoder.
    #[error("the worker process ended: {0}")]
    Crashed(String),
    /// No worker process can be started.
    #[error("no worker process can be started: {0}")]
    Unavailable(String),
}
