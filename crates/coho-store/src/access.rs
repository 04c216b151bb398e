//! Accounts and access keys.

use crate::{Store, StoreError};
use coho_model::{AccessChange, AccessTable};

impl Store {
    /// All accounts and access keys that are stored.
    ///
    /// # Errors
    /// If the metadata cannot be read.
    pub async fn access_table(&self) -> Result<AccessTable, StoreError> {
        Ok(self.meta.access_table().await?)
    }

    /// Changes accounts or access keys. Durable when it returns.
    ///
    /// # Errors
    /// [`StoreError::Refused`] if the change cannot be made.
    pub async fn change_access(&self, change: AccessChange) -> Result<(), StoreError> {
        Ok(self.meta.change_access(change).await?)
    }
}
