//! Persons and organizations, as operators find them: by pages, the newest first.

use chrono::{DateTime, Utc};
use diesel::QueryableByName;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use kernel::Error;
use money::subscriptions::model::SubscriptionTier;
use people::users::model::TELEGRAM_ID_MAX;
use uuid::Uuid;

/// What persons are looked for by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum By {
    Id(Uuid),
    Telegram(i64),
    /// The beginning of an address, in the form that is compared.
    Address(String),
}

/// The fewest characters of the beginning of an address.
const BEGINNING_MIN: usize = 3;

/// Reads what an operator has typed.
///
/// # Errors
/// E105 for what is too short.
pub fn by(typed: &str) -> Result<By, Error> {
    let typed = typed.trim();
    if let Ok(id) = typed.parse() {
        return Ok(By::Id(id));
    }
    if let Some(id) = typed
        .parse()
        .ok()
        .filter(|id| (1..=TELEGRAM_ID_MAX).contains(id))
    {
        return Ok(By::Telegram(id));
    }
    if typed.chars().count() < BEGINNING_MIN {
        let why = "must be an id, a Telegram id, or 3 characters or more of an e-mail address";
        return Err(Error::invalid("query", why));
    }
    Ok(By::Address(typed.to_ascii_lowercase()))
}

/// Which persons.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    pub by: Option<By>,
    pub suspended: Option<bool>,
    pub tier: Option<SubscriptionTier>,
    /// The last of the page before.
    pub after: Option<Uuid>,
    pub limit: i64,
}

/// A person that was found.
#[derive(Clone, Debug, QueryableByName)]
pub struct Person {
    #[diesel(sql_type = SqlUuid)]
    pub id: Uuid,
    #[diesel(sql_type = Nullable<BigInt>)]
    pub telegram_id: Option<i64>,
    #[diesel(sql_type = Nullable<Text>)]
    pub email: Option<String>,
    #[diesel(sql_type = Bool)]
    pub is_verified: bool,
    #[diesel(sql_type = schema::sql_types::SubscriptionTier)]
    pub tier: SubscriptionTier,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub suspended_since: Option<DateTime<Utc>>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub suspended_until: Option<DateTime<Utc>>,
    #[diesel(sql_type = Timestamptz)]
    pub created_at: DateTime<Utc>,
}

const PERSONS: &str = "
    SELECT users.id, users.telegram_id, COALESCE(mail.spelling, mail.subject) AS email,
        mail.verified_at IS NOT NULL AS is_verified, current_tier(users.id) AS tier,
        s.since AS suspended_since, s.until AS suspended_until, users.created_at
    FROM users
    LEFT JOIN identities AS mail ON mail.user_id = users.id AND mail.provider = 'email'
    LEFT JOIN suspensions AS s ON s.account_id = users.id AND (s.until IS NULL OR s.until > $1::timestamptz)
    WHERE ($2::uuid IS NULL OR users.id = $2)
      AND ($3::bigint IS NULL OR users.telegram_id = $3)
      AND ($4::text IS NULL OR (mail.subject ~>=~ $4 AND mail.subject ~<~ ($4 || chr(1114111))))
      AND ($5::boolean IS NULL OR (s.account_id IS NOT NULL) = $5)
      AND ($6::text IS NULL OR current_tier(users.id)::text = $6)
      AND ($7::uuid IS NULL OR (users.created_at, users.id) < (
          SELECT last.created_at, last.id FROM users AS last WHERE last.id = $7))
    ORDER BY users.created_at DESC, users.id DESC LIMIT $8";

