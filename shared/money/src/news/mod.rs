//! What persons are told about money, and by which way. One rule for all of it: in the chat with the bot; to a person who
//! has none, or has blocked the bot, by letter, if they have proved an address; who has neither is told when they are back
//! ([`crate::payments::untold`]). Of an organization its owners and billing members are told, each by this rule.

pub mod texts;

use std::time::Duration;

use chrono::{DateTime, Utc};
use delivery::message;
use diesel::QueryResult;
use diesel_async::AsyncPgConnection;
use jobs::ledger::{self, Ticket};
use jobs::{Entry, Job, Queue};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::accounts;
use crate::payments::messages::{
    PaymentPartlyRefunded, PaymentRefunded, PaymentRefused, PaymentSuccess,
};
use crate::refunds::messages::RefundToClaim;
use crate::renewals::messages::RenewalFailed;
use crate::subscriptions::messages::{PlanEnded, TrialEnding};
use crate::subscriptions::model::SubscriptionTier;

/// The jobs of this file.
pub(crate) const JOBS: &[Entry] = &[Entry::of::<WriteNews>(), Entry::of::<OrganizationNews>()];

/// Something that has happened to the money of an account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum News {
    /// The money came, and the plan is there.
    Paid {
        payment_id: Uuid,
    },
    Refused {
        payment_id: Uuid,
    },
    Refunded {
        payment_id: Uuid,
    },
    PartlyRefunded {
        payment_id: Uuid,
    },
    /// The money waits at the vendor for its owner.
    ToClaim {
        refund_id: Uuid,
    },
    /// The next period was refused.
    RenewalFailed {
        account: Uuid,
    },
    PlanEnded {
        account: Uuid,
        tier: SubscriptionTier,
    },
    TrialEnding {
        ends_at: DateTime<Utc>,
    },
}

/// Writes the news to a person who is not told in a chat. Once: the letter has a key of this job.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WriteNews {
    pub user_id: Uuid,
    pub news: News,
}

impl Job for WriteNews {
    const KIND: &'static str = "money.write_news.v1";
    const QUEUE: Queue = delivery::QUEUE;
    const MAX_ATTEMPTS: u16 = delivery::job::MAX_ATTEMPTS;
    const TIMEOUT: Duration = delivery::job::TIMEOUT;

    fn subject(&self) -> Option<Uuid> {
        Some(self.user_id)
    }
}

message! {
    /// Says in the chat of one of its people what became of an organization's plan. A kind of its own: a worker of the previous
    /// release leaves it to others, and would read the other messages as if the plan were the person's. A duplicate after a
    /// crash does no harm.
    OrganizationNews, "notifications.organization_news.v1" { user_id: Uuid, chat_id: i64, news: News }
}

/// Tells an account's people.
///
/// # Errors
/// Those of the database.
pub async fn tell(
    conn: &mut AsyncPgConnection,
    account: Uuid,
    news: &News,
) -> QueryResult<Vec<Ticket>> {
    tell_in(conn, account, news, Duration::ZERO).await
}

/// The same after a delay; the way is that of this moment.
///
/// # Errors
/// Those of the database.
pub async fn tell_in(
    conn: &mut AsyncPgConnection,
    account: Uuid,
    news: &News,
    delay: Duration,
) -> QueryResult<Vec<Ticket>> {
    let mut tickets = Vec::new();
    for one in accounts::recipients(conn, account).await? {
        let chat = one.telegram_id.filter(|_| !one.is_away);
        match (chat, &one.address, one.telegram_id) {
            // Without an address it is kept for their return.
            (Some(chat), _, _) | (None, None, Some(chat)) => {
                let whom = (one.user_id, chat);
                tickets.push(in_chat(conn, whom, news, delay).await?);
            }
            (None, Some(_), _) => tickets.push(by_letter(conn, one.user_id, news, delay).await?),
            (None, None, None) => {}
        }
    }
    Ok(tickets)
}

/// Writes to a person whom a message in the chat does not reach; `None`: they have proved no address.
///
/// # Errors
/// Those of the database.
pub async fn write_instead(
    conn: &mut AsyncPgConnection,
    user_id: Uuid,
    news: &News,
) -> QueryResult<Option<Ticket>> {
    let found = accounts::recipient(conn, user_id).await?;
    if found.is_none_or(|one| one.address.is_none()) {
        return Ok(None);
    }
    let ticket = by_letter(conn, user_id, news, Duration::ZERO).await?;
    Ok(Some(ticket))
}

async fn by_letter(
    conn: &mut AsyncPgConnection,
    user_id: Uuid,
    news: &News,
    delay: Duration,
) -> QueryResult<Ticket> {
    let news = news.clone();
    ledger::enqueue_in(conn, &WriteNews { user_id, news }, delay).await
}

async fn in_chat(
    conn: &mut AsyncPgConnection,
    (user_id, chat_id): (Uuid, i64),
    news: &News,
    delay: Duration,
) -> QueryResult<Ticket> {
    macro_rules! enqueue {
        ($message:ident { $($field:ident $(: $value:expr)?),* }) => {
            ledger::enqueue_in(conn, &$message { user_id, chat_id, $($field $(: $value)?),* }, delay).await
        };
    }
    match *news {
        News::Paid { payment_id } => enqueue!(PaymentSuccess { payment_id }),
        News::Refused { payment_id } => enqueue!(PaymentRefused { payment_id }),
        News::Refunded { payment_id } => enqueue!(PaymentRefunded { payment_id }),
        News::PartlyRefunded { payment_id } => enqueue!(PaymentPartlyRefunded { payment_id }),
        News::ToClaim { refund_id } => enqueue!(RefundToClaim { refund_id }),
        News::RenewalFailed { account } | News::PlanEnded { account, .. } if account != user_id => {
            let news = news.clone();
            enqueue!(OrganizationNews { news })
        }
        News::RenewalFailed { .. } => enqueue!(RenewalFailed {}),
        News::PlanEnded { tier, .. } => enqueue!(PlanEnded { tier }),
        News::TrialEnding { ends_at } => enqueue!(TrialEnding { ends_at }),
    }
}
