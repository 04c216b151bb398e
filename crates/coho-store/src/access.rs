//! Accounts, access keys and roles.

use crate::{Store, StoreError};
use coho_model::{AccessChange, AccessTable};

impl Store {
    /// All accounts, access keys and roles that are stored.
    ///
    /// # Errors
    /// If the metadata cannot be read.
    pub async fn access_table(&self) -> Result<AccessTable, StoreError> {
        Ok(self.meta.access_table().await?)
    }

    /// Changes accounts, access keys or roles. Durable when it returns.
    ///
    /// # Errors
    /// [`StoreError::Refused`] if the change cannot be made.
    pub async fn change_access(&self, change: AccessChange) -> Result<(), StoreError> {
        Ok(self.meta.change_access(change).await?)
    }
}
