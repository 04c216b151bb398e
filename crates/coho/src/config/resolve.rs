//! The effective configuration: every value checked, every default filled in.

use super::{
    Faults, RawConfig,
    callback::{CallbackSettings, callback},
    log_filter, machine_memory,
    raw::{RawHistory, RawLifecycle, RawLimits, RawOrigin, RawStorage},
};
use anyhow::{Context, anyhow, bail, ensure};
use coho_model::{BucketName, MAX_WEBSITE_VERSIONS};
use coho_origin::{ExactOrigin, MirrorOptions};
use coho_server::{Limits, MemoryLimits};
use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    time::Duration,
};

/// Largest object that is mirrored unless the configuration says otherwise: what OSS allows in parts, 48.8 TB.
const MAX_OBJECT_BYTES: u64 = 48_800_000_000_000;
/// Largest body that `storage.inline_bytes` may keep with the metadata, in bytes.
const MAX_INLINE_BYTES: usize = 64 * 1024;
/// Longest `storage.persist_delay_ms`, in milliseconds.
const MAX_PERSIST_DELAY_MS: u64 = 60_000;

/// Name of the file of the master keys in the data folder, unless another path is set.
const DEFAULT_KEY_FILE: &str = "encryption-keys.json";
/// Default of `storage.encryption_changes_per_second`.
const DEFAULT_ENCRYPTION_CHANGES_PER_SECOND: u32 = 500;
/// Largest `storage.encryption_changes_per_second`.
const MAX_ENCRYPTION_CHANGES_PER_SECOND: u32 = 1_000_000;
/// Longest `storage.restore_seconds`, in seconds: OSS's slowest restore takes two days.
const MAX_RESTORE_SECONDS: u64 = 7 * 24 * 60 * 60;

/// Address of the OSS API unless one is configured.
const DEFAULT_LISTEN: &str = "127.0.0.1:9000";
/// Address of administration unless one is configured.
const DEFAULT_ADMIN_LISTEN: &str = "127.0.0.1:9010";
/// Address of the console unless one is configured.
const DEFAULT_CONSOLE_LISTEN: &str = "127.0.0.1:9020";
/// The value of `console_listen` for no console.
const NO_CONSOLE: &str = "off";
/// Longest name of a region, in bytes.
const MAX_REGION_BYTES: usize = 64;
/// Default of `history.website_versions`.
const DEFAULT_WEBSITE_VERSIONS: usize = 100;
/// Shortest `lifecycle.interval_seconds`.
const MIN_LIFECYCLE_INTERVAL_SECONDS: u64 = 60;
/// Longest `lifecycle.interval_seconds`, and its default: runs begin at midnight in UTC, where days of rules end.
const MAX_LIFECYCLE_INTERVAL_SECONDS: u64 = 86_400;
/// Default of `lifecycle.changes_per_second`.
const DEFAULT_LIFECYCLE_CHANGES_PER_SECOND: u32 = 500;
/// Largest `lifecycle.changes_per_second`.
const MAX_LIFECYCLE_CHANGES_PER_SECOND: u32 = 1_000_000;
/// Largest `limits.max_connections`.
const MAX_CONNECTIONS: usize = 1_000_000;
/// One of this many bytes of the memory that the process may use is the default of `limits.heads_bytes` and of
/// `limits.documents_bytes`.
const REQUEST_MEMORY_SHARE: u64 = 16;
/// The same for `limits.waiting_output_bytes`.
const OUTPUT_MEMORY_SHARE: u64 = 8;
/// One of this many bytes of that memory is the default of `storage.record_cache_bytes`, within the next two limits.
const RECORD_CACHE_SHARE: u64 = 32;
/// The least default of `storage.record_cache_bytes`, in bytes.
const MIN_RECORD_CACHE_BYTES: u64 = 32 << 20;
/// The largest default of `storage.record_cache_bytes`, in bytes; about a million records.
const MAX_RECORD_CACHE_BYTES: u64 = 1 << 30;
/// Smallest of these limits, in bytes: what one client needs for the largest document, a few times.
const MIN_MEMORY_LIMIT_BYTES: usize = 8 << 20;
/// Percent of these limits that one client address may use unless the configuration says otherwise.
const DEFAULT_CLIENT_SHARE_PERCENT: usize = 50;

