//! Elements that several documents share.

use crate::XmlWriter;

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
    /// The external endpoint, without scheme.
    pub extranet_endpoint: &'a str,
    /// The internal endpoint.
    pub intranet_endpoint: &'a str,
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

    pub(super) fn write_endpoints(&self, w: &mut XmlWriter) {
        w.text("ExtranetEndpoint", self.extranet_endpoint);
        w.text("IntranetEndpoint", self.intranet_endpoint);
    }
}
