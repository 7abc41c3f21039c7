//! Files of a request: uploaded with it, known by their id, or at an address.

use std::time::Duration;

use super::Call;
use crate::http::Upload;
use crate::vendors::telegram::attachments::{Attachment, Kind};
use crate::vendors::telegram::error::ApiError;
use crate::vendors::telegram::model::{FileRef, Photo};
use crate::vendors::telegram::store;

/// Telegram gives an address no longer than this.
const PATIENCE: Duration = Duration::from_secs(10);

/// Telegram takes photos of this size from an address, and other files of 20 MB.
const MAX_PHOTO: usize = 5 * 1024 * 1024;
const MAX_FILE: usize = 20 * 1024 * 1024;

enum Source {
    Upload(Upload),
    /// A file id.
    Known(String),
}

/// The photo in a field, in its sizes.
pub(super) async fn photo(call: &Call<'_>, field: &str) -> Result<Vec<Photo>, ApiError> {
    match source(call, field, "photo", MAX_PHOTO).await? {
        Source::Upload(upload) => store::keep_photo(call.telegram, call.token, &upload.bytes)
            .await
            .map_err(ApiError::bad),
        Source::Known(id) => call
            .with_bot(|bot| {
                let sent = bot.chats.values().flat_map(|chat| &chat.messages);
                let mut photos = sent.map(|message| &message.photo);
                let found = photos.find(|sizes| sizes.iter().any(|size| size.file.id == id));
                found.cloned()
            })
            .ok_or_else(unknown),
    }
}

/// The file of a kind in a field.
pub(super) async fn attachment(
    call: &Call<'_>,
    field: &str,
    kind: &Kind,
) -> Result<Attachment, ApiError> {
    let fields = kind.fields(&call.form);
    match source(call, field, kind.name, MAX_FILE).await? {
        Source::Upload(upload) => {
            store::keep_file(call.telegram, call.token, kind, &upload, fields)
                .await
                .map_err(ApiError::bad)
        }
        Source::Known(id) => Ok(Attachment {
            kind: kind.name.into(),
            file: known(call, &id, kind)?,
            fields,
        }),
    }
}

/// A file that has been sent before, as the kind it was.
fn known(call: &Call<'_>, id: &str, kind: &Kind) -> Result<FileRef, ApiError> {
    let file = call.with_bot(|bot| bot.files.get(id).cloned());
    let file = file.filter(|file| file.path.starts_with(&format!("{}/", kind.folder)));
    file.ok_or_else(unknown)
}

fn unknown() -> ApiError {
    ApiError::bad("wrong file identifier/HTTP URL specified")
}

async fn source(call: &Call<'_>, field: &str, what: &str, most: usize) -> Result<Source, ApiError> {
    let named = call.form.text(field);
    let attached = named
        .as_deref()
        .and_then(|name| name.strip_prefix("attach://"));
    if let Some(upload) = call.form.file(attached.unwrap_or(field)) {
        return Ok(Source::Upload(upload.clone()));
    }
    match named {
        Some(url) if url.starts_with("http://") || url.starts_with("https://") => {
            fetch(call, &url, most).await.map(Source::Upload)
        }
        Some(id) => Ok(Source::Known(id)),
        None => Err(ApiError::bad(format!("there is no {what} in the request"))),
    }
}

async fn fetch(call: &Call<'_>, url: &str, most: usize) -> Result<Upload, ApiError> {
    let failed = || ApiError::bad("failed to get HTTP URL content");
    let request = call.telegram.world.http.get(url).timeout(PATIENCE);
    let response = request.send().await.and_then(|it| it.error_for_status());
    let response = response.map_err(|_| failed())?;
    let kind = response.headers().get(reqwest::header::CONTENT_TYPE);
    let kind = kind.and_then(|kind| kind.to_str().ok()).map(str::to_owned);
    let bytes = response.bytes().await.map_err(|_| failed())?;
    if bytes.len() > most {
        return Err(failed());
    }
    let path = url.split(['?', '#']).next().unwrap_or_default();
    Ok(Upload {
        file_name: path.rsplit('/').next().map(str::to_owned),
        mime_type: kind,
        bytes,
    })
}