/// A configuration that a store can start with.
#[derive(Debug)]
pub(crate) struct Config {
    pub(crate) data_dir: PathBuf,
    pub(crate) listen: Vec<SocketAddr>,
    pub(crate) admin_listen: SocketAddr,
    /// Host names of the admin address, besides localhost and IP addresses.
    pub(crate) admin_hosts: Vec<String>,
    /// `None`: the console is off.
    pub(crate) console_listen: Option<SocketAddr>,
    /// Host names of the console, besides localhost and IP addresses.
    pub(crate) console_hosts: Vec<String>,
    pub(crate) base_domains: Vec<String>,
    pub(crate) region: String,
    /// Whether the operator named the region; signatures of other regions are then refused.
    pub(crate) names_region: bool,
    pub(crate) origin_allow: Vec<ipnet::IpNet>,
    pub(crate) callback_allow: Vec<ipnet::IpNet>,
    pub(crate) mirrors: Vec<MirrorFlag>,
    pub(crate) credentials_file: Option<PathBuf>,
    pub(crate) log: String,
    pub(crate) log_format: String,
    pub(crate) limits: Limits,
    pub(crate) origin: MirrorOptions,
    pub(crate) storage: Storage,
    /// Versions that are kept of each bucket's website configuration.
    pub(crate) website_versions: usize,
    pub(crate) lifecycle: LifecycleSettings,
    pub(crate) callback: CallbackSettings,
}

/// How lifecycle rules are run.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LifecycleSettings {
    pub(crate) interval: Duration,
    pub(crate) changes_per_second: u32,
}

/// One `--mirror`.
#[derive(Debug, Clone)]
pub(crate) struct MirrorFlag {
    pub(crate) bucket: BucketName,
    pub(crate) url: String,
    pub(crate) origin: ExactOrigin,
}

/// Sizes and files of the engines.
#[derive(Debug, Clone)]
pub(crate) struct Storage {
    pub(crate) inline_bytes: usize,
    /// `None`: 2 % of the disk, but at most 1 GiB.
    pub(crate) reserve_bytes: Option<u64>,
    pub(crate) record_cache_bytes: u64,
    pub(crate) open_files: usize,
    pub(crate) persist_delay: Duration,
    /// How long the restore of an archived object takes.
    pub(crate) restore_delay: Duration,
    /// The file of the master keys.
    pub(crate) encryption_keys_file: PathBuf,
    /// How many data keys a rotation seals anew per second.
    pub(crate) encryption_changes_per_second: u32,
}

impl Config {
    /// Checks the raw configuration and fills in defaults.
    pub(crate) fn resolve(raw: RawConfig) -> Result<Self, Faults> {
        let mut faults = Faults::default();
        let listen = raw.listen.unwrap_or_else(|| vec![DEFAULT_LISTEN.into()]);
        faults.ensure(!listen.is_empty(), "listen: at least one address is needed");
        let admin_listen = raw.admin_listen.as_deref().unwrap_or(DEFAULT_ADMIN_LISTEN);
        let listen = listen.iter().filter_map(|text| faults.check(address("listen", text))).collect();
        let admin_listen = faults.check(address("admin_listen", admin_listen));
        let console_listen = raw.console_listen.as_deref().unwrap_or(DEFAULT_CONSOLE_LISTEN);
        let console_listen = (console_listen != NO_CONSOLE).then(|| address("console_listen", console_listen));
        let data_dir = raw.data_dir.unwrap_or_else(|| "./coho-data".into());
        let config = Self {
            storage: storage(raw.storage, &data_dir, &mut faults),
            data_dir,
            listen,
            admin_listen: admin_listen.unwrap_or(SocketAddr::from(([127, 0, 0, 1], 0))),
            admin_hosts: raw.admin_host.unwrap_or_default(),
            console_listen: console_listen.and_then(|address| faults.check(address)),
            console_hosts: raw.console_host.unwrap_or_default(),
            base_domains: raw.base_domain.unwrap_or_else(|| vec!["oss.localhost".into()]),
            names_region: raw.region.is_some(),
            region: raw.region.unwrap_or_else(|| "cn-hangzhou".into()),
            origin_allow: networks("origin_allow", &raw.origin_allow.unwrap_or_default(), &mut faults),
            callback_allow: networks("callback_allow", &raw.callback_allow.unwrap_or_default(), &mut faults),
            mirrors: mirrors(&raw.mirror.unwrap_or_default(), &mut faults),
            credentials_file: raw.credentials_file,
            log_format: raw.log_format.unwrap_or_else(|| "text".into()),
            log: raw.log.unwrap_or_else(|| "info".into()),
            limits: limits(raw.limits, &mut faults),
            origin: origin(raw.origin, &mut faults),
            website_versions: website_versions(&raw.history, &mut faults),
            lifecycle: lifecycle(&raw.lifecycle, &mut faults),
            callback: callback(raw.callback, &mut faults),
        };
        for name in &config.base_domains {
            faults.check(domain("base_domain", name));
        }
        for name in &config.admin_hosts {
            faults.check(domain("admin_host", name));
        }
        for name in &config.console_hosts {
            faults.check(domain("console_host", name));
        }
        faults.check(region(&config.region));
        faults.check(log_format(&config.log_format));
        faults.check(log_filter::check(&config.log));
        faults.or(config)
    }
}

