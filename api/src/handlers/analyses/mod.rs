//! Readings: begin one, look at one, wait for one, list them, end them.

pub(crate) mod create;
pub(crate) mod end;
pub(crate) mod events;
pub(crate) mod feedback;
mod form;
pub(crate) mod list;
pub(crate) mod photo;
pub(crate) mod show;
mod spool;
pub(crate) mod view;

use shared::Error;

/// What an error of a look-up by id and owner means.
fn not_found(why: diesel::result::Error) -> Error {
    match why {
        diesel::result::Error::NotFound => Error::NotFound("analysis"),
        why => why.into(),
    }
}
