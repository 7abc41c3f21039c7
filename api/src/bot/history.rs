//! Buttons of the person's readings.

use audit::model::Origin;
use bot::jobs::Notice;
use bot::pages::history::View;
use diesel_async::AsyncPgConnection;
use jobs::ledger::Ticket;
use kernel::Error;
use readings::forget;
use uuid::Uuid;
use vendors::messenger::telegram_update::ChatEvent;

use super::notices;

/// Takes a pressed button.
pub(super) async fn pressed(
    conn: &mut AsyncPgConnection,
    event: &ChatEvent,
    user_id: Uuid,
    what: &str,
) -> Result<Vec<Ticket>, Error> {
    if let Some((id, from)) = to_forget(what) {
        return delete(conn, event, user_id, (id, from)).await;
    }
    match View::parse(what) {
        Some(view) => notices::turn(conn, event, user_id, Notice::History(view)).await,
        None => Ok(Vec::new()),
    }
}

fn to_forget(what: &str) -> Option<(Uuid, u16)> {
    let (id, from) = what.strip_prefix("forget:")?.split_once(':')?;
    Some((id.parse().ok()?, from.parse().ok()?))
}

/// Deletes a reading for good, once it was confirmed; one that is gone already is no fault.
async fn delete(
    conn: &mut AsyncPgConnection,
    event: &ChatEvent,
    user_id: Uuid,
    (id, from): (Uuid, u16),
) -> Result<Vec<Ticket>, Error> {
    let removed = forget::remove(conn, id, Some(user_id), &Origin::own("telegram")).await;
    let mut tickets = match removed {
        Ok(ticket) => vec![ticket],
        Err(diesel::result::Error::NotFound) => Vec::new(),
        Err(why) => return Err(why.into()),
    };
    let view = View::List {
        from,
        deleted: true,
    };
    tickets.extend(notices::turn(conn, event, user_id, Notice::History(view)).await?);
    Ok(tickets)
}
