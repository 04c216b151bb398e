//! Accounts, access keys and roles.

use super::sample::at;
use crate::{MetaError, MetaStore};
use coho_model::{
    AccessChange, AccessKeyRecord, AccessRefusal, AccountRecord, KeyRights, PreviousSecret, Refusal, RoleRecord,
    RoleUpdate, StoredSecret,
};

fn key(id: &str) -> AccessKeyRecord {
    AccessKeyRecord {
        id: id.into(),
        account: "1001".into(),
        secret: StoredSecret("sealed".into()),
        previous: Some(PreviousSecret { secret: StoredSecret("".into()), until: at(9) }),
        is_enabled: false,
        created: at(1),
        expires: Some(at(50)),
        last_used: Some(at(3)),
        rights: KeyRights::parse(&["admin", "read-only:photos/2024/"]).expect("rights"),
    }
}

/// They come back as they were put, and a refused change writes nothing.
pub async fn accounts_and_access_keys_come_back_as_they_were_put(store: &dyn MetaStore) {
    assert_eq!(store.access_table().await.expect("read"), Default::default());
    let no_account = AccessRefusal::NoSuchAccount("1001".into());
    let create = |id: &str| AccessChange::CreateKey(Box::new(key(id)));
    let refused = store.change_access(create("k1")).await;
    assert!(matches!(refused, Err(MetaError::Refused(Refusal::Access(refusal))) if refusal == no_account));
    let account = AccountRecord::new("1001", "Ann", at(1)).expect("an account");
    store.change_access(AccessChange::CreateAccount(account.clone())).await.expect("made");
    for id in ["k2", "k1"] {
        store.change_access(create(id)).await.expect("made");
    }
    let table = store.access_table().await.expect("read");
    assert_eq!(table.accounts.into_iter().collect::<Vec<_>>(), [("1001".into(), account)]);
    assert_eq!(table.keys.into_values().collect::<Vec<_>>(), [key("k1"), key("k2")]);
    assert!(store.change_access(create("k1")).await.is_err(), "it exists");
    store.change_access(AccessChange::SetKeyEnabled { id: "k1".into(), is_enabled: true }).await.expect("changed");
    store.change_access(AccessChange::DeleteKey { id: "k2".into() }).await.expect("deleted");
    let table = store.access_table().await.expect("read");
    let changed = AccessKeyRecord { is_enabled: true, ..key("k1") };
    assert_eq!(table.keys.into_values().collect::<Vec<_>>(), [changed]);
    let maintain = AccessChange::Maintain { used: Vec::new(), expired_before: at(51) };
    store.change_access(maintain).await.expect("made");
    store.change_access(AccessChange::DeleteAccount { id: "1001".into() }).await.expect("deleted");
    assert_eq!(store.access_table().await.expect("read"), Default::default());
}

/// Roles come back as they were put and changed.
pub async fn roles_come_back_as_they_were_put(store: &dyn MetaStore) {
    let account = AccountRecord::new("1001", "Ann", at(1)).expect("an account");
    store.change_access(AccessChange::CreateAccount(account)).await.expect("made");
    let role = |id: &str, name: &str| RoleRecord::new(id, "1001", name, at(2)).expect("a role");
    for (id, name) in [("2", "b"), ("1", "a")] {
        store.change_access(AccessChange::CreateRole(Box::new(role(id, name)))).await.expect("made");
    }
    let twice = store.change_access(AccessChange::CreateRole(Box::new(role("3", "A")))).await;
    assert!(matches!(twice, Err(MetaError::Refused(Refusal::Access(AccessRefusal::RoleExists(_))))));
    let update = RoleUpdate {
        rights: Some(KeyRights::read_only()),
        trusted: Some(vec!["key:k".parse().expect("a principal")]),
        external_id: Some(Some("ext".into())),
        max_session_seconds: Some(900),
        is_enabled: Some(false),
    };
    let change = AccessChange::UpdateRole { id: "1".into(), update: Box::new(update.clone()) };
    store.change_access(change).await.expect("changed");
    let table = store.access_table().await.expect("read");
    assert_eq!(table.roles.into_values().collect::<Vec<_>>(), [role("1", "a").updated(&update), role("2", "b")]);
    for id in ["1", "2"] {
        store.change_access(AccessChange::DeleteRole { id: id.into() }).await.expect("deleted");
    }
    assert_eq!(store.access_table().await.expect("read").roles, Default::default());
}
