//! What the bot answers instead of what it does: to persons who are suspended, and while readings are paused. What is
//! about their data, requests to the operators, and words of despair are answered as always.

use bot::commands::canonical;
use bot::dialogue::{self, Expects};
use bot::jobs::Notice;
use diesel_async::AsyncPgConnection;
use jobs::ledger::Ticket;
use kernel::Error;
use people::suspensions;
use people::users::model::PersonKey;
use uuid::Uuid;
use vendors::messenger::telegram_update::{ChatEvent, EventKind};

use super::notices;
use super::words::is_of_despair;
use crate::state::ApiState;

/// Commands that stay.
const OPEN: [&str; 7] = [
    "settings",
    "language",
    "help",
    "paysupport",
    "terms",
    "privacy",
    "delete",
];

/// Buttons whose press begins a reading, by who answers it.
const READS: [&str; 3] = ["again", "reread", "answer"];

/// The notice that an event is answered with, if it is refused.
pub(super) async fn refuse(
    conn: &mut AsyncPgConnection,
    state: &ApiState,
    event: &ChatEvent,
    user_id: Uuid,
) -> Result<Option<Vec<Ticket>>, Error> {
    if stays_open(conn, event, user_id).await? {
        return Ok(None);
    }
    let now = state.core.clock.now();
    let suspension = suspensions::of(conn, PersonKey::Row(user_id), now).await?;
    let notice = match suspension {
        Some(_) => Notice::Suspended,
        None if !begins_reading(&event.kind) => return Ok(None),
        None if state.core.switches.now().await?.admit_reading().is_ok() => return Ok(None),
        None => Notice::Paused,
    };
    Ok(Some(notices::send(conn, event, user_id, notice).await?))
}

async fn stays_open(
    conn: &mut AsyncPgConnection,
    event: &ChatEvent,
    user_id: Uuid,
) -> Result<bool, Error> {
    Ok(match &event.kind {
        EventKind::InGroup { .. } | EventKind::Blocked(_) | EventKind::Reacted { .. } => true,
        EventKind::Command { name, .. } => OPEN.contains(&canonical(name)),
        EventKind::Pressed { data, .. } => match data.split_once(':') {
            Some(("settings" | "support", _)) => true,
            Some(("menu", name)) => OPEN.contains(&canonical(name)),
            _ => false,
        },
        _ if is_of_despair(event) => true,
        EventKind::Words(_) => dialogue::expected(conn, user_id).await? == Some(Expects::Request),
        _ => false,
    })
}

fn begins_reading(kind: &EventKind) -> bool {
    match kind {
        EventKind::Photo(_) | EventKind::Words(_) | EventKind::Edited { .. } => true,
        EventKind::Pressed { data, .. } => {
            let answers = data.split(':').next().unwrap_or_default();
            READS.contains(&answers)
        }
        _ => false,
    }
}
