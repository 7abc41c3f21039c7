//! The disk: files of photos and documents below `telegram/`, and the snapshot `telegram.json`,
//! written whole to a neighbour and renamed, at most twice a second.
//! Called by `people`, `methods`, `world`.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

use super::model::{FileRef, Photo};
use super::photos;
use super::state::State;
use crate::world::World;

/// Snapshots are written at most this often.
const PAUSE: Duration = Duration::from_millis(500);

/// Where a file lies.
pub fn place(world: &World, path: &str) -> PathBuf {
    world.config.data_dir.join("telegram").join(path)
}

/// Keeps a photo in four sizes; the error is Telegram's refusal.
pub async fn keep_photo(world: &World, token: &str, bytes: &[u8]) -> Result<Vec<Photo>, String> {
    let source = bytes.to_vec();
    let sizes = tokio::task::spawn_blocking(move || photos::sizes(&source)).await;
    let sizes = sizes.map_err(|e| e.to_string())??;
    let mut kept = Vec::with_capacity(sizes.len());
    for size in sizes {
        let file = keep(world, token, "photos", "jpg", &size.jpeg).await?;
        kept.push(Photo {
            file,
            width: size.width,
            height: size.height,
        });
    }
    Ok(kept)
}

/// Keeps any file as a document.
pub async fn keep_document(
    world: &World,
    token: &str,
    upload: &crate::http::Upload,
) -> Result<FileRef, String> {
    let name = upload.file_name.clone().unwrap_or_else(|| "file".into());
    let ending = name.rsplit_once('.').map_or("bin", |(_, ending)| ending);
    let harmless = ending.len() <= 8 && ending.bytes().all(|b| b.is_ascii_alphanumeric());
    let ending = if harmless { ending } else { "bin" };
    let mut file = keep(world, token, "documents", ending, &upload.bytes).await?;
    file.name = Some(name);
    file.mime_type = upload.mime_type.clone();
    world.telegram().bot(token).keep(&file);
    Ok(file)
}

async fn keep(
    world: &World,
    token: &str,
    folder: &str,
    ending: &str,
    bytes: &[u8],
) -> Result<FileRef, String> {
    let number = {
        let mut state = world.telegram();
        state.last_file += 1;
        state.last_file
    };
    let path = format!("{folder}/file_{number}.{ending}");
    let place = place(world, &path);
    let parent = place.parent().map(Path::to_path_buf).unwrap_or_default();
    let wrong = |e: std::io::Error| format!("the file cannot be kept: {e}");
    tokio::fs::create_dir_all(parent).await.map_err(wrong)?;
    tokio::fs::write(place, bytes).await.map_err(wrong)?;
    let random = [
        uuid::Uuid::new_v4().into_bytes(),
        uuid::Uuid::new_v4().into_bytes(),
    ]
    .concat();
    let prefix = if folder == "photos" {
        "AgACAgIAAxkBAAI"
    } else {
        "BQACAgIAAxkBAAI"
    };
    let file = FileRef {
        id: format!("{prefix}{}", URL_SAFE_NO_PAD.encode(random)),
        unique_id: format!(
            "AQAD{}",
            URL_SAFE_NO_PAD.encode(&Sha256::digest(bytes)[..9])
        ),
        path,
        size: bytes.len(),
        ..FileRef::default()
    };
    world.telegram().bot(token).keep(&file);
    Ok(file)
}

/// The state of the last run; a broken snapshot is set aside, not lost.
pub fn load(data_dir: &Path) -> State {
    let path = data_dir.join("telegram.json");
    let Ok(bytes) = std::fs::read(&path) else {
        return State::default();
    };
    serde_json::from_slice(&bytes).unwrap_or_else(|e| {
        let aside = data_dir.join("telegram.broken.json");
        tracing::warn!(
            "telegram.json cannot be read ({e}); moved to {}",
            aside.display()
        );
        if let Err(e) = std::fs::rename(&path, &aside) {
            tracing::warn!("and it cannot be moved: {e}");
        }
        State::default()
    })
}

/// Writes the snapshot now.
pub fn save(world: &World) -> std::io::Result<()> {
    let bytes = serde_json::to_vec(&*world.telegram())?;
    let path = world.config.data_dir.join("telegram.json");
    let fresh = path.with_extension("json.new");
    std::fs::write(&fresh, bytes)?;
    std::fs::rename(fresh, path)
}

/// Writes a snapshot after each change, for as long as the sandbox runs. A large world is saved
/// less often, so that saving takes no more than a twentieth of the time.
pub async fn keep_saving(world: Arc<World>) {
    let mut pause = PAUSE;
    loop {
        world.changed.notified().await;
        tokio::time::sleep(pause).await;
        let begin = Instant::now();
        let world = world.clone();
        let saved = tokio::task::spawn_blocking(move || save(&world)).await;
        if let Ok(Err(e)) = saved {
            tracing::warn!("the chats cannot be saved: {e}");
        }
        pause = PAUSE.max(begin.elapsed() * 20);
    }
}
