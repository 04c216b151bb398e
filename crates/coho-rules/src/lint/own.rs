//! The addresses of this server.

use super::Problem;
use coho_model::website::RoutingRule;

/// How clients reach this server and the bucket.
#[derive(Debug, Clone, Copy, Default)]
pub struct OwnEndpoints<'e> {
    /// The bucket's name, if it is known. Otherwise every bucket of this server counts as this one.
    pub bucket: Option<&'e str>,
    /// Base domains of virtual-host style: `oss.example.com` for `bucket.oss.example.com`.
    pub base_domains: &'e [&'e str],
    /// Hosts of path style, with their ports: `127.0.0.1:9000`.
    pub hosts: &'e [&'e str],
}

impl OwnEndpoints<'_> {
    /// Whether a redirect to this host and path leads back to the bucket. Returns the rest of the path.
    pub(super) fn path_in_bucket<'p>(&self, host: &str, path: &'p str) -> Option<&'p str> {
        let name = host.split_once(':').map_or(host, |(name, _)| name).to_ascii_lowercase();
        for domain in self.base_domains {
            let domain = domain.to_ascii_lowercase();
            let label = name.strip_suffix(&domain).and_then(|rest| rest.strip_suffix('.'));
            if let Some(label) = label {
                return self.bucket.is_none_or(|bucket| bucket == label).then_some(path);
            }
        }
        let by_path = |own: &&&str| own.eq_ignore_ascii_case(host);
        let is_own = self.hosts.iter().any(|own| by_path(&own))
            || self.base_domains.iter().any(|domain| domain.eq_ignore_ascii_case(&name));
        let (first, rest) = path.split_once('/').unwrap_or((path, ""));
        (is_own && self.bucket.is_none_or(|bucket| bucket == first)).then_some(rest)
    }

    pub(super) fn check(&self, rule: &RoutingRule, add: &mut dyn FnMut(Problem)) {
        for origin in rule.origin_urls() {
            let Some((_, rest)) = origin.url.split_once("://") else { continue };
            let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
            if self.path_in_bucket(&without_default_port(origin.url, host), path).is_some() {
                add(Problem::MirrorsItself { element: origin.element, url: origin.url.to_owned() });
            }
        }
    }
}

fn without_default_port(url: &str, host: &str) -> String {
    let port = if url.starts_with("https") { ":443" } else { ":80" };
    host.strip_suffix(port).unwrap_or(host).to_owned()
}
