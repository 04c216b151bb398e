//! The console's listener: the single page, sessions, and the two APIs for a browser that has signed in.
//!
//! Invariant: without a session a client gets the page and its files, and nothing of the store. A request that can change
//! something also carries the token of its session in a header, which another site cannot set.

mod api;
mod dispatch;
mod files;
mod gate;
mod oss;
mod route;
mod secret;
mod session_routes;
mod sessions;
mod sessions_file;
mod sign_in_limit;

pub(crate) use api::AUTHOR;
pub(crate) use dispatch::serve;

use crate::{
    access_keys::KeyRegistry,
    admin::AdminToken,
    allowed_hosts::AllowedHosts,
    context::Context,
    listen::{Limits, Listener},
    memory::{MemoryBudget, MemoryLimits},
    workers::ConnectionWorkers,
};
use coho_console::Assets;
use secret::CookieName;
use sessions::Sessions;
use sessions_file::SessionsFile;
use sign_in_limit::SignInLimit;
use std::{io, path::Path, path::PathBuf, sync::Arc, time::Duration};
use tokio::{
    net::TcpListener,
    sync::{Semaphore, watch},
};

/// Most connections at a time; further ones wait to be accepted.
const MAX_CONNECTIONS: usize = 128;
/// Most event streams at a time: half of the connections, so that the others can be used.
const MAX_STREAMS: usize = MAX_CONNECTIONS / 2;
/// Longest time for the head of a request, and so for a kept connection to be idle.
const HEADER_TIMEOUT: Duration = Duration::from_secs(30);
/// Longest time in which a client sends nothing of a body, or reads nothing of an answer.
const IDLE_TIMEOUT: Duration = Duration::from_secs(60);
/// What its connections may hold in memory, in bytes for each purpose. One address may hold all of it, since all
/// clients of a proxy have one.
const MEMORY: MemoryLimits = MemoryLimits {
    heads_bytes: 8 << 20,
    documents_bytes: 32 << 20,
    waiting_output_bytes: 32 << 20,
    client_share_percent: 100,
};
/// Pause between two looks for expired sessions.
const SWEEP_PAUSE: Duration = Duration::from_secs(30);

/// Settings of the console.
#[derive(Debug)]
pub struct ConsoleOptions {
    /// Its names, besides localhost and IP addresses.
    pub hosts: Vec<String>,
    /// The secret that signs in, beside access keys with the admin right.
    pub token: AdminToken,
    /// The account of buckets that it creates.
    pub account: Arc<str>,
    /// Where sessions are kept.
    pub sessions_file: PathBuf,
    /// Replaces a file by one that only its owner reads.
    pub write_private: fn(&Path, &str) -> io::Result<()>,
}

/// What the requests of the console share.
#[derive(Debug)]
pub(crate) struct Console {
    hosts: AllowedHosts,
    token: AdminToken,
    access_keys: Arc<KeyRegistry>,
    account: Arc<str>,
    cookie: CookieName,
    sessions: Sessions,
    sign_ins: SignInLimit,
    files: Assets,
    admin: axum::Router,
    streams: Arc<Semaphore>,
    stop: watch::Receiver<bool>,
    memory: Arc<MemoryBudget>,
}

impl Console {
    fn new(context: &Arc<Context>, options: ConsoleOptions, stop: watch::Receiver<bool>) -> Self {
        let file = SessionsFile::new(options.sessions_file, options.write_private);
        Self {
            hosts: AllowedHosts::new(options.hosts, "--console-host"),
            cookie: CookieName::new(&options.token),
            sessions: Sessions::load(file, &options.token, context.store.now()),
            token: options.token,
            access_keys: context.access_keys().clone(),
            account: options.account,
            sign_ins: SignInLimit::default(),
            files: Assets::default(),
            admin: api::router(context),
            streams: Arc::new(Semaphore::new(MAX_STREAMS)),
            stop,
            memory: MemoryBudget::new(MEMORY),
        }
    }

    /// The memory of its connections, apart from that of the API's.
    pub(crate) fn memory(&self) -> &Arc<MemoryBudget> {
        &self.memory
    }
}

/// Serves the console until told to stop, then lets running requests end.
pub async fn run(
    socket: TcpListener,
    context: Arc<Context>,
    options: ConsoleOptions,
    workers: Arc<ConnectionWorkers>,
    stop: watch::Receiver<bool>,
) {
    let console = Arc::new(Console::new(&context, options, stop.clone()));
    context.metrics.set_console_sessions(console.sessions.count());
    let limits = Limits {
        max_connections: MAX_CONNECTIONS,
        header_timeout: HEADER_TIMEOUT,
        body_idle_timeout: IDLE_TIMEOUT,
        send_idle_timeout: IDLE_TIMEOUT,
        memory: MEMORY,
    };
    let listener = Listener::new(vec![socket], context.clone(), limits, workers).for_console(console.clone());
    tokio::join!(listener.run(stop.clone()), sweep(&console, &context, stop));
    console.sessions.save_changes().await;
}

/// Ends sessions when their time is over, which ends their event streams, and notes when sessions were used.
async fn sweep(console: &Console, context: &Context, mut stop: watch::Receiver<bool>) {
    loop {
        tokio::select! {
            () = tokio::time::sleep(SWEEP_PAUSE) => {}
            // The sender going away means the same.
            _ = stop.wait_for(|stop| *stop) => return,
        }
        let now = context.store.now();
        console.sessions.sweep(now, |session| console.may_go_on(session, now)).await;
        context.metrics.set_console_sessions(console.sessions.count());
    }
}
