//! What of a request the conditions of a policy test.
//!
//! The address is that of the connection: headers that name another one are anybody's to send.

use crate::authorize::{JudgedObject, Sender};
use coho_auth::{Identity, PolicyFacts};
use coho_model::{BucketRecord, PolicyKey, website::Protocol};
use coho_oss::{Operation, header as oss};
use http::{HeaderName, header};
use std::{borrow::Cow, net::IpAddr};

/// A request as policies see it.
pub(crate) struct RequestFacts<'a> {
    pub(crate) sender: &'a Sender<'a>,
    pub(crate) operation: Operation,
    /// None for a request about the account, or about a bucket that does not exist yet.
    pub(crate) bucket: Option<&'a BucketRecord>,
    /// The object that there is before the request.
    pub(crate) object: JudgedObject<'a>,
}

impl RequestFacts<'_> {
    fn header(&self, name: &HeaderName) -> Cow<'_, str> {
        self.sender.headers.get(name).map_or(Cow::Borrowed(""), |value| String::from_utf8_lossy(value.as_bytes()))
    }

    /// A parameter of a listing; an operation without it has none.
    fn of_listing(&self, parameter: &str) -> Cow<'_, str> {
        let lists = matches!(
            self.operation,
            Operation::ListObjects
                | Operation::ListObjectsV2
                | Operation::ListObjectVersions
                | Operation::ListMultipartUploads
        );
        let value = self.sender.query.get(parameter).filter(|_| lists);
        Cow::Borrowed(value.unwrap_or_default())
    }
}

impl PolicyFacts for RequestFacts<'_> {
    fn text(&self, key: &PolicyKey) -> Option<Cow<'_, str>> {
        Some(match key {
            PolicyKey::UserAgent => self.header(&header::USER_AGENT),
            PolicyKey::AccessId => match self.sender.identity {
                Identity::Signed { access_key_id, .. } => Cow::Borrowed(access_key_id),
                Identity::Anonymous | Identity::Administrator { .. } => Cow::Borrowed(""),
            },
            PolicyKey::BucketAcl => self.header(&oss::ACL),
            PolicyKey::ObjectAcl => self.header(&oss::OBJECT_ACL),
            PolicyKey::Prefix => self.of_listing("prefix"),
            PolicyKey::Delimiter => self.of_listing("delimiter"),
            PolicyKey::BucketTag(tag) => Cow::Borrowed(self.bucket?.configurations.tags.get(tag)?),
            PolicyKey::ExistingObjectTag(tag) => Cow::Borrowed(self.object.attributes?.tags.get(tag)?),
            // No request comes from a VPC; the rest are not texts.
            PolicyKey::SourceVpc
            | PolicyKey::SourceIp
            | PolicyKey::CurrentTime
            | PolicyKey::SecureTransport
            | PolicyKey::MfaPresent => return None,
        })
    }

    fn address(&self) -> Option<IpAddr> {
        self.sender.peer.address.map(|address| address.ip())
    }

    fn unix_ms(&self) -> i64 {
        self.sender.now.unix_ms()
    }

    fn flag(&self, key: &PolicyKey) -> bool {
        *key == PolicyKey::SecureTransport && self.sender.peer.scheme == Protocol::Https
    }
}
