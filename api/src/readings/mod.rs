//! Readings: begin one, look at one, wait for one, ask about one, list them, share them, end them.

mod card;
mod create;
mod end;
mod events;
mod feedback;
mod form;
mod list;
mod parts;
mod photo;
mod questions;
mod share_links;
mod shared_card;
mod shares;
pub(crate) mod show;
mod spool;
pub(crate) mod view;
pub mod waiting;

/// For the crate `fuzz`. No part of the interface.
#[doc(hidden)]
pub mod inside {
    pub use super::form::read_alone as form;
    pub use super::list::{parse_cursor, print_cursor};
    pub use super::show::wait;
}

use kernel::Error;
use people::api_keys::model::Scope;

use crate::http::endpoint::{Access, Endpoint, endpoints};

pub(crate) fn endpoints() -> Vec<Endpoint> {
    endpoints! {
        create::create => Scope::AnalysesWrite;
        list::list => Scope::AnalysesRead;
        show::show => Scope::AnalysesRead;
        end::delete => Scope::AnalysesWrite;
        events::events => Scope::AnalysesRead;
        photo::photo => Scope::PhotosRead;
        end::cancel => Scope::AnalysesWrite;
        feedback::rate => Scope::AnalysesWrite;
        questions::ask => Scope::AnalysesWrite;
        questions::list => Scope::AnalysesRead;
        questions::again => Scope::AnalysesWrite;
        shares::create => Scope::AnalysesWrite;
        shares::list => Scope::AnalysesRead;
        shares::end => Scope::AnalysesWrite;
        shared_card::card => Access::Public;
    }
}

/// Maps an error of a lookup by id and owner.
fn not_found(why: diesel::result::Error) -> Error {
    match why {
        diesel::result::Error::NotFound => Error::NotFound("analysis"),
        why => why.into(),
    }
}
