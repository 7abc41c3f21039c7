//! Keys of services, and persons: sessions, profiles, consents, export and deletion of data.

mod consents;
pub mod keys;
pub mod persons;
mod privacy;
mod profile;
mod sessions;
mod zones;

use people::api_keys::model::Scope;

use crate::http::endpoint::{Access, Endpoint, endpoints};

pub(crate) fn endpoints() -> Vec<Endpoint> {
    endpoints! {
        sessions::begin => Access::Public;
        sessions::renew => Access::Public;
        profile::show => Scope::UsersRead;
        profile::change => Scope::UsersWrite;
        consents::show => Scope::UsersRead;
        consents::change => Scope::UsersWrite;
        privacy::exports::create => Scope::Privacy;
        privacy::exports::list => Scope::Privacy;
        privacy::exports::show => Scope::Privacy;
        privacy::deletion::create => Scope::Privacy;
        privacy::deletion::show => Scope::Privacy;
    }
}
