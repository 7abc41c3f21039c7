//! SQL over persons by their address, and `passwords`.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Nullable, Text};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use kernel::Language;
use uuid::Uuid;

use super::model::{EMAIL, Owner, Purpose, Registration, TELEGRAM};
use super::tokens;
use crate::abuse_memory::AbuseMemory;
use crate::facts::{PersonCreated, PersonVerified};
use crate::users::queries::probable_timezone;
use schema::{identities, passwords, users};

/// Who owns an address, if somebody does. One statement, whether or not.
///
/// # Errors
/// Those of the database.
pub async fn owner(conn: &mut AsyncPgConnection, email_key: &str) -> QueryResult<Option<Owner>> {
    type Found = (
        Uuid,
        Option<String>,
        Option<DateTime<Utc>>,
        String,
        Option<String>,
    );
    let found: Option<Found> = identities::table
        .inner_join(users::table.on(users::id.eq(identities::user_id)))
        .left_join(passwords::table.on(passwords::user_id.eq(identities::user_id)))
        .filter(identities::provider.eq(EMAIL))
        .filter(identities::subject.eq(email_key))
        .select((
            identities::user_id,
            identities::spelling,
            identities::verified_at,
            users::language_code,
            passwords::hash.nullable(),
        ))
        .first(conn)
        .await
        .optional()?;
    Ok(found.map(
        |(user_id, spelling, verified_at, language, password_hash)| Owner {
            user_id,
            spelling: spelling.unwrap_or_else(|| email_key.to_owned()),
            is_verified: verified_at.is_some(),
            language: Language::from_tag(&language).unwrap_or(Language::En),
            password_hash,
        },
    ))
}

/// The address of a person, as it is compared and as it is written, and since when it is proved.
///
/// # Errors
/// Those of the database.
pub async fn address_of(
    conn: &mut AsyncPgConnection,
    user_id: Uuid,
) -> QueryResult<Option<(String, String, Option<DateTime<Utc>>)>> {
    let found: Option<(String, Option<String>, Option<DateTime<Utc>>)> = identities::table
        .filter(identities::user_id.eq(user_id))
        .filter(identities::provider.eq(EMAIL))
        .select((
            identities::subject,
            identities::spelling,
            identities::verified_at,
        ))
        .first(conn)
        .await
        .optional()?;
    Ok(found.map(|(key, spelling, at)| (key.clone(), spelling.unwrap_or(key), at)))
}

/// Makes a person who comes by e-mail, in the caller's transaction. `None`: the address has an owner, or is kept for one,
/// and the transaction is to be rolled back. Who comes back gets what they had used (`memory`).
///
/// # Errors
/// Those of the database.
pub async fn create(
    conn: &mut AsyncPgConnection,
    new: &Registration,
    verified_at: Option<DateTime<Utc>>,
    memory: &AbuseMemory,
    now: DateTime<Utc>,
) -> QueryResult<Option<Uuid>> {
    let id = diesel::sql_query(
        "INSERT INTO users (first_name, name_chosen, phone, company, language_code, timezone, last_seen_at)
         VALUES ($1::text, $1 IS NOT NULL, $2, $3, $4, $5, now()) RETURNING id",
    )
    .bind::<Nullable<Text>, _>(&new.name)
    .bind::<Nullable<Text>, _>(&new.phone)
    .bind::<Nullable<Text>, _>(&new.company)
    .bind::<Text, _>(new.language.code())
    .bind::<Text, _>(probable_timezone(new.language))
    .get_result::<Made>(conn)
    .await?
    .id;
    let taken = diesel::insert_into(identities::table)
        .values((
            identities::user_id.eq(id),
            identities::provider.eq(EMAIL),
            identities::subject.eq(&new.email_key),
            identities::spelling.eq(&new.spelling),
            identities::verified_at.eq(verified_at),
        ))
        .on_conflict((identities::provider, identities::subject))
        .do_nothing()
        .execute(conn)
        .await?;
    // Asked after the address was taken: who gives it up at the same moment has committed by now.
    if taken == 0 || tokens::is_kept(conn, &new.email_key, None, now).await? {
        return Ok(None);
    }
    diesel::insert_into(passwords::table)
        .values((
            passwords::user_id.eq(id),
            passwords::hash.eq(&new.password_hash),
        ))
        .execute(conn)
        .await?;
    memory.recall(conn, id).await?;
    events::record(conn, Some(id), &PersonCreated { provider: EMAIL }).await?;
    if verified_at.is_some() {
        proved(conn, id, &new.email_key).await?;
    }
    Ok(Some(id))
}

