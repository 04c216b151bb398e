//! Pieces that several documents share.

use crate::XmlWriter;

/// The account that owns something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Owner<'a> {
    /// Its id.
    pub id: &'a str,
    /// Its name; the same as the id in practice.
    pub display_name: &'a str,
}

/// Where buckets are, as clients are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Placement<'a> {
    /// The region, `cn-hangzhou`; shown as location with `oss-` before it.
    pub region: &'a str,
    /// The endpoint from outside, without scheme.
    pub extranet_endpoint: &'a str,
    /// The endpoint from inside.
    pub intranet_endpoint: &'a str,
}

impl<'a> Owner<'a> {
    /// An owner who is known by the id alone.
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
