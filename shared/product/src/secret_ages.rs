//! Tells for how long the secrets of this process are in use, so that an operator is reminded to rotate them
//! (docs/SECRETS.md).

use std::convert::Infallible;
use std::time::Duration;

use audit::secrets::{self, Seen, Used};
use kernel::Error;
use kernel::env::{Env, Section};
use people::abuse_memory::MemorySecret;
use tokio::time::MissedTickBehavior;

use crate::core::Core;

const EVERY: Duration = Duration::from_secs(60);

/// The secrets that a process was started with. Their values are never shown.
pub struct InUse(Vec<(&'static str, String)>);

impl std::fmt::Debug for InUse {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} secrets", self.0.len())
    }
}

impl InUse {
    /// Those of these sections that are set.
    pub fn read(env: &mut Env<'_>, sections: &[&[Section]]) -> Self {
        Self(env.secrets(&sections.concat()))
    }

    /// What the database may know of them: who has its copy alone cannot try values out.
    fn digested(self, by: &MemorySecret) -> Vec<Used> {
        let digest = |(name, value): (&'static str, String)| Used {
            name,
            digest: by.key("setting", &format!("{name}={value}")),
        };
        self.0.into_iter().map(digest).collect()
    }
}

/// Publishes the ages of these secrets every minute. A database that is away is asked again.
pub async fn publish(core: Core, in_use: InUse) -> Infallible {
    let used = in_use.digested(&core.config.memory_secret);
    let mut seen: Option<Vec<Seen>> = None;
    let mut tick = tokio::time::interval(EVERY);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tick.tick().await;
        if seen.is_none() {
            seen = match note(&core, &used).await {
                Ok(seen) => Some(seen),
                Err(why) => {
                    tracing::warn!(error = %why, "how old the secrets are cannot be told yet");
                    None
                }
            };
        }
        secrets::publish(seen.as_deref().unwrap_or_default(), core.clock.now());
    }
}

async fn note(core: &Core, used: &[Used]) -> Result<Vec<Seen>, Error> {
    let mut conn = core.db.get().await?;
    Ok(secrets::note(&mut conn, used, core.clock.now()).await?)
}
