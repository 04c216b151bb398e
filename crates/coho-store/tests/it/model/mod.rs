//! Random sequences of requests, faults, kills and restarts against a twin in memory.
//!
//! After every step the store holds what the twin holds. After a kill what was acknowledged is there, the step without an answer is
//! done as a whole or not at all, and no record is without its bytes. At the end of a sequence exactly the named blobs are stored.
//!
//! A sequence is made of its seed. A failure prints it, with the shortest sequence that fails likewise; [`SEED`] runs it again.

mod step;
mod twin;
mod world;

use crate::rig::{Engine, MetaEngine};
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner};
use std::{cell::RefCell, collections::BTreeMap, env};
use step::Step;
use tokio::runtime::Runtime;
pub(crate) use world::sealed_by;
use world::{Answer, Persisted, Remains, Setup, World};

/// The first seed; 0 without it.
const SEED: &str = "COHO_MODEL_SEED";
/// How many sequences each test runs.
const SEQUENCES: &str = "COHO_MODEL_SEQUENCES";

/// A process and its runtime.
struct Machine {
    runtime: Runtime,
    world: World,
}

impl Machine {
    fn new(setup: Setup) -> Self {
        Self::started(Remains::new(setup))
    }

    fn started(remains: Remains) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let world = runtime.block_on(remains.start());
        Self { runtime, world }
    }

    /// The next process over what this one leaves.
    fn restarted(self) -> Self {
        let Self { runtime, world } = self;
        let remains = {
            let _context = runtime.enter();
            world.stop()
        };
        drop(runtime);
        Self::started(remains)
    }

    fn restarted_in_order(mut self) -> Result<Self, String> {
        self.runtime.block_on(self.world.finish_work());
        let expects_orphans = self.world.expects_orphans();
        let mut next = self.restarted();
        next.runtime.block_on(next.world.clean_up(expects_orphans))?;
        Ok(next)
    }

    fn make(mut self, step: &Step) -> Result<Self, String> {
        if matches!(step, Step::Restart) {
            return self.restarted_in_order();
        }
        let answer = self.runtime.block_on(self.world.make(step))?;
        if answer == Answer::Lost && !self.world.plan.is_dead() {
            self.runtime.block_on(self.world.settle(step, answer))?;
        }
        self.after_death(step, answer)
    }

    /// The next process if this one is dead.
    fn after_death(mut self, step: &Step, answer: Answer) -> Result<Self, String> {
        if self.world.plan.is_dead() {
            self = self.restarted();
            self.runtime.block_on(self.world.clean_up(true))?;
            self.runtime.block_on(self.world.settle(step, answer))?;
        }
        Ok(self)
    }

    fn check(mut self, step: &Step) -> Result<Self, String> {
        let checked = self.runtime.block_on(self.world.check(matches!(step, Step::Sweep)));
        if !self.world.plan.is_dead() {
            return checked.map(|()| self);
        }
        // Another task has met the step that kills.
        self = self.after_death(step, Answer::Given)?;
        self.runtime.block_on(self.world.check(true))?;
        Ok(self)
    }

    fn run(mut self, steps: &[Step]) -> Result<Self, String> {
        self.runtime.block_on(self.world.begin());
        for (number, step) in steps.iter().enumerate() {
            let made = self.make(step).and_then(|machine| machine.check(step));
            self = made.map_err(|wrong| format!("step {number}, {step:?}: {wrong}"))?;
        }
        if self.world.may_leave_orphans() {
            self = self.restarted_in_order()?;
        } else {
            self.runtime.block_on(self.world.finish_work());
        }
        self.runtime.block_on(self.world.end()).map_err(|wrong| format!("at the end: {wrong}"))?;
        Ok(self)
    }
}

/// A number of the environment.
fn number(name: &str) -> Option<u64> {
    env::var(name).ok().map(|text| text.parse().unwrap_or_else(|_| panic!("{name}={text} is no number")))
}

/// Which blobs a sequence has, and when its fills are durable.
fn setup(meta: MetaEngine, overlay: bool, seed: u64) -> Setup {
    let persisted = if overlay && seed.is_multiple_of(2) { Persisted::Later } else { Persisted::AtOnce };
    let blobs = if (seed / 2).is_multiple_of(4) { Engine::MemoryAndSpool } else { Engine::Files };
    Setup { meta, overlay, blobs, persisted }
}

fn check(meta: MetaEngine, overlay: bool, sequences: u64) {
    let (first, count) = (number(SEED).unwrap_or(0), number(SEQUENCES));
    let count = count.unwrap_or(if env::var_os(SEED).is_some() { 1 } else { sequences });
    // A machine serves many sequences: opening one takes longer than a sequence.
    let machines: RefCell<BTreeMap<String, Machine>> = RefCell::default();
    for seed in first..first + count {
        let setup = setup(meta, overlay, seed);
        let name = format!("{setup:?}");
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&seed.to_le_bytes());
        let config = Config { cases: 1, max_shrink_iters: 500, failure_persistence: None, ..Config::default() };
        let mut runner = TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &bytes));
        let result = runner.run(&step::steps(), |steps| {
            let machine = machines.borrow_mut().remove(&name).unwrap_or_else(|| Machine::new(setup));
            let machine = machine.run(&steps).map_err(TestCaseError::fail)?;
            machines.borrow_mut().insert(name.clone(), machine);
            Ok(())
        });
        if let Err(error) = result {
            panic!("{SEED}={seed} over {name}: {error}");
        }
    }
}

#[test]
fn the_store_does_what_the_twin_does_over_maps() {
    check(MetaEngine::Memory, false, 120);
}

#[test]
fn the_store_does_what_the_twin_does_over_maps_with_fills() {
    check(MetaEngine::Memory, true, 240);
}

#[test]
fn the_store_does_what_the_twin_does_over_sqlite() {
    check(MetaEngine::Sqlite, false, 60);
}

#[test]
fn the_store_does_what_the_twin_does_over_sqlite_with_fills() {
    check(MetaEngine::Sqlite, true, 120);
}
