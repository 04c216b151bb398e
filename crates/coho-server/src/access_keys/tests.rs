use super::*;
use coho_auth::{AuthError, AuthRequest, Credential, Identity, Resource, authorize_v1};
use coho_blob::MemoryBlobs;
use coho_meta::{MemoryMeta, Overlay};
use coho_model::{KeyRights, Timestamp};
use coho_store::{StoreOptions, SystemClock};
use http::HeaderMap;
use std::time::Duration;

const OWNER: &str = "1000";

fn configured() -> ConfiguredKeys {
    let credentials = Credentials::new([Credential::new("file", "secret", OWNER)]).unwrap();
    ConfiguredKeys { credentials, source: AccessKeySource::File, owner: OWNER.into() }
}

struct Fixture {
    store: Arc<Store>,
    master_keys: Arc<MasterKeys>,
}

impl Fixture {
    fn new() -> Self {
        let options = StoreOptions {
            inline_bytes: 0,
            persist_delay: Duration::ZERO,
            website_versions: 0,
            restore_delay: Duration::ZERO,
        };
        let meta = Arc::new(Overlay::new(Arc::new(MemoryMeta::new())));
        let master_keys = Arc::new(MasterKeys::in_memory(Timestamp::from_unix_ms(0)).unwrap());
        let blobs = Arc::new(MemoryBlobs::new(1 << 20));
        let store = Store::new(meta, blobs, Arc::new(SystemClock), master_keys.clone(), options);
        Self { store: Arc::new(store), master_keys }
    }

    async fn keys(&self) -> Arc<KeyRegistry> {
        let load = KeyRegistry::load(self.store.clone(), self.master_keys.clone(), configured(), AcceptedRegion::Any);
        load.await.unwrap()
    }
}

fn new_key(rights: &[&str], expires_seconds: Option<u64>) -> NewKey {
    NewKey { account: None, display_name: None, rights: KeyRights::parse(rights).unwrap(), expires_seconds }
}

/// What the server says of a request that this key signs, `after` seconds from now.
fn used(keys: &KeyRegistry, id: &str, secret: &str, token: Option<&str>, after: i64) -> Result<Identity, AuthError> {
    let now = keys.store.now().unix_s() + after;
    let mut headers = HeaderMap::new();
    let mut credential = Credential::new(id, secret, "");
    credential.security_token = token.map(str::to_owned);
    let resource = Resource { bucket: Some("photos"), key: Some("k") };
    authorize_v1(&credential, "GET", &mut headers, &[], &resource, now).unwrap();
    let request = AuthRequest { method: "GET", headers: &headers, query: &[] };
    let current = keys.current();
    let authenticated = current.authenticator.authenticate(&request, &[resource], now)?;
    current.note_use(authenticated.used_key.as_deref().unwrap(), Timestamp::from_unix_ms(now * 1000));
    Ok(authenticated.identity)
}

#[tokio::test]
async fn a_key_works_from_the_next_request_on_and_survives_a_start() {
    let fixture = Fixture::new();
    let keys = fixture.keys().await;
    let made = keys.create_key(new_key(&["read-only:photos"], None)).await.unwrap();
    let use_it = |keys: &KeyRegistry| used(keys, &made.id, &made.secret, None, 0);
    let Identity::Signed { owner, limits, .. } = use_it(&keys).unwrap() else { panic!("not signed") };
    assert_eq!(
        (&*owner, limits.unwrap().rights.clone().unwrap().texts()),
        (OWNER, vec!["read-only:photos".to_owned()])
    );
    assert!(keys.current().last_use(&made.id).is_some());
    assert!(matches!(used(&keys, &made.id, "other", None, 0), Err(AuthError::SignatureMismatch(_))));
    let stored = format!("{:?}", fixture.store.access_table().await.unwrap());
    assert!(!stored.contains(&made.secret), "{stored}");

    let restarted = fixture.keys().await;
    use_it(&restarted).unwrap();
    restarted.set_key_enabled(&made.id, false).await.unwrap();
    assert!(matches!(use_it(&restarted), Err(AuthError::AccessKeyDisabled { .. })));
    restarted.set_key_enabled(&made.id, true).await.unwrap();
    restarted.set_key_rights(&made.id, KeyRights::full()).await.unwrap();
    assert!(matches!(use_it(&restarted), Ok(Identity::Signed { limits: None, .. })));
    restarted.delete_key(&made.id).await.unwrap();
    assert!(matches!(use_it(&restarted), Err(AuthError::UnknownAccessKey { .. })));
    assert!(matches!(restarted.delete_key("file").await, Err(AccessKeysError::Configured(_))));
    used(&restarted, "file", "secret", None, 0).unwrap();
}

#[tokio::test]
async fn the_old_secret_signs_during_the_grace_alone() {
    let fixture = Fixture::new();
    let keys = fixture.keys().await;
    let old = keys.create_key(new_key(&["full"], None)).await.unwrap();
    let new = keys.rotate_key(&old.id, 100).await.unwrap();
    assert!(old.id == new.id && old.secret != new.secret);
    let mismatch =
        |secret: &str, after| matches!(used(&keys, &old.id, secret, None, after), Err(AuthError::SignatureMismatch(_)));
    used(&keys, &old.id, &new.secret, None, 0).unwrap();
    used(&keys, &old.id, &old.secret, None, 90).unwrap();
    assert!(mismatch(&old.secret, 102));
    let newer = keys.rotate_key(&old.id, 0).await.unwrap();
    assert!(mismatch(&new.secret, 0) && mismatch(&old.secret, 0));
    used(&keys, &old.id, &newer.secret, None, 0).unwrap();
    assert!(matches!(keys.rotate_key(&old.id, MAX_GRACE).await, Err(AccessKeysError::Seconds { .. })));
}

