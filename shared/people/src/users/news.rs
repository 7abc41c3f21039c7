//! That a person has changed, told to every process that may remember them.

use kernel::publish::{Publisher, Topic};
use uuid::Uuid;

use super::model::PersonKey;

/// The ways into an account have changed, or what is open to it; a message names it as a proof does.
pub const PEOPLE: Topic = Topic::new("people");

/// Tells all processes to forget a person, without waiting. After the commit; without Redis they do within seconds.
pub fn announce(publisher: &Publisher, person: PersonKey) {
    publisher.publish_soon(PEOPLE, person.to_string());
}

/// The same of a command that is about to end: returns once Redis has it or has failed. The person of a row goes by their
/// Telegram id, too, if they have one.
pub async fn announce_now(publisher: &Publisher, id: Uuid, telegram_id: Option<i64>) {
    let telegram = telegram_id.map(PersonKey::Telegram);
    for person in telegram.into_iter().chain([PersonKey::Row(id)]) {
        publisher.publish(PEOPLE, person.to_string()).await;
    }
}

/// The person that a message names.
pub fn person_of(message: &[u8]) -> Option<PersonKey> {
    let text = str::from_utf8(message).ok()?;
    let telegram = text.parse().map(PersonKey::Telegram);
    telegram
        .or_else(|_| Uuid::try_parse(text).map(PersonKey::Row))
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_names_the_person_that_was_announced_and_no_other() {
        for person in [PersonKey::Telegram(7), PersonKey::Row(Uuid::from_u128(7))] {
            assert_eq!(person_of(person.to_string().as_bytes()), Some(person));
        }
        for strange in ["", "7x", "\u{ff}"] {
            assert_eq!(person_of(strange.as_bytes()), None, "{strange}");
        }
    }
}
