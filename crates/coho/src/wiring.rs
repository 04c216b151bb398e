//! Puts the parts together. The only place that picks engines.

use crate::{
    admin_file::AdminFile,
    config::{Config, ConfigSource, Storage},
    credentials::{self, Loaded},
    data_dir::{self, DataDir},
    log_writer,
    start_mirror::{self, StartedMirror},
    started::{Introduction, Signals, Started, StoreParts, Tasks},
};
use anyhow::Context;
use coho_admin_api::configuration::Configuration;
use coho_auth::AcceptedRegion;
use coho_blob::{FsBlobs, FsOptions};
use coho_crypt::{KeyFiles, MasterKeys};
use coho_meta::{Overlay, SegmentOptions, SqliteMeta, SqliteOptions};
use coho_origin::{AddressPolicy, Mirror};
use coho_server::{
    AccountSettings, CallbackOptions, ConnectionWorkers, Context as ServerContext, ContextOptions, EncryptionOptions,
    KeyRegistry, LifecycleOptions, Listener, admin, bind, console, watch_threads,
};
use coho_store::{Store, StoreOptions, Sweeper, SystemClock, TrafficRecorder, remove_orphans};
use std::{io, net::SocketAddr, path::Path, sync::Arc};
use tokio::{net::TcpListener, sync::watch};

/// Blobs are kept open in at most one of this many of the file descriptors that the system allows.
const OPEN_FILES_SHARE: u64 = 4;
/// Largest default of the free bytes that are reserved for metadata, so that deletes always work. The default is 2 % of
/// the disk.
const MAX_DEFAULT_RESERVE_BYTES: u64 = 1 << 30;
/// Smallest such default, in bytes: the size to which the metadata log may grow.
const MIN_DEFAULT_RESERVE_BYTES: u64 = 96 << 20;
/// Fewest connections that read single records.
const MIN_READER_CONNECTIONS: usize = 4;
/// Connections that read listing pages.
const PAGE_CONNECTIONS: usize = 4;

/// Starts a store. It serves when this returns, until [`Started::run`] ends it.
pub(crate) async fn start(config: Config, source: &ConfigSource) -> anyhow::Result<Started> {
    let signals = Signals::new()?;
    let Engines { data_dir, meta, store, master_keys } = Engines::open(&config)?;
    // Before keys are made: a start that fails must not make a secret that it never shows.
    let Sockets { api, endpoints, admin: admin_socket, console: console_socket } = Sockets::bind(&config)?;
    let keys = credentials::load(config.credentials_file.as_deref(), &data_dir)?;
    let console_address = console_socket.as_ref().map(TcpListener::local_addr).transpose()?;
    let admin_address = admin_socket.local_addr()?;
    let endpoint = endpoints.first().copied();
    let admin_file = AdminFile::create(data_dir.path(), admin_address, console_address, endpoint, &config.region)?;
    let unclean = data_dir.begin()?;

    let reserve_bytes = reserve(config.storage.reserve_bytes, &data_dir)?;
    let shown = config.shown(source.file.as_deref(), &source.sources()?, reserve_bytes);
    let policy = address_policy(&config);
    let callback_policy = AddressPolicy::of_callbacks(config.callback_allow.clone());
    let accounts = data_dir.join("accounts.json");
    let accounts = AccountSettings::load(accounts.clone(), data_dir::replace_private)
        .with_context(|| format!("cannot read {}", accounts.display()))?;
    let access_keys = access_keys(&config, &store, master_keys, &keys).await?;
    let shared = SharedParts {
        policy: policy.clone(),
        callback_policy: callback_policy.clone(),
        configuration: shown,
        accounts: Arc::new(accounts),
        access_keys,
        endpoint,
    };
    let context = context(&config, &data_dir, &store, shared);
    log_start(&config, &endpoints, &admin_file, &keys);
    // Before the first answer: without its rule a missing object would be 404. Connections wait in the sockets' queues.
    let mirrors = start_mirrors(&config, &store, &keys).await?;
    let mirror = context.mirror().clone();
    let workers =
        Arc::new(ConnectionWorkers::start().context("the threads that serve connections could not be started")?);
    tokio::spawn(watch_threads(store.clone()));
    let (stop, stopped) = watch::channel(false);
    let token = admin::AdminToken::new(&admin_file.token);
    let console = console_socket.map(|socket| {
        let options = console_options(&config, &data_dir, token.clone(), &keys);
        tokio::spawn(console::run(socket, context.clone(), options, workers.clone(), stopped.clone()))
    });
    let tasks = Tasks {
        stop,
        console,
        sweeper: tokio::spawn(Sweeper::new(store.clone()).run(stopped.clone())),
        lifecycle: tokio::spawn(context.lifecycle().clone().run(stopped.clone())),
        encryption: tokio::spawn(context.encryption().clone().run(stopped.clone())),
        access_keys: tokio::spawn(maintain_access_keys(context.clone(), stopped.clone())),
        recorder: tokio::spawn(TrafficRecorder::new(store.clone()).run(stopped.clone())),
        admin: tokio::spawn(admin::serve(
            admin_socket,
            context.clone(),
            token,
            config.admin_hosts.clone(),
            stopped.clone(),
        )),
        listener: tokio::spawn(Listener::new(api, context.clone(), config.limits, workers.clone()).run(stopped)),
    };
    if unclean {
        search_orphans(store.clone());
    }
    let introduction = Introduction {
        endpoints,
        base_domains: config.base_domains,
        admin_address: admin_file.address,
        console_address: admin_file.console,
        data_dir: data_dir.path().to_owned(),
        region: config.region,
        access_key_id: keys.access_key_id,
        secret_file: keys.kept_in,
        new_secret: keys.new_secret,
        mirrors,
    };
    let parts = StoreParts { data_dir, meta, store, mirror, workers, context, policy, callback_policy };
    Ok(Started { introduction, parts, tasks, signals })
}