/// One second more than a grace may have.
const MAX_GRACE: u64 = 30 * 24 * 3600 + 1;

#[tokio::test]
async fn a_temporary_key_needs_its_token_and_expires() {
    let fixture = Fixture::new();
    let keys = fixture.keys().await;
    let made = keys.create_key(new_key(&["full"], Some(60))).await.unwrap();
    let token = made.token.as_deref().unwrap();
    assert!(made.id.starts_with("STS."));
    used(&keys, &made.id, &made.secret, Some(token), 58).unwrap();
    let refused = |token, after| used(&keys, &made.id, &made.secret, token, after).unwrap_err();
    assert!(matches!(refused(None, 0), AuthError::MissingSecurityToken { .. }));
    assert!(matches!(refused(Some("other"), 0), AuthError::SecurityTokenMismatch { .. }));
    assert!(matches!(refused(Some(token), 61), AuthError::SecurityTokenExpired { .. }));
    for seconds in [0, u64::MAX] {
        let refused = keys.create_key(new_key(&["full"], Some(seconds))).await;
        assert!(matches!(refused, Err(AccessKeysError::Seconds { .. })), "{seconds}");
    }
}

#[tokio::test]
async fn a_session_has_the_rights_of_its_key_and_ends_with_it() {
    let fixture = Fixture::new();
    let keys = fixture.keys().await;
    let parent = keys.create_key(new_key(&["read-only"], None)).await.unwrap();
    let policy = parse(r#"{"Version":"1","Statement":[{"Effect":"Allow","Action":"oss:*","Resource":"*"}]}"#);
    let session = keys.make_session(of_key(&parent.id, Some(&policy))).await.unwrap();
    let use_it = |after| used(&keys, &session.id, &session.secret, Some(&session.token), after);
    let Identity::Signed { access_key_id, owner, limits: Some(limits), .. } = use_it(0).unwrap() else {
        panic!("not limited")
    };
    assert_eq!((&*access_key_id, &*owner), (&*session.id, OWNER));
    assert_eq!(limits.rights, Some(KeyRights::read_only()));
    assert_eq!(limits.policy.as_deref(), Some(&policy));
    assert!(matches!(use_it(901), Err(AuthError::SecurityTokenExpired { .. })));
    let other = keys.make_session(of_key(&parent.id, None)).await.unwrap();
    let refused = |token: &str| used(&keys, &session.id, &session.secret, Some(token), 0).unwrap_err();
    for token in [&*other.token, "", "sealed-1", &session.token[1..], &"a".repeat(10_000)] {
        let refused = refused(token);
        let is_expected = match token {
            "" => matches!(refused, AuthError::UnknownAccessKey { .. }),
            _ => matches!(refused, AuthError::SecurityTokenMismatch { .. }),
        };
        assert!(is_expected, "{token}: {refused}");
    }
    keys.set_key_enabled(&parent.id, false).await.unwrap();
    assert!(matches!(use_it(0), Err(AuthError::AccessKeyDisabled { .. })));
    keys.delete_key(&parent.id).await.unwrap();
    assert!(matches!(use_it(0), Err(AuthError::UnknownAccessKey { .. })));
    let of_file = keys.make_session(of_key("file", None)).await.unwrap();
    used(&keys, &of_file.id, &of_file.secret, Some(&of_file.token), 0).unwrap();
}

/// A session of a key itself.
fn of_key<'a>(parent: &'a str, policy: Option<&'a coho_model::BucketPolicy>) -> NewSession<'a> {
    NewSession { parent, parent_mark: None, role: None, seconds: 900, policy }
}

fn parse(document: &str) -> coho_model::BucketPolicy {
    coho_oss::document::policy::parse_session(document).unwrap()
}

#[tokio::test]
async fn accounts_have_names_and_stay_while_they_have_something() {
    let fixture = Fixture::new();
    let keys = fixture.keys().await;
    assert_eq!(keys.current().display_name(OWNER), OWNER);
    keys.rename_account(OWNER, "The owner").await.unwrap();
    assert_eq!(keys.current().display_name(OWNER), "The owner");
    let account = keys.create_account(None, Some("Ann")).await.unwrap();
    let key = NewKey { account: Some(account.clone()), ..new_key(&["full"], None) };
    let key = keys.create_key(key).await.unwrap();
    assert!(keys.delete_account(&account).await.is_err());
    keys.delete_key(&key.id).await.unwrap();
    keys.delete_account(&account).await.unwrap();
    assert!(matches!(keys.delete_account(OWNER).await, Err(AccessKeysError::AccountConfigured(_))));
    assert!(matches!(keys.create_account(Some("a b"), None).await, Err(AccessKeysError::Account(_))));
}

#[tokio::test]
async fn a_start_without_the_master_key_is_refused() {
    let fixture = Fixture::new();
    fixture.keys().await.create_key(new_key(&["full"], None)).await.unwrap();
    let others = Arc::new(MasterKeys::in_memory(Timestamp::from_unix_ms(0)).unwrap());
    let load = KeyRegistry::load(fixture.store.clone(), others, configured(), AcceptedRegion::Any).await;
    assert!(load.unwrap_err().to_string().contains("cannot be opened"));
}
