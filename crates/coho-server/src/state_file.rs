//! The file in which work in the background keeps how far it is, so that the next process continues it.

use serde::{Serialize, de::DeserializeOwned};
use std::{
    error::Error,
    io,
    marker::PhantomData,
    path::{Path, PathBuf},
    sync::Arc,
};

/// The file of one state.
#[derive(Debug)]
pub(crate) struct StateFile<T> {
    /// Whose state it is, for the log.
    of: &'static str,
    path: PathBuf,
    write_private: fn(&Path, &str) -> io::Result<()>,
    /// One writer at a time, so that the last state is the last one written.
    writer: Arc<tokio::sync::Mutex<()>>,
    state: PhantomData<fn() -> T>,
}

impl<T: Default + Serialize + DeserializeOwned + Send + 'static> StateFile<T> {
    pub(crate) fn new(of: &'static str, path: PathBuf, write_private: fn(&Path, &str) -> io::Result<()>) -> Self {
        Self { of, path, write_private, writer: Arc::default(), state: PhantomData }
    }

    /// What it says. Without it, or if it cannot be read, the work begins anew: no step harms that is made twice.
    pub(crate) fn load(&self) -> T {
        let read = match std::fs::read_to_string(&self.path) {
            Ok(text) => serde_json::from_str(&text).map_err(io::Error::other),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return T::default(),
            Err(error) => Err(error),
        };
        read.unwrap_or_else(|error| {
            let (of, error) = (self.of, &error as &dyn Error);
            tracing::warn!(error, of, "a state cannot be read; its work begins anew");
            T::default()
        })
    }

    /// Writes it. The work goes on without: it would only begin anew after a crash.
    pub(crate) async fn save(&self, state: T) {
        let _turn = self.writer.lock().await;
        let (path, write) = (self.path.clone(), self.write_private);
        let written = tokio::task::spawn_blocking(move || {
            let text = serde_json::to_string(&state).map_err(io::Error::other)?;
            write(&path, &text)
        });
        if let Ok(Err(error)) = written.await {
            let (of, error) = (self.of, &error as &dyn Error);
            tracing::warn!(error, of, "a state cannot be written");
        }
    }
}
