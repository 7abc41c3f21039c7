//! Settings of the bucket.

use std::time::Duration;

use url::Url;

use kernel::env::Env;

/// Settings of an S3-compatible bucket.
#[derive(Clone)]
pub struct StorageConfig {
    pub endpoint: Url,
    /// Where people reach the same bucket: the host of signed addresses.
    pub public_endpoint: Url,
    pub region: String,
    pub bucket: String,
    pub access_key_id: String,
    pub secret_access_key: String,
    /// For one call, over all its tries.
    pub timeout: Duration,
}

impl std::fmt::Debug for StorageConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "S3({}, {})", self.endpoint, self.bucket)
    }
}

impl StorageConfig {
    /// Reads it; faults are kept in `env`.
    pub fn read(env: &mut Env<'_>) -> Self {
        let endpoint = env.url("S3_ENDPOINT", "https://s3.amazonaws.com");
        Self {
            public_endpoint: env.url("S3_PUBLIC_ENDPOINT", endpoint.as_str()),
            endpoint,
            region: env.or("S3_REGION", "us-east-1".to_owned()),
            bucket: env.or("S3_BUCKET", "symancy-photos".to_owned()),
            access_key_id: env.required("S3_ACCESS_KEY_ID", "AKIA..."),
            secret_access_key: env.required("S3_SECRET_ACCESS_KEY", "wJalrXUtn..."),
            timeout: Duration::from_secs(env.or("S3_TIMEOUT_SECONDS", 30)),
        }
    }
}
