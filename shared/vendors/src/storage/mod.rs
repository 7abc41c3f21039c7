//! Object storage: the photos.

mod config;
mod parts;
pub mod s3;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use chrono::{DateTime, Utc};

pub use config::{SETTINGS, StorageConfig};

use crate::{ProviderError, ProviderErrorKind, Service};
use kernel::error::ErrorCode;

/// The service of the storage in errors.
pub const SERVICE: &Service = &Service::new("storage", code);

fn code(_: ProviderErrorKind) -> ErrorCode {
    crate::codes::STORAGE_ERROR
}

/// The objects of a bucket.
#[async_trait]
pub trait Storage: Send + Sync {
    /// Stores an object, replacing what is there. Idempotent.
    async fn put(&self, key: &str, body: Body, content_type: &str) -> Result<(), ProviderError>;

    /// An object, or `None` if there is none.
    async fn get(&self, key: &str) -> Result<Option<Bytes>, ProviderError>;

    /// Removes an object; removing what is not there is fine.
    async fn delete(&self, key: &str) -> Result<(), ProviderError>;

    /// Up to a thousand objects whose keys begin with `prefix`, in the order of their keys, those
    /// after the key `after`.
    async fn list(&self, prefix: &str, after: Option<&str>) -> Result<Vec<Stored>, ProviderError>;
}

/// A bucket, apart from the bytes in it.
#[async_trait]
pub trait Bucket: Send + Sync {
    /// An address from which the object can be fetched without a credential until `lifetime` is over
    /// (at most seven days). `file_name`: offer it for saving under that name. Makes no call: whether
    /// the object is there is not known.
    async fn signed_url(
        &self,
        key: &str,
        lifetime: Duration,
        file_name: Option<&str>,
    ) -> Result<String, ProviderError>;

    /// Whether the bucket can be used.
    async fn ping(&self) -> Result<(), ProviderError>;
}

/// An object in the bucket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    pub key: String,
    pub modified: DateTime<Utc>,
}

/// Where the bytes of an object come from.
#[derive(Clone, Debug)]
pub enum Body {
    Memory(Bytes),
    /// A file, sent in chunks.
    File(PathBuf),
}

/// The storage that the configuration names.
pub fn build(config: &StorageConfig) -> Arc<s3::S3> {
    Arc::new(s3::S3::new(config))
}
