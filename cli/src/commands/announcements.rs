//! `symancy announcements list`, `add` and `end`.

use std::io::Write;

use ::operators::banners::{self, Banner};
use chrono::Utc;
use diesel_async::{AsyncConnection, AsyncPgConnection};
use serde_json::{Value, json};
use uuid::Uuid;

use super::Output;
use super::operators::{by, moment, refused};
use crate::desk_args::Announcements;
use crate::failure::Failure;
use crate::operator::Operator;
use crate::table::{self, Side};

const COLUMNS: [(&str, Side); 5] = [
    ("ID", Side::Left),
    ("AUDIENCE", Side::Left),
    ("FROM", Side::Left),
    ("UNTIL", Side::Left),
    ("TEXT", Side::Left),
];

/// `symancy announcements`
pub(super) async fn announcements(
    operator: &mut Operator,
    output: &mut Output<'_, impl Write>,
    command: Announcements,
) -> Result<(), Failure> {
    let (conn, now) = (&mut operator.conn, Utc::now());
    match command {
        Announcements::List => list(conn, output).await,
        Announcements::Add {
            en,
            ru,
            zh,
            audience,
            r#in,
            r#for,
        } => {
            let starts_at = now + r#in.unwrap_or_default();
            let banner = Banner {
                id: Uuid::now_v7(),
                audience,
                text_en: en,
                text_ru: ru,
                text_zh: zh,
                starts_at,
                ends_at: starts_at + r#for,
                created_at: now,
            };
            add(conn, output, &banner).await
        }
        Announcements::End { id } => {
            let by = by();
            conn.transaction(async |conn| banners::end(conn, id, &by, now).await)
                .await
                .map_err(refused)?;
            let object = json!({ "id": id, "until": now });
            output.line(&format!("{id}  ended"), &object)
        }
    }
}

async fn add(
    conn: &mut AsyncPgConnection,
    output: &mut Output<'_, impl Write>,
    banner: &Banner,
) -> Result<(), Failure> {
    banners::judge(banner, banner.created_at).map_err(refused)?;
    let by = by();
    conn.transaction(async |conn| banners::put(conn, banner, &by).await)
        .await
        .map_err(refused)?;
    let sentence = format!("{}  until {}", banner.id, moment(banner.ends_at));
    output.line(&sentence, &object(banner))
}

async fn list(
    conn: &mut AsyncPgConnection,
    output: &mut Output<'_, impl Write>,
) -> Result<(), Failure> {
    let all = banners::all(conn).await?;
    if output.json {
        return all.iter().try_for_each(|one| output.object(&object(one)));
    }
    if all.is_empty() {
        writeln!(output.writer, "No announcements.")?;
        return Ok(());
    }
    let row = |one: &Banner| {
        vec![
            one.id.to_string(),
            one.audience.as_str().to_owned(),
            moment(one.starts_at),
            moment(one.ends_at),
            one.text_en.clone(),
        ]
    };
    let rows: Vec<Vec<String>> = all.iter().map(row).collect();
    table::write(output.writer, &COLUMNS, &rows)
}

fn object(banner: &Banner) -> Value {
    json!({
        "id": banner.id, "audience": banner.audience, "from": banner.starts_at, "until": banner.ends_at,
        "texts": { "en": banner.text_en, "ru": banner.text_ru, "zh": banner.text_zh },
    })
}