fn log_format(format: &str) -> anyhow::Result<()> {
    match format {
        "text" | "json" => Ok(()),
        other => bail!("log_format: {other:?} is neither text nor json"),
    }
}

fn address(name: &str, text: &str) -> anyhow::Result<SocketAddr> {
    text.parse().map_err(|_| anyhow!("{name}: {text:?} is not an address with a port, such as 127.0.0.1:9000"))
}

fn domain(key: &str, domain: &str) -> anyhow::Result<()> {
    let label = |label: &str| !label.is_empty() && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    let ok = domain.split('.').all(label) && domain.parse::<std::net::IpAddr>().is_err();
    ensure!(ok, "{key}: {domain:?} is not a host name without port, such as oss.example.com");
    Ok(())
}

fn region(region: &str) -> anyhow::Result<()> {
    let ok = !region.is_empty()
        && region.len() <= MAX_REGION_BYTES
        && region.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    ensure!(ok, "region: {region:?} is not a region such as cn-hangzhou");
    if let Some(name) = region.strip_prefix("oss-") {
        bail!("region: {region:?} is the first label of an endpoint, or a location; the region is {name:?}");
    }
    Ok(())
}

fn networks(key: &str, texts: &[String], faults: &mut Faults) -> Vec<ipnet::IpNet> {
    let network = |text: &String| {
        let single = text.parse::<std::net::IpAddr>().ok().map(ipnet::IpNet::from);
        let network = single.or_else(|| text.parse().ok());
        network.ok_or_else(|| anyhow!("{key}: {text:?} is not a network such as 10.0.0.0/8"))
    };
    texts.iter().filter_map(|text| faults.check(network(text))).collect()
}

/// Each text may hold several flags, as the variable does: a comma ends a flag where the next one begins after it.
fn mirrors(texts: &[String], faults: &mut Faults) -> Vec<MirrorFlag> {
    let mut flags: Vec<String> = Vec::new();
    for text in texts {
        for (at, piece) in text.split(',').enumerate() {
            let begins = piece.split_once('=').is_some_and(|(name, url)| !name.contains('/') && url.contains("://"));
            match flags.last_mut() {
                Some(last) if at > 0 && !begins => {
                    last.push(',');
                    last.push_str(piece);
                }
                _ => flags.push(piece.to_owned()),
            }
        }
    }
    flags.iter().filter_map(|text| faults.check(mirror(text))).collect()
}

