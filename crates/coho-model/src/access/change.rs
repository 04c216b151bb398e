//! Changes of accounts, access keys and roles.

use super::{
    AccessKeyRecord, AccessTable, AccountRecord, KeyRights, MAX_ACCESS_KEYS, MAX_ACCOUNTS, MAX_ROLES, RoleRecord,
    RoleUpdate, StoredSecret,
};
use crate::{Timestamp, access::PreviousSecret};
use std::collections::BTreeMap;

/// A change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AccessChange {
    /// Makes an account.
    CreateAccount(AccountRecord),
    /// Gives an account another display name.
    RenameAccount {
        /// The account.
        id: Box<str>,
        /// Its new name.
        display_name: Box<str>,
    },
    /// Removes an account that has neither keys nor roles. Whether it owns buckets is for the caller to know.
    DeleteAccount {
        /// The account.
        id: Box<str>,
    },
    /// Makes a key of an account that is stored.
    CreateKey(Box<AccessKeyRecord>),
    /// Enables or disables a key.
    SetKeyEnabled {
        /// The key.
        id: Box<str>,
        /// Whether requests with it are accepted from now on.
        is_enabled: bool,
    },
    /// Changes what a key may do.
    SetKeyRights {
        /// The key.
        id: Box<str>,
        /// Its new rights.
        rights: KeyRights,
    },
    /// Gives a key that is not temporary another secret.
    RotateKey {
        /// The key.
        id: Box<str>,
        /// The new secret.
        secret: StoredSecret,
        /// Until when the old secret still signs; without it, it does not.
        previous_until: Option<Timestamp>,
    },
    /// Removes a key.
    DeleteKey {
        /// The key.
        id: Box<str>,
    },
    /// Makes a role of an account that is stored.
    CreateRole(Box<RoleRecord>),
    /// Changes a role.
    UpdateRole {
        /// The role.
        id: Box<str>,
        /// What changes.
        update: Box<RoleUpdate>,
    },
    /// Removes a role.
    DeleteRole {
        /// The role.
        id: Box<str>,
    },
    /// Notes when keys were used, and removes the temporary ones that have expired before a time. Keys that are gone are passed over.
    Maintain {
        /// The keys and their times.
        used: Vec<(Box<str>, Timestamp)>,
        /// Keys that expired before this go.
        expired_before: Timestamp,
    },
    /// Secrets are sealed by another master key. Those that were replaced meanwhile, and keys that are gone, are passed over.
    Reseal(Vec<ResealedSecret>),
}

/// A secret of a key, the present one or the one before, in another sealed form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResealedSecret {
    /// The key.
    pub id: Box<str>,
    /// The sealed form that was seen.
    pub from: StoredSecret,
    /// The same secret, sealed by another master key.
    pub to: StoredSecret,
}

/// A row that a change writes or removes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AccessEffect {
    /// Writes an account.
    PutAccount(AccountRecord),
    /// Removes one.
    RemoveAccount(Box<str>),
    /// Writes a key.
    PutKey(Box<AccessKeyRecord>),
    /// Removes one.
    RemoveKey(Box<str>),
    /// Writes a role.
    PutRole(Box<RoleRecord>),
    /// Removes one.
    RemoveRole(Box<str>),
}

/// Why a change is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AccessRefusal {
    /// The account does not exist.
    #[error("account {0} does not exist")]
    NoSuchAccount(Box<str>),
    /// An account of that id exists.
    #[error("account {0} already exists")]
    AccountExists(Box<str>),
    /// The account still has keys.
    #[error("account {0} has access keys")]
    AccountHasKeys(Box<str>),
    /// The account still has roles.
    #[error("account {0} has roles")]
    AccountHasRoles(Box<str>),
    /// No more accounts can be stored.
    #[error("there are {MAX_ACCOUNTS} accounts already")]
    TooManyAccounts,
    /// The key does not exist.
    #[error("access key {0} does not exist")]
    NoSuchKey(Box<str>),
    /// A key of that id exists.
    #[error("access key {0} already exists")]
    KeyExists(Box<str>),
    /// No more keys can be stored.
    #[error("there are {MAX_ACCESS_KEYS} access keys already")]
    TooManyKeys,
    /// A temporary key has one secret for all its life.
    #[error("access key {0} is temporary: it has one secret and makes no sessions")]
    KeyIsTemporary(Box<str>),
    /// The role does not exist.
    #[error("role {0} does not exist")]
    NoSuchRole(Box<str>),
    /// The account has a role of that name.
    #[error("role {0} already exists")]
    RoleExists(Box<str>),
    /// No more roles can be stored.
    #[error("there are {MAX_ROLES} roles already")]
    TooManyRoles,
}