/// Persons, the newest first.
///
/// # Errors
/// Those of the database.
pub async fn persons(
    conn: &mut AsyncPgConnection,
    wanted: &Wanted,
    now: DateTime<Utc>,
) -> QueryResult<Vec<Person>> {
    let (id, telegram_id, address) = match &wanted.by {
        Some(By::Id(id)) => (Some(*id), None, None),
        Some(By::Telegram(id)) => (None, Some(*id), None),
        Some(By::Address(beginning)) => (None, None, Some(beginning)),
        None => (None, None, None),
    };
    diesel::sql_query(PERSONS)
        .bind::<Timestamptz, _>(now)
        .bind::<Nullable<SqlUuid>, _>(id)
        .bind::<Nullable<BigInt>, _>(telegram_id)
        .bind::<Nullable<Text>, _>(address)
        .bind::<Nullable<Bool>, _>(wanted.suspended)
        .bind::<Nullable<Text>, _>(wanted.tier.map(SubscriptionTier::as_str))
        .bind::<Nullable<SqlUuid>, _>(wanted.after)
        .bind::<BigInt, _>(wanted.limit)
        .load(conn)
        .await
}

/// An organization that was found.
#[derive(Clone, Debug, QueryableByName)]
pub struct Organization {
    #[diesel(sql_type = SqlUuid)]
    pub id: Uuid,
    #[diesel(sql_type = Text)]
    pub name: String,
    #[diesel(sql_type = BigInt)]
    pub members: i64,
    /// That are not revoked.
    #[diesel(sql_type = BigInt)]
    pub keys: i64,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub suspended_since: Option<DateTime<Utc>>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub suspended_until: Option<DateTime<Utc>>,
    #[diesel(sql_type = Timestamptz)]
    pub created_at: DateTime<Utc>,
}

const ORGANIZATIONS: &str = "
    SELECT accounts.id, COALESCE(accounts.name, '') AS name, accounts.created_at,
        (SELECT count(*) FROM members WHERE members.account_id = accounts.id) AS members,
        (SELECT count(*) FROM api_keys WHERE api_keys.account_id = accounts.id AND revoked_at IS NULL) AS keys,
        s.since AS suspended_since, s.until AS suspended_until
    FROM accounts
    LEFT JOIN suspensions AS s ON s.account_id = accounts.id AND (s.until IS NULL OR s.until > $1::timestamptz)
    WHERE accounts.kind = 'organization'
      AND ($2::uuid IS NULL OR accounts.id = $2)
      AND ($3::text IS NULL OR starts_with(lower(accounts.name), lower($3)))
      AND ($4::boolean IS NULL OR (s.account_id IS NOT NULL) = $4)
      AND ($5::uuid IS NULL OR (accounts.created_at, accounts.id) < (
          SELECT last.created_at, last.id FROM accounts AS last WHERE last.id = $5))
    ORDER BY accounts.created_at DESC, accounts.id DESC LIMIT $6";

/// Organizations, the newest first: with this id, or whose name begins so.
///
/// # Errors
/// Those of the database.
pub async fn organizations(
    conn: &mut AsyncPgConnection,
    (query, suspended): (Option<&str>, Option<bool>),
    (after, limit): (Option<Uuid>, i64),
    now: DateTime<Utc>,
) -> QueryResult<Vec<Organization>> {
    let id: Option<Uuid> = query.and_then(|query| query.trim().parse().ok());
    let name = query.filter(|_| id.is_none()).map(str::trim);
    diesel::sql_query(ORGANIZATIONS)
        .bind::<Timestamptz, _>(now)
        .bind::<Nullable<SqlUuid>, _>(id)
        .bind::<Nullable<Text>, _>(name)
        .bind::<Nullable<Bool>, _>(suspended)
        .bind::<Nullable<SqlUuid>, _>(after)
        .bind::<BigInt, _>(limit)
        .load(conn)
        .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_is_an_id_a_number_of_telegram_or_the_beginning_of_an_address() {
        let id = "01980c6e-5a1f-7c3e-9d55-1b2a3c4d5e6f";
        for (typed, wanted) in [
            (id, By::Id(id.parse().expect("an id"))),
            (" 1001 ", By::Telegram(1001)),
            ("Ann@Ex", By::Address("ann@ex".to_owned())),
            ("-12", By::Address("-12".to_owned())),
        ] {
            assert_eq!(by(typed).expect("readable"), wanted);
        }
        assert!(by(" a@ ").is_err());
    }
}
