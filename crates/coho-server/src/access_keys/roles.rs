//! Changes of roles. Each is durable, and in force, when it returns.

use super::{AccessKeysError, KeyRegistry, random};
use coho_model::{AccessChange, AccessRefusal, RoleRecord, RoleUpdate};

/// A role to be made.
#[derive(Debug)]
pub(crate) struct RoleDraft {
    /// Its account; the first one of the configuration without it.
    pub(crate) account: Option<String>,
    pub(crate) name: String,
    /// What is not as of a role of that name: all rights of its account, assumed by the account's own keys for an hour.
    pub(crate) settings: RoleUpdate,
}

impl KeyRegistry {
    /// Makes a role.
    pub(crate) async fn create_role(&self, new: RoleDraft) -> Result<RoleRecord, AccessKeysError> {
        let account = new.account.unwrap_or_else(|| self.current().configured.owner.to_string());
        new.settings.check()?;
        let role = RoleRecord::new(&random::role_id()?, &account, &new.name, self.store.now())?.updated(&new.settings);
        let current = self.current();
        if !current.table.accounts.contains_key(&*account) && current.configures(&account) {
            self.create_account(Some(&account), None).await?;
        }
        self.change(AccessChange::CreateRole(Box::new(role.clone()))).await?;
        tracing::info!(role = role.arn(), rights = ?role.rights.texts(), "a role was made");
        Ok(role)
    }

    /// Changes a role.
    pub(crate) async fn update_role(&self, role: &str, update: RoleUpdate) -> Result<RoleRecord, AccessKeysError> {
        update.check()?;
        let id = self.role(role)?.id;
        self.change(AccessChange::UpdateRole { id: id.clone(), update: Box::new(update) }).await?;
        let role = self.role(&id)?;
        tracing::info!(
            role = role.arn(),
            rights = ?role.rights.texts(),
            is_enabled = role.is_enabled,
            "a role was changed"
        );
        Ok(role)
    }

    /// Removes a role; its sessions end.
    pub(crate) async fn delete_role(&self, role: &str) -> Result<(), AccessKeysError> {
        let role = self.role(role)?;
        self.change(AccessChange::DeleteRole { id: role.id.clone() }).await?;
        tracing::info!(role = role.arn(), "a role was deleted");
        Ok(())
    }

    /// The role of this ARN, of this id, or of this name in the account that the configuration names first.
    pub(crate) fn role(&self, text: &str) -> Result<RoleRecord, AccessKeysError> {
        let current = self.current();
        let found = match RoleRecord::parse_arn(text) {
            Some((account, name)) => current.table.role(account, name),
            None => {
                let named = || current.table.role(&current.configured.owner, text);
                current.table.roles.get(text).or_else(named)
            }
        };
        found.cloned().ok_or_else(|| AccessRefusal::NoSuchRole(text.into()).into())
    }
}