impl AccessChange {
    /// What the change does to these accounts and keys.
    ///
    /// # Errors
    /// If it cannot be made; nothing is written then.
    pub fn apply(&self, table: &AccessTable) -> Result<Vec<AccessEffect>, AccessRefusal> {
        match self {
            Self::CreateAccount(account) => create_account(table, account),
            Self::RenameAccount { id, display_name } => {
                let account = table.accounts.get(id).ok_or_else(|| AccessRefusal::NoSuchAccount(id.clone()))?;
                Ok(vec![AccessEffect::PutAccount(AccountRecord {
                    display_name: display_name.clone(),
                    ..account.clone()
                })])
            }
            Self::DeleteAccount { id } => delete_account(table, id),
            Self::CreateKey(key) => create_key(table, key),
            Self::SetKeyEnabled { id, is_enabled } => change_key(table, id, |key| key.is_enabled = *is_enabled),
            Self::SetKeyRights { id, rights } => change_key(table, id, |key| key.rights = rights.clone()),
            Self::RotateKey { id, secret, previous_until } => rotate(table, id, secret, *previous_until),
            Self::DeleteKey { id } => {
                existing_key(table, id)?;
                Ok(vec![AccessEffect::RemoveKey(id.clone())])
            }
            Self::CreateRole(role) => create_role(table, role),
            Self::UpdateRole { id, update } => {
                Ok(vec![AccessEffect::PutRole(Box::new(existing_role(table, id)?.updated(update)))])
            }
            Self::DeleteRole { id } => {
                existing_role(table, id)?;
                Ok(vec![AccessEffect::RemoveRole(id.clone())])
            }
            Self::Maintain { used, expired_before } => Ok(maintain(table, used, *expired_before)),
            Self::Reseal(secrets) => Ok(reseal(table, secrets)),
        }
    }
}

fn create_account(table: &AccessTable, account: &AccountRecord) -> Result<Vec<AccessEffect>, AccessRefusal> {
    if table.accounts.contains_key(&account.id) {
        return Err(AccessRefusal::AccountExists(account.id.clone()));
    }
    if table.accounts.len() >= MAX_ACCOUNTS {
        return Err(AccessRefusal::TooManyAccounts);
    }
    Ok(vec![AccessEffect::PutAccount(account.clone())])
}

fn delete_account(table: &AccessTable, id: &str) -> Result<Vec<AccessEffect>, AccessRefusal> {
    if !table.accounts.contains_key(id) {
        return Err(AccessRefusal::NoSuchAccount(id.into()));
    }
    if table.keys.values().any(|key| &*key.account == id) {
        return Err(AccessRefusal::AccountHasKeys(id.into()));
    }
    if table.roles.values().any(|role| &*role.account == id) {
        return Err(AccessRefusal::AccountHasRoles(id.into()));
    }
    Ok(vec![AccessEffect::RemoveAccount(id.into())])
}

fn create_key(table: &AccessTable, key: &AccessKeyRecord) -> Result<Vec<AccessEffect>, AccessRefusal> {
    if !table.accounts.contains_key(&key.account) {
        return Err(AccessRefusal::NoSuchAccount(key.account.clone()));
    }
    if table.keys.contains_key(&key.id) {
        return Err(AccessRefusal::KeyExists(key.id.clone()));
    }
    if table.keys.len() >= MAX_ACCESS_KEYS {
        return Err(AccessRefusal::TooManyKeys);
    }
    Ok(vec![AccessEffect::PutKey(Box::new(key.clone()))])
}

fn existing_key<'a>(table: &'a AccessTable, id: &str) -> Result<&'a AccessKeyRecord, AccessRefusal> {
    table.keys.get(id).ok_or_else(|| AccessRefusal::NoSuchKey(id.into()))
}

fn change_key(
    table: &AccessTable,
    id: &str,
    change: impl FnOnce(&mut AccessKeyRecord),
) -> Result<Vec<AccessEffect>, AccessRefusal> {
    let mut key = existing_key(table, id)?.clone();
    change(&mut key);
    Ok(vec![AccessEffect::PutKey(Box::new(key))])
}

fn rotate(
    table: &AccessTable,
    id: &str,
    secret: &StoredSecret,
    previous_until: Option<Timestamp>,
) -> Result<Vec<AccessEffect>, AccessRefusal> {
    if existing_key(table, id)?.expires.is_some() {
        return Err(AccessRefusal::KeyIsTemporary(id.into()));
    }
    change_key(table, id, |key| {
        let old = std::mem::replace(&mut key.secret, secret.clone());
        key.previous = previous_until.map(|until| PreviousSecret { secret: old, until });
    })
}

