//! What follows when a person is told of a limit: the reminder that they have switched on, and once the question
//! for their time zone, by which the limit ends.

use std::time::Duration;

use bot::jobs::{Notice, SendNotice};
use bot::pages::settings::View;
use bot::reminders::{self, LimitFree};
use chrono::Utc;
use diesel_async::AsyncPgConnection;
use jobs::ledger;
use jobs::ledger::Ticket;
use kernel::Error;
use money::meters::model::Usage;
use money::meters::rules;
use people::users;
use uuid::Uuid;
use vendors::messenger::telegram_update::ChatEvent;

/// After the message about the limit, which it is about.
const LATER: Duration = Duration::from_secs(3);

/// Enqueues what follows.
pub(super) async fn follow(
    conn: &mut AsyncPgConnection,
    event: &ChatEvent,
    user_id: Uuid,
    usage: &Usage,
) -> Result<Vec<Ticket>, Error> {
    let now = Utc::now();
    if rules::free_at(usage, now).is_none() {
        return Ok(Vec::new());
    }
    let chat_id = event.chat_id;
    let mut tickets = Vec::new();
    let person = users::queries::by_id(conn, user_id).await?;
    if person.notices.limit_free {
        let reminder = LimitFree {
            user_id,
            by_button: false,
            chat_id,
            due: 0,
        };
        tickets.extend(reminders::enqueue(conn, reminder, usage, now).await?);
    }
    if users::queries::ask_timezone(conn, user_id).await? {
        let question = SendNotice {
            user_id,
            chat_id,
            notice: Notice::Settings(View::AskZone),
            replaces: None,
        };
        tickets.push(ledger::enqueue_in(conn, &question, LATER).await?);
    }
    Ok(tickets)
}
