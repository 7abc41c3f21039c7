//! The owner of a Telegram account connects it with the account by whose link they have come.

use audit::model::Origin;
use diesel_async::{AsyncConnection, AsyncPgConnection};
use jobs::ledger::{self, Ticket};
use kernel::Error;
use people::accounts::start_links;
use people::codes::{LINK_OVER, OTHER_PERSON};
use people::privacy::messages::{AskLink, LinkNews, TellLinked};
use uuid::Uuid;
use vendors::messenger::telegram_update::ChatEvent;

use crate::state::ApiState;

/// The answer to `/start` by such a link: a question with a button. `None`: it is another one.
pub(super) async fn asked(
    conn: &mut AsyncPgConnection,
    state: &ApiState,
    event: &ChatEvent,
    user_id: Uuid,
    argument: &str,
) -> Result<Option<Vec<Ticket>>, Error> {
    let (telegram_id, now) = (event.from.telegram_id, state.core.clock.now());
    let Some(link) = start_links::link_of(argument) else {
        return Ok(None);
    };
    if !start_links::claim(conn, &link, telegram_id, now).await? {
        return Ok(Some(vec![
            tell(conn, event, user_id, LinkNews::Over).await?,
        ]));
    }
    let job = AskLink {
        user_id,
        chat_id: event.chat_id,
        link,
    };
    Ok(Some(vec![ledger::enqueue(conn, &job).await?]))
}

/// The button about a link was pressed.
pub(super) async fn pressed(
    conn: &mut AsyncPgConnection,
    state: &ApiState,
    event: &ChatEvent,
    user_id: Uuid,
    link: &str,
) -> Result<Vec<Ticket>, Error> {
    let (telegram_id, now) = (event.from.telegram_id, state.core.clock.now());
    let origin = Origin::own("telegram");
    // Of its own, so that a refusal leaves nothing.
    let done = conn.transaction(async |conn| {
        let memory = &state.core.memory;
        start_links::confirm_telegram(conn, (telegram_id, link), memory, &origin, now).await
    });
    let news = match done.await {
        Ok(done) => {
            for id in done.ended {
                state.signed_in.forget(id);
            }
            return Ok(done.tickets);
        }
        Err(Error::Invalid { code, .. }) if code == LINK_OVER => LinkNews::Over,
        Err(Error::Invalid { code, .. }) if code == OTHER_PERSON => LinkNews::NotEmpty,
        Err(Error::Conflict(_)) => LinkNews::HasOther,
        Err(why) => return Err(why),
    };
    Ok(vec![tell(conn, event, user_id, news).await?])
}

async fn tell(
    conn: &mut AsyncPgConnection,
    event: &ChatEvent,
    user_id: Uuid,
    news: LinkNews,
) -> Result<Ticket, Error> {
    let job = TellLinked {
        user_id,
        chat_id: event.chat_id,
        news,
    };
    Ok(ledger::enqueue(conn, &job).await?)
}
