//! Stored answers for repeated requests: `Idempotency-Key`
//! (<https://datatracker.ietf.org/doc/html/draft-ietf-httpapi-idempotency-key-header-07>).

pub mod queries;

use crate::users::model::PersonKey;

/// The owner of the keys of a person.
pub fn owner_of_person(person: PersonKey) -> String {
    format!("user:{person}")
}
