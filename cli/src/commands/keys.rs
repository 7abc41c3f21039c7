//! `symancy keys list`, `create`, `rotate` and `revoke`.

use std::io::Write;

use audit::model::Origin;
use chrono::{DateTime, TimeDelta, Utc};
use diesel_async::AsyncConnection;
use jobs::words;
use kernel::Error;
use people::api_keys::fresh::FreshKey;
use people::api_keys::model::{ApiKey, NewApiKey, Rights};
use people::api_keys::{acts, news, queries};
use serde::Serialize;
use uuid::Uuid;

use super::Output;
use crate::failure::{Failure, to_stderr};
use crate::keys_args::CreateKey;
use crate::operator::Operator;
use crate::table::{self, Side};

const COLUMNS: [(&str, Side); 7] = [
    ("PREFIX", Side::Left),
    ("NAME", Side::Left),
    ("STATE", Side::Left),
    ("LAST USED", Side::Left),
    ("SCOPES", Side::Left),
    ("ALLOWED FROM", Side::Left),
    ("PERSONS", Side::Left),
];

/// `symancy keys list`
pub(super) async fn list(
    operator: &mut Operator,
    output: &mut Output<'_, impl Write>,
    all: bool,
) -> Result<(), Failure> {
    let keys = queries::list(&mut operator.conn, all).await?;
    if output.json {
        return keys.iter().try_for_each(|key| output.object(key));
    }
    if keys.is_empty() {
        writeln!(output.writer, "No such keys.")?;
        return Ok(());
    }
    let now = Utc::now();
    let rows: Vec<Vec<String>> = keys.iter().map(|key| row(key, now)).collect();
    table::write(output.writer, &COLUMNS, &rows)
}

fn row(key: &ApiKey, now: DateTime<Utc>) -> Vec<String> {
    let used = key.last_used_at.map(|at| words::from_now(at, now));
    let from = match key.allowed_addresses.as_slice() {
        [] => "anywhere".to_owned(),
        networks => networks.join(" "),
    };
    vec![
        key.prefix.clone(),
        words::shortened(&key.name, 40),
        state(key, now),
        used.unwrap_or_else(|| "never".to_owned()),
        key.scopes.join(" "),
        from,
        persons(key),
    ]
}

/// Whom it may act for.
fn persons(key: &ApiKey) -> String {
    match key.persons.as_deref() {
        _ if key.account_id.is_some() => "its account".to_owned(),
        None => "any".to_owned(),
        Some([]) => "none".to_owned(),
        Some(persons) => {
            let ids: Vec<String> = persons.iter().map(ToString::to_string).collect();
            words::shortened(&ids.join(" "), 40)
        }
    }
}

fn state(key: &ApiKey, now: DateTime<Utc>) -> String {
    match (key.revoked_at, key.expires_at) {
        (None, _) if !key.enabled => "switched off".to_owned(),
        (Some(at), _) => format!("revoked {}", words::from_now(at, now)),
        (None, Some(at)) if at <= now => format!("expired {}", words::from_now(at, now)),
        (None, Some(at)) => format!("expires {}", words::from_now(at, now)),
        (None, None) => "valid".to_owned(),
    }
}

/// A fresh key, for programs.
#[derive(Serialize)]
struct FreshKeyView<'a> {
    id: Uuid,
    prefix: &'a str,
    /// The whole key; it cannot be shown again.
    key: &'a str,
    expires_at: Option<DateTime<Utc>>,
}

fn show(
    output: &mut Output<'_, impl Write>,
    fresh: &FreshKey,
    key: &NewApiKey,
) -> Result<(), Failure> {
    let shown = FreshKeyView {
        id: key.id,
        prefix: &fresh.prefix,
        key: &fresh.text,
        expires_at: key.rights.expires_at,
    };
    output.line(&fresh.text, &shown)?;
    to_stderr("Save it now: it is not stored and cannot be shown again.");
    Ok(())
}

/// Why it was not done.
fn refused(why: Error) -> Failure {
    match why {
        Error::Conflict(why) => Failure::Refused(format!("{why}.")),
        why => Failure::Refused(format!("It was not done: {why}.")),
    }
}

/// `symancy keys create`
pub(super) async fn create(
    operator: &mut Operator,
    output: &mut Output<'_, impl Write>,
    wanted: CreateKey,
) -> Result<(), Failure> {
    let rights = Rights {
        name: wanted.name,
        note: wanted.note,
        scopes: wanted.scopes,
        allowed_addresses: wanted.allow.iter().map(ToString::to_string).collect(),
        expires_at: wanted.expires_in.map(|time| Utc::now() + time),
        persons: Some(wanted.persons).filter(|persons| !persons.is_empty()),
        rate_per_minute: wanted.rate,
        quota: wanted.quota,
        ..Rights::default()
    };
    let created = acts::create(&mut operator.conn, rights, &Origin::own("operator")).await;
    let (fresh, key) = created.map_err(refused)?;
    show(output, &fresh, &key)
}

/// `symancy keys rotate`
pub(super) async fn rotate(
    operator: &mut Operator,
    output: &mut Output<'_, impl Write>,
    prefix: &str,
    grace: TimeDelta,
) -> Result<(), Failure> {
    let now = Utc::now();
    let replaced = operator.conn.transaction(async |conn| {
        let old = the_one(queries::live_of(conn, prefix).await?, prefix)?;
        let origin = Origin::own("operator");
        let made = acts::rotate(conn, &old, grace, now, (&origin, None)).await;
        let (fresh, key, end) = made.map_err(refused)?;
        Ok::<_, Failure>((fresh, key, end, old))
    });
    let (fresh, key, end, old) = replaced.await?;
    news::announce(&operator.publisher, &[old]).await;
    show(output, &fresh, &key)?;
    to_stderr(&format!("{prefix} expires {}.", words::from_now(end, now)));
    Ok(())
}

#[derive(Serialize)]
struct Revoked<'a> {
    prefix: &'a str,
    revoked_at: DateTime<Utc>,
}

/// `symancy keys revoke`
pub(super) async fn revoke(
    operator: &mut Operator,
    output: &mut Output<'_, impl Write>,
    prefix: &str,
) -> Result<(), Failure> {
    let now = Utc::now();
    let revoked = operator.conn.transaction(async |conn| {
        let found = queries::live_of(conn, prefix).await?;
        if found.is_empty() {
            return Err(none(prefix));
        }
        // Earlier keys of the environment have the same prefix: all of them.
        for key in &found {
            queries::revoke(conn, key.id, now, (&Origin::own("operator"), None)).await?;
        }
        Ok::<_, Failure>(found)
    });
    let keys = revoked.await?;
    news::announce(&operator.publisher, &keys).await;
    let revoked = Revoked {
        prefix,
        revoked_at: now,
    };
    output.line(&format!("{prefix}  revoked"), &revoked)
}

fn the_one(mut found: Vec<ApiKey>, prefix: &str) -> Result<ApiKey, Failure> {
    match (found.pop(), found.is_empty()) {
        (Some(key), true) => Ok(key),
        (None, _) => Err(none(prefix)),
        (Some(_), false) => Err(Failure::Refused(format!(
            "Several keys begin with {prefix}; revoke them and create a new one."
        ))),
    }
}

fn none(prefix: &str) -> Failure {
    Failure::Refused(format!(
        "No valid key begins with {prefix}; `symancy keys list` shows them."
    ))
}