#[derive(QueryableByName)]
struct Made {
    #[diesel(sql_type = diesel::sql_types::Uuid)]
    id: Uuid,
}

/// The hash of a person's password.
///
/// # Errors
/// Those of the database.
pub async fn password(conn: &mut AsyncPgConnection, user_id: Uuid) -> QueryResult<Option<String>> {
    let row = passwords::table.find(user_id).select(passwords::hash);
    row.first(conn).await.optional()
}

/// What was got by showing the password, and ends with it.
const BY_PASSWORD: [Purpose; 2] = [Purpose::SignIn, Purpose::LinkTelegram];

/// Stores a password in the place of the one before. Sign-ins end that wait with that one for a second factor.
///
/// # Errors
/// Those of the database.
pub async fn set_password(
    conn: &mut AsyncPgConnection,
    user_id: Uuid,
    hash: &str,
    now: DateTime<Utc>,
) -> QueryResult<()> {
    tokens::end(conn, user_id, &BY_PASSWORD).await?;
    diesel::insert_into(passwords::table)
        .values((
            passwords::user_id.eq(user_id),
            passwords::hash.eq(hash),
            passwords::changed_at.eq(now),
        ))
        .on_conflict(passwords::user_id)
        .do_update()
        .set((passwords::hash.eq(hash), passwords::changed_at.eq(now)))
        .execute(conn)
        .await
        .map(|_| ())
}

/// Stores the same password by a hash with newer parameters, unless it was changed meanwhile.
///
/// # Errors
/// Those of the database.
pub async fn rehash(
    conn: &mut AsyncPgConnection,
    user_id: Uuid,
    old: &str,
    new: &str,
) -> QueryResult<()> {
    let same = passwords::table
        .find(user_id)
        .filter(passwords::hash.eq(old));
    diesel::update(same)
        .set(passwords::hash.eq(new))
        .execute(conn)
        .await
        .map(|_| ())
}

/// From now on a person has no password: only a link sets another one.
///
/// # Errors
/// Those of the database.
pub async fn drop_password(conn: &mut AsyncPgConnection, user_id: Uuid) -> QueryResult<()> {
    tokens::end(conn, user_id, &BY_PASSWORD).await?;
    diesel::delete(passwords::table.find(user_id))
        .execute(conn)
        .await
        .map(|_| ())
}

/// Notes that a person has proved their address. Returns whether it was not proved before.
///
/// # Errors
/// Those of the database.
pub async fn verify(
    conn: &mut AsyncPgConnection,
    user_id: Uuid,
    email_key: &str,
    now: DateTime<Utc>,
) -> QueryResult<bool> {
    let unproved = identities::table
        .filter(identities::user_id.eq(user_id))
        .filter(identities::provider.eq(EMAIL))
        .filter(identities::subject.eq(email_key))
        .filter(identities::verified_at.is_null());
    let changed = diesel::update(unproved)
        .set(identities::verified_at.eq(now))
        .execute(conn)
        .await?;
    if changed == 1 {
        proved(conn, user_id, email_key).await?;
    }
    Ok(changed == 1)
}

/// Records that a person has proved this address, and when they came if it is the first one.
async fn proved(conn: &mut AsyncPgConnection, user_id: Uuid, email_key: &str) -> QueryResult<()> {
    let others = identities::table
        .filter(identities::user_id.eq(user_id))
        .filter(identities::provider.eq(EMAIL))
        .filter(identities::subject.ne(email_key))
        .filter(identities::verified_at.is_not_null());
    let first = users::table
        .find(user_id)
        .filter(diesel::dsl::not(diesel::dsl::exists(others)));
    let fact = PersonVerified {
        provider: EMAIL,
        since: first
            .select(users::created_at)
            .first(conn)
            .await
            .optional()?,
    };
    events::record(conn, Some(user_id), &fact).await
}