async fn start_mirrors(config: &Config, store: &Store, keys: &Loaded) -> anyhow::Result<Vec<StartedMirror>> {
    let mut mirrors = Vec::new();
    for flag in &config.mirrors {
        let started = start_mirror::apply(store, flag, &keys.owner).await;
        mirrors.push(started.with_context(|| format!("bucket {} could not be set up", flag.bucket))?);
    }
    Ok(mirrors)
}

fn address_policy(config: &Config) -> AddressPolicy {
    let exact = config.mirrors.iter().map(|flag| flag.origin.clone()).collect();
    AddressPolicy::new(config.origin_allow.clone(), exact)
}

/// The access keys, with those that are stored. Their master keys must be present.
async fn access_keys(
    config: &Config,
    store: &Arc<Store>,
    master_keys: Arc<MasterKeys>,
    keys: &Loaded,
) -> anyhow::Result<Arc<KeyRegistry>> {
    let region = if config.names_region { AcceptedRegion::Only(config.region.clone()) } else { AcceptedRegion::Any };
    let loaded = KeyRegistry::load(store.clone(), master_keys, keys.configured(), region).await;
    loaded.map_err(|error| anyhow::anyhow!(error)).with_context(|| {
        let key_file = config.storage.encryption_keys_file.display();
        format!("the access keys of the data folder cannot be used; restore {key_file} from its backup")
    })
}

async fn maintain_access_keys(context: Arc<ServerContext>, stopped: watch::Receiver<bool>) {
    context.access_keys().maintain(stopped).await;
}

/// What a context shares with other parts.
struct SharedParts {
    policy: AddressPolicy,
    callback_policy: AddressPolicy,
    configuration: Configuration,
    accounts: Arc<AccountSettings>,
    access_keys: Arc<KeyRegistry>,
    /// The first address of the API.
    endpoint: Option<SocketAddr>,
}

