//! Lists of leaked passwords.

mod config;
mod disabled;
mod range;

use std::sync::Arc;

use async_trait::async_trait;
use kernel::error::{Error, ErrorCode};

pub use config::{PasswordsConfig, SETTINGS};
pub use range::Range;

use crate::{ProviderError, ProviderErrorKind, Service};

/// The service of these lists in errors, which no person is told of.
pub const SERVICE: &Service = &Service::new("passwords", code);

fn code(_: ProviderErrorKind) -> ErrorCode {
    kernel::codes::INTERNAL_SERVER_ERROR
}

/// A list of leaked passwords.
#[async_trait]
pub trait LeakedPasswords: Send + Sync {
    /// Whether this password is on the list. No more of it leaves the process than five digits of its hash.
    async fn has(&self, password: &str) -> Result<bool, ProviderError>;
}

/// The list that the configuration names.
///
/// # Errors
/// `Internal` if a client cannot be built.
pub fn build(config: &PasswordsConfig) -> Result<Arc<dyn LeakedPasswords>, Error> {
    Ok(match &config.url {
        Some(url) => Arc::new(Range::new(url)?),
        None => Arc::new(disabled::Disabled),
    })
}