/// Gives a person another address, which they have proved. What they have used is remembered under the one before,
/// which is returned. `None`: the new one has an owner, or is kept for one.
///
/// # Errors
/// Those of the database.
pub async fn move_to(
    conn: &mut AsyncPgConnection,
    user_id: Uuid,
    (email_key, spelling): (&str, &str),
    memory: &AbuseMemory,
    now: DateTime<Utc>,
) -> QueryResult<Option<(String, String)>> {
    let Some((old_key, old_spelling, _)) = address_of(conn, user_id).await? else {
        // They have given it up, and take that back.
        let back = give(conn, user_id, (email_key, spelling), now).await?;
        return Ok(back.then(|| (email_key.to_owned(), spelling.to_owned())));
    };
    memory.remember_use(conn, user_id).await?;
    let moved = diesel::sql_query(
        "UPDATE identities SET subject = $2, spelling = $3, verified_at = $4
         WHERE user_id = $1 AND provider = 'email' AND NOT EXISTS (
             SELECT FROM identities AS other
             WHERE other.provider = 'email' AND other.subject = $2 AND other.user_id <> $1)",
    )
    .bind::<diesel::sql_types::Uuid, _>(user_id)
    .bind::<Text, _>(email_key)
    .bind::<Text, _>(spelling)
    .bind::<diesel::sql_types::Timestamptz, _>(now)
    .execute(conn)
    .await?;
    let moved = moved == 1 && !tokens::is_kept(conn, email_key, Some(user_id), now).await?;
    Ok(moved.then_some((old_key, old_spelling)))
}

/// Gives a person who has no address one that they have proved. Returns whether it is theirs.
///
/// # Errors
/// Those of the database.
pub async fn give(
    conn: &mut AsyncPgConnection,
    user_id: Uuid,
    (email_key, spelling): (&str, &str),
    now: DateTime<Utc>,
) -> QueryResult<bool> {
    let made = diesel::insert_into(identities::table)
        .values((
            identities::user_id.eq(user_id),
            identities::provider.eq(EMAIL),
            identities::subject.eq(email_key),
            identities::spelling.eq(spelling),
            identities::verified_at.eq(now),
        ))
        .on_conflict((identities::provider, identities::subject))
        .do_nothing()
        .execute(conn)
        .await?;
    Ok(made == 1 && !tokens::is_kept(conn, email_key, Some(user_id), now).await?)
}

/// Disconnects a Telegram account that was connected after this moment, by who had the account then. Returns it.
///
/// # Errors
/// Those of the database.
pub(super) async fn disconnect_since(
    conn: &mut AsyncPgConnection,
    user_id: Uuid,
    since: DateTime<Utc>,
    memory: &AbuseMemory,
) -> QueryResult<Option<i64>> {
    let made = users::table.find(user_id);
    let made = made.select((users::created_at, users::telegram_id));
    let (made_at, telegram_id): (DateTime<Utc>, Option<i64>) = made.first(conn).await?;
    let late = identities::table
        .filter(identities::user_id.eq(user_id))
        .filter(identities::provider.eq(TELEGRAM))
        .filter(identities::created_at.gt(since.max(made_at)));
    if !diesel::select(diesel::dsl::exists(late))
        .get_result::<bool>(conn)
        .await?
    {
        return Ok(None);
    }
    memory.remember_use(conn, user_id).await?;
    set_telegram(conn, user_id, None).await?;
    Ok(telegram_id)
}

/// Gives a person a Telegram account, or takes it away.
///
/// # Errors
/// Those of the database, also if another person has it.
pub(super) async fn set_telegram(
    conn: &mut AsyncPgConnection,
    id: Uuid,
    telegram_id: Option<i64>,
) -> QueryResult<()> {
    diesel::update(users::table.find(id))
        .set(users::telegram_id.eq(telegram_id))
        .execute(conn)
        .await
        .map(|_| ())
}