fn context(config: &Config, data_dir: &DataDir, store: &Arc<Store>, shared: SharedParts) -> Arc<ServerContext> {
    let SharedParts { policy, callback_policy, configuration, accounts, access_keys, endpoint } = shared;
    let mirror = Mirror::new(store.clone(), policy, config.origin, config.region.clone());
    let options = ContextOptions {
        region: config.region.clone(),
        base_domains: config.base_domains.clone(),
        dropped_log_lines: log_writer::dropped_lines,
        memory: config.limits.memory,
        access_keys,
        configuration,
        accounts,
        lifecycle: LifecycleOptions {
            interval: config.lifecycle.interval,
            changes_per_second: config.lifecycle.changes_per_second,
            state_file: data_dir.join("lifecycle.json"),
            write_private: data_dir::replace_private,
        },
        callbacks: CallbackOptions {
            policy: callback_policy,
            timeout: config.callback.timeout,
            public_key_url: config.callback.public_key_url.clone(),
            key_file: data_dir.join("callback-key.pem"),
            write_private: data_dir::replace_private,
            endpoint,
        },
        encryption: EncryptionOptions {
            changes_per_second: config.storage.encryption_changes_per_second,
            state_file: data_dir.join("encryption.json"),
            write_private: data_dir::replace_private,
        },
    };
    ServerContext::new(store.clone(), mirror, options)
}

fn console_options(
    config: &Config,
    data_dir: &DataDir,
    token: admin::AdminToken,
    keys: &Loaded,
) -> console::ConsoleOptions {
    console::ConsoleOptions {
        hosts: config.console_hosts.clone(),
        token,
        account: keys.owner.clone(),
        sessions_file: data_dir.join("console-sessions.json"),
        write_private: data_dir::replace_private,
    }
}

/// Everything that an operator needs to tell one run from another; without secrets.
fn log_start(config: &Config, endpoints: &[SocketAddr], admin: &AdminFile, keys: &Loaded) {
    let Config {
        base_domains,
        admin_hosts,
        console_hosts,
        region,
        origin_allow,
        callback_allow,
        limits,
        origin,
        storage,
        website_versions,
        lifecycle,
        callback,
        log,
        ..
    } = config;
    let mirrors: Vec<_> = config.mirrors.iter().map(|flag| format!("{}={}", flag.bucket, flag.url)).collect();
    tracing::info!(
        version = env!("CARGO_PKG_VERSION"),
        pid = std::process::id(),
        ?endpoints,
        admin = admin.address,
        console = admin.console,
        data_dir = %config.data_dir.display(),
        credentials_file = ?config.credentials_file,
        first_access_key = keys.access_key_id,
        region,
        ?base_domains,
        ?admin_hosts,
        ?console_hosts,
        ?origin_allow,
        ?callback_allow,
        ?mirrors,
        ?limits,
        ?origin,
        ?storage,
        website_versions,
        ?lifecycle,
        ?callback,
        log,
        "started"
    );
}

/// The listening sockets.
struct Sockets {
    api: Vec<TcpListener>,
    endpoints: Vec<SocketAddr>,
    admin: TcpListener,
    console: Option<TcpListener>,
}

impl Sockets {
    fn bind(config: &Config) -> anyhow::Result<Self> {
        let open = |option: &str, address: SocketAddr| bind(address).map_err(|error| refused(option, address, error));
        let api = config.listen.iter().map(|address| open("listen", *address)).collect::<Result<Vec<_>, _>>()?;
        let endpoints = api.iter().map(TcpListener::local_addr).collect::<Result<_, _>>()?;
        let admin = open("admin-listen", config.admin_listen)?;
        let console = config.console_listen.map(|address| open("console-listen", address)).transpose()?;
        Ok(Self { api, endpoints, admin, console })
    }
}

/// Names the option that changes the address.
fn refused(option: &str, address: SocketAddr, error: io::Error) -> anyhow::Error {
    let hint = match error.kind() {
        io::ErrorKind::AddrInUse => "another process uses this port; stop it, or choose another with",
        io::ErrorKind::PermissionDenied => "ports below 1024 need a privilege; choose another with",
        io::ErrorKind::AddrNotAvailable => "this machine does not have the address; choose another with",
        _ => "choose another address with",
    };
    anyhow::anyhow!(error).context(format!("cannot listen on {address}: {hint} --{option}"))
}

