//! Services that show what persons do with the product: PostHog.

mod config;
mod posthog;

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use kernel::error::{Error, ErrorCode};
use serde_json::{Map, Value};
use uuid::Uuid;

pub use config::{PostHogConfig, ProductAnalyticsConfig, SETTINGS};
pub use posthog::PostHog;

use crate::{ProviderError, ProviderErrorKind, Service};

/// The service of product analytics in errors, which no person is told of.
pub const SERVICE: &Service = &Service::new("product_analytics", code);

fn code(_: ProviderErrorKind) -> ErrorCode {
    kernel::codes::INTERNAL_SERVER_ERROR
}

/// A service that shows what persons do.
#[async_trait]
pub trait ProductAnalytics: Send + Sync {
    /// Tells it what happened. The same events may be told again: the service knows them by their ids.
    ///
    /// # Errors
    /// `Rejected` for what it will never take; others are worth another try.
    async fn capture(&self, events: &[Captured]) -> Result<(), ProviderError>;
}

/// Something that a person has done.
#[derive(Clone, Debug, PartialEq)]
pub struct Captured {
    /// The same for every copy.
    pub id: Uuid,
    pub name: String,
    /// What stands for the person there; it says nothing about them to others.
    pub person: String,
    pub at: DateTime<Utc>,
    /// Small values, and no texts.
    pub properties: Map<String, Value>,
}

/// The service that the configuration names.
///
/// # Errors
/// `Internal` if the HTTP client cannot be built.
pub fn build(config: &ProductAnalyticsConfig) -> Result<Option<Arc<dyn ProductAnalytics>>, Error> {
    let Some(posthog) = &config.posthog else {
        return Ok(None);
    };
    Ok(Some(Arc::new(PostHog::new(posthog)?)))
}
