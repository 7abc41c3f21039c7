//! Stored answers for repeated requests: `Idempotency-Key`
//! (<https://datatracker.ietf.org/doc/html/draft-ietf-httpapi-idempotency-key-header-07>).

pub mod queries;

/// The owner of the keys of a person.
pub fn owner_of_person(telegram_id: i64) -> String {
    format!("user:{telegram_id}")
}
