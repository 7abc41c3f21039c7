//! The parts of a form, read as they stream in.

use actix_multipart::{Field, Multipart};
use futures_util::TryStreamExt;
use kernel::Error;

/// How much of a body that is refused already is still read. A client that is cut off while it
/// sends never reads why.
const DRAIN_MAX: usize = 32 * 1024 * 1024;

/// The refusal of what is no form.
pub(super) fn malformed(why: actix_multipart::MultipartError) -> Error {
    use actix_multipart::MultipartError as E;
    let code = match why {
        E::ContentTypeMissing | E::ContentTypeParse | E::ContentTypeIncompatible => {
            kernel::codes::UNSUPPORTED_MEDIA_TYPE
        }
        _ => kernel::codes::INVALID_FIELD,
    };
    Error::Invalid {
        code,
        field: "body",
        why: format!("not multipart/form-data: {why}"),
    }
}

/// The bytes of a field, or the refusal of one of more than `most`.
///
/// Not `Field::bytes`: that reads on to the end of a field that is too long.
pub(super) async fn bytes_of(
    field: &mut Field,
    most: usize,
    refusal: impl Fn() -> Error,
) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    while let Some(chunk) = field.try_next().await.map_err(malformed)? {
        if bytes.len() + chunk.len() > most {
            return Err(refusal());
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

/// Reads and drops what is left, up to [`DRAIN_MAX`]. The multipart stream itself passes over what
/// was not read of a field. Stops at the first sign of the end: actix panics when it is
/// asked again after that.
pub(super) async fn drain(multipart: &mut Multipart) {
    let mut drained = 0;
    while let Ok(Some(mut field)) = multipart.try_next().await {
        while let Ok(Some(chunk)) = field.try_next().await {
            drained += chunk.len();
            if drained > DRAIN_MAX {
                return;
            }
        }
    }
}
