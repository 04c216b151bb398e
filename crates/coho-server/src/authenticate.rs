//! The identity of a request, and the reading of its address that the signature proves.

use crate::{address::Reading, context::Context, failure::Failure};
use coho_auth::{AuthRequest, Authenticated, FormClaims, Identity, Resource};
use coho_model::{Query, Timestamp};
use http::{HeaderMap, Method};

impl Context {
    /// Authenticates; gives the identity and the index of the reading that holds.
    pub(crate) fn authenticate(
        &self,
        method: &Method,
        headers: &HeaderMap,
        query: &Query,
        readings: &[Reading],
        now: Timestamp,
    ) -> Result<Authenticated, Failure> {
        let request = AuthRequest { method: method.as_str(), headers, query: query.pairs() };
        let keys = self.accepted_keys();
        let authenticator = &keys.authenticator;
        let result = match readings {
            [one] => authenticator.authenticate(&request, &[as_resource(one)], now.unix_s()),
            several => {
                let several: Vec<_> = several.iter().map(as_resource).collect();
                authenticator.authenticate(&request, &several, now.unix_s())
            }
        };
        if let Ok(Authenticated { used_key: Some(id), .. }) = &result {
            keys.note_use(id, now);
        }
        result.map_err(Failure::from)
    }

    /// Authenticates a form by its fields.
    pub(crate) fn authenticate_form(&self, form: &FormClaims<'_>, now: Timestamp) -> Result<Identity, Failure> {
        let keys = self.accepted_keys();
        let Authenticated { identity, used_key, .. } = keys.authenticator.authenticate_form(form, now.unix_s())?;
        if let Some(id) = used_key {
            keys.note_use(&id, now);
        }
        Ok(identity)
    }
}

fn as_resource(reading: &Reading) -> Resource<'_> {
    Resource { bucket: reading.bucket.as_deref(), key: reading.key.as_deref() }
}
