//! The picture of a reading that a person shares: taken as photos are, and made anew from its pixels, so that
//! nothing else of it becomes public.

use std::sync::Arc;

use actix_multipart::{Field, Multipart};
use bytes::Bytes;
use futures_util::TryStreamExt;
use kernel::Error;
use pictures::{Cancel, Fault, Limits};
use readings::codes::INVALID_IMAGE_FORMAT;
use tokio::sync::Semaphore;

use super::parts::{drain, malformed};
use super::spool::{Room, Spool, Upload};
use crate::http::middleware::bodies::too_large;

/// The largest picture, in bytes.
const BYTES_MAX: usize = 1024 * 1024;

/// The longest side: that of a story (1080 x 1920).
const SIDE_MAX: u32 = 1_920;

/// The most pixels.
const PIXELS_MAX: u64 = 1_080 * 1_920;

/// The memory is that of the decoder of WebP, which needs up to twelve bytes for a pixel.
const LIMITS: Limits = Limits {
    pixels: PIXELS_MAX,
    memory: PIXELS_MAX as usize * 12,
};

/// A picture as it was sent.
pub(super) struct Card(Upload);

impl Card {
    /// Reads the field `card` of a form, and passes over others.
    ///
    /// # Errors
    /// The first fault.
    pub(super) async fn read(mut multipart: Multipart, room: Room) -> Result<Self, Error> {
        let mut spool = Spool::with(room);
        let mut taken = 0;
        while let Some(mut field) = multipart.try_next().await.map_err(malformed)? {
            let is_card = field.name() == Some("card");
            if let Err(why) = take(&mut field, is_card.then_some(&mut spool), &mut taken).await {
                drop(field);
                drain(&mut multipart).await;
                return Err(why);
            }
        }
        if spool.is_empty() {
            return Err(Error::missing("card", "send a JPEG or a PNG"));
        }
        let upload = spool.finish().await.map_err(named)?;
        let (width, height) = (upload.photo.width, upload.photo.height);
        let is_small = u64::from(width) * u64::from(height) <= PIXELS_MAX;
        if !is_small || width.max(height) > SIDE_MAX {
            let why = format!("has {width} x {height} pixels; at most 1080 x 1920 are allowed");
            return Err(Error::invalid("card", why));
        }
        Ok(Self(upload))
    }

    /// SHA-256 of its bytes.
    pub(super) async fn digest(&self) -> Result<[u8; 32], Error> {
        self.0.digest().await
    }

    /// The picture as a JPEG of its pixels alone, made on a blocking thread: as many at once as there are permits.
    /// If the future is dropped, the work ends within some milliseconds.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(super) async fn jpeg(&self, permits: &Arc<Semaphore>) -> Result<Bytes, Error> {
        let permit = permits.clone().acquire_owned().await;
        let permit = permit.map_err(Error::internal)?;
        let bytes = self.0.bytes().await?;
        let cancel = Cancel::default();
        let _dropped = CancelOnDrop(cancel.clone());
        let work = move || {
            let _permit = permit;
            pictures::jpeg_within(SIDE_MAX, &bytes, &LIMITS, &cancel)
        };
        let made = tokio::task::spawn_blocking(work).await;
        // A decoder that panics does so each time.
        let made = made.unwrap_or_else(|why| Err(Fault::Broken(why.to_string())));
        made.map(Bytes::from).map_err(|fault| Error::Invalid {
            code: INVALID_IMAGE_FORMAT,
            field: "card",
            why: fault.to_string(),
        })
    }
}

/// Cancels the work when the request that waits for it is dropped.
struct CancelOnDrop(Cancel);

impl Drop for CancelOnDrop {
    fn drop(&mut self) {
        self.0.cancel();
    }
}

/// Takes the bytes of a field into the spool, if it is the picture.
async fn take(
    field: &mut Field,
    mut spool: Option<&mut Spool>,
    taken: &mut usize,
) -> Result<(), Error> {
    if spool.as_ref().is_some_and(|spool| !spool.is_empty()) {
        return Err(Error::invalid("card", "given more than once"));
    }
    while let Some(chunk) = field.try_next().await.map_err(malformed)? {
        *taken += chunk.len();
        if *taken > BYTES_MAX {
            return Err(too_large(BYTES_MAX));
        }
        if let Some(spool) = &mut spool {
            spool.push(&chunk).await?;
        }
    }
    Ok(())
}

/// The fault of a photo, as that of this field.
fn named(why: Error) -> Error {
    match why {
        Error::Invalid { code, why, .. } => Error::Invalid {
            code,
            field: "card",
            why,
        },
        why => why,
    }
}