/// Raises the limit on open files to the allowed maximum and returns it: connections, fetches and blobs need one each.
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

/// One connection for each thread that serves requests, and so may read at the same time.
fn reader_connections() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from).max(MIN_READER_CONNECTIONS)
}

/// The engines of one process.
struct Engines {
    data_dir: DataDir,
    meta: Arc<SqliteMeta>,
    store: Arc<Store>,
    /// One for bodies and for secrets, so that the files have one writer.
    master_keys: Arc<MasterKeys>,
}

impl Engines {
    fn open(config: &Config) -> anyhow::Result<Self> {
        let data_dir = DataDir::open(&config.data_dir)?;
        let Storage { inline_bytes, record_cache_bytes, persist_delay, .. } = config.storage;
        let master_keys = master_keys(&config.storage.encryption_keys_file, &data_dir)?;
        let share = usize::try_from(raise_open_files() / OPEN_FILES_SHARE).unwrap_or(usize::MAX);
        let open_files = config.storage.open_files.min(share.max(1));
        let meta_dir = data_dir.join("meta");
        std::fs::create_dir_all(&meta_dir).with_context(|| format!("cannot create {}", meta_dir.display()))?;
        let options = SqliteOptions {
            record_cache_bytes,
            reader_connections: reader_connections(),
            page_connections: PAGE_CONNECTIONS,
            reader_page_cache_bytes: 2 << 20,
            writer_page_cache_bytes: 16 << 20,
            segments: SegmentOptions::default(),
            legacy_website: |xml| Ok(coho_oss::document::website::parse_stored(xml.as_bytes())?),
        };
        let meta = SqliteMeta::open(&meta_dir.join("coho.sqlite"), options).context("cannot open the metadata")?;
        let meta = Arc::new(meta);
        let reserve_bytes = reserve(config.storage.reserve_bytes, &data_dir)?;
        let blobs = FsBlobs::open(data_dir.join("blobs"), FsOptions { reserve_bytes, open_files })
            .context("cannot open the blobs")?;
        data_dir.finish_upgrade()?;
        let (website_versions, restore_delay) = (config.website_versions, config.storage.restore_delay);
        let options = StoreOptions { inline_bytes, persist_delay, website_versions, restore_delay };
        let overlay = Arc::new(Overlay::new(meta.clone()));
        let store = Store::new(overlay, Arc::new(blobs), Arc::new(SystemClock), master_keys.clone(), options);
        Ok(Self { data_dir, meta, store: Arc::new(store), master_keys })
    }
}

/// The master keys. A key file that is missing although the data folder needs it is not made again; without stored access keys the
/// store serves what needs no key.
fn master_keys(key_file: &Path, data_dir: &DataDir) -> anyhow::Result<Arc<MasterKeys>> {
    let files = KeyFiles {
        keys: key_file.to_owned(),
        known: data_dir.join("known-keys.json"),
        replace: data_dir::replace_private,
    };
    Ok(Arc::new(MasterKeys::open(files).context("cannot read the master keys")?))
}

fn reserve(configured: Option<u64>, data_dir: &DataDir) -> anyhow::Result<u64> {
    if let Some(bytes) = configured {
        return Ok(bytes);
    }
    let total = coho_blob::disk_bytes(data_dir.path()).context("cannot ask for the size of the disk")?;
    Ok((total / 50).clamp(MIN_DEFAULT_RESERVE_BYTES, MAX_DEFAULT_RESERVE_BYTES))
}

/// Searches in the background, while the store serves.
fn search_orphans(store: Arc<Store>) {
    let started = store.now();
    tokio::spawn(async move {
        match remove_orphans(&store, started).await {
            Ok(removed) => tracing::info!(removed, "removed the files that an unclean stop left"),
            Err(error) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "the search for orphaned files failed")
            }
        }
    });
}
