//! `symancy backup now`

use std::io::Write;
use std::process::Stdio;
use std::time::Instant;

use backups::manifest::{Manifest, Part};
use backups::{rules, shelf};
use chrono::Utc;
use serde_json::json;
use sha2::{Digest, Sha256};
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::Command;
use vendors::storage::{Body, Storage};

use super::super::Output;
use super::postgres::{CLUSTER, Cluster, ask, cannot, program, psql, rows};
use super::{Place, age, expire};
use crate::failure::Failure;

/// Bytes of a part. It is in memory while it is sent.
const PART: u64 = 32 * 1024 * 1024;

pub(super) async fn now(output: &mut Output<'_, impl Write>, place: &Place) -> Result<(), Failure> {
    let (begun, started_at) = (Instant::now(), Utc::now());
    let database = &place.config.database;
    let cluster: Cluster = ask(&mut psql(database), CLUSTER).await?;
    let id = rules::backup_id(started_at);
    let parts = copy(place, &id, &cluster).await?;
    let finished_at = Utc::now();
    let manifest = Manifest {
        started_at,
        finished_at,
        postgres: cluster.postgres,
        database: database.clone(),
        superuser: cluster.superuser,
        wal_first: cluster.wal,
        wal_segment_bytes: cluster.wal_segment_bytes,
        has_own_log: !cluster.archives,
        parts,
        rows: rows(&mut psql(database)).await?,
        id,
    };
    // Last: what has no manifest is no backup.
    shelf::put(
        &*place.storage,
        &rules::manifest_key(&manifest.id),
        &manifest,
    )
    .await?;
    let removed = expire::expire(place, finished_at).await?;
    let (id, seconds) = (&manifest.id, begun.elapsed().as_secs_f64());
    let warning = if manifest.has_own_log {
        " The server archives no log (archive_mode): only this moment can be restored."
    } else {
        ""
    };
    output.line(
        &format!(
            "{id}: {} bytes in {seconds:.1} s, {removed} old objects removed.{warning}",
            manifest.bytes()
        ),
        &json!({
            "backup": id, "seconds": seconds, "bytes": manifest.bytes(), "removed": removed,
            "archives_log": !manifest.has_own_log,
        }),
    )
}

/// Copies the cluster, compressed and encrypted, without a trace on the disk of this machine.
async fn copy(place: &Place, id: &str, cluster: &Cluster) -> Result<Vec<Part>, Failure> {
    let mut copying = base_backup(id, cluster);
    let mut copier = copying.spawn().map_err(|why| cannot(&copying, &why))?;
    let mut sealing = age::sealing(place.recipient()?);
    if let Some(copied) = copier.stdout.take() {
        let copied: Stdio = copied.try_into()?;
        sealing.stdin(copied);
    }
    let mut sealer = age::start(sealing.stdout(Stdio::piped()))?;
    // It holds the other end of the pipe: if age ends early, pg_basebackup would wait for ever for a reader.
    drop(sealing);
    let mut parts = Vec::new();
    if let Some(mut sealed) = sealer.stdout.take() {
        while let Some(bytes) = next(&mut sealed).await? {
            parts.push(store(&*place.storage, id, parts.len(), bytes).await?);
        }
    }
    for (program, ended) in [
        ("pg_basebackup", copier.wait().await?),
        ("age", sealer.wait().await?),
    ] {
        if !ended.success() {
            return Err(Failure::Refused(format!(
                "{program}: {ended}; it has said why. No backup was made."
            )));
        }
    }
    Ok(parts)
}

/// With an archive the log comes from there, and the server keeps none of it back for a copy that takes long.
fn base_backup(id: &str, cluster: &Cluster) -> Command {
    let log = if cluster.archives { "none" } else { "fetch" };
    let mut command = program("pg_basebackup", Some(cluster.postgres));
    command
        .args([
            "--pgdata=-",
            "--format=tar",
            "--compress=1",
            "--checkpoint=fast",
            "--no-password",
        ])
        .arg(format!("--wal-method={log}"))
        .arg(format!("--label=symancy {id}"))
        .stdin(Stdio::null())
        .stdout(Stdio::piped());
    command
}

async fn next(sealed: &mut (impl AsyncRead + Unpin)) -> Result<Option<Vec<u8>>, Failure> {
    let mut bytes = Vec::new();
    sealed.take(PART).read_to_end(&mut bytes).await?;
    Ok((!bytes.is_empty()).then_some(bytes))
}

async fn store(
    storage: &dyn Storage,
    id: &str,
    number: usize,
    bytes: Vec<u8>,
) -> Result<Part, Failure> {
    let part = Part {
        bytes: bytes.len() as u64,
        sha256: hex::encode(Sha256::digest(&bytes)),
    };
    let (key, body) = (rules::part_key(id, number), Body::Memory(bytes.into()));
    storage.put(&key, body, "application/octet-stream").await?;
    Ok(part)
}
