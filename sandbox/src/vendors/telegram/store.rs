//! The disk: files of photos and documents below `telegram/`, and the snapshot `telegram.json`,
//! written whole to a neighbour and renamed, at most twice a second.
//! Called by `people`, `methods`, `world`.

use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::Telegram;
use super::attachments::{Attachment, Kind};
use super::model::{FileRef, Photo};
use super::{NAME, photos};

/// Folder of photos, and how their file ids begin.
const PHOTOS: (&str, &str) = ("photos", "AgACAgIAAxkBAAI");

/// Where a file lies.
pub fn place(telegram: &Telegram, path: &str) -> PathBuf {
    telegram.world.config.data_dir.join(NAME).join(path)
}

/// Keeps a photo in its sizes; the error is Telegram's refusal.
pub async fn keep_photo(
    telegram: &Telegram,
    token: &str,
    bytes: &[u8],
) -> Result<Vec<Photo>, String> {
    let source = bytes.to_vec();
    let sizes = tokio::task::spawn_blocking(move || photos::sizes(&source)).await;
    let sizes = sizes.map_err(|e| e.to_string())??;
    let mut kept = Vec::with_capacity(sizes.len());
    for size in sizes {
        let file = keep(telegram, token, PHOTOS, "jpg", &size.jpeg).await?;
        kept.push(Photo {
            file,
            width: size.width,
            height: size.height,
        });
    }
    Ok(kept)
}

/// Keeps any other file.
pub async fn keep_file(
    telegram: &Telegram,
    token: &str,
    kind: &Kind,
    upload: &crate::http::Upload,
    fields: Map<String, Value>,
) -> Result<Attachment, String> {
    let name = upload.file_name.clone().unwrap_or_else(|| "file".into());
    let ending = name.rsplit_once('.').map_or("bin", |(_, ending)| ending);
    let harmless = ending.len() <= 8 && ending.bytes().all(|b| b.is_ascii_alphanumeric());
    let ending = if harmless { ending } else { "bin" };
    let folder = (kind.folder, kind.prefix);
    let mut file = keep(telegram, token, folder, ending, &upload.bytes).await?;
    file.name = Some(name);
    file.mime_type = upload.mime_type.clone();
    telegram.state().bot(token).keep(&file);
    Ok(Attachment {
        kind: kind.name.into(),
        file,
        fields,
    })
}

async fn keep(
    telegram: &Telegram,
    token: &str,
    (folder, prefix): (&str, &str),
    ending: &str,
    bytes: &[u8],
) -> Result<FileRef, String> {
    let number = {
        let mut state = telegram.state();
        state.last_file += 1;
        state.last_file
    };
    let path = format!("{folder}/file_{number}.{ending}");
    let place = place(telegram, &path);
    let parent = place.parent().map(Path::to_path_buf).unwrap_or_default();
    let wrong = |e: std::io::Error| format!("the file cannot be kept: {e}");
    tokio::fs::create_dir_all(parent).await.map_err(wrong)?;
    tokio::fs::write(place, bytes).await.map_err(wrong)?;
    let random = [
        uuid::Uuid::new_v4().into_bytes(),
        uuid::Uuid::new_v4().into_bytes(),
    ]
    .concat();
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
    telegram.state().bot(token).keep(&file);
    Ok(file)
}
