//! The facts that are counted, as they are read from the outbox. A field that is missing or of another type has its default,
//! so that an event of an earlier or later version still counts for what it says.
//!
//! Facts of the chat, by the names under which they will be recorded: `conversation.created` (`conversation`),
//! `message.created` (`conversation`), `message.completed` (`conversation`, `plan`, `provider`, `model`, `tokens_in`,
//! `tokens_out`) and `message.failed` (`conversation`).

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use uuid::Uuid;

/// A fact that is counted.
#[derive(Clone, Debug, PartialEq)]
pub enum Counted {
    PersonCreated,
    PersonVerified(Verified),
    PersonDeleted,
    SignedIn,
    KeyUsed,
    PlanChanged(PlanChanged),
    ReadingCreated,
    ReadingEnded(Ended),
    ConversationCreated(Message),
    MessageCreated(Message),
    MessageCompleted(Ended),
    MessageFailed,
    ProviderCalled(Called),
    PaymentMoved(Payment),
    PaymentBooked(Booked),
    SubscriptionMoved(Moved),
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Verified {
    /// When the person signed up.
    pub since: Option<DateTime<Utc>>,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct PlanChanged {
    pub to: String,
}

/// A reading or an answer of the chat.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Ended {
    pub state: String,
    pub plan: Option<String>,
    pub provider: Option<String>,
    pub model: Option<String>,
    pub tokens_in: i64,
    pub tokens_out: i64,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Message {
    pub conversation: Option<Uuid>,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Model {
    pub provider: String,
    pub model: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Called {
    /// When it began: it counts there, whatever is told of it later.
    pub at: Option<DateTime<Utc>>,
    pub provider: String,
    pub model: Option<String>,
    pub kind: String,
    /// What it was told as before; then tokens and cost are what has come to that.
    pub was: Option<String>,
    pub ms: i64,
    pub was_ms: Option<i64>,
    /// Until the first piece of the answer.
    pub first_ms: Option<i64>,
    pub tokens_in: i64,
    pub tokens_out: i64,
    pub cost_micro_usd: i64,
    pub instead_of: Option<Model>,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Payment {
    pub to: String,
    pub currency: String,
    pub tier: String,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Booked {
    pub kind: String,
    pub amount: i64,
    pub currency: String,
    pub tier: String,
    pub at: Option<DateTime<Utc>>,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Moved {
    pub movement: String,
    pub from: Option<Recurring>,
    pub to: Option<Recurring>,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Recurring {
    pub tier: String,
    pub currency: String,
    pub mrr: i64,
}

impl Counted {
    /// `None`: what happened is not counted.
    pub fn of(name: &str, data: &Value) -> Option<Self> {
        Some(match name {
            "person.created" => Self::PersonCreated,
            "person.verified" => Self::PersonVerified(read(data)),
            "person.deleted" => Self::PersonDeleted,
            "person.signed_in" => Self::SignedIn,
            "key.used" => Self::KeyUsed,
            "plan.changed" => Self::PlanChanged(read(data)),
            "reading.created" => Self::ReadingCreated,
            "reading.ended" => Self::ReadingEnded(read(data)),
            "conversation.created" => Self::ConversationCreated(read(data)),
            "message.created" => Self::MessageCreated(read(data)),
            "message.completed" => Self::MessageCompleted(read(data)),
            "message.failed" => Self::MessageFailed,
            "provider.called" => Self::ProviderCalled(read(data)),
            "payment.moved" => Self::PaymentMoved(read(data)),
            "payment.booked" => Self::PaymentBooked(read(data)),
            "subscription.moved" => Self::SubscriptionMoved(read(data)),
            _ => return None,
        })
    }
}

/// Field by field: one that cannot be read does not take the others with it.
fn read<T: DeserializeOwned + Default>(data: &Value) -> T {
    if let Ok(read) = T::deserialize(data) {
        return read;
    }
    let Value::Object(fields) = data else {
        return T::default();
    };
    let mut sound = serde_json::Map::new();
    for (name, value) in fields {
        sound.insert(name.clone(), value.clone());
        if T::deserialize(&Value::Object(sound.clone())).is_err() {
            sound.remove(name);
        }
    }
    T::deserialize(Value::Object(sound)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_field_that_cannot_be_read_has_its_default_and_the_others_count() {
        let data = json!({ "tokens_in": "many", "tokens_out": 7, "state": "completed", "new": [] });
        let Some(Counted::ReadingEnded(ended)) = Counted::of("reading.ended", &data) else {
            panic!("it is counted");
        };
        let seen = (ended.tokens_in, ended.tokens_out, ended.state.as_str());
        assert_eq!(seen, (0, 7, "completed"));
    }

    #[test]
    fn what_is_not_known_is_not_counted() {
        assert_eq!(Counted::of("bell.rang", &json!({})), None);
        let nothing = Counted::of("plan.changed", &json!(null));
        assert_eq!(nothing, Some(Counted::PlanChanged(PlanChanged::default())));
    }
}
