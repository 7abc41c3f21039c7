//! Whose account it is that pays: a person's own, which has their id, or an organization. What hangs on money is keyed by the
//! account; only what concerns persons (the audit log, messages) asks here who that is.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Nullable, Text, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use kernel::Language;
use uuid::Uuid;

use schema::accounts;

/// A person who is told about the money of an account.
#[derive(Clone, Debug, QueryableByName)]
pub struct Recipient {
    #[diesel(sql_type = SqlUuid)]
    pub user_id: Uuid,
    /// Also the id of their chat with the bot.
    #[diesel(sql_type = Nullable<BigInt>)]
    pub telegram_id: Option<i64>,
    /// Whether they have blocked the bot.
    #[diesel(sql_type = Bool)]
    pub is_away: bool,
    #[diesel(sql_type = Text)]
    language_code: String,
    /// The address that they have proved, as they write it.
    #[diesel(sql_type = Nullable<Text>)]
    pub address: Option<String>,
}

impl Recipient {
    /// The language of messages to them.
    pub fn language(&self) -> Language {
        Language::from_tag(&self.language_code).unwrap_or(Language::En)
    }
}

/// The person of an account; of an organization those who answer for its money.
const RECIPIENTS: &str =
    "SELECT users.id AS user_id, telegram_id, bot_blocked_at IS NOT NULL AS is_away, language_code,
        (SELECT spelling FROM identities
         WHERE user_id = users.id AND provider = 'email' AND verified_at IS NOT NULL) AS address
    FROM users WHERE users.id = ANY (ARRAY(SELECT $1::uuid
        UNION SELECT user_id FROM members WHERE account_id = $1 AND role IN ('owner', 'billing')))
    ORDER BY users.created_at, users.id";

/// Who is told about the money of an account: its person, or the owners and billing members of the organization.
///
/// # Errors
/// Those of the database.
pub async fn recipients(
    conn: &mut AsyncPgConnection,
    account: Uuid,
) -> QueryResult<Vec<Recipient>> {
    diesel::sql_query(RECIPIENTS)
        .bind::<SqlUuid, _>(account)
        .load(conn)
        .await
}

/// A person as one who is told; `None`: they are gone.
///
/// # Errors
/// Those of the database.
pub async fn recipient(
    conn: &mut AsyncPgConnection,
    user_id: Uuid,
) -> QueryResult<Option<Recipient>> {
    Ok(recipients(conn, user_id).await?.pop())
}

/// The language in which vendors are told what an account buys.
///
/// # Errors
/// Those of the database.
pub async fn language(conn: &mut AsyncPgConnection, account: Uuid) -> QueryResult<Language> {
    let first = recipients(conn, account).await?.into_iter().next();
    Ok(first.map_or(Language::En, |one| one.language()))
}

/// The person of an account; `None`: it is an organization, or gone. A line of the audit log about an organization is of no
/// person; who acted for it stands in its origin.
///
/// # Errors
/// Those of the database.
pub async fn person(
    conn: &mut AsyncPgConnection,
    account: Option<Uuid>,
) -> QueryResult<Option<Uuid>> {
    let Some(account) = account else {
        return Ok(None);
    };
    let person = accounts::table.find(account).select(accounts::user_id);
    let person: Option<Option<Uuid>> = person.first(conn).await.optional()?;
    Ok(person.flatten())
}

/// The name of an organization; `None`: it is the account of a person, or gone.
///
/// # Errors
/// Those of the database.
pub async fn organization(
    conn: &mut AsyncPgConnection,
    account: Uuid,
) -> QueryResult<Option<String>> {
    let name = accounts::table.find(account).select(accounts::name);
    let name: Option<Option<String>> = name.first(conn).await.optional()?;
    Ok(name.flatten())
}

/// Records a fact about an account, and its person.
///
/// # Errors
/// Those of the database.
pub(crate) async fn record<F: events::Fact>(
    conn: &mut AsyncPgConnection,
    account: Option<Uuid>,
    fact: &F,
) -> QueryResult<()> {
    let person = person(conn, account).await?;
    events::record_of(conn, (person, account), fact).await
}
