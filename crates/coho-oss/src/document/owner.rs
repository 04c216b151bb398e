//! Elements that several documents share.

use crate::XmlWriter;

/// Domain of the public service, which some SDKs name even if they connect to another address.
const CLOUD_DOMAIN: &str = ".aliyuncs.com";
/// What marks the internal endpoint of a region.
const INTERNAL: &str = "-internal";

/// The account that owns something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Owner<'a> {
    /// Its id.
    pub id: &'a str,
    /// Its name; the same as the id in practice.
    pub display_name: &'a str,
}

/// Where buckets are, as shown to clients.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Placement<'a> {
    /// The region, `cn-hangzhou`; shown as location with the prefix `oss-`.
    pub region: &'a str,
    /// The endpoint that the client uses, without scheme.
    pub endpoint: &'a str,
}

impl<'a> Owner<'a> {
    /// An owner known only by id.
    pub fn new(id: &'a str) -> Self {
        Self { id, display_name: id }
    }

    pub(super) fn write(self, w: &mut XmlWriter) {
        w.element("Owner", |w| {
            w.text("ID", self.id);
            w.text("DisplayName", self.display_name);
        });
    }
}

impl Placement<'_> {
    pub(super) fn write_location(&self, w: &mut XmlWriter) {
        w.value("Location", format_args!("oss-{}", self.region));
    }

    /// Both endpoints are the client's own, except that hosts of the cloud's form have an internal counterpart.
    pub(super) fn write_endpoints(&self, w: &mut XmlWriter) {
        let cloud = self.endpoint.strip_suffix(CLOUD_DOMAIN).filter(|name| name.starts_with("oss-"));
        let Some(name) = cloud.map(|name| name.strip_suffix(INTERNAL).unwrap_or(name)) else {
            w.text("ExtranetEndpoint", self.endpoint);
            return w.text("IntranetEndpoint", self.endpoint);
        };
        w.value("ExtranetEndpoint", format_args!("{name}{CLOUD_DOMAIN}"));
        w.value("IntranetEndpoint", format_args!("{name}{INTERNAL}{CLOUD_DOMAIN}"));
    }
}
