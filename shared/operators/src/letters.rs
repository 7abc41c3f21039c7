//! Letters, as operators see them: to whom, and what became of each, without what they say. And the end of an address's
//! suppression.

use chrono::{DateTime, Utc};
use diesel::QueryableByName;
use diesel::sql_types::{BigInt, Integer, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use kernel::Error;
use mail::model::EmailStatus;
use mail::suppressions;
use serde::Serialize;
use serde_json::json;
use uuid::Uuid;

use crate::model::{Act, By};

/// Which letters; what is left out: all.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    pub status: Option<EmailStatus>,
    pub person: Option<Uuid>,
    /// An address, in any case.
    pub to: Option<String>,
    /// The last of the page before.
    pub after: Option<Uuid>,
    pub limit: i64,
}

/// A letter.
#[derive(Clone, Debug, Serialize, QueryableByName)]
pub struct Letter {
    #[diesel(sql_type = SqlUuid)]
    pub id: Uuid,
    #[diesel(sql_type = Text)]
    pub to: String,
    /// `None`: to an address that is of no person, or the person's data is being deleted.
    #[diesel(sql_type = Nullable<SqlUuid>)]
    pub user_id: Option<Uuid>,
    #[diesel(sql_type = Text)]
    pub template: String,
    #[diesel(sql_type = Text)]
    pub language: String,
    #[diesel(sql_type = schema::sql_types::EmailStatus)]
    pub status: EmailStatus,
    #[diesel(sql_type = Nullable<Text>)]
    pub provider: Option<String>,
    #[diesel(sql_type = Integer)]
    pub attempts: i32,
    /// What the other side said last.
    #[diesel(sql_type = Nullable<Text>)]
    pub detail: Option<String>,
    #[diesel(sql_type = Timestamptz)]
    pub created_at: DateTime<Utc>,
    /// When a mailer has taken it.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub accepted_at: Option<DateTime<Utc>>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub ended_at: Option<DateTime<Utc>>,
}

const LETTERS: &str = r#"
    SELECT emails.id, to_address AS "to", user_id, template, language, status, emails.provider, attempts,
        (SELECT detail FROM email_events WHERE email_id = emails.id ORDER BY at DESC, id DESC LIMIT 1) AS detail,
        created_at, accepted_at, ended_at
    FROM emails
    WHERE ($1::text IS NULL OR status::text = $1)
      AND ($2::uuid IS NULL OR user_id = $2)
      AND ($3::text IS NULL OR lower(to_address) = lower($3))
      AND ($4::uuid IS NULL OR (created_at, emails.id) < (
          SELECT last.created_at, last.id FROM emails AS last WHERE last.id = $4))
    ORDER BY created_at DESC, emails.id DESC LIMIT $5"#;

/// Letters, the newest first. That they were read is a line of the audit log.
///
/// # Errors
/// As [`By::note`].
pub async fn list(
    conn: &mut AsyncPgConnection,
    wanted: &Wanted,
    by: &By,
) -> Result<Vec<Letter>, Error> {
    let act = Act {
        action: "emails_read",
        entity: ("email", None),
        person: None,
        was: None,
        // Not the address that was asked for: the log outlives its person.
        is: json!({ "status": wanted.status, "person": wanted.person, "by_address": wanted.to.is_some() }),
    };
    by.note(conn, act).await?;
    Ok(diesel::sql_query(LETTERS)
        .bind::<Nullable<Text>, _>(wanted.status.map(EmailStatus::as_str))
        .bind::<Nullable<SqlUuid>, _>(wanted.person)
        .bind::<Nullable<Text>, _>(wanted.to.as_deref())
        .bind::<Nullable<SqlUuid>, _>(wanted.after)
        .bind::<BigInt, _>(wanted.limit)
        .load(conn)
        .await?)
}

/// Lets an address have letters again, in the caller's transaction: what it has answered is forgotten. `key`: of the
/// address, as it is kept; the audit log has the beginning of it and not the address.
///
/// # Errors
/// `NotFound` if nothing is kept back from it; as [`By::note`].
pub async fn lift(
    conn: &mut AsyncPgConnection,
    key: &[u8],
    reason: &str,
    by: &By,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let was = suppressions::lift(conn, key, now).await?;
    let was = was.ok_or(Error::NotFound("suppression"))?;
    let beginning: String = key
        .iter()
        .take(4)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let act = Act {
        action: "suppression_lifted",
        entity: ("email_suppression", None),
        person: None,
        was: Some(json!({
            "bounces": was.bounces, "soft_bounces": was.soft_bounces, "complained_at": was.complained_at,
            "suppressed_until": was.suppressed_until,
        })),
        is: json!({ "address_key": beginning, "reason": reason }),
    };
    by.note(conn, act).await
}
