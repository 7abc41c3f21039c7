//! Makes the pictures of a photo on a blocking thread: as many photos at once as there are permits.
//! Dropping the future cancels the work.

use std::sync::Arc;

use bytes::Bytes;
use kernel::Error;
use pictures::{Cancel, Fault, Limits, Pictures};
use readings::photo;
use readings::photo::PhotoFault;
use tokio::sync::Semaphore;

/// The limits of one photo. The memory is that of [`photo::MAX_PIXELS`] with four samples each, and
/// is only needed by photos that cannot be made small while they are decoded: interlaced PNGs, and
/// WebPs, whose decoder needs up to twelve bytes for a pixel.
const LIMITS: Limits = Limits {
    pixels: photo::MAX_PIXELS,
    memory: photo::MAX_PIXELS as usize * 4,
};

/// Cancels the work when the attempt that waits for it is dropped.
struct CancelOnDrop(Cancel);

impl Drop for CancelOnDrop {
    fn drop(&mut self) {
        self.0.cancel();
    }
}

/// Makes the pictures. If the future is dropped, the work ends within some milliseconds (on a WebP once
/// its decoder is done), and returns its memory and its permit.
///
/// # Errors
/// What is wrong with the photo.
pub(super) async fn prepare(decoders: &Arc<Semaphore>, original: Bytes) -> Result<Pictures, Error> {
    let acquired = decoders.clone().acquire_owned().await;
    let permit = acquired.map_err(Error::internal)?;
    let cancel = Cancel::default();
    let _cancel = CancelOnDrop(cancel.clone());
    let work = move || {
        let _permit = permit;
        pictures::prepare(&original, &LIMITS, &cancel)
    };
    match tokio::task::spawn_blocking(work).await {
        Ok(made) => made.map_err(refusal),
        // A decoder that panics on a photo does so each time: a retry is useless.
        Err(why) if why.is_panic() => {
            tracing::error!(error = %why, "the decoder panicked on a photo");
            Err(PhotoFault::Broken("the decoder failed".to_owned()).into())
        }
        Err(why) => Err(Error::internal(format!(
            "the task of the image step failed: {why}"
        ))),
    }
}

fn refusal(fault: Fault) -> Error {
    let fault = match fault {
        Fault::UnknownFormat => PhotoFault::UnknownFormat,
        Fault::Broken(why) => PhotoFault::Broken(why),
        Fault::Truncated => PhotoFault::Truncated,
        Fault::TooManyPixels { width, height } => PhotoFault::TooManyPixels { width, height },
        Fault::TooMuch(what) => PhotoFault::TooMuch(what),
        Fault::Cancelled => return Error::internal("the image step was cancelled"),
    };
    fault.into()
}

#[cfg(test)]
#[path = "picture_tests.rs"]
mod tests;
