//! Settings of the bucket.

use std::time::Duration;

use url::Url;

use kernel::env::{Env, Section, Setting, Spelling};

const ENDPOINT: Setting = Setting::new(
    "S3_ENDPOINT",
    "https://s3.amazonaws.com",
    "Where the bucket is: S3, or anything that speaks it.",
)
.also(&[Spelling::same("CLOUDFLARE_R2_ENDPOINT")]);
const PUBLIC_ENDPOINT: Setting = Setting::optional(
    "S3_PUBLIC_ENDPOINT",
    "https://photos.example.com",
    "Where people reach the same bucket: signed links to photos begin so. Not set: the endpoint.",
);
const REGION: Setting = Setting::new("S3_REGION", "us-east-1", "The bucket's region.");
const BUCKET: Setting = Setting::new("S3_BUCKET", "symancy-photos", "The bucket's name.")
    .also(&[Spelling::same("CLOUDFLARE_R2_BUCKET_NAME")]);
const ACCESS_KEY_ID: Setting = Setting::required(
    "S3_ACCESS_KEY_ID",
    "AKIA...",
    "The credential for the bucket.",
)
.also(&[Spelling::same("CLOUDFLARE_R2_ACCESS_KEY_ID")]);
const SECRET_ACCESS_KEY: Setting = Setting::required(
    "S3_SECRET_ACCESS_KEY",
    "wJalrXUtn...",
    "The secret of this credential.",
)
.secret()
.also(&[Spelling::same("CLOUDFLARE_R2_SECRET_ACCESS_KEY")]);
const TIMEOUT: Setting = Setting::new(
    "S3_TIMEOUT_SECONDS",
    "30",
    "For one call, over all its tries.",
);

pub const SETTINGS: Section = Section {
    title: "Photos and archives",
    settings: &[
        ENDPOINT,
        PUBLIC_ENDPOINT,
        REGION,
        BUCKET,
        ACCESS_KEY_ID,
        SECRET_ACCESS_KEY,
        TIMEOUT,
    ],
};

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
    /// Larger files are uploaded in parts of so many bytes; S3 takes 5 MiB at least, and 10,000 parts.
    pub part_bytes: u64,
}

/// 625 GiB in 10,000 parts.
const PART_BYTES: u64 = 64 * 1024 * 1024;

impl std::fmt::Debug for StorageConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "S3({}, {})", self.endpoint, self.bucket)
    }
}

impl StorageConfig {
    /// Reads it; faults are kept in `env`.
    pub fn read(env: &mut Env<'_>) -> Self {
        let endpoint = env.url(&ENDPOINT);
        let public = env.optional_url(&PUBLIC_ENDPOINT);
        Self {
            public_endpoint: public.unwrap_or_else(|| endpoint.clone()),
            endpoint,
            region: env.value(&REGION),
            bucket: env.value(&BUCKET),
            access_key_id: env.required(&ACCESS_KEY_ID),
            secret_access_key: env.required(&SECRET_ACCESS_KEY),
            timeout: Duration::from_secs(env.value(&TIMEOUT)),
            part_bytes: PART_BYTES,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bucket_answers_to_the_names_of_cloudflares_r2() {
        let lookup = |name: &str| {
            let value = match name {
                "CLOUDFLARE_R2_ENDPOINT" => "https://account.r2.cloudflarestorage.com",
                "CLOUDFLARE_R2_BUCKET_NAME" => "files",
                "CLOUDFLARE_R2_ACCESS_KEY_ID" => "an-id",
                "CLOUDFLARE_R2_SECRET_ACCESS_KEY" => "a-secret",
                _ => return None,
            };
            Some(value.to_owned())
        };
        let mut env = Env::new(&lookup);
        let config = StorageConfig::read(&mut env);
        let config = env.finish(config).expect("no fault");
        let host = Some("account.r2.cloudflarestorage.com");
        assert_eq!(config.endpoint.host_str(), host);
        assert_eq!(config.public_endpoint, config.endpoint);
        assert_eq!(config.bucket, "files");
        assert_eq!(config.access_key_id, "an-id");
        assert_eq!(config.secret_access_key, "a-secret");
    }
}
