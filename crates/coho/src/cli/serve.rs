//! `coho serve`.

use super::say;
use crate::{
    config::{ConfigSource, RawConfig},
    logging::{self, LogFilter},
    panics,
    reload::Reload,
    start_mirror::StartedMirror,
    started::Introduction,
    wiring,
};
use anyhow::Context;
use clap::{ArgMatches, Args, parser::ValueSource};
use coho_admin_api::configuration::SettingSource;
use coho_server::{DISK_THREAD_IDLE_TIME, keep_disk_thread};
use std::{
    collections::BTreeMap,
    io::{self, IsTerminal},
    net::SocketAddr,
    path::PathBuf,
    process::ExitCode,
    time::Duration,
};

/// Longest wait at the end for tasks that still run; everything acknowledged is durable by then.
const LAST_WAIT: Duration = Duration::from_millis(500);

/// Every option can also be given as a variable or in the configuration file; an option beats a variable, a
/// variable beats the file.
#[derive(Debug, Args)]
pub(super) struct Serve {
    /// Configuration file (TOML). Without this option there is none.
    #[arg(long, env = "COHO_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
    /// Data folder; created if it is missing.  [default: ./coho-data]
    #[arg(long, env = "COHO_DATA_DIR", value_name = "DIR")]
    data_dir: Option<PathBuf>,
    /// Address of the OSS API; may be repeated.  [default: 127.0.0.1:9000]
    #[arg(long, env = "COHO_LISTEN", value_name = "ADDRESS", value_delimiter = ',')]
    listen: Option<Vec<String>>,
    /// Address of health, metrics and administration.  [default: 127.0.0.1:9010]
    #[arg(long, env = "COHO_ADMIN_LISTEN", value_name = "ADDRESS")]
    admin_listen: Option<String>,
    /// Host name under which the admin address may be asked, besides localhost and IP addresses; may be repeated.
    #[arg(long, env = "COHO_ADMIN_HOST", value_name = "HOST", value_delimiter = ',')]
    admin_host: Option<Vec<String>>,
    /// Address of the console, or `off` for none.  [default: 127.0.0.1:9020]
    #[arg(long, env = "COHO_CONSOLE_LISTEN", value_name = "ADDRESS")]
    console_listen: Option<String>,
    /// Host name under which the console may be asked, besides localhost and IP addresses; may be repeated.
    #[arg(long, env = "COHO_CONSOLE_HOST", value_name = "HOST", value_delimiter = ',')]
    console_host: Option<Vec<String>>,
    /// Host name below which the first label is a bucket, as in `bucket.oss.localhost`; may be repeated.
    /// [default: oss.localhost]
    #[arg(long, env = "COHO_BASE_DOMAIN", value_name = "DOMAIN", value_delimiter = ',')]
    base_domain: Option<Vec<String>>,
    /// Region named in answers.  [default: cn-hangzhou]
    #[arg(long, env = "COHO_REGION", value_name = "REGION")]
    region: Option<String>,
    /// Network that is allowed for origins although it is not public, such as 10.0.0.0/8; may be repeated.
    #[arg(long, env = "COHO_ORIGIN_ALLOW", value_name = "CIDR", value_delimiter = ',')]
    origin_allow: Option<Vec<String>>,
    /// Network that is allowed for upload callbacks although it is not public, such as 10.0.0.0/8; may be repeated.
    #[arg(long, env = "COHO_CALLBACK_ALLOW", value_name = "CIDR", value_delimiter = ',')]
    callback_allow: Option<Vec<String>>,
    /// Bucket and the URL, with a final slash, that its missing objects are fetched from; may be repeated. Creates the
    /// bucket if it is missing (public read), and the rule if the bucket has no website configuration.
    /// This origin may have any address.
    #[arg(long, env = "COHO_MIRROR", value_name = "BUCKET=URL")]
    mirror: Option<Vec<String>>,
    /// Access keys (TOML: a list `credentials` of access_key_id, access_key_secret, owner and optional
    /// security_token). Without it the variables COHO_ACCESS_KEY_ID and COHO_ACCESS_KEY_SECRET count, and without
    /// those a pair that is generated at the first start.
    #[arg(long, env = "COHO_CREDENTIALS_FILE", value_name = "FILE")]
    credentials_file: Option<PathBuf>,
    /// Log level: error, warn, info, debug, or a filter such as `coho_origin=debug`.  [default: info]
    #[arg(long, env = "COHO_LOG", value_name = "FILTER")]
    log: Option<String>,
    /// Log format: text or json.  [default: text]
    #[arg(long, env = "COHO_LOG_FORMAT", value_name = "FORMAT")]
    log_format: Option<String>,
}

impl Serve {
    /// `matches` is what this was made of.
    pub(super) fn run(self, matches: &ArgMatches) -> anyhow::Result<ExitCode> {
        let source = self.into_source(given(matches));
        let json = source.logs_json();
        let filter = logging::start(json)?;
        panics::install_hook();
        match serve(source, filter) {
            Ok(()) => Ok(ExitCode::SUCCESS),
            // Every line of a log in JSON is JSON, the last one as well.
            Err(error) if json => {
                tracing::error!(error = format!("{error:#}"), "the store ends with a failure");
                Ok(ExitCode::FAILURE)
            }
            Err(error) => Err(error),
        }
    }

