//! Rows of accounts, access keys and roles. They are few and rarely change: a change is applied to all of them.

use super::{effects::execute, failure::Failure};
use crate::encoding::{decode_access_key, decode_account, decode_role, encode_access_key, encode_account, encode_role};
use coho_model::{AccessEffect, AccessTable};
use rusqlite::Connection;

/// All of them.
pub(super) fn read(connection: &Connection) -> Result<AccessTable, Failure> {
    let mut table = AccessTable::default();
    for value in values(connection, "SELECT value FROM account")? {
        let account = decode_account(&value)?;
        table.accounts.insert(account.id.clone(), account);
    }
    for value in values(connection, "SELECT value FROM access_key")? {
        let key = decode_access_key(&value)?;
        table.keys.insert(key.id.clone(), key);
    }
    for value in values(connection, "SELECT value FROM role")? {
        let role = decode_role(&value)?;
        table.roles.insert(role.id.clone(), role);
    }
    Ok(table)
}

fn values(connection: &Connection, sql: &str) -> Result<Vec<Vec<u8>>, Failure> {
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query_map([], |row| row.get(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

pub(super) fn write(connection: &Connection, effect: &AccessEffect) -> Result<(), Failure> {
    match effect {
        AccessEffect::PutAccount(account) => {
            let sql = "REPLACE INTO account (id, value) VALUES (?1, ?2)";
            execute(connection, sql, (&*account.id, encode_account(account)))
        }
        AccessEffect::RemoveAccount(id) => execute(connection, "DELETE FROM account WHERE id = ?1", (&**id,)),
        AccessEffect::PutKey(key) => {
            let sql = "REPLACE INTO access_key (id, value) VALUES (?1, ?2)";
            execute(connection, sql, (&*key.id, encode_access_key(key)))
        }
        AccessEffect::RemoveKey(id) => execute(connection, "DELETE FROM access_key WHERE id = ?1", (&**id,)),
        AccessEffect::PutRole(role) => {
            let sql = "REPLACE INTO role (id, value) VALUES (?1, ?2)";
            execute(connection, sql, (&*role.id, encode_role(role)))
        }
        AccessEffect::RemoveRole(id) => execute(connection, "DELETE FROM role WHERE id = ?1", (&**id,)),
    }
}
