//! Waiting for what another task or process does.

use std::time::{Duration, Instant};

use anyhow::bail;

/// How long a test waits for anything before it fails. Generous: machines are busy.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// Polls until there is an answer.
///
/// # Errors
/// That of a poll; no answer within [`PATIENCE`].
pub async fn eventually<T>(
    mut poll: impl AsyncFnMut() -> anyhow::Result<Option<T>>,
) -> anyhow::Result<T> {
    let started = Instant::now();
    loop {
        if let Some(answer) = poll().await? {
            return Ok(answer);
        }
        if started.elapsed() > PATIENCE {
            bail!("there was no answer within {PATIENCE:?}");
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
