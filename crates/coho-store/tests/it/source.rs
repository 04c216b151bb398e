//! Bodies that arrive as a test says.

use async_trait::async_trait;
use bytes::Bytes;
use coho_store::{BodyError, BodySource};
use std::{
    collections::VecDeque,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

#[derive(Debug)]
enum Step {
    Bytes(Bytes),
    /// Nothing has come yet.
    Pause,
    Fail(BodyError),
}

/// A body step by step.
#[derive(Debug, Default)]
pub(crate) struct Script {
    steps: VecDeque<Step>,
    ended: Arc<AtomicBool>,
}

impl Script {
    /// The body in frames of that size, at once.
    pub(crate) fn of(body: &Bytes, frame: usize) -> Self {
        Self::frames(body, &[frame])
    }

    /// The body in frames of these sizes, over and over.
    pub(crate) fn frames(body: &Bytes, sizes: &[usize]) -> Self {
        Self { steps: frames(body, sizes).into_iter().map(Step::Bytes).collect(), ended: Arc::default() }
    }

    /// With a pause before every frame and before the end.
    pub(crate) fn hesitant(mut self) -> Self {
        self.steps = self.steps.into_iter().flat_map(|step| [Step::Pause, step]).chain([Step::Pause]).collect();
        self
    }

    /// It breaks instead of ending.
    pub(crate) fn then_fails(mut self, error: BodyError) -> Self {
        self.steps.push_back(Step::Fail(error));
        self
    }

    /// Whether the end was reported.
    pub(crate) fn ended(&self) -> Arc<AtomicBool> {
        self.ended.clone()
    }
}

/// Cuts a body into frames of these sizes, over and over.
pub(crate) fn frames(body: &Bytes, sizes: &[usize]) -> Vec<Bytes> {
    let (mut rest, mut frames) = (body.clone(), Vec::new());
    for size in sizes.iter().cycle() {
        if rest.is_empty() {
            break;
        }
        frames.push(rest.split_to((*size).min(rest.len())));
    }
    frames
}

#[async_trait]
impl BodySource for Script {
    async fn next(&mut self) -> Result<Option<Bytes>, BodyError> {
        loop {
            match self.steps.pop_front() {
                Some(Step::Bytes(bytes)) => return Ok(Some(bytes)),
                Some(Step::Pause) => tokio::task::yield_now().await,
                Some(Step::Fail(error)) => return Err(error),
                None => {
                    self.ended.store(true, Ordering::SeqCst);
                    return Ok(None);
                }
            }
        }
    }
}