    fn into_source(self, given: BTreeMap<String, SettingSource>) -> ConfigSource {
        let over = RawConfig {
            data_dir: self.data_dir,
            listen: self.listen,
            admin_listen: self.admin_listen,
            admin_host: self.admin_host,
            console_listen: self.console_listen,
            console_host: self.console_host,
            base_domain: self.base_domain,
            region: self.region,
            origin_allow: self.origin_allow,
            callback_allow: self.callback_allow,
            mirror: self.mirror,
            credentials_file: self.credentials_file,
            log: self.log,
            log_format: self.log_format,
            ..RawConfig::default()
        };
        ConfigSource { over, file: self.config, given }
    }
}

/// What has set each key that the file does not set. The names of arguments are those of keys.
fn given(matches: &ArgMatches) -> BTreeMap<String, SettingSource> {
    let source = |id: &clap::Id| match matches.value_source(id.as_str())? {
        ValueSource::CommandLine => Some((id.to_string(), SettingSource::Flag)),
        ValueSource::EnvVariable => Some((id.to_string(), SettingSource::Variable)),
        _ => None,
    };
    matches.ids().filter_map(source).collect()
}

fn serve(source: ConfigSource, filter: LogFilter) -> anyhow::Result<()> {
    let config = source.read()?;
    filter.set(&config)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .thread_keep_alive(DISK_THREAD_IDLE_TIME)
        .thread_name("coho-runtime")
        .on_thread_park(panics::note_worker)
        .build()
        .context("the runtime cannot be started")?;
    keep_disk_thread(runtime.handle()).context("no thread can be started for disk jobs")?;
    let result = runtime.block_on(async {
        let started = wiring::start(config, &source).await?;
        introduce(&started.introduction);
        started.run(&Reload { source, filter }).await
    });
    runtime.shutdown_timeout(LAST_WAIT);
    result
}

/// The contract with programs that start the store: `endpoint`, `admin`, and `ready` as the last line.
fn introduce(about: &Introduction) {
    say(format_args!("Coho {}", env!("CARGO_PKG_VERSION")));
    for endpoint in &about.endpoints {
        say(format_args!("  endpoint     http://{endpoint}"));
    }
    for url in host_name_urls(about) {
        say(format_args!("  host name    {url}"));
    }
    say(format_args!("  admin        {}", about.admin_address));
    if let Some(address) = &about.console_address {
        say(format_args!("  console      {address}"));
    }
    say(format_args!("  data         {}", about.data_dir.display()));
    say(format_args!("  region       {}", about.region));
    say(format_args!("  access key   {}", about.access_key_id));
    if let Some(secret) = introduce_secret(about, io::stdout().is_terminal()) {
        say(format_args!("  secret       {secret}"));
    }
    for StartedMirror { bucket, url, kept } in &about.mirrors {
        match kept {
            None => say(format_args!("  mirror       {bucket} <- {url}")),
            Some(kept) => {
                say(format_args!(
                    "  mirror       {bucket} <- {kept}  (stored earlier; --mirror with {url} is not applied)"
                ));
                let dir = about.data_dir.display();
                say(format_args!(
                    "               to apply it: coho website delete {bucket} --data-dir {dir}, then start again"
                ));
            }
        }
    }
    say("ready");
}

/// The endpoint for clients that need a host name: buckets are labels below it.
fn host_name_urls(about: &Introduction) -> Vec<String> {
    let mut ports: Vec<_> = about.endpoints.iter().map(SocketAddr::port).collect();
    ports.sort_unstable();
    ports.dedup();
    let urls = |domain: &String| ports.iter().map(move |port| format!("http://{domain}:{port}")).collect::<Vec<_>>();
    about.base_domains.iter().flat_map(urls).collect()
}

/// The secret itself only to a terminal: other readers may keep what they read.
fn introduce_secret(about: &Introduction, is_terminal: bool) -> Option<String> {
    let path = about.secret_file.as_ref()?.display();
    Some(match &about.new_secret {
        Some(secret) if is_terminal => format!("{secret}  (generated now, kept in {path})"),
        Some(_) => format!("generated now, kept in {path}"),
        None => format!("kept in {path}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn introduction(new_secret: Option<&str>) -> Introduction {
        Introduction {
            endpoints: vec!["127.0.0.1:9000".parse().unwrap(), "[::1]:9000".parse().unwrap()],
            base_domains: vec!["oss.localhost".into()],
            admin_address: "http://127.0.0.1:9010".into(),
            console_address: Some("http://127.0.0.1:9020".into()),
            data_dir: "data".into(),
            region: "cn-hangzhou".into(),
            access_key_id: "key".into(),
            secret_file: Some("data/credentials.toml".into()),
            new_secret: new_secret.map(str::to_owned),
            mirrors: Vec::new(),
        }
    }

    #[test]
    fn the_secret_is_shown_only_to_a_terminal() {
        let check = |new: Option<&str>, is_terminal, expected: &str| {
            assert_eq!(introduce_secret(&introduction(new), is_terminal).as_deref(), Some(expected));
        };
        check(Some("s3cret"), true, "s3cret  (generated now, kept in data/credentials.toml)");
        check(Some("s3cret"), false, "generated now, kept in data/credentials.toml");
        check(None, true, "kept in data/credentials.toml");
    }

    #[test]
    fn an_endpoint_has_a_form_with_a_host_name() {
        assert_eq!(host_name_urls(&introduction(None)), ["http://oss.localhost:9000"]);
    }
}