fn mirror(text: &str) -> anyhow::Result<MirrorFlag> {
    // Not shown in any message: it may hold a password.
    ensure!(!text.contains('@'), "mirror: a URL must have no user name or password");
    let (bucket, url) =
        text.split_once('=').ok_or_else(|| anyhow!("mirror: {text:?} is not of the form BUCKET=URL"))?;
    let bucket = BucketName::parse(bucket).map_err(|error| anyhow!("mirror: {bucket:?}: {error}"))?;
    ensure!(url.ends_with('/'), "mirror: the URL {url:?} must end with a slash: object names are appended to it");
    let plain = !url.contains(['?', '#', '\\', ' ']);
    ensure!(plain, "mirror: the URL {url:?} must have no query, fragment, backslash or space");
    let origin = ExactOrigin::of_url(bucket.clone(), url).with_context(|| format!("mirror: {url:?}"))?;
    Ok(MirrorFlag { bucket, url: url.to_owned(), origin })
}

/// A duration in milliseconds, checked, or its default.
fn duration(name: &str, ms: Option<u64>, default_ms: u64, faults: &mut Faults) -> Duration {
    let ms = ms.unwrap_or(default_ms);
    faults.ensure(ms > 0, format_args!("{name}: must be at least 1 ms"));
    Duration::from_millis(ms)
}

fn limits(raw: RawLimits, faults: &mut Faults) -> Limits {
    let max_connections = raw.max_connections.unwrap_or(10_000);
    let in_range = (1..=MAX_CONNECTIONS).contains(&max_connections);
    faults.ensure(in_range, format_args!("limits.max_connections: must be from 1 to {MAX_CONNECTIONS} connections"));
    Limits {
        max_connections,
        header_timeout: duration("limits.header_timeout_ms", raw.header_timeout_ms, 60_000, faults),
        body_idle_timeout: duration("limits.body_idle_timeout_ms", raw.body_idle_timeout_ms, 60_000, faults),
        send_idle_timeout: duration("limits.send_idle_timeout_ms", raw.send_idle_timeout_ms, 60_000, faults),
        memory: memory_limits(&raw, faults),
    }
}

fn memory_limits(raw: &RawLimits, faults: &mut Faults) -> MemoryLimits {
    let total = machine_memory::bytes();
    let mut bytes = |name: &str, configured: Option<usize>, share: u64| {
        let default = usize::try_from(total / share).unwrap_or(usize::MAX).max(MIN_MEMORY_LIMIT_BYTES);
        let bytes = configured.unwrap_or(default);
        let enough = bytes >= MIN_MEMORY_LIMIT_BYTES;
        faults.ensure(enough, format_args!("limits.{name}: must be at least {MIN_MEMORY_LIMIT_BYTES} bytes"));
        bytes
    };
    let limits = MemoryLimits {
        heads_bytes: bytes("heads_bytes", raw.heads_bytes, REQUEST_MEMORY_SHARE),
        documents_bytes: bytes("documents_bytes", raw.documents_bytes, REQUEST_MEMORY_SHARE),
        waiting_output_bytes: bytes("waiting_output_bytes", raw.waiting_output_bytes, OUTPUT_MEMORY_SHARE),
        client_share_percent: raw.client_share_percent.unwrap_or(DEFAULT_CLIENT_SHARE_PERCENT),
    };
    let in_range = (1..=100).contains(&limits.client_share_percent);
    faults.ensure(in_range, "limits.client_share_percent: must be from 1 to 100 percent");
    limits
}

fn origin(raw: RawOrigin, faults: &mut Faults) -> MirrorOptions {
    let missing_seconds = raw.missing_seconds.unwrap_or(0);
    let most = coho_model::MAX_MISSING_SECONDS;
    faults.ensure(missing_seconds <= most, format_args!("origin.missing_seconds: must be at most {most} s"));
    MirrorOptions {
        connect_timeout: duration("origin.connect_timeout_ms", raw.connect_timeout_ms, 10_000, faults),
        first_byte_timeout: duration("origin.first_byte_timeout_ms", raw.first_byte_timeout_ms, 10_000, faults),
        idle_timeout: duration("origin.idle_timeout_ms", raw.idle_timeout_ms, 30_000, faults),
        total_timeout: duration("origin.total_timeout_ms", raw.total_timeout_ms, 24 * 3_600_000, faults),
        max_object_bytes: raw.max_object_bytes.unwrap_or(MAX_OBJECT_BYTES),
        missing: Duration::from_secs(u64::from(missing_seconds)),
    }
}

