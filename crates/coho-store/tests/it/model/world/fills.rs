//! Steps of fills. A bucket that fetches has no versions, so fills begin before versioning was enabled.

use super::{Persisted, Stop, World};
use crate::{
    filling,
    model::{
        step::{KEYS, Step},
        twin::State,
    },
};
use bytes::Bytes;
use coho_store::{Fill, Filled};

pub(super) struct Running {
    pub(super) fill: Fill,
    number: u64,
    key: usize,
    body: Vec<u8>,
    encrypted: bool,
}

impl World {
    pub(super) async fn fill_step(&mut self, step: &Step) -> Result<(), Stop> {
        match *step {
            Step::Fill { key } => self.begin_fill(key).await,
            Step::Feed { fill, size } if fill < self.fills.len() => {
                let body = self.body(size);
                let running = &mut self.fills[fill];
                running.body.extend_from_slice(&body);
                let written = running.fill.write(body).await;
                let judged = self.judge(&Ok(()), written).map(drop);
                if judged.is_err() {
                    self.abandon(fill).await;
                }
                judged
            }
            Step::Commit { fill } if fill < self.fills.len() => self.commit(fill).await,
            Step::Abandon { fill } if fill < self.fills.len() => {
                self.abandon(fill).await;
                Ok(())
            }
            Step::Lose { fill } if fill < self.fills.len() => {
                drop(self.fills.remove(fill));
                self.has_lost_fills = true;
                Ok(())
            }
            _ => Ok(()),
        }
    }

    async fn begin_fill(&mut self, key: usize) -> Result<(), Stop> {
        let is_there = self.setup.persisted == Persisted::Later && !self.twin.versions(key).is_empty();
        if !self.setup.overlay || self.twin.state != State::Unversioned || is_there {
            return Ok(());
        }
        self.seed += 1;
        self.twin.tokens.insert(key, self.seed);
        let fill = filling::begin(&self.rig, KEYS[key], None).await;
        let encrypted = self.rig.encryption.is_some();
        self.fills.push(Running { fill, number: self.seed, key, body: Vec::new(), encrypted });
        Ok(())
    }

    async fn commit(&mut self, fill: usize) -> Result<(), Stop> {
        let Running { fill, number, key, body, encrypted } = self.fills.remove(fill);
        if self.setup.persisted == Persisted::Later && !self.plan.is_deadly() {
            self.plan.take_pending();
        }
        let object = self.mirrored(Bytes::from(body), encrypted);
        let wins = self.twin.publish(key, number, object);
        // Without an answer the token is gone all the same.
        self.before.give_back(key, number);
        let found = filling::commit(fill).await;
        match self.judge(&Ok(()), found)? {
            Some(filled) if matches!(filled, Filled::Stored(_)) != wins => Err(format!("{filled:?}").into()),
            Some(_) | None => Ok(()),
        }
    }

    pub(super) async fn abandon(&mut self, fill: usize) {
        let Running { fill, number, key, .. } = self.fills.remove(fill);
        fill.abandon("as the test wants it").await;
        self.twin.give_back(key, number);
        self.before.give_back(key, number);
    }
}
