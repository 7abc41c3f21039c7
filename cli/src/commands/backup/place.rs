//! The bucket of the backups, with its settings.

use std::sync::Arc;

use backups::config::BackupConfig;
use backups::manifest::Manifest;
use backups::{rules, shelf};
use vendors::storage::{self, Storage};

use crate::failure::Failure;
use crate::operator::settings;

/// Where backups lie, and how they are made.
pub(crate) struct Place {
    pub storage: Arc<dyn Storage>,
    pub config: BackupConfig,
}

impl Place {
    /// By the settings of this process.
    pub(crate) fn open() -> Result<Self, Failure> {
        let config = settings(BackupConfig::read)?;
        let Some(bucket) = &config.bucket else {
            return Err(Failure::Refused(
                "BACKUP_S3_BUCKET is not set: there is no bucket for backups (docs/BACKUPS.md)."
                    .to_owned(),
            ));
        };
        let storage = storage::build(bucket);
        Ok(Self { storage, config })
    }

    /// The public key for which is encrypted.
    pub(crate) fn recipient(&self) -> Result<&str, Failure> {
        set(self.config.recipient.as_deref(), "BACKUP_RECIPIENT")
    }

    /// The file with the secret key.
    pub(crate) fn key_file(&self) -> Result<&str, Failure> {
        set(self.config.key_file.as_deref(), "BACKUP_KEY_FILE")
    }

    /// All backups, the oldest first.
    pub(crate) async fn backups(&self) -> Result<Vec<Manifest>, Failure> {
        Ok(shelf::backups(&*self.storage).await?)
    }

    /// The names of all files of the log.
    pub(crate) async fn log(&self) -> Result<Vec<String>, Failure> {
        let stored = shelf::all(&*self.storage, rules::WAL).await?;
        let name = |key: &str| rules::of_wal_key(key).map(|(name, _)| name.to_owned());
        Ok(stored.iter().filter_map(|one| name(&one.key)).collect())
    }
}

fn set<'a>(value: Option<&'a str>, name: &str) -> Result<&'a str, Failure> {
    value.ok_or_else(|| Failure::Refused(format!("{name} is not set (docs/BACKUPS.md).")))
}
