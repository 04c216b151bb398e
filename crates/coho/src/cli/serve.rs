//! `coho serve`.

use crate::{
    config::{Config, RawConfig},
    wiring,
};
use clap::Args;
use std::path::PathBuf;

/// Every option can also be given as a variable or in the configuration file; an option beats a variable, a
/// variable beats the file.
#[derive(Debug, Args)]
pub(super) struct Serve {
    /// Configuration file (TOML). Without this option there is none.
    #[arg(long, env = "COHO_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
    /// Folder that everything is kept in; made if it is missing.  [default: ./coho-data]
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
    /// The region that answers name.  [default: cn-hangzhou]
    #[arg(long, env = "COHO_REGION", value_name = "REGION")]
    region: Option<String>,
    /// Network that origins may be in although it is not public, such as 10.0.0.0/8; may be repeated.
    #[arg(long, env = "COHO_ORIGIN_ALLOW", value_name = "CIDR", value_delimiter = ',')]
    origin_allow: Option<Vec<String>>,
    /// Bucket and the URL, with a final slash, that its missing objects are fetched from; may be repeated. Makes the
    /// bucket if it is missing (everybody may read it), and the rule if the bucket has no website configuration.
    /// This origin may have any address.
    #[arg(long, env = "COHO_MIRROR", value_name = "BUCKET=URL")]
    mirror: Option<Vec<String>>,
    /// Access keys (TOML: a list `credentials` of access_key_id, access_key_secret, owner and optional
    /// security_token). Without it the variables COHO_ACCESS_KEY_ID and COHO_ACCESS_KEY_SECRET count, and without
    /// those a pair that is made at the first start.
    #[arg(long, env = "COHO_CREDENTIALS_FILE", value_name = "FILE")]
    credentials_file: Option<PathBuf>,
    /// What is logged: error, warn, info, debug, or a filter such as `coho_origin=debug`.  [default: info]
    #[arg(long, env = "COHO_LOG", value_name = "FILTER")]
    log: Option<String>,
    /// How it is logged: text or json.  [default: text]
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
        wiring::run(config)
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
