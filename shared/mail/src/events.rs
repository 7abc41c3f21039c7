//! What became of letters after a vendor had taken them, as its notices say.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;
use vendors::mailer::sns::{Event, Happened};

use crate::address::Address;
use crate::model::EmailStatus;
use crate::rules::Answer;
use crate::suppressions;
use schema::{email_events, emails};

/// Whether a notice has changed something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    Yes,
    /// It came before.
    Again,
    /// The letter is none of ours, or not any more.
    Unknown,
}

/// Takes a notice in, in the caller's transaction; any number of times and in any order. `key` makes the hash of an
/// address.
///
/// # Errors
/// Those of the database.
pub async fn take(
    conn: &mut AsyncPgConnection,
    provider: &str,
    event: &Event,
    key: impl Fn(&Address) -> [u8; 32] + Send,
    now: DateTime<Utc>,
) -> QueryResult<Taken> {
    let Some((id, to, status)) = find(conn, provider, event).await? else {
        return Ok(Taken::Unknown);
    };
    let detail = event.detail.as_deref();
    if !note(
        conn,
        id,
        provider,
        (&event.id, name(event.happened)),
        detail,
        now,
    )
    .await?
    {
        return Ok(Taken::Again);
    }
    let (next, answer) = consequence(event.happened);
    if outranks(next, status) {
        diesel::update(emails::table.find(id))
            .set((
                emails::status.eq(next),
                emails::provider_id.eq(&event.message_id),
                emails::content.eq(None::<serde_json::Value>),
            ))
            .execute(conn)
            .await?;
    }
    if let (Some(answer), Ok(to)) = (answer, Address::parse(&to)) {
        suppressions::note(conn, &key(&to), answer, now).await?;
    }
    Ok(Taken::Yes)
}

async fn find(
    conn: &mut AsyncPgConnection,
    provider: &str,
    event: &Event,
) -> QueryResult<Option<(Uuid, String, EmailStatus)>> {
    let ours = emails::table.filter(emails::provider.eq(provider)).select((
        emails::id,
        emails::to_address,
        emails::status,
    ));
    let found = match event.email_id {
        Some(id) => {
            ours.filter(emails::id.eq(id))
                .for_update()
                .first(conn)
                .await
        }
        None => {
            let named = ours.filter(emails::provider_id.eq(&event.message_id));
            named.for_update().first(conn).await
        }
    };
    found.optional()
}

/// Writes an event down; false if it is there already.
///
/// # Errors
/// Those of the database.
pub async fn note(
    conn: &mut AsyncPgConnection,
    email_id: Uuid,
    provider: &str,
    (event_id, kind): (&str, &str),
    detail: Option<&str>,
    at: DateTime<Utc>,
) -> QueryResult<bool> {
    let written = diesel::insert_into(email_events::table)
        .values((
            email_events::id.eq(Uuid::now_v7()),
            email_events::email_id.eq(email_id),
            email_events::kind.eq(kind),
            email_events::provider.eq(provider),
            email_events::provider_event_id.eq(event_id),
            email_events::detail.eq(detail),
            email_events::at.eq(at),
        ))
        .on_conflict_do_nothing()
        .execute(conn)
        .await?;
    Ok(written == 1)
}

fn name(happened: Happened) -> &'static str {
    match happened {
        Happened::Delivered => "delivered",
        Happened::Bounced => "bounced",
        Happened::SoftBounced => "soft_bounced",
        Happened::Complained => "complained",
        Happened::Rejected => "rejected",
    }
}

fn consequence(happened: Happened) -> (EmailStatus, Option<Answer>) {
    match happened {
        Happened::Delivered => (EmailStatus::Delivered, None),
        Happened::Bounced => (EmailStatus::Bounced, Some(Answer::Bounce)),
        Happened::SoftBounced => (EmailStatus::Bounced, Some(Answer::SoftBounce)),
        Happened::Complained => (EmailStatus::Complained, Some(Answer::Complaint)),
        Happened::Rejected => (EmailStatus::Failed, None),
    }
}

/// Whether a state takes the place of another: notices come in any order.
fn outranks(next: EmailStatus, now: EmailStatus) -> bool {
    let rank = |status| match status {
        EmailStatus::Complained => 3,
        EmailStatus::Bounced | EmailStatus::Failed => 2,
        EmailStatus::Delivered => 1,
        _ => 0,
    };
    rank(next) > rank(now)
}
