//! Who has come by whose link. A person counts once, when the bot sees them for the first time; both sides get a
//! unit beyond their plan, each once.

use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use money::meters::bonus::{Reason, give};
use money::meters::queries::lock_usage;
use uuid::Uuid;

use schema::referrals;

/// What the argument of `/start` begins with in a person's link.
const PREFIX: &str = "ref_";

/// The argument of `/start` in the link of a person, which is made when it is needed first.
///
/// # Errors
/// Those of the database.
pub async fn link(conn: &mut AsyncPgConnection, user_id: Uuid) -> QueryResult<String> {
    Ok(argument(&code(conn, user_id).await?))
}

/// The argument of `/start` in the link with this code.
fn argument(code: &str) -> String {
    format!("{PREFIX}{code}")
}

/// The code of a person's link.
async fn code(conn: &mut AsyncPgConnection, user_id: Uuid) -> QueryResult<String> {
    diesel::insert_into(referrals::table)
        .values(referrals::user_id.eq(user_id))
        .on_conflict(referrals::user_id)
        .do_update()
        .set(referrals::user_id.eq(user_id))
        .returning(referrals::code)
        .get_result(conn)
        .await
}

/// How many have come by a person's link and are still here.
///
/// # Errors
/// Those of the database.
pub(crate) async fn brought(conn: &mut AsyncPgConnection, user_id: Uuid) -> QueryResult<i64> {
    referrals::table
        .filter(referrals::referrer_id.eq(user_id))
        .count()
        .get_result(conn)
        .await
}

/// A person who has come by a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Referral {
    pub referrer_id: Uuid,
    /// Whether the other person got their unit for it.
    pub is_rewarded: bool,
}

/// Counts a person whom the bot sees for the first time, in the caller's transaction. `None`: the argument of
/// `/start` is no link, or they had come by one before their data was deleted.
///
/// # Errors
/// Those of the database.
pub async fn count(
    conn: &mut AsyncPgConnection,
    user_id: Uuid,
    argument: &str,
) -> QueryResult<Option<Referral>> {
    let Some(referrer_id) = owner(conn, argument).await? else {
        return Ok(None);
    };
    // They are locked in the order of an erasure, and are still there afterwards or gone.
    lock_usage(conn, referrer_id).await?;
    if owner(conn, argument).await?.is_none() || !give(conn, user_id, Reason::Invited).await? {
        return Ok(None);
    }
    diesel::insert_into(referrals::table)
        .values((
            referrals::user_id.eq(user_id),
            referrals::referrer_id.eq(referrer_id),
        ))
        .execute(conn)
        .await?;
    let is_rewarded = give(conn, referrer_id, Reason::Referrer).await?;
    Ok(Some(Referral {
        referrer_id,
        is_rewarded,
    }))
}

/// Whose link has this argument.
async fn owner(conn: &mut AsyncPgConnection, argument: &str) -> QueryResult<Option<Uuid>> {
    let Some(code) = argument.strip_prefix(PREFIX) else {
        return Ok(None);
    };
    referrals::table
        .filter(referrals::code.eq(code))
        .select(referrals::user_id)
        .first(conn)
        .await
        .optional()
}
