//! `coho serve`.

use super::say;
use crate::{
    config::{Config, RawConfig},
    logging,
    started::Introduction,
    wiring,
};
use clap::Args;
use std::{path::PathBuf, time::Duration};

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
    pub(super) fn run(self) -> anyhow::Result<()> {
        let file = match &self.config {
            Some(path) => RawConfig::read(path)?,
            None => RawConfig::default(),
        };
        let config = Config::resolve(self.over(file))?;
        logging::start(&config)?;
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        let result = runtime.block_on(async {
            let started = wiring::start(config).await?;
            introduce(&started.introduction);
            started.run().await
        });
        runtime.shutdown_timeout(LAST_WAIT);
        result
    }

    /// Options and variables over the file.
    fn over(self, file: RawConfig) -> RawConfig {
        RawConfig {
            data_dir: self.data_dir.or(file.data_dir),
            listen: self.listen.or(file.listen),
            admin_listen: self.admin_listen.or(file.admin_listen),
            base_domain: self.base_domain.or(file.base_domain),
            region: self.region.or(file.region),
            origin_allow: self.origin_allow.or(file.origin_allow),
            mirror: self.mirror.or(file.mirror),
            credentials_file: self.credentials_file.or(file.credentials_file),
            log: self.log.or(file.log),
            log_format: self.log_format.or(file.log_format),
            limits: file.limits,
            origin: file.origin,
            storage: file.storage,
        }
    }
}

/// The contract with programs that start the store: `endpoint`, `admin`, and `ready` as the last line.
fn introduce(about: &Introduction) {
    say(format_args!("Coho {}", env!("CARGO_PKG_VERSION")));
    for endpoint in &about.endpoints {
        say(format_args!("  endpoint     http://{endpoint}"));
    }
    say(format_args!("  admin        {}", about.admin_address));
    say(format_args!("  data         {}", about.data_dir.display()));
    say(format_args!("  region       {}", about.region));
    say(format_args!("  access key   {}", about.access_key_id));
    match (&about.new_secret, &about.secret_file) {
        (Some(secret), Some(path)) => {
            say(format_args!("  secret       {secret}  (generated now, kept in {})", path.display()));
        }
        (None, Some(path)) => say(format_args!("  secret       kept in {}", path.display())),
        (_, None) => {}
    }
    for mirror in &about.mirrors {
        let (bucket, url) = (&mirror.bucket, &mirror.url);
        if mirror.is_in_force {
            say(format_args!("  mirror       {bucket} <- {url}"));
        } else {
            say(format_args!(
                "  mirror       {bucket} has a website configuration of its own, which was left as it is"
            ));
        }
    }
    say("ready");
}
