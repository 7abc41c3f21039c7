//! `/start`, alone or by a link.

use bot::jobs::{Notice, SendNotice};
use bot::referrals::{self, Referral};
use diesel_async::AsyncPgConnection;
use jobs::ledger::{self, Ticket};
use kernel::Error;
use people::users;
use uuid::Uuid;
use vendors::messenger::telegram_update::ChatEvent;

use super::{consent, linking, notices};
use crate::state::ApiState;

/// Greets a person, and counts one who `is_new` for the link that they came by.
pub(super) async fn take(
    conn: &mut AsyncPgConnection,
    state: &ApiState,
    event: &ChatEvent,
    user_id: Uuid,
    argument: Option<&str>,
    is_new: bool,
) -> Result<Vec<Ticket>, Error> {
    if let Some(argument) = argument
        && let Some(tickets) = linking::asked(conn, state, event, user_id, argument).await?
    {
        return Ok(tickets);
    }
    let referral = match argument.filter(|_| is_new) {
        Some(argument) => referrals::count(conn, user_id, argument).await?,
        None => None,
    };
    let notice = match consent::is_given(conn, user_id).await? {
        true => Notice::Greeting,
        false => Notice::Introduction {
            is_invited: referral.is_some(),
        },
    };
    let mut tickets = notices::send(conn, event, user_id, notice).await?;
    if let Some(referral) = referral.filter(|referral| referral.is_rewarded) {
        tickets.extend(thank(conn, referral).await?);
    }
    Ok(tickets)
}

/// Tells the person whose link it was.
async fn thank(conn: &mut AsyncPgConnection, referral: Referral) -> Result<Option<Ticket>, Error> {
    let referrer = users::queries::by_id(conn, referral.referrer_id).await?;
    // Their own chat with the bot has the number of the person.
    let Some(chat_id) = referrer.telegram_id else {
        return Ok(None);
    };
    let job = SendNotice {
        user_id: referrer.id,
        chat_id,
        notice: Notice::FriendCame,
        replaces: None,
    };
    Ok(Some(ledger::enqueue(conn, &job).await?))
}
