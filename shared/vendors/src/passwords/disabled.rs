//! No list.

use async_trait::async_trait;

use super::LeakedPasswords;
use crate::ProviderError;

/// Has no password.
pub(super) struct Disabled;

#[async_trait]
impl LeakedPasswords for Disabled {
    async fn has(&self, _: &str) -> Result<bool, ProviderError> {
        Ok(false)
    }
}
