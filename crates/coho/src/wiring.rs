//! Puts the parts together, and takes them apart in order. The only place that picks engines.

use crate::{
    admin_file::AdminFile,
    cli::say,
    config::{Config, MirrorFlag, Storage},
    credentials::{self, Loaded},
    data_dir::DataDir,
    settings_codec::XmlSettings,
    start_mirror::{self, Started},
};
use anyhow::Context;
use coho_auth::{AcceptedRegion, Authenticator};
use coho_blob::{FsBlobs, FsOptions};
use coho_meta::{SegmentOptions, SqliteMeta, SqliteOptions};
use coho_origin::{AddressPolicy, Mirror};
use coho_server::{ConnectionWorkers, Context as ServerContext, ContextOptions, DRAIN_TIME, Listener, admin, bind};
use coho_store::{Store, StoreOptions, Sweeper, SystemClock, remove_orphans};
use std::{sync::Arc, time::Duration};
use tokio::sync::watch;

/// How long what still runs may take to end, when everything that was promised is kept.
const LAST_WAIT: Duration = Duration::from_millis(500);
/// Of the open files that the system allows, blobs that are kept open may be one in so many.
const OPEN_FILES_SHARE: u64 = 4;
/// Free bytes that writes leave to metadata, so that deletes always work: 2 % of the disk, but no less than what its
/// log may grow to, and no more than this.
const MAX_DEFAULT_RESERVE_BYTES: u64 = 1 << 30;
/// See [`MAX_DEFAULT_RESERVE_BYTES`].
const MIN_DEFAULT_RESERVE_BYTES: u64 = 96 << 20;

/// Runs a store until it is told to stop.
pub(crate) fn run(config: Config) -> anyhow::Result<()> {
    start_logging(&config)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let result = runtime.block_on(serve(config));
    // What still waits for a disk was acknowledged to nobody.
    runtime.shutdown_timeout(LAST_WAIT);
    result
}

/// Raises the limit on open files to what is allowed, and gives it: connections, fetches and blobs all need one.
fn raise_open_files() -> u64 {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit { current: limit.maximum, maximum: limit.maximum };
    match setrlimit(Resource::Nofile, raised) {
        Ok(()) => raised.current.unwrap_or(u64::MAX),
        Err(error) => {
            tracing::warn!(%error, "the limit on open files could not be raised");
            limit.current.unwrap_or(u64::MAX)
        }
    }
}

fn start_logging(config: &Config) -> anyhow::Result<()> {
    use tracing_subscriber::{EnvFilter, fmt};
    let filter = EnvFilter::try_new(&config.log).with_context(|| format!("log: {:?} is no filter", config.log))?;
    let ansi = std::io::IsTerminal::is_terminal(&std::io::stderr());
    let builder = fmt().with_env_filter(filter).with_ansi(ansi).with_writer(std::io::stderr);
    let result = if config.log_json { builder.json().try_init() } else { builder.try_init() };
    result.map_err(|error| anyhow::anyhow!("logging could not be started: {error}"))
}

/// The engines of one process.
struct Engines {
    data_dir: DataDir,
    meta: Arc<SqliteMeta>,
    store: Arc<Store>,
}

impl Engines {
    fn open(config: &Config) -> anyhow::Result<Self> {
        let data_dir = DataDir::open(&config.data_dir)?;
        let Storage { inline_bytes, record_cache_bytes, settle_delay, .. } = config.storage;
        let share = usize::try_from(raise_open_files() / OPEN_FILES_SHARE).unwrap_or(usize::MAX);
        let open_files = config.storage.open_files.min(share.max(1));
        let meta_dir = data_dir.join("meta");
        std::fs::create_dir_all(&meta_dir).with_context(|| format!("cannot make {}", meta_dir.display()))?;
        let options = SqliteOptions {
            record_cache_bytes,
            reader_connections: 4,
            page_connections: 4,
            reader_page_cache_bytes: 2 << 20,
            writer_page_cache_bytes: 16 << 20,
            segments: SegmentOptions::default(),
            settings: Arc::new(XmlSettings),
        };
        let meta = SqliteMeta::open(&meta_dir.join("coho.sqlite"), options).context("cannot open the metadata")?;
        let meta = Arc::new(meta);
        let reserve_bytes = reserve(config.storage.reserve_bytes, &data_dir)?;
        let blobs = FsBlobs::open(data_dir.join("blobs"), FsOptions { reserve_bytes, open_files })
            .context("cannot open the blobs")?;
        let options = StoreOptions { inline_bytes, settle_delay };
        let store = Store::new(meta.clone(), Arc::new(blobs), Arc::new(SystemClock), options);
        Ok(Self { data_dir, meta, store: Arc::new(store) })
    }
}

fn reserve(configured: Option<u64>, data_dir: &DataDir) -> anyhow::Result<u64> {
    if let Some(bytes) = configured {
        return Ok(bytes);
    }
    let total = coho_blob::disk_bytes(data_dir.path()).context("cannot ask for the size of the disk")?;
    Ok((total / 50).clamp(MIN_DEFAULT_RESERVE_BYTES, MAX_DEFAULT_RESERVE_BYTES))
}

