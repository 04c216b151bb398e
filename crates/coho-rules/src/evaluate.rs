//! The one loop that runs an [`Evaluation`]: it asks its questions one by one until the decision is final.
//!
//! Server, `explain`, command line and tests differ only in how they answer, which is their [`Facts`]. An evaluation
//! asks at most seven questions (entry, the object in place of a missing page, its fetch or an internal object, directory page, its fetch, error page, its
//! fetch) and the listing once, so the loop ends.

use crate::{Decision, Evaluation, MirrorFetch, Observation, Tracer};
use coho_model::ObjectKey;
use std::{
    convert::Infallible,
    future::{Future, ready},
    pin::pin,
    task::{Context, Poll, Waker},
};

/// Answers the questions of an evaluation. Without an answer (`None`) the question itself is the final decision.
pub trait Facts {
    /// What ends an evaluation before its final decision.
    type End;

    /// Whether this object exists and the client may read it.
    fn look_up(&mut self, key: &ObjectKey) -> impl Future<Output = Result<Option<Observation>, Self::End>> + Send;

    /// Why this fetch does not give the object.
    fn fetch(&mut self, fetch: &MirrorFetch<'_>)
    -> impl Future<Output = Result<Option<Observation>, Self::End>> + Send;

    /// Why the client may not list the bucket.
    fn list(&mut self) -> impl Future<Output = Result<Option<Observation>, Self::End>> + Send;
}

impl<'w, T: Tracer> Evaluation<'w, T> {
    /// Runs to the final decision, unless `facts` end it before.
    pub async fn run<F: Facts>(mut self, facts: &mut F) -> Result<Decision<'w>, F::End> {
        let mut decision = self.begin();
        let mut is_listed = false;
        loop {
            let found = match &decision {
                Decision::LookUp(key) => facts.look_up(key).await?,
                Decision::Mirror(fetch) => facts.fetch(fetch).await?,
                Decision::List if !is_listed => {
                    is_listed = true;
                    facts.list().await?
                }
                Decision::List | Decision::Serve { .. } | Decision::Redirect(_) | Decision::Plain { .. } => None,
            };
            match found {
                Some(found) => decision = self.observe(found),
                None => return Ok(decision),
            }
        }
    }

    /// The same for facts that are at hand.
    pub fn run_now(self, answer: impl FnMut(Question<'_>) -> Option<Observation>) -> Decision<'w> {
        let mut facts = KnownFacts(answer);
        match pin!(self.run(&mut facts)).poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(Ok(decision)) => decision,
            Poll::Pending => unreachable!("facts that are at hand do not wait"),
        }
    }
}

/// A question of an evaluation.
#[derive(Debug, Clone, Copy)]
pub enum Question<'q> {
    /// Whether this object exists and the client may read it.
    LookUp(&'q ObjectKey),
    /// Why this fetch does not give the object.
    Fetch(&'q MirrorFetch<'q>),
    /// Why the client may not list the bucket.
    List,
}

struct KnownFacts<F>(F);

impl<F: FnMut(Question<'_>) -> Option<Observation>> Facts for KnownFacts<F> {
    type End = Infallible;

    fn look_up(&mut self, key: &ObjectKey) -> impl Future<Output = Result<Option<Observation>, Infallible>> + Send {
        ready(Ok((self.0)(Question::LookUp(key))))
    }

    fn fetch(
        &mut self,
        fetch: &MirrorFetch<'_>,
    ) -> impl Future<Output = Result<Option<Observation>, Infallible>> + Send {
        ready(Ok((self.0)(Question::Fetch(fetch))))
    }

    fn list(&mut self) -> impl Future<Output = Result<Option<Observation>, Infallible>> + Send {
        ready(Ok((self.0)(Question::List)))
    }
}
