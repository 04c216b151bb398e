//! Images are processed in other processes of the same binary: without files or network, with little memory and time.
//!
//! The parent's side is `ImageWorkers`: a bounded queue and a few processes, each with a thread that feeds it. The child's
//! side is `run_child`. A decoder that crashes, hangs or is taken over harms one answer, and its process is replaced.

mod child;
mod error;
mod pool;
mod process;
mod protocol;
mod sandbox;

pub use child::{limit_memory, run_child};
pub use error::WorkerError;
pub use pool::{FinishedImage, ImageJob, ImageWorkers, JobPriority, WorkerCounts, WorkerSettings};
pub use process::WorkerCommand;
pub use sandbox::{SandboxReport, enter_sandbox};