fn existing_role<'a>(table: &'a AccessTable, id: &str) -> Result<&'a RoleRecord, AccessRefusal> {
    table.roles.get(id).ok_or_else(|| AccessRefusal::NoSuchRole(id.into()))
}

fn create_role(table: &AccessTable, role: &RoleRecord) -> Result<Vec<AccessEffect>, AccessRefusal> {
    if !table.accounts.contains_key(&role.account) {
        return Err(AccessRefusal::NoSuchAccount(role.account.clone()));
    }
    if table.roles.contains_key(&role.id) || table.role(&role.account, &role.name).is_some() {
        return Err(AccessRefusal::RoleExists(role.arn().into()));
    }
    if table.roles.len() >= MAX_ROLES {
        return Err(AccessRefusal::TooManyRoles);
    }
    Ok(vec![AccessEffect::PutRole(Box::new(role.clone()))])
}

fn maintain(table: &AccessTable, used: &[(Box<str>, Timestamp)], expired_before: Timestamp) -> Vec<AccessEffect> {
    let is_over = |key: &AccessKeyRecord| key.expires.is_some_and(|expires| expires < expired_before);
    let over = table.keys.values().filter(|key| is_over(key));
    let mut effects: Vec<_> = over.map(|key| AccessEffect::RemoveKey(key.id.clone())).collect();
    for (id, at) in used {
        if let Some(key) = table.keys.get(id).filter(|key| !is_over(key) && key.last_used < Some(*at)) {
            let key = AccessKeyRecord { last_used: Some(*at), ..key.clone() };
            effects.push(AccessEffect::PutKey(Box::new(key)));
        }
    }
    effects
}

fn reseal(table: &AccessTable, secrets: &[ResealedSecret]) -> Vec<AccessEffect> {
    let mut changed: BTreeMap<&str, AccessKeyRecord> = BTreeMap::new();
    for ResealedSecret { id, from, to } in secrets {
        let Some(stored) = table.keys.get(id) else { continue };
        let key = changed.entry(id).or_insert_with(|| stored.clone());
        if key.secret == *from {
            key.secret = to.clone();
        }
        if let Some(previous) = key.previous.as_mut().filter(|previous| previous.secret == *from) {
            previous.secret = to.clone();
        }
    }
    let is_changed = |key: &AccessKeyRecord| table.keys.get(&key.id) != Some(key);
    changed.into_values().filter(is_changed).map(|key| AccessEffect::PutKey(Box::new(key))).collect()
}

