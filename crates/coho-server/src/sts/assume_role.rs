//! The action: from a request to temporary credentials.

use super::{
    authenticate::authenticate,
    request::{ACTION_HEADER, StsParameters},
};
use crate::{
    access_keys::{IssuedSession, NewSession},
    context::Context,
};
use coho_auth::StsCaller;
use coho_model::{MIN_SESSION_SECONDS, RoleRecord, Timestamp};
use coho_oss::sts::{ACTION, AssumeRole, AssumedRole, StsFormat, StsRefusal, VERSION};

/// STS's text for a key that may not assume a role.
const NOT_TRUSTED: &str = "You are not authorized to do this action. You should be authorized by RAM.";

/// A role and the session of it that was made.
pub(super) struct Assumed {
    role: RoleRecord,
    session_name: String,
    session: IssuedSession,
}

impl Assumed {
    pub(super) fn document(&self, format: StsFormat, request_id: &str) -> Vec<u8> {
        let assumed = AssumedRole {
            role_arn: &self.role.arn(),
            role_id: &self.role.id,
            session_name: &self.session_name,
            access_key_id: &self.session.id,
            access_key_secret: &self.session.secret,
            security_token: &self.session.token,
            expiration: &whole_seconds(self.session.expires),
        };
        format.assumed(&assumed, request_id)
    }
}

/// SDKs parse a time without fractions.
fn whole_seconds(time: Timestamp) -> String {
    time.iso8601().replace(".000Z", "Z")
}

/// Checks a request and makes the credentials.
pub(super) async fn assume_role(
    context: &Context,
    parameters: &StsParameters<'_>,
    now: Timestamp,
) -> Result<Assumed, StsRefusal> {
    must_be_assume_role(parameters)?;
    let caller = authenticate(context, parameters, now)?;
    let request = parameters.request();
    let asked = AssumeRole::read(|name| request.parameter(name))?;
    let role = admitted_role(context, &caller, &asked)?;
    let max = role.max_session_seconds;
    if !(MIN_SESSION_SECONDS..=max).contains(&asked.duration_seconds) {
        return Err(StsRefusal::DurationSeconds { max });
    }
    let new = NewSession {
        parent: &caller.access_key_id,
        parent_mark: Some(&caller.secret_mark),
        role: Some(&role),
        seconds: asked.duration_seconds,
        policy: asked.policy.as_deref(),
    };
    let made = context.access_keys.make_session(new).await;
    context.metrics.count_key_session(made.is_ok());
    let session = made.map_err(|error| {
        let error = &error as &dyn std::error::Error;
        tracing::error!(error, access_key = &*caller.access_key_id, "temporary credentials could not be made");
        StsRefusal::Internal
    })?;
    let (access_key, session_name) = (&*caller.access_key_id, asked.session_name.as_str());
    tracing::info!(access_key, role = role.arn(), session_name, session = session.id, "a role was assumed");
    Ok(Assumed { role, session_name: asked.session_name, session })
}

fn must_be_assume_role(parameters: &StsParameters<'_>) -> Result<(), StsRefusal> {
    let request = parameters.request();
    // A signature in the headers covers these names there, and no parameter in their place.
    let (action, version) = match request.is_acs3() {
        true => (request.header(ACTION_HEADER), request.header("x-acs-version")),
        false => (request.parameter("Action"), request.parameter("Version")),
    };
    match (action, version) {
        (None, _) => Err(StsRefusal::Missing("Action")),
        (_, None) => Err(StsRefusal::Missing("Version")),
        (_, Some(version)) if version != VERSION => Err(StsRefusal::Version),
        (Some(action), _) if action != ACTION => Err(StsRefusal::Action),
        _ => Ok(()),
    }
}

/// The role that is asked for, if the caller may assume it.
fn admitted_role(context: &Context, caller: &StsCaller, asked: &AssumeRole) -> Result<RoleRecord, StsRefusal> {
    if caller.is_temporary {
        return Err(StsRefusal::NoPermission("Temporary credentials cannot assume a role."));
    }
    let keys = context.accepted_keys();
    let role = keys.table.role(&asked.account, &asked.role).ok_or(StsRefusal::NoSuchRole)?;
    let is_trusted = role.trusts(&caller.access_key_id, &caller.account, caller.is_full);
    let has_id = role.external_id.as_deref().is_none_or(|id| asked.external_id.as_deref() == Some(id));
    if !is_trusted || !has_id {
        return Err(StsRefusal::NoPermission(NOT_TRUSTED));
    }
    if !role.is_enabled {
        return Err(StsRefusal::NoPermission("The role is disabled."));
    }
    Ok(role.clone())
}
