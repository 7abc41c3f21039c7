//! API keys, persons, and organizations: sessions, profiles, consents, members, export and deletion of data.

pub mod accounts;
mod consents;
pub(crate) mod credential_news;
pub mod keys;
mod organizations;
mod own_keys;
pub mod persons;
mod privacy;
pub(crate) mod profile;
mod sessions;
pub mod signed_in;
pub mod suspended;
pub mod tokens;
pub(crate) mod zones;

/// For `examples/callers.rs`. No part of the interface.
#[doc(hidden)]
pub mod inside {
    use chrono::{DateTime, Utc};
    use kernel::db::Pool;
    use uuid::Uuid;

    use super::keys::Keys;
    use super::signed_in::SignedIn;

    pub async fn is_key(keys: &Keys, given: &[u8], now: DateTime<Utc>) -> bool {
        keys.find(given, None, now, async || Ok(())).await.is_ok()
    }

    pub async fn is_alive(sessions: &SignedIn, db: &Pool, id: Uuid, now: DateTime<Utc>) -> bool {
        sessions.check(db, id, 0, now).await.is_ok()
    }
}

use people::api_keys::model::Scope;
use people::factors::step_up::StepUp;
use people::organizations::roles::Permission;

use crate::http::endpoint::{Access, Endpoint, endpoints};

pub(crate) fn endpoints() -> Vec<Endpoint> {
    endpoints! {
        sessions::begin => Access::Public;
        sessions::renew => Access::Public;
        accounts::register::register => Access::Public;
        accounts::login::login => Access::Public;
        accounts::second_step::login => Access::Public;
        accounts::reauthenticate::reauthenticate => Access::Public;
        accounts::refresh::refresh => Access::Public;
        accounts::refresh::logout => Access::Public;
        accounts::refresh::session => Access::Public;
        accounts::links::verify => Access::Public;
        accounts::addresses::resend => Access::Public;
        accounts::addresses::forgot => Access::Public;
        accounts::links::reset => Access::Public;
        accounts::changes::password => Access::Public, StepUp::Factor;
        accounts::changes::email => Access::Public, StepUp::Factor;
        accounts::links::confirm => Access::Public;
        accounts::links::undo => Access::Public;
        accounts::telegram::telegram => Access::Public;
        accounts::linking::email => Access::Public, StepUp::Person;
        accounts::linking::confirm => Access::Public;
        accounts::linking::telegram => Access::Public, StepUp::Factor;
        accounts::linking::unlink_email => Access::Public, StepUp::Person;
        accounts::linking::unlink_telegram => Access::Public, StepUp::Person;
        accounts::devices::list => Access::Public;
        accounts::devices::end => Access::Public;
        accounts::factors::show => Access::Public;
        accounts::factors::begin => Access::Public, StepUp::Person;
        accounts::factors::confirm => Access::Public;
        accounts::factors::remove => Access::Public, StepUp::Person;
        accounts::factors::renew_codes => Access::Public, StepUp::Person;
        accounts::passkey_proofs::sign_in_options => Access::Public;
        accounts::passkey_proofs::sign_in => Access::Public;
        accounts::passkey_proofs::prove_options => Access::Public;
        accounts::passkeys::options => Access::Public, StepUp::Person;
        accounts::passkeys::add => Access::Public;
        accounts::passkeys::list => Access::Public;
        accounts::passkeys::rename => Access::Public;
        accounts::passkeys::remove => Access::Public, StepUp::Person;
        accounts::keys::list => Access::Public;
        profile::show => Scope::UsersRead;
        profile::change => Scope::UsersWrite;
        consents::show => Scope::UsersRead;
        consents::change => Scope::UsersWrite;
        privacy::exports::create => Scope::Privacy;
        privacy::exports::list => Scope::Privacy;
        privacy::exports::show => Scope::Privacy;
        privacy::deletion::create => Scope::Privacy, StepUp::Person;
        privacy::deletion::show => Scope::Privacy;
        organizations::list => Scope::OrganizationsRead;
        organizations::create => Scope::OrganizationsWrite;
        organizations::show => (Scope::OrganizationsRead, Permission::OrgRead);
        organizations::change => (Scope::OrganizationsWrite, Permission::OrgWrite);
        organizations::delete => (Scope::OrganizationsWrite, Permission::OrgDelete), StepUp::Person;
        organizations::members::list => (Scope::OrganizationsRead, Permission::MembersRead);
        organizations::members::change => (Scope::OrganizationsWrite, Permission::MembersWrite), StepUp::Person;
        organizations::members::remove => (Scope::OrganizationsWrite, Permission::MembersWrite), StepUp::Person;
        organizations::members::leave => (Scope::OrganizationsWrite, Permission::OrgRead);
        organizations::members::transfer => (Scope::OrganizationsWrite, Permission::OrgDelete), StepUp::Person;
        organizations::invitations::list => (Scope::OrganizationsRead, Permission::InvitationsWrite);
        organizations::invitations::create => (Scope::OrganizationsWrite, Permission::InvitationsWrite), StepUp::Person;
        organizations::invitations::resend => (Scope::OrganizationsWrite, Permission::InvitationsWrite), StepUp::Person;
        organizations::invitations::revoke => (Scope::OrganizationsWrite, Permission::InvitationsWrite);
        organizations::answers::show => Access::Public;
        organizations::answers::accept => Scope::OrganizationsWrite;
        organizations::answers::decline => Scope::OrganizationsWrite;
        own_keys::list => (Scope::KeysRead, Permission::KeysRead);
        own_keys::make::create => (Scope::KeysWrite, Permission::KeysWrite), StepUp::Person;
        own_keys::validate::validate => (Scope::KeysRead, Permission::KeysRead);
        own_keys::show => (Scope::KeysRead, Permission::KeysRead);
        own_keys::change::change => (Scope::KeysWrite, Permission::KeysWrite), StepUp::Person;
        own_keys::change::delete => (Scope::KeysWrite, Permission::KeysWrite), StepUp::Person;
        own_keys::make::rotate => (Scope::KeysWrite, Permission::KeysWrite), StepUp::Person;
        own_keys::change::revoke => (Scope::KeysWrite, Permission::KeysWrite), StepUp::Person;
    }
}
