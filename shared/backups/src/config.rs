//! Settings of the backups and of the journal.

use std::time::Duration;

use kernel::env::{Env, Section, Setting};
use vendors::storage::StorageConfig;

const BUCKET: Setting = Setting::optional(
    "BACKUP_S3_BUCKET",
    "symancy-backups",
    "The bucket of the backups and of the journal, at another provider or account than the photos \
     (docs/BACKUPS.md). Not set: nothing is backed up, and no journal is written.",
);
const ENDPOINT: Setting = Setting::optional(
    "BACKUP_S3_ENDPOINT",
    "https://s3.eu-central-1.amazonaws.com",
    "Where that bucket is: S3, or anything that speaks it. Not set: a fault if there is a bucket.",
);
const REGION: Setting = Setting::new(
    "BACKUP_S3_REGION",
    "us-east-1",
    "The region of that bucket.",
);
const ACCESS_KEY_ID: Setting = Setting::optional(
    "BACKUP_S3_ACCESS_KEY_ID",
    "AKIA...",
    "The credential for that bucket. Not set: a fault if there is a bucket.",
);
const SECRET_ACCESS_KEY: Setting = Setting::optional(
    "BACKUP_S3_SECRET_ACCESS_KEY",
    "wJalrXUtn...",
    "The secret of this credential. Not set: a fault if there is a bucket.",
)
.secret();
const DATABASE: Setting = Setting::new(
    "BACKUP_DATABASE",
    "symancy",
    "The name of the database, for `symancy backup now`. Where its server is, and as whom to connect, say libpq's own \
     variables (PGHOST, PGUSER, PGPASSFILE); as the user postgres on the machine of the server none is needed.",
);
const RECIPIENT: Setting = Setting::optional(
    "BACKUP_RECIPIENT",
    "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kdr2j4x2s9sg2tk",
    "The public key of age (age-keygen) for which backups are encrypted. Not set: none are made.",
);
const KEY_FILE: Setting = Setting::optional(
    "BACKUP_KEY_FILE",
    "/media/key/symancy-backup.txt",
    "The file with the secret key of age: for `symancy restore` and `symancy backup verify`, and nowhere else. \
     Not set: backups cannot be read.",
);
const KEEP_DAYS: Setting = Setting::new(
    "BACKUP_KEEP_DAYS",
    "30",
    "For how many days a backup is kept, and the log by which each moment since can be restored.",
);

pub const SETTINGS: Section = Section {
    title: "Backups",
    settings: &[
        BUCKET,
        ENDPOINT,
        REGION,
        ACCESS_KEY_ID,
        SECRET_ACCESS_KEY,
        DATABASE,
        RECIPIENT,
        KEY_FILE,
        KEEP_DAYS,
    ],
};

/// For one call. A part of a backup has 32 MiB.
const PATIENCE: Duration = Duration::from_secs(120);
/// The largest object that goes in one piece.
const PIECE: u64 = 64 * 1024 * 1024;

/// The settings of the backups.
#[derive(Clone)]
pub struct BackupConfig {
    /// Where they lie; `None`: nothing is backed up.
    pub bucket: Option<StorageConfig>,
    /// The name of the database in the cluster that is copied.
    pub database: String,
    /// The public key for which is encrypted.
    pub recipient: Option<String>,
    /// The file with the secret key.
    pub key_file: Option<String>,
    /// How long backups are kept, in days.
    pub keep_days: u16,
}

impl std::fmt::Debug for BackupConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Backups({:?})", self.bucket)
    }
}

impl BackupConfig {
    /// Reads it; faults are kept in `env`.
    pub fn read(env: &mut Env<'_>) -> Self {
        let bucket = env.optional(&BUCKET);
        let keep_days = env.within(&KEEP_DAYS, 1..=3_650);
        Self {
            bucket: storage(env, bucket),
            database: env.value(&DATABASE),
            recipient: env.optional(&RECIPIENT),
            key_file: env.optional(&KEY_FILE),
            keep_days: u16::try_from(keep_days).unwrap_or(u16::MAX),
        }
    }
}

fn storage(env: &mut Env<'_>, bucket: Option<String>) -> Option<StorageConfig> {
    let (endpoint, region) = (env.optional_url(&ENDPOINT), env.value(&REGION));
    let Some(bucket) = bucket else {
        // A weak secret is told all the same.
        let _ = (
            env.optional(&ACCESS_KEY_ID),
            env.optional(&SECRET_ACCESS_KEY),
        );
        return None;
    };
    if endpoint.is_none() {
        let _ = env.required(&ENDPOINT);
    }
    let (id, secret) = (
        env.required(&ACCESS_KEY_ID),
        env.required(&SECRET_ACCESS_KEY),
    );
    let endpoint = endpoint?;
    Some(StorageConfig {
        public_endpoint: endpoint.clone(),
        endpoint,
        region,
        bucket,
        access_key_id: id,
        secret_access_key: secret,
        timeout: PATIENCE,
        part_bytes: PIECE,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_without_address_and_credential_is_a_fault_and_no_bucket_is_none() {
        let lookup = |name: &str| (name == "BACKUP_S3_BUCKET").then(|| "copies".to_owned());
        let mut env = Env::new(&lookup);
        let config = BackupConfig::read(&mut env);
        let faults = env.finish(config).expect_err("faults").0.join("\n");
        for name in [
            "BACKUP_S3_ENDPOINT",
            "BACKUP_S3_ACCESS_KEY_ID",
            "BACKUP_S3_SECRET_ACCESS_KEY",
        ] {
            assert!(faults.contains(name), "{name} is missing in:\n{faults}");
        }
        let mut env = Env::new(&|_| None);
        let config = BackupConfig::read(&mut env);
        let config = env.finish(config).expect("no fault");
        assert!(config.bucket.is_none());
        assert_eq!(config.keep_days, 30);
    }
}
