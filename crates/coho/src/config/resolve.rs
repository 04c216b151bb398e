//! The effective configuration: every value checked, every default filled in.

use super::{
    RawConfig,
    raw::{RawLimits, RawOrigin, RawStorage},
};
use anyhow::{Context, anyhow, bail, ensure};
use coho_model::BucketName;
use coho_origin::{ExactOrigin, MirrorOptions};
use coho_server::Limits;
use std::{net::SocketAddr, path::PathBuf, time::Duration};

/// Largest object that is mirrored unless the configuration says otherwise: what OSS allows in parts, 48.8 TB.
const MAX_OBJECT_BYTES: u64 = 48_800_000_000_000;
/// Largest body that `storage.inline_bytes` may keep with the metadata, in bytes.
const MAX_INLINE_BYTES: usize = 64 * 1024;
/// Longest `storage.persist_delay_ms`, in milliseconds.
const MAX_PERSIST_DELAY_MS: u64 = 60_000;

/// A configuration that a store can start with.
#[derive(Debug)]
pub(crate) struct Config {
    pub(crate) data_dir: PathBuf,
    pub(crate) listen: Vec<SocketAddr>,
    pub(crate) admin_listen: SocketAddr,
    pub(crate) base_domains: Vec<String>,
    pub(crate) region: String,
    pub(crate) origin_allow: Vec<ipnet::IpNet>,
    pub(crate) mirrors: Vec<MirrorFlag>,
    pub(crate) credentials_file: Option<PathBuf>,
    pub(crate) log: String,
    pub(crate) log_json: bool,
    pub(crate) limits: Limits,
    pub(crate) origin: MirrorOptions,
    pub(crate) storage: Storage,
}

/// One `--mirror`.
#[derive(Debug, Clone)]
pub(crate) struct MirrorFlag {
    pub(crate) bucket: BucketName,
    pub(crate) url: String,
    pub(crate) origin: ExactOrigin,
}

/// Sizes of the engines.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Storage {
    pub(crate) inline_bytes: usize,
    /// `None`: 2 % of the disk, but at most 1 GiB.
    pub(crate) reserve_bytes: Option<u64>,
    pub(crate) record_cache_bytes: u64,
    pub(crate) open_files: usize,
    pub(crate) persist_delay: Duration,
}

impl Config {
    /// Checks the raw configuration and fills in defaults.
    pub(crate) fn resolve(raw: RawConfig) -> anyhow::Result<Self> {
        let listen = raw.listen.unwrap_or_else(|| vec!["127.0.0.1:9000".into()]);
        ensure!(!listen.is_empty(), "listen: at least one address is needed");
        let admin_listen = raw.admin_listen.as_deref().unwrap_or("127.0.0.1:9010");
        let log_json = match raw.log_format.as_deref().unwrap_or("text") {
            "text" => false,
            "json" => true,
            other => bail!("log_format: {other:?} is neither text nor json"),
        };
        Ok(Self {
            data_dir: raw.data_dir.unwrap_or_else(|| "./coho-data".into()),
            listen: listen.iter().map(|text| address("listen", text)).collect::<Result<_, _>>()?,
            admin_listen: address("admin_listen", admin_listen)?,
            base_domains: domains(raw.base_domain.unwrap_or_else(|| vec!["oss.localhost".into()]))?,
            region: region(raw.region.unwrap_or_else(|| "cn-hangzhou".into()))?,
            origin_allow: networks(&raw.origin_allow.unwrap_or_default())?,
            mirrors: mirrors(&raw.mirror.unwrap_or_default())?,
            credentials_file: raw.credentials_file,
            log: log(raw.log.unwrap_or_else(|| "info".into()))?,
            log_json,
            limits: limits(raw.limits)?,
            origin: origin(raw.origin)?,
            storage: storage(raw.storage)?,
        })
    }
}

fn address(name: &str, text: &str) -> anyhow::Result<SocketAddr> {
    text.parse().map_err(|_| anyhow!("{name}: {text:?} is not an address with a port, such as 127.0.0.1:9000"))
}

fn domains(domains: Vec<String>) -> anyhow::Result<Vec<String>> {
    for domain in &domains {
        let label = |label: &str| !label.is_empty() && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        let ok = domain.split('.').all(label) && domain.parse::<std::net::IpAddr>().is_err();
        ensure!(ok, "base_domain: {domain:?} is not a host name without port, such as oss.example.com");
    }
    Ok(domains)
}