async fn serve(config: Config) -> anyhow::Result<()> {
    let mut signals = Signals::new()?;
    let Engines { data_dir, meta, store } = Engines::open(&config)?;
    // Before keys are made: a start that fails must not have made a secret that nobody was shown.
    let mut sockets = Vec::new();
    for address in &config.listen {
        sockets.push(bind(*address).with_context(|| format!("cannot listen on {address}"))?);
    }
    let endpoints = sockets.iter().map(|socket| socket.local_addr()).collect::<Result<Vec<_>, _>>()?;
    let admin_socket =
        bind(config.admin_listen).with_context(|| format!("cannot listen on {}", config.admin_listen))?;
    let keys = credentials::load(config.credentials_file.as_deref(), &data_dir)?;
    let admin = AdminFile::create(data_dir.path(), admin_socket.local_addr()?)?;
    let unclean = data_dir.begin()?;

    let exact = config.mirrors.iter().map(|flag| flag.origin.clone()).collect();
    let policy = AddressPolicy::new(config.origin_allow.clone(), exact);
    let mirror = Mirror::new(store.clone(), policy, config.origin, config.region.clone());
    let authenticator = Authenticator::new(keys.credentials.clone(), AcceptedRegion::Any);
    let options = ContextOptions { region: config.region.clone(), base_domains: config.base_domains.clone() };
    let context = ServerContext::new(store.clone(), mirror.clone(), authenticator, options);

    let workers = Arc::new(ConnectionWorkers::start().context("the connection workers could not be started")?);
    let (stop, stopped) = watch::channel(false);
    let sweeper = tokio::spawn(Sweeper::new(store.clone()).run(stopped.clone()));
    let token = admin::AdminToken::new(&admin.token);
    let admin_server = tokio::spawn(admin::serve(admin_socket, context.clone(), token, stopped.clone()));
    let listener = tokio::spawn(Listener::new(sockets, context, config.limits, workers.clone()).run(stopped));
    if unclean {
        search_orphans(store.clone());
    }

    introduce(&config, &data_dir, &endpoints, &admin, &keys);
    for flag in &config.mirrors {
        start_mirror(&store, flag, &keys).await?;
    }
    say("ready");

    signals.wait().await;
    tracing::info!("stopping");
    stop.send_replace(true);
    // All at once, so that the whole stays within ten seconds.
    let fetches_end = async {
        mirror.idle().await;
        store.settle_fills().await;
    };
    let (listener, fetches, sweeper, admin_server) = tokio::join!(
        listener,
        tokio::time::timeout(DRAIN_TIME, fetches_end),
        sweeper,
        // A client of the admin address that keeps its connection open must not hold up the end.
        tokio::time::timeout(DRAIN_TIME, admin_server),
    );
    listener.context("the listener failed")?;
    sweeper.context("the sweeper failed")?;
    let all_ended = fetches.is_ok();
    if !all_ended {
        let (in_flight, unsettled) = (mirror.in_flight(), store.unsettled_fills());
        tracing::warn!(in_flight, unsettled, "fetches were given up; they begin again when asked for");
    }
    if let Ok(ended) = admin_server {
        ended.context("the admin server failed")??;
    }
    if let Some(workers) = Arc::into_inner(workers) {
        workers.stop();
    }
    meta.close().await.context("the metadata could not be closed in order")?;
    // Otherwise files may be left that nothing names: the next start looks for them.
    if all_ended && store.unsettled_fills() == 0 {
        data_dir.close()?;
    }
    tracing::info!("stopped");
    Ok(())
}

/// In the background: the store serves meanwhile.
fn search_orphans(store: Arc<Store>) {
    let started = store.now();
    tokio::spawn(async move {
        match remove_orphans(&store, started).await {
            Ok(removed) => tracing::info!(removed, "searched for files that the last, unclean stop left behind"),
            Err(error) => tracing::warn!(error = &error as &dyn std::error::Error, "the search for orphans failed"),
        }
    });
}

fn introduce(
    config: &Config,
    data_dir: &DataDir,
    endpoints: &[std::net::SocketAddr],
    admin: &AdminFile,
    keys: &Loaded,
) {
    say(format_args!("Coho {}", env!("CARGO_PKG_VERSION")));
    for endpoint in endpoints {
        say(format_args!("  endpoint     http://{endpoint}"));
    }
    say(format_args!("  admin        {}", admin.address));
    say(format_args!("  data         {}", data_dir.path().display()));
    say(format_args!("  region       {}", config.region));
    say(format_args!("  access key   {}", keys.access_key_id));
    match (&keys.new_secret, &keys.kept_in) {
        (Some(secret), Some(path)) => {
            say(format_args!("  secret       {secret}  (made just now, kept in {})", path.display()));
        }
        (None, Some(path)) => say(format_args!("  secret       kept in {}", path.display())),
        (_, None) => {}
    }
}

async fn start_mirror(store: &Store, flag: &MirrorFlag, keys: &Loaded) -> anyhow::Result<()> {
    let bucket = &flag.bucket;
    let started = start_mirror::apply(store, flag, &keys.owner).await;
    match started.with_context(|| format!("bucket {bucket} could not be set up"))? {
        Started::Mirrors => say(format_args!("  mirror       {bucket} <- {}", flag.url)),
        Started::LeftAlone => {
            say(format_args!(
                "  mirror       {bucket} has a website configuration of its own, which was left as it is"
            ));
        }
    }
    Ok(())
}

/// The signals that ask for an orderly end.
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

impl Signals {
    fn new() -> anyhow::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    async fn wait(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}