fn default_record_cache_bytes() -> u64 {
    (machine_memory::bytes() / RECORD_CACHE_SHARE).clamp(MIN_RECORD_CACHE_BYTES, MAX_RECORD_CACHE_BYTES)
}

fn storage(raw: RawStorage, data_dir: &Path, faults: &mut Faults) -> Storage {
    let inline_bytes = raw.inline_bytes.unwrap_or(16 * 1024);
    let few = inline_bytes <= MAX_INLINE_BYTES;
    faults.ensure(few, format_args!("storage.inline_bytes: must be at most {MAX_INLINE_BYTES} bytes"));
    let persist_delay_ms = raw.persist_delay_ms.unwrap_or(1000);
    let short = persist_delay_ms <= MAX_PERSIST_DELAY_MS;
    faults.ensure(short, format_args!("storage.persist_delay_ms: must be at most {MAX_PERSIST_DELAY_MS} ms"));
    let restore_seconds = raw.restore_seconds.unwrap_or(0);
    let soon = restore_seconds <= MAX_RESTORE_SECONDS;
    faults.ensure(soon, format_args!("storage.restore_seconds: must be at most {MAX_RESTORE_SECONDS} s"));
    let open_files = raw.open_files.unwrap_or(1024);
    faults.ensure(open_files > 0, "storage.open_files: must be at least 1 file");
    let encryption_keys_file = raw.encryption_keys_file.unwrap_or_else(|| data_dir.join(DEFAULT_KEY_FILE));
    let has_name = encryption_keys_file.file_name().is_some();
    faults.ensure(has_name, "storage.encryption_keys_file: must name a file");
    let encryption_changes_per_second =
        raw.encryption_changes_per_second.unwrap_or(DEFAULT_ENCRYPTION_CHANGES_PER_SECOND);
    let (in_range, most) = (
        (1..=MAX_ENCRYPTION_CHANGES_PER_SECOND).contains(&encryption_changes_per_second),
        MAX_ENCRYPTION_CHANGES_PER_SECOND,
    );
    let fault = format_args!("storage.encryption_changes_per_second: must be from 1 to {most} changes per second");
    faults.ensure(in_range, fault);
    Storage {
        inline_bytes,
        reserve_bytes: raw.reserve_bytes,
        record_cache_bytes: raw.record_cache_bytes.unwrap_or_else(default_record_cache_bytes),
        open_files,
        persist_delay: Duration::from_millis(persist_delay_ms),
        restore_delay: Duration::from_secs(restore_seconds),
        encryption_keys_file,
        encryption_changes_per_second,
    }
}

fn lifecycle(raw: &RawLifecycle, faults: &mut Faults) -> LifecycleSettings {
    let interval_seconds = raw.interval_seconds.unwrap_or(MAX_LIFECYCLE_INTERVAL_SECONDS);
    let in_range = (MIN_LIFECYCLE_INTERVAL_SECONDS..=MAX_LIFECYCLE_INTERVAL_SECONDS).contains(&interval_seconds);
    let (least, most) = (MIN_LIFECYCLE_INTERVAL_SECONDS, MAX_LIFECYCLE_INTERVAL_SECONDS);
    faults.ensure(in_range, format_args!("lifecycle.interval_seconds: must be from {least} to {most} s"));
    let changes_per_second = raw.changes_per_second.unwrap_or(DEFAULT_LIFECYCLE_CHANGES_PER_SECOND);
    let in_range = (1..=MAX_LIFECYCLE_CHANGES_PER_SECOND).contains(&changes_per_second);
    let most = MAX_LIFECYCLE_CHANGES_PER_SECOND;
    faults.ensure(in_range, format_args!("lifecycle.changes_per_second: must be from 1 to {most} changes per second"));
    LifecycleSettings { interval: Duration::from_secs(interval_seconds), changes_per_second }
}

fn website_versions(raw: &RawHistory, faults: &mut Faults) -> usize {
    let versions = raw.website_versions.unwrap_or(DEFAULT_WEBSITE_VERSIONS);
    let in_range = (1..=MAX_WEBSITE_VERSIONS).contains(&versions);
    let most = MAX_WEBSITE_VERSIONS;
    faults.ensure(in_range, format_args!("history.website_versions: must be from 1 to {most} versions"));
    versions
}
