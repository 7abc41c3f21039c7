//! Letters to the owner of an address.

use ::jobs::ledger::Ticket;
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use kernel::Language;
use mail::letter::{Content, Letter};
use uuid::Uuid;

use super::model::EMAIL;
use schema::{identities, users};

/// Writes to a person, where they are reached by e-mail. To the address that is stored, never to one that was typed.
///
/// # Errors
/// Those of the database.
pub async fn to_person(
    conn: &mut AsyncPgConnection,
    user_id: Uuid,
    content: Content,
) -> QueryResult<Vec<Ticket>> {
    let found: Option<(Option<String>, String)> = identities::table
        .inner_join(users::table.on(users::id.eq(identities::user_id)))
        .filter(identities::user_id.eq(user_id))
        .filter(identities::provider.eq(EMAIL))
        .select((identities::spelling, users::language_code))
        .first(conn)
        .await
        .optional()?;
    let Some((Some(to), language)) = found else {
        return Ok(Vec::new());
    };
    let letter = Letter {
        to,
        user_id: Some(user_id),
        language: Language::from_tag(&language).unwrap_or(Language::En),
        content,
        dedupe_key: None,
    };
    Ok(vec![mail::queries::enqueue(conn, &letter).await?])
}

/// Writes to an address.
///
/// # Errors
/// Those of the database.
pub async fn to_address(
    conn: &mut AsyncPgConnection,
    to: &str,
    user_id: Option<Uuid>,
    language: Language,
    content: Content,
) -> QueryResult<Ticket> {
    let letter = Letter {
        to: to.to_owned(),
        user_id,
        language,
        content,
        dedupe_key: None,
    };
    mail::queries::enqueue(conn, &letter).await
}

/// Tells a person that a session of theirs was ended because two have held its token.
///
/// # Errors
/// Those of the database.
pub async fn reused(conn: &mut AsyncPgConnection, user_id: Uuid) -> QueryResult<Vec<Ticket>> {
    to_person(conn, user_id, Content::SignInReused).await
}
