//! Request signatures of OSS, V1, V2 and V4, in header and URL form; one implementation signs and verifies. Also signs
//! requests with S3's V4, for origins, and verifies those to STS (RPC with HMAC-SHA1, and ACS3-HMAC-SHA256).
//!
//! Pure: the caller supplies the facts of the request and the time. A request is anonymous, signed by a known key, or
//! refused with an [`AuthError`] that corresponds to exactly one OSS answer. Bucket policies are evaluated
//! here, too. Out of scope: ACLs. A server must not call [`Authenticator::authenticate`] for a `multipart/form-data` POST on a
//! bucket, whose signature is inside the form: see [`Authenticator::authenticate_form`].

mod authorization;
mod authorize;
mod canonical_sts;
mod canonical_v1;
mod canonical_v2;
mod canonical_v4;
mod credential;
mod error;
mod limits;
mod policy;
mod presign;
mod request;
mod scheme;
mod session;
mod sign_form;
mod sign_s3_v4;
mod sign_sts;
mod sign_v1;
mod sign_v2;
mod sign_v4;
mod signing_key;
mod subresource;
mod time;
mod verify;

pub use authorization::MAX_AUTHORIZATION_BYTES;
pub use authorize::{authorize_v1, authorize_v2, authorize_v4};
pub use canonical_v4::UNSIGNED_PAYLOAD;
pub use credential::{Credential, Credentials, CredentialsError, MAX_CREDENTIALS};
pub use error::{AuthError, SignError, SignatureMismatch};
pub use limits::KeyLimits;
pub use policy::{PolicyFacts, PolicyRequest, PolicyVerdict, Principal, evaluate, is_public};
pub use presign::{Presigned, encode_query, presign_v1, presign_v2, presign_v4};
pub use request::{AuthRequest, Resource};
pub use session::{KeySession, NoSessions, OpenSession};
pub use sign_form::{FormScheme, sign_form};
pub use sign_s3_v4::authorize_s3_v4;
pub use sign_sts::{sign_acs3, sign_rpc};
pub use sign_v1::{SignedHeader, sign_v1};
pub use sign_v2::sign_v2;
pub use sign_v4::{Scope, sign_v4};
pub use signing_key::MAX_CACHED_SIGNING_KEYS;
pub use subresource::is_signed_v1;
pub use time::{MAX_PRESIGN_SECONDS, MAX_SKEW_SECONDS};
pub use verify::{
    AcceptedRegion, Authenticated, Authenticator, Form, FormClaims, Identity, SESSION_PREFIX, StsAuthError, StsCaller,
    StsRequest,
};