impl AccessTable {
    /// Does what an effect says.
    pub fn write(&mut self, effect: &AccessEffect) {
        match effect {
            AccessEffect::PutAccount(account) => drop(self.accounts.insert(account.id.clone(), account.clone())),
            AccessEffect::RemoveAccount(id) => drop(self.accounts.remove(id)),
            AccessEffect::PutKey(key) => drop(self.keys.insert(key.id.clone(), (**key).clone())),
            AccessEffect::RemoveKey(id) => drop(self.keys.remove(id)),
            AccessEffect::PutRole(role) => drop(self.roles.insert(role.id.clone(), (**role).clone())),
            AccessEffect::RemoveRole(id) => drop(self.roles.remove(id)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_unix_ms(ms)
    }

    fn key(id: &str, expires: Option<i64>) -> AccessKeyRecord {
        AccessKeyRecord {
            id: id.into(),
            account: "a".into(),
            secret: StoredSecret("1".into()),
            previous: None,
            is_enabled: true,
            created: at(0),
            expires: expires.map(at),
            last_used: None,
            rights: KeyRights::full(),
        }
    }

    fn made(table: &mut AccessTable, change: &AccessChange) -> Result<(), AccessRefusal> {
        for effect in change.apply(table)? {
            table.write(&effect);
        }
        Ok(())
    }

    #[test]
    fn accounts_and_keys_are_made_changed_and_removed_in_order() {
        let mut table = AccessTable::default();
        let account = AccountRecord::new("a", "Ann", at(1)).unwrap();
        let (create, delete) = (AccessChange::CreateAccount(account), AccessChange::DeleteAccount { id: "a".into() });
        let create_key = AccessChange::CreateKey(Box::new(key("k", None)));
        let no_key = AccessRefusal::NoSuchKey("k".into());
        let rotate = |until: Option<i64>| AccessChange::RotateKey {
            id: "k".into(),
            secret: StoredSecret("2".into()),
            previous_until: until.map(at),
        };
        assert_eq!(made(&mut table, &create_key), Err(AccessRefusal::NoSuchAccount("a".into())));
        assert_eq!(made(&mut table, &delete), Err(AccessRefusal::NoSuchAccount("a".into())));
        assert_eq!(made(&mut table, &create), Ok(()));
        assert_eq!(made(&mut table, &create), Err(AccessRefusal::AccountExists("a".into())));
        assert_eq!(made(&mut table, &rotate(None)), Err(no_key.clone()));
        assert_eq!(made(&mut table, &create_key), Ok(()));
        assert_eq!(made(&mut table, &create_key), Err(AccessRefusal::KeyExists("k".into())));
        assert_eq!(made(&mut table, &delete), Err(AccessRefusal::AccountHasKeys("a".into())));
        assert_eq!(made(&mut table, &rotate(Some(9))), Ok(()));
        let previous = table.keys["k"].previous.clone().unwrap();
        assert_eq!((&*previous.secret.0, previous.until, &*table.keys["k"].secret.0), ("1", at(9), "2"));
        assert_eq!(made(&mut table, &rotate(None)), Ok(()));
        assert_eq!(table.keys["k"].previous, None);
        made(&mut table, &AccessChange::SetKeyEnabled { id: "k".into(), is_enabled: false }).unwrap();
        made(&mut table, &AccessChange::SetKeyRights { id: "k".into(), rights: KeyRights::read_only() }).unwrap();
        assert!(!table.keys["k"].is_enabled && table.keys["k"].rights == KeyRights::read_only());
        made(&mut table, &AccessChange::RenameAccount { id: "a".into(), display_name: "Bob".into() }).unwrap();
        assert_eq!((&*table.accounts["a"].display_name, table.accounts["a"].created), ("Bob", at(1)));
        assert_eq!(made(&mut table, &AccessChange::DeleteKey { id: "k".into() }), Ok(()));
        assert_eq!(made(&mut table, &AccessChange::DeleteKey { id: "k".into() }), Err(no_key));
        assert_eq!(made(&mut table, &delete), Ok(()));
        assert_eq!(table, AccessTable::default());
    }

    #[test]
    fn secrets_get_another_seal_unless_they_were_replaced_meanwhile() {
        let mut table = AccessTable::default();
        made(&mut table, &AccessChange::CreateAccount(AccountRecord::new("a", "Ann", at(1)).unwrap())).unwrap();
        let previous = Some(PreviousSecret { secret: StoredSecret("0".into()), until: at(9) });
        let both = AccessKeyRecord { previous, ..key("both", None) };
        for key in [both, key("one", Some(30))] {
            made(&mut table, &AccessChange::CreateKey(Box::new(key))).unwrap();
        }
        let reseal = |id: &str, from: &str, to: &str| ResealedSecret {
            id: id.into(),
            from: StoredSecret(from.into()),
            to: StoredSecret(to.into()),
        };
        let secrets = |table: &AccessTable, id: &str| {
            let key = &table.keys[id];
            (key.secret.0.to_string(), key.previous.as_ref().map(|previous| previous.secret.0.to_string()))
        };
        let change = AccessChange::Reseal(vec![
            reseal("both", "0", "x"),
            reseal("both", "1", "y"),
            reseal("one", "replaced", "z"),
            reseal("gone", "1", "z"),
        ]);
        made(&mut table, &change).unwrap();
        assert_eq!(secrets(&table, "both"), ("y".to_owned(), Some("x".to_owned())));
        assert_eq!(secrets(&table, "one"), ("1".to_owned(), None));
        assert_eq!(table.keys["both"].previous.as_ref().unwrap().until, at(9));
        assert_eq!(change.apply(&table), Ok(vec![]), "a second time nothing is left to do");
    }

    #[test]
    fn roles_are_made_changed_and_removed_by_their_ids() {
        let mut table = AccessTable::default();
        let role = |id: &str, name: &str| RoleRecord::new(id, "a", name, at(1)).unwrap();
        let create = |id: &str, name: &str| AccessChange::CreateRole(Box::new(role(id, name)));
        let delete_account = AccessChange::DeleteAccount { id: "a".into() };
        assert_eq!(made(&mut table, &create("1", "r")), Err(AccessRefusal::NoSuchAccount("a".into())));
        made(&mut table, &AccessChange::CreateAccount(AccountRecord::new("a", "Ann", at(1)).unwrap())).unwrap();
        assert_eq!(made(&mut table, &create("1", "Role")), Ok(()));
        assert_eq!(
            made(&mut table, &create("2", "rOLE")),
            Err(AccessRefusal::RoleExists("acs:ram::a:role/rOLE".into()))
        );
        assert!(matches!(made(&mut table, &create("1", "other")), Err(AccessRefusal::RoleExists(_))));
        assert_eq!(made(&mut table, &delete_account), Err(AccessRefusal::AccountHasRoles("a".into())));
        assert_eq!(table.role("a", "role"), Some(&role("1", "Role")));
        assert_eq!((table.role("a", "other"), table.role("b", "role")), (None, None));
        let update = RoleUpdate { is_enabled: Some(false), ..RoleUpdate::default() };
        let change = |id: &str| AccessChange::UpdateRole { id: id.into(), update: Box::new(update.clone()) };
        assert_eq!(made(&mut table, &change("2")), Err(AccessRefusal::NoSuchRole("2".into())));
        assert_eq!(made(&mut table, &change("1")), Ok(()));
        assert!(!table.roles["1"].is_enabled);
        assert_eq!(made(&mut table, &AccessChange::DeleteRole { id: "1".into() }), Ok(()));
        let gone = AccessRefusal::NoSuchRole("1".into());
        assert_eq!(made(&mut table, &AccessChange::DeleteRole { id: "1".into() }), Err(gone));
        assert_eq!(made(&mut table, &delete_account), Ok(()));
        assert_eq!(table, AccessTable::default());
    }

    #[test]
    fn maintenance_notes_later_uses_and_removes_what_has_expired() {
        let mut table = AccessTable::default();
        made(&mut table, &AccessChange::CreateAccount(AccountRecord::new("a", "Ann", at(1)).unwrap())).unwrap();
        for key in [key("k", None), key("old", Some(10)), key("new", Some(30))] {
            made(&mut table, &AccessChange::CreateKey(Box::new(key))).unwrap();
        }
        let rotate =
            AccessChange::RotateKey { id: "new".into(), secret: StoredSecret("2".into()), previous_until: None };
        assert_eq!(made(&mut table, &rotate), Err(AccessRefusal::KeyIsTemporary("new".into())));
        let maintain = |used: &[(&str, i64)]| AccessChange::Maintain {
            used: used.iter().map(|(id, ms)| ((*id).into(), at(*ms))).collect(),
            expired_before: at(20),
        };
        made(&mut table, &maintain(&[("k", 7), ("old", 7), ("gone", 7)])).unwrap();
        assert_eq!(table.keys.keys().map(|id| &**id).collect::<Vec<_>>(), ["k", "new"]);
        assert_eq!(table.keys["k"].last_used, Some(at(7)));
        assert_eq!(maintain(&[("k", 6)]).apply(&table), Ok(vec![]), "an earlier use changes nothing");
    }

    #[test]
    fn tables_are_bounded() {
        let mut table = AccessTable::default();
        for number in 0..MAX_ACCOUNTS {
            table.write(&AccessEffect::PutAccount(AccountRecord::new(&number.to_string(), "n", at(0)).unwrap()));
        }
        let one_more = AccessChange::CreateAccount(AccountRecord::new("a", "n", at(0)).unwrap());
        assert_eq!(one_more.apply(&table), Err(AccessRefusal::TooManyAccounts));
        table.write(&AccessEffect::PutAccount(AccountRecord::new("a", "n", at(0)).unwrap()));
        for number in 0..MAX_ACCESS_KEYS {
            table.write(&AccessEffect::PutKey(Box::new(key(&number.to_string(), None))));
        }
        let one_more = AccessChange::CreateKey(Box::new(key("k", None)));
        assert_eq!(one_more.apply(&table), Err(AccessRefusal::TooManyKeys));
        for number in 0..MAX_ROLES {
            let name = number.to_string();
            table.write(&AccessEffect::PutRole(Box::new(RoleRecord::new(&name, "a", &name, at(0)).unwrap())));
        }
        let one_more = AccessChange::CreateRole(Box::new(RoleRecord::new("r", "a", "r", at(0)).unwrap()));
        assert_eq!(one_more.apply(&table), Err(AccessRefusal::TooManyRoles));
    }

    #[test]
    fn ids_and_names_of_accounts_are_checked() {
        let check = |id: &str, name: &str, expected| {
            assert_eq!(AccountRecord::new(id, name, at(0)).err(), expected, "{id:?} {name:?}");
        };
        use crate::access::InvalidAccount::{DisplayName, Id};
        check("1000.a-b_c", "Ann & Bob <測試>", None);
        for id in ["", "a b", "a/b", "ä", &"a".repeat(65)] {
            check(id, "n", Some(Id));
        }
        for name in ["", "a\nb", &"n".repeat(129)] {
            check("a", name, Some(DisplayName));
        }
    }
}
