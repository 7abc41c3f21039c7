//! Ratings in the chat: by the buttons beneath a reading, and by reactions.

use audit::model::Origin;
use bot::talk::Talk;
use diesel_async::AsyncPgConnection;
use jobs::ledger;
use jobs::ledger::Ticket;
use kernel::Error;
use readings::delivered::in_message;
use readings::messages::ShowButtons;
use readings::ratings::{Words, rate};
use uuid::Uuid;
use vendors::messenger::telegram_update::ChatEvent;

use super::talk;

/// `rate:<1 to 5>:<reading>`.
pub(super) async fn pressed(
    conn: &mut AsyncPgConnection,
    event: &ChatEvent,
    user_id: Uuid,
    what: &str,
) -> Result<Vec<Ticket>, Error> {
    let read = |what: &str| {
        let (rating, id) = what.split_once(':')?;
        let rating = rating.parse().ok().filter(|rate| (1..=5).contains(rate))?;
        Some((rating, id.parse().ok()?))
    };
    let Some((rating, id)) = read(what) else {
        return Ok(Vec::new());
    };
    match rated(conn, event, user_id, id, rating).await {
        Err(Error::NotFound(_)) => talk::say(conn, event, user_id, Talk::Gone).await,
        rated => rated,
    }
}

/// A reaction on a message that carries a reading. One that is taken back leaves the rating as it is.
pub(super) async fn reacted(
    conn: &mut AsyncPgConnection,
    event: &ChatEvent,
    user_id: Uuid,
    emoji: &[String],
) -> Result<Vec<Ticket>, Error> {
    let Some(rating) = emoji.iter().find_map(|one| meaning(one)) else {
        return Ok(Vec::new());
    };
    let Some(id) = in_message(conn, user_id, event.message_id).await? else {
        return Ok(Vec::new());
    };
    match rated(conn, event, user_id, id, rating).await {
        // The message says why a reading has failed.
        Err(Error::Conflict(_)) => Ok(Vec::new()),
        rated => rated,
    }
}

/// The rating that an emoji stands for.
fn meaning(emoji: &str) -> Option<i16> {
    match emoji.trim_end_matches('\u{fe0f}') {
        "❤" | "🔥" | "😍" | "🥰" => Some(5),
        "👍" | "👏" | "🙏" => Some(4),
        "👎" => Some(1),
        _ => None,
    }
}

async fn rated(
    conn: &mut AsyncPgConnection,
    event: &ChatEvent,
    user_id: Uuid,
    id: Uuid,
    rating: i16,
) -> Result<Vec<Ticket>, Error> {
    let origin = Origin::own("telegram");
    rate(conn, (id, Some(user_id)), rating, Words::Kept, &origin).await?;
    let show = ShowButtons {
        user_id,
        analysis_id: id,
        chat_id: event.chat_id,
    };
    Ok(vec![ledger::enqueue(conn, &show).await?])
}
