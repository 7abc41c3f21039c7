//! The snapshots of the vendors, `<name>.json` in the data folder: written whole to a neighbour and
//! renamed, at most twice a second. Called by `server`, and by vendors when they open.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde::de::DeserializeOwned;

use crate::config::Config;
use crate::vendors::Vendors;
use crate::world::World;

/// Snapshots are written at most this often.
const PAUSE: Duration = Duration::from_millis(500);

/// The state of a vendor's last run; a broken snapshot is set aside, not lost.
pub fn load<T: DeserializeOwned + Default>(config: &Config, name: &str) -> T {
    let path = config.data_dir.join(name).with_extension("json");
    let Some(bytes) = config.persist.then(|| std::fs::read(&path).ok()).flatten() else {
        return T::default();
    };
    serde_json::from_slice(&bytes).unwrap_or_else(|e| {
        let aside = path.with_extension("broken.json");
        tracing::warn!(
            "{} cannot be read ({e}); moved to {}",
            path.display(),
            aside.display()
        );
        if let Err(e) = std::fs::rename(&path, &aside) {
            tracing::warn!("and it cannot be moved: {e}");
        }
        T::default()
    })
}

/// Writes the snapshot of every vendor now.
///
/// # Errors
/// A state does not serialise, or the disk fails.
pub fn save(data_dir: &Path, vendors: &Vendors) -> std::io::Result<()> {
    for vendor in vendors.iter() {
        let Some(bytes) = vendor.snapshot()? else {
            continue;
        };
        let path = data_dir.join(vendor.name()).with_extension("json");
        let fresh = path.with_extension("json.new");
        std::fs::write(&fresh, bytes)?;
        std::fs::rename(fresh, path)?;
    }
    Ok(())
}

/// Writes snapshots after each change, for as long as the sandbox runs. A large state is saved less
/// often, so that saving takes no more than a twentieth of the time.
pub async fn keep_saving(world: Arc<World>, vendors: Arc<Vendors>) {
    let mut pause = PAUSE;
    loop {
        world.changed.notified().await;
        tokio::time::sleep(pause).await;
        let begin = Instant::now();
        save_in_background(&world, &vendors).await;
        pause = PAUSE.max(begin.elapsed() * 20);
    }
}

/// The same as `save`, on a thread that may block.
pub async fn save_in_background(world: &Arc<World>, vendors: &Arc<Vendors>) {
    let (world, vendors) = (world.clone(), vendors.clone());
    let saving = tokio::task::spawn_blocking(move || save(&world.config.data_dir, &vendors));
    if let Ok(Err(e)) = saving.await {
        tracing::warn!("the snapshots cannot be saved: {e}");
    }
}
