//! Banners: what operators announce to all, shown by the Mini App and the web.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::Text;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use kernel::{Error, pg_enum};
use serde_json::json;
use uuid::Uuid;

use crate::model::{Act, By};
use schema::banners;

pg_enum! {
    /// Where a banner is shown.
    Audience as Text {
        Everyone = "everyone",
        MiniApp = "mini_app",
        Web = "web",
    }
}

/// The longest text, in characters.
const TEXT_MAX: usize = 1_000;

/// A banner.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = banners, check_for_backend(diesel::pg::Pg))]
pub struct Banner {
    pub id: Uuid,
    pub audience: Audience,
    pub text_en: String,
    pub text_ru: String,
    pub text_zh: String,
    pub starts_at: DateTime<Utc>,
    pub ends_at: DateTime<Utc>,
    pub created_at: DateTime<Utc>,
}

/// Those that are shown now in a place, the newest first.
///
/// # Errors
/// Those of the database.
pub async fn shown(
    conn: &mut AsyncPgConnection,
    place: Audience,
    now: DateTime<Utc>,
) -> QueryResult<Vec<Banner>> {
    banners::table
        .filter(banners::starts_at.le(now).and(banners::ends_at.gt(now)))
        .filter(banners::audience.eq_any([Audience::Everyone, place]))
        .order((banners::starts_at.desc(), banners::id.desc()))
        .select(Banner::as_select())
        .load(conn)
        .await
}

/// All that are kept, the newest first.
///
/// # Errors
/// Those of the database.
pub async fn all(conn: &mut AsyncPgConnection) -> QueryResult<Vec<Banner>> {
    banners::table
        .order((banners::created_at.desc(), banners::id.desc()))
        .select(Banner::as_select())
        .load(conn)
        .await
}

/// Checks what an operator wants to announce.
///
/// # Errors
/// E105 with the field.
pub fn judge(banner: &Banner, now: DateTime<Utc>) -> Result<(), Error> {
    for text in [&banner.text_en, &banner.text_ru, &banner.text_zh] {
        if text.trim().is_empty() || text.chars().count() > TEXT_MAX {
            let why = format!("each must have 1 to {TEXT_MAX} characters");
            return Err(Error::invalid("texts", why));
        }
    }
    if banner.ends_at <= now || banner.ends_at <= banner.starts_at {
        return Err(Error::invalid(
            "until",
            "must be in the future, and after `from`",
        ));
    }
    Ok(())
}

/// Announces it, in the caller's transaction.
///
/// # Errors
/// As [`By::note`].
pub async fn put(conn: &mut AsyncPgConnection, banner: &Banner, by: &By) -> Result<(), Error> {
    diesel::insert_into(banners::table)
        .values(banner)
        .execute(conn)
        .await?;
    let act = Act {
        action: "banner_made",
        entity: ("banner", Some(banner.id)),
        person: None,
        was: None,
        is: json!({
            "audience": banner.audience, "from": banner.starts_at, "until": banner.ends_at,
            "text_en": banner.text_en, "text_ru": banner.text_ru, "text_zh": banner.text_zh,
        }),
    };
    by.note(conn, act).await
}

/// Ends one, in the caller's transaction.
///
/// # Errors
/// `NotFound` for none, or one that has ended; those of the database.
pub async fn end(
    conn: &mut AsyncPgConnection,
    id: Uuid,
    by: &By,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let live = banners::table.find(id).filter(banners::ends_at.gt(now));
    let live = live
        .select((banners::starts_at, banners::ends_at))
        .for_update();
    let found: Option<(DateTime<Utc>, DateTime<Utc>)> = live.first(conn).await.optional()?;
    let (starts_at, ends_at) = found.ok_or(Error::NotFound("announcement"))?;
    // One that would begin later has never been seen: it begins and ends in the past.
    let starts_at = starts_at.min(now - chrono::TimeDelta::microseconds(1));
    diesel::update(banners::table.find(id))
        .set((banners::starts_at.eq(starts_at), banners::ends_at.eq(now)))
        .execute(conn)
        .await?;
    let act = Act {
        action: "banner_ended",
        entity: ("banner", Some(id)),
        person: None,
        was: Some(json!({ "until": ends_at })),
        is: json!({ "until": now }),
    };
    by.note(conn, act).await
}

/// The statements that delete old rows: 90 days after the end.
pub const PRUNE: &[&str] = &["DELETE FROM banners WHERE id IN (
         SELECT id FROM banners WHERE ends_at < now() - interval '90 days' LIMIT $1)"];
