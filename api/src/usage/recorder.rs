//! What this process does about usage: it writes the lines of requests in batches, and spends the units of accounts in
//! blocks. No request waits for a line: there is room for so many, and those beyond are counted and dropped.

use std::time::Duration;

use chrono::{DateTime, Utc};
use kernel::{Error, retry};
use product::Core;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, sleep, sleep_until, timeout};
use usage::leases::Holder;
use usage::lines::{self, Line};
use usage::metrics;
use uuid::Uuid;

/// The most lines of one statement.
const BATCH: usize = 500;

/// How long lines wait for others.
const GATHER: Duration = Duration::from_millis(500);

/// The lines that there is room for, some 400 bytes each: those of seconds while Postgres is away.
const ROOM: usize = 20_000;

/// How often blocks are looked through.
const SWEEP: Duration = Duration::from_secs(15);

/// For the lines and blocks that are left when the process ends.
const LAST: Duration = Duration::from_secs(5);

/// How often a batch is tried that Postgres refuses, or whose accounts are held by an erasure: some ten seconds.
const TRIES: u32 = 10;

/// Cheap to clone; clones share it.
#[derive(Clone)]
pub struct Recorder {
    lines: mpsc::Sender<Line>,
    /// Asks for what waits to be written now.
    flush: mpsc::Sender<oneshot::Sender<()>>,
    holder: Holder,
}

impl Recorder {
    /// Starts the writer and the sweeps, on the runtime of the caller. They end with the last clone, and the runtime.
    pub(crate) fn start(core: &Core) -> Self {
        let (lines, incoming) = mpsc::channel(ROOM);
        let (flush, told) = mpsc::channel(1);
        let holder = Holder::default();
        tokio::spawn(write(core.clone(), incoming, told));
        tokio::spawn(sweep(core.clone(), holder.clone(), lines.downgrade()));
        Self {
            lines,
            flush,
            holder,
        }
    }

    /// Hands over a line. Never waits.
    pub(crate) fn log(&self, line: Line) {
        if self.lines.try_send(line).is_err() {
            metrics::dropped("full", 1);
        }
    }

    /// Counts a request of an account's key against the plan.
    ///
    /// # Errors
    /// E311 when the plan has none left; `Unavailable` while the database cannot say.
    pub(crate) async fn spend(
        &self,
        core: &Core,
        account: Uuid,
        now: DateTime<Utc>,
    ) -> Result<(), Error> {
        self.holder.spend(&core.db, account, now).await
    }

    /// Writes what waits, and gives back what is not spent: this process ends.
    pub async fn close(&self, core: &Core) {
        let (reply, written) = oneshot::channel();
        let lines = async {
            if self.flush.send(reply).await.is_ok() {
                let _ = written.await;
            }
        };
        let blocks = self.holder.close(&core.db, core.clock.now());
        let last = async { tokio::join!(lines, blocks) };
        match timeout(LAST, last).await.map(|((), blocks)| blocks) {
            Ok(Ok(())) => {}
            Ok(Err(why)) => tracing::warn!(error = %why, "units that are left count as used"),
            Err(_) => tracing::warn!("what is left of usage was not written in time"),
        }
    }
}

/// Gives back old blocks, again and again.
async fn sweep(core: Core, holder: Holder, alive: mpsc::WeakSender<Line>) {
    while alive.upgrade().is_some() {
        sleep(SWEEP).await;
        if let Err(why) = holder.sweep(&core.db, core.clock.now()).await {
            tracing::warn!(error = %why, "units that could not be given back count as used");
        }
    }
}

/// Writes lines, until there are no more senders.
async fn write(
    core: Core,
    mut lines: mpsc::Receiver<Line>,
    mut told: mpsc::Receiver<oneshot::Sender<()>>,
) {
    loop {
        let mut batch = Vec::new();
        let mut reply = tokio::select! {
            got = lines.recv_many(&mut batch, BATCH) => match got {
                0 => return,
                _ => None,
            },
            Some(reply) = told.recv() => Some(reply),
        };
        if reply.is_none() {
            reply = gather(&mut batch, &mut lines, &mut told).await;
        }
        if reply.is_some() {
            while let Ok(line) = lines.try_recv() {
                batch.push(line);
            }
        }
        for chunk in batch.chunks(BATCH) {
            insist(&core, chunk).await;
        }
        if let Some(reply) = reply {
            let _ = reply.send(());
        }
    }
}

/// Waits for more lines until the batch is full, or for half a second, or until it is told to write.
async fn gather(
    batch: &mut Vec<Line>,
    lines: &mut mpsc::Receiver<Line>,
    told: &mut mpsc::Receiver<oneshot::Sender<()>>,
) -> Option<oneshot::Sender<()>> {
    let due = Instant::now() + GATHER;
    while batch.len() < BATCH {
        let room = BATCH - batch.len();
        tokio::select! {
            got = lines.recv_many(batch, room) => if got == 0 {
                return None;
            },
            Some(reply) = told.recv() => return Some(reply),
            () = sleep_until(due) => return None,
        }
    }
    None
}

/// Writes a batch, as often as it takes while Postgres is away. Meanwhile others wait, as long as there is room.
async fn insist(core: &Core, batch: &[Line]) {
    let (mut left, mut failed) = (batch.to_vec(), 0);
    loop {
        let is_away = match attempt(core, &left).await {
            Ok(later) => {
                metrics::written(left.len() - later.len());
                left.retain(|line| later.contains(&line.id));
                if left.is_empty() {
                    return;
                }
                false
            }
            Err(why) => {
                tracing::debug!(error = %why, "lines of requests are not written yet");
                matches!(why, Error::Unavailable { .. })
            }
        };
        failed += 1;
        if !is_away && failed >= TRIES {
            tracing::warn!(lines = left.len(), "lines of requests are dropped");
            return metrics::dropped("refused", left.len());
        }
        sleep(retry::reconnect_delay(failed)).await;
    }
}

/// Returns the ids of those that are to be written later.
async fn attempt(core: &Core, lines: &[Line]) -> Result<Vec<Uuid>, Error> {
    let mut conn = core.db.get().await?;
    Ok(lines::write(&mut conn, lines).await?)
}
