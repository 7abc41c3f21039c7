//! The beginning of a session, in whatever way its person was proved.

use core::net::IpAddr;

use audit::model::{Change, Origin};
use chrono::{DateTime, TimeDelta, Utc};
use diesel_async::AsyncPgConnection;
use jobs::ledger::Ticket;
use kernel::Error;
use mail::letter::Content;
use people::accounts::letters;
use people::accounts::tries::KNOWN_FOR;
use people::sessions::device::{name, network};
use people::sessions::stored::{self, Row};
use people::sessions::{Method, proofs};
use serde_json::json;
use uuid::Uuid;

use crate::people::profile::{self, UserView};

/// Begins a session of a person who was proved in one way, and by a second factor if they have one. Returns the letters,
/// too.
pub(super) async fn begin(
    conn: &mut AsyncPgConnection,
    user_id: Uuid,
    (first, second): (Method, Option<Method>),
    idle: TimeDelta,
    origin: &Origin,
    now: DateTime<Utc>,
) -> Result<(Row, UserView, Vec<Ticket>), Error> {
    let tickets = tell_new_place(conn, user_id, origin, now).await?;
    let mut session = stored::begin(conn, user_id, (first, idle), origin, now).await?;
    if second.is_some() {
        session = proofs::prove(conn, session.id, second, now).await?;
    }
    note(conn, user_id, session.id, second, origin).await?;
    Ok((session, profile::of(conn, user_id).await?, tickets))
}

/// Whether a person has signed in lately in the network of a request.
pub(super) async fn is_known(
    conn: &mut AsyncPgConnection,
    user_id: Uuid,
    place: Option<IpAddr>,
    now: DateTime<Utc>,
) -> Result<bool, Error> {
    let places = stored::places(conn, user_id, now - KNOWN_FOR).await?;
    let here = place.map(network);
    let mut networks = places
        .iter()
        .map(|(_, address)| address.map(|one| network(one.addr())));
    Ok(here.is_some() && networks.any(|one| one == here))
}

async fn note(
    conn: &mut AsyncPgConnection,
    user_id: Uuid,
    session: Uuid,
    second: Option<Method>,
    origin: &Origin,
) -> Result<(), Error> {
    let change = Change {
        user_id: Some(user_id),
        action: "signed_in",
        entity_type: "session",
        entity_id: Some(session),
        old_value: None,
        new_value: second.map(|method| json!({ "second": method.as_str() })),
    };
    Ok(audit::queries::record(conn, origin, change).await?)
}

/// Tells a person who signs in with a program, or in a network, that they have not used lately. Not at the very first
/// time: who is not told then has asked for the account just now.
async fn tell_new_place(
    conn: &mut AsyncPgConnection,
    user_id: Uuid,
    origin: &Origin,
    now: DateTime<Utc>,
) -> Result<Vec<Ticket>, Error> {
    let known = stored::places(conn, user_id, now - KNOWN_FOR).await?;
    let device = name(origin.user_agent.as_deref());
    let here = origin.address.map(network);
    let is_same = known.iter().any(|(agent, address)| {
        name(agent.as_deref()) == device && address.map(|one| network(one.addr())) == here
    });
    let is_first = known.is_empty() && stored::is_newer(conn, user_id, now - KNOWN_FOR).await?;
    if is_first || is_same {
        return Ok(Vec::new());
    }
    let content = Content::NewDevice {
        device: device.unwrap_or_else(|| "?".to_owned()),
        place: here.map_or_else(|| "?".to_owned(), |net| net.to_string()),
        at: now,
    };
    Ok(letters::to_person(conn, user_id, content).await?)
}