fn region(region: String) -> anyhow::Result<String> {
    let ok = !region.is_empty()
        && region.len() <= 64
        && region.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    ensure!(ok, "region: {region:?} is not a region such as cn-hangzhou");
    Ok(region)
}

fn networks(texts: &[String]) -> anyhow::Result<Vec<ipnet::IpNet>> {
    let network = |text: &String| {
        let single = text.parse::<std::net::IpAddr>().ok().map(ipnet::IpNet::from);
        single
            .or_else(|| text.parse().ok())
            .ok_or_else(|| anyhow!("origin_allow: {text:?} is not a network such as 10.0.0.0/8"))
    };
    texts.iter().map(network).collect()
}

fn log(filter: String) -> anyhow::Result<String> {
    match tracing_subscriber::EnvFilter::try_new(&filter) {
        Ok(_) => Ok(filter),
        Err(error) => bail!("log: {filter:?} is not a filter: {error}"),
    }
}

/// Each text may hold several flags, as the variable does: a comma ends a flag where the next one begins after it.
fn mirrors(texts: &[String]) -> anyhow::Result<Vec<MirrorFlag>> {
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
    flags.iter().map(|text| mirror(text)).collect()
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

fn duration(name: &str, ms: Option<u64>, default_ms: u64) -> anyhow::Result<Duration> {
    let ms = ms.unwrap_or(default_ms);
    ensure!(ms > 0, "{name}: must be greater than 0");
    Ok(Duration::from_millis(ms))
}

fn limits(raw: RawLimits) -> anyhow::Result<Limits> {
    let max_connections = raw.max_connections.unwrap_or(10_000);
    ensure!((1..=1_000_000).contains(&max_connections), "limits.max_connections: must be from 1 to 1000000");
    Ok(Limits {
        max_connections,
        header_timeout: duration("limits.header_timeout_ms", raw.header_timeout_ms, 60_000)?,
        body_idle_timeout: duration("limits.body_idle_timeout_ms", raw.body_idle_timeout_ms, 60_000)?,
        send_idle_timeout: duration("limits.send_idle_timeout_ms", raw.send_idle_timeout_ms, 60_000)?,
    })
}

fn origin(raw: RawOrigin) -> anyhow::Result<MirrorOptions> {
    let missing_seconds = raw.missing_seconds.unwrap_or(0);
    let most = coho_model::MAX_MISSING_SECONDS;
    ensure!(missing_seconds <= most, "origin.missing_seconds: must be at most {most}");
    Ok(MirrorOptions {
        connect_timeout: duration("origin.connect_timeout_ms", raw.connect_timeout_ms, 10_000)?,
        first_byte_timeout: duration("origin.first_byte_timeout_ms", raw.first_byte_timeout_ms, 10_000)?,
        idle_timeout: duration("origin.idle_timeout_ms", raw.idle_timeout_ms, 30_000)?,
        total_timeout: duration("origin.total_timeout_ms", raw.total_timeout_ms, 24 * 3_600_000)?,
        max_object_bytes: raw.max_object_bytes.unwrap_or(MAX_OBJECT_BYTES),
        missing: Duration::from_secs(u64::from(missing_seconds)),
    })
}

fn storage(raw: RawStorage) -> anyhow::Result<Storage> {
    let inline_bytes = raw.inline_bytes.unwrap_or(16 * 1024);
    ensure!(inline_bytes <= MAX_INLINE_BYTES, "storage.inline_bytes: must be at most {MAX_INLINE_BYTES}");
    let persist_delay_ms = raw.persist_delay_ms.unwrap_or(1000);
    ensure!(
        persist_delay_ms <= MAX_PERSIST_DELAY_MS,
        "storage.persist_delay_ms: must be at most {MAX_PERSIST_DELAY_MS}"
    );
    let open_files = raw.open_files.unwrap_or(1024);
    ensure!(open_files > 0, "storage.open_files: must be greater than 0");
    Ok(Storage {
        inline_bytes,
        reserve_bytes: raw.reserve_bytes,
        record_cache_bytes: raw.record_cache_bytes.unwrap_or(32 << 20),
        open_files,
        persist_delay: Duration::from_millis(persist_delay_ms),
    })
}
