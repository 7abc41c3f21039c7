//! What is written beside a backup. It is not encrypted, so that backups can be listed, checked and expired without
//! the key: it holds names of tables and numbers, and nothing of any person.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// A backup of a whole cluster.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// Its name, made of the time when it began: they sort by age.
    pub id: String,
    pub started_at: DateTime<Utc>,
    /// From this moment on, each can be restored by it and the log.
    pub finished_at: DateTime<Utc>,
    /// The main version of Postgres that made it, and that alone can read it.
    pub postgres: u32,
    /// The database of the product in the cluster.
    pub database: String,
    /// The role that may do everything.
    pub superuser: String,
    /// The first file of the log that a restore by it needs, at the latest.
    pub wal_first: String,
    /// Bytes of one file of the log.
    pub wal_segment_bytes: u64,
    /// Whether it holds the log that it needs by itself, because none is archived.
    pub has_own_log: bool,
    /// Bytes and SHA-256 (hexadecimal) of its parts, in their order.
    pub parts: Vec<Part>,
    /// The rows of each table at `finished_at`.
    pub rows: Vec<TableRows>,
}

/// A part of a backup: an object.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    pub bytes: u64,
    pub sha256: String,
}

/// How many rows a table has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableRows {
    pub table: String,
    pub rows: i64,
}

impl Manifest {
    /// Bytes of all parts.
    pub fn bytes(&self) -> u64 {
        self.parts.iter().map(|part| part.bytes).sum()
    }
}

/// A restore that went well: a drill, or the real thing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Drill {
    pub backup: String,
    pub ended_at: DateTime<Utc>,
    /// From the beginning until the database could be written.
    pub seconds: f64,
    /// Between the moment that was asked for and the last transaction that was found.
    pub rpo_seconds: f64,
}
