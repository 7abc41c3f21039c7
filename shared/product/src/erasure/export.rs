//! SQL that reads everything of one person, page by page. The shape is the design document's
//! `UserDataExport` (section 6.2), plus the person's words, consents and feedback. Of the internals
//! only the versions of the prompts are included: no models, prices, keys or attempts.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Jsonb, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use serde_json::Value;
use uuid::Uuid;

/// Rows of one page.
pub const PAGE: usize = 200;

/// A list in the export. `rows` is a FROM with a WHERE to be continued.
#[derive(Clone, Copy, Debug)]
pub struct Section {
    /// Its name in `data.json`.
    pub name: &'static str,
    pub row: &'static str,
    pub rows: &'static str,
}

impl Section {
    /// The statement that reads a page. Public for the test that prepares all statements.
    pub fn page(&self) -> String {
        let Self { row, rows, .. } = self;
        format!(
            "SELECT id, created_at, jsonb_build_object({row}) AS row FROM {rows}
               AND user_id = $1 AND created_at <= $2 AND (created_at, id) > ($3, $4)
             ORDER BY created_at, id LIMIT $5"
        )
    }
}

/// Every list, in the order of `data.json`.
pub const SECTIONS: &[Section] = &[
    Section {
        name: "analysis_history",
        row: "'id', id, 'created_at', created_at, 'completed_at', completed_at, 'status', status,
              'input_type', input_type, 'focus_area', focus_area, 'user_text', user_text,
              'has_photo', image_url IS NOT NULL,
              'analysis', CASE WHEN status = 'completed' THEN analysis END,
              'prompt_versions', (SELECT jsonb_object_agg(step, prompt_version) FROM analysis_steps
                                  WHERE analysis_id = analysis_history.id)",
        rows: "analysis_history WHERE TRUE",
    },
    Section {
        name: "payment_history",
        row: "'id', id, 'amount', amount, 'currency', currency, 'status', status,
              'provider', provider, 'tier', tier, 'created_at', created_at,
              'processed_at', processed_at",
        rows: "payments WHERE TRUE",
    },
    Section {
        name: "messages",
        row: "'created_at', created_at, 'role', role, 'content', content",
        rows: "message_context WHERE TRUE",
    },
    Section {
        name: "feedback",
        row: "'analysis_id', id, 'rating', user_rating, 'text', feedback_text",
        rows: "analysis_history WHERE (user_rating IS NOT NULL OR feedback_text IS NOT NULL)",
    },
    Section {
        name: "activity",
        row: "'created_at', created_at, 'action', action, 'actor', actor,
              'ip_address', host(ip_address), 'user_agent', user_agent",
        rows: "audit_logs WHERE TRUE",
    },
];

/// A position in a list: the next page begins after it.
pub type Place = (DateTime<Utc>, Uuid);

/// Before everything.
pub const START: Place = (DateTime::UNIX_EPOCH, Uuid::nil());

/// A row of a list.
#[derive(Clone, Debug, QueryableByName)]
pub struct Row {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = Timestamptz)]
    created_at: DateTime<Utc>,
    #[diesel(sql_type = Jsonb)]
    pub row: Value,
}

impl Row {
    /// Its position in the list.
    pub fn place(&self) -> Place {
        (self.created_at, self.id)
    }
}

/// The next [`PAGE`] rows of a list, oldest first, up to the moment `until`.
///
/// # Errors
/// Those of the database.
pub async fn page(
    conn: &mut AsyncPgConnection,
    section: &Section,
    user_id: Uuid,
    until: DateTime<Utc>,
    after: Place,
) -> QueryResult<Vec<Row>> {
    diesel::sql_query(section.page())
        .bind::<SqlUuid, _>(user_id)
        .bind::<Timestamptz, _>(until)
        .bind::<Timestamptz, _>(after.0)
        .bind::<SqlUuid, _>(after.1)
        .bind::<BigInt, _>(PAGE as i64)
        .load(conn)
        .await
}

/// The person, their plan and what they agreed to: the single values of the export, as one object.
/// `None` if they are gone.
///
/// # Errors
/// Those of the database.
pub async fn person(conn: &mut AsyncPgConnection, user_id: Uuid) -> QueryResult<Option<Value>> {
    #[derive(QueryableByName)]
    struct Person {
        #[diesel(sql_type = Jsonb)]
        person: Value,
    }
    let found: Option<Person> = diesel::sql_query(
        "SELECT jsonb_build_object(
             'personal_data', jsonb_build_object(
                 'id', u.id, 'telegram_id', u.telegram_id, 'username', u.username,
                 'first_name', u.first_name, 'last_name', u.last_name,
                 'language_code', u.language_code, 'timezone', u.timezone,
                 'created_at', u.created_at),
             'consents', jsonb_build_object(
                 'terms_of_use', jsonb_build_object(
                     'accepted', u.consent_terms, 'accepted_at', u.consent_terms_at),
                 'privacy_policy', jsonb_build_object(
                     'accepted', u.consent_privacy, 'accepted_at', u.consent_privacy_at)),
             'subscription_data', CASE WHEN s.id IS NOT NULL THEN jsonb_build_object(
                 'id', s.id, 'tier', s.tier, 'status', s.status, 'trial_used', s.trial_used,
                 'trial_ends_at', s.trial_ends_at,
                 'current_period_start', s.current_period_start,
                 'current_period_end', s.current_period_end,
                 'cancel_at_period_end', s.cancel_at_period_end, 'canceled_at', s.canceled_at,
                 'created_at', s.created_at) END) AS person
         FROM users u LEFT JOIN subscriptions s ON s.user_id = u.id WHERE u.id = $1",
    )
    .bind::<SqlUuid, _>(user_id)
    .get_result(conn)
    .await
    .optional()?;
    Ok(found.map(|found| found.person))
}

/// A photo to be exported.
#[derive(Clone, Debug, QueryableByName)]
pub struct Photo {
    /// Of the reading.
    #[diesel(sql_type = SqlUuid)]
    pub id: Uuid,
    #[diesel(sql_type = Timestamptz)]
    pub created_at: DateTime<Utc>,
    /// In the bucket.
    #[diesel(sql_type = Text)]
    pub key: String,
}

/// The next [`PAGE`] photos, oldest first, up to the moment `until`.
///
/// # Errors
/// Those of the database.
pub async fn photos(
    conn: &mut AsyncPgConnection,
    user_id: Uuid,
    until: DateTime<Utc>,
    after: Place,
) -> QueryResult<Vec<Photo>> {
    diesel::sql_query(
        "SELECT id, created_at, image_url AS key FROM analysis_history
         WHERE image_url IS NOT NULL AND user_id = $1 AND created_at <= $2
           AND (created_at, id) > ($3, $4)
         ORDER BY created_at, id LIMIT $5",
    )
    .bind::<SqlUuid, _>(user_id)
    .bind::<Timestamptz, _>(until)
    .bind::<Timestamptz, _>(after.0)
    .bind::<SqlUuid, _>(after.1)
    .bind::<BigInt, _>(PAGE as i64)
    .load(conn)
    .await
}
