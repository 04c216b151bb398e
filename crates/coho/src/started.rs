//! A store that runs: what its operator is shown, and its orderly end.

use crate::{data_dir::DataDir, reload::Reload, start_mirror::StartedMirror};
use anyhow::Context as _;
use coho_meta::SqliteMeta;
use coho_origin::{AddressPolicy, Mirror};
use coho_server::{ConnectionWorkers, Context, DRAIN_TIME};
use coho_store::{Store, TrafficRecorder};
use std::{net::SocketAddr, path::PathBuf, sync::Arc};
use tokio::{signal::unix, sync::watch, task::JoinHandle};

/// Facts about a start for the operator.
#[derive(Debug)]
pub(crate) struct Introduction {
    pub(crate) endpoints: Vec<SocketAddr>,
    /// Host names below which the first label is a bucket.
    pub(crate) base_domains: Vec<String>,
    /// Such as `http://127.0.0.1:9010`.
    pub(crate) admin_address: String,
    /// Such as `http://127.0.0.1:9020`; none without a console.
    pub(crate) console_address: Option<String>,
    pub(crate) data_dir: PathBuf,
    pub(crate) region: String,
    pub(crate) access_key_id: String,
    /// File of the secret, if Coho made it.
    pub(crate) secret_file: Option<PathBuf>,
    /// The secret, if this start made it.
    pub(crate) new_secret: Option<String>,
    pub(crate) mirrors: Vec<StartedMirror>,
}

/// The parts of a running store.
pub(crate) struct Started {
    pub(crate) introduction: Introduction,
    pub(crate) parts: StoreParts,
    pub(crate) tasks: Tasks,
    pub(crate) signals: Signals,
}

/// StoreParts that are taken apart in order.
pub(crate) struct StoreParts {
    pub(crate) data_dir: DataDir,
    pub(crate) meta: Arc<SqliteMeta>,
    pub(crate) store: Arc<Store>,
    pub(crate) mirror: Arc<Mirror>,
    pub(crate) workers: Arc<ConnectionWorkers>,
    pub(crate) context: Arc<Context>,
    pub(crate) policy: AddressPolicy,
    pub(crate) callback_policy: AddressPolicy,
}

/// Tasks that end when `stop` says so.
pub(crate) struct Tasks {
    pub(crate) stop: watch::Sender<bool>,
    pub(crate) sweeper: JoinHandle<()>,
    pub(crate) lifecycle: JoinHandle<()>,
    pub(crate) encryption: JoinHandle<()>,
    pub(crate) recorder: JoinHandle<TrafficRecorder>,
    pub(crate) access_keys: JoinHandle<()>,
    pub(crate) admin: JoinHandle<()>,
    pub(crate) listener: JoinHandle<()>,
    pub(crate) console: Option<JoinHandle<()>>,
}

impl Started {
    /// Serves until a signal asks for the end, then stops in order. SIGHUP reloads.
    pub(crate) async fn run(mut self, reload: &Reload) -> anyhow::Result<()> {
        while self.signals.next().await == Signal::Reload {
            reload.run(&self.parts).await;
        }
        tracing::info!("stopping");
        let Self { parts, tasks, .. } = self;
        let all_persisted = tasks.end(&parts).await?;
        parts.close(all_persisted).await?;
        tracing::info!("stopped");
        Ok(())
    }
}

impl Tasks {
    /// Ends all tasks at once, so that the whole stays within ten seconds. Returns whether every fill is durable.
    async fn end(self, parts: &StoreParts) -> anyhow::Result<bool> {
        self.stop.send_replace(true);
        let (mirror, store) = (&parts.mirror, &parts.store);
        let fetches_end = async {
            mirror.idle().await;
            store.persist_fills().await;
        };
        let console = async {
            match self.console {
                Some(console) => console.await,
                None => Ok(()),
            }
        };
        let (listener, console, fetches, sweeper, lifecycle, encryption, access_keys, admin) = tokio::join!(
            self.listener,
            console,
            tokio::time::timeout(DRAIN_TIME, fetches_end),
            self.sweeper,
            self.lifecycle,
            self.encryption,
            self.access_keys,
            // A client of the admin address that keeps its connection open must not delay the end.
            tokio::time::timeout(DRAIN_TIME, self.admin),
        );
        listener.context("the listener failed")?;
        console.context("the console failed")?;
        sweeper.context("the sweeper failed")?;
        lifecycle.context("the runner of lifecycle rules failed")?;
        encryption.context("the jobs of encryption failed")?;
        access_keys.context("the upkeep of access keys failed")?;
        // After the last request, which it counts.
        self.recorder.await.context("the history of traffic failed")?.flush().await;
        if fetches.is_err() {
            let (in_flight, unpersisted) = (mirror.in_flight(), store.unpersisted_fills());
            tracing::warn!(in_flight, unpersisted, "fetches were cut off; the next request starts them again");
        }
        if let Ok(ended) = admin {
            ended.context("the admin server failed")?;
        }
        Ok(fetches.is_ok() && store.unpersisted_fills() == 0)
    }
}

impl StoreParts {
    async fn close(self, all_persisted: bool) -> anyhow::Result<()> {
        if let Some(workers) = Arc::into_inner(self.workers) {
            workers.stop();
        }
        self.meta.close().await.context("the metadata could not be closed in order")?;
        // Otherwise files without a row may be left, which the next start searches for.
        if all_persisted {
            self.data_dir.close()?;
        }
        Ok(())
    }
}

/// What a signal asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Signal {
    Stop,
    Reload,
}

/// The signals of the process.
pub(crate) struct Signals {
    interrupt: unix::Signal,
    terminate: unix::Signal,
    hangup: unix::Signal,
}

impl Signals {
    pub(crate) fn new() -> anyhow::Result<Self> {
        use unix::{SignalKind, signal};
        let (interrupt, terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
        Ok(Self { interrupt, terminate, hangup: signal(SignalKind::hangup())? })
    }

    async fn next(&mut self) -> Signal {
        tokio::select! {
            _ = self.interrupt.recv() => Signal::Stop,
            _ = self.terminate.recv() => Signal::Stop,
            _ = self.hangup.recv() => Signal::Reload,
        }
    }
}
