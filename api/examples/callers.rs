//! What it costs to know who sends a request: a credential at first sight, and one that was seen before. Prints the table of
//! docs/PERFORMANCE.md.
//!
//!     make services && cargo run --release -p api --example callers

use std::time::{Duration, Instant};

use anyhow::Context;
use api::inside::{is_alive, is_key};
use api::people::keys::Keys;
use api::people::signed_in::SignedIn;
use api::people::tokens::Tokens;
use audit::model::Origin;
use chrono::{DateTime, Utc};
use kernel::db::Pool;
use people::api_keys::acts;
use people::api_keys::model::Rights;
use people::sessions::rotation::IDLE;
use people::sessions::{AccessKeys, Method, Sessions, stored};
use tokio::task::LocalSet;
use uuid::Uuid;
use world::TestApp;
use world::app::words_form;

const SEEN: u32 = 200_000;
const FIRST: u32 = 500;

/// CPU and time of one of many.
type Cost = (Duration, Duration);

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    // As actix has one: the use of a key is written down by a task of its thread.
    LocalSet::new().run_until(table()).await
}

async fn table() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    app.post_as_service(words_form("A bird")).await?;
    let (db, now) = (&app.core.db, Utc::now());
    println!(
        "| credential | first sight: CPU µs | ...: time µs | seen before: CPU µs | ...: time µs |"
    );
    println!("| --- | --- | --- | --- | --- |");
    let origin = Origin::own("bench");
    let user = app.user_id(7).await?;
    let row = stored::begin(
        &mut *db.get().await?,
        user,
        (Method::Password, IDLE),
        &origin,
        now,
    )
    .await?;
    let sessions = Sessions::new("1:token", &AccessKeys::default());
    let token = sessions.issue(&row.session(0), now)?.access_token;
    token_signature(&sessions, &token, now).await?;
    session(&app, db, row.id, now).await?;
    let rights = Rights {
        name: "bench".to_owned(),
        ..Rights::default()
    };
    let (fresh, _) = acts::create(&mut *db.get().await?, rights, &origin).await?;
    key(db, fresh.text.as_bytes(), now).await
}

async fn token_signature(
    sessions: &Sessions,
    token: &str,
    now: DateTime<Utc>,
) -> anyhow::Result<()> {
    let tokens = Tokens::new(sessions.clone());
    let first = many(FIRST * 10, async || sessions.verify(token, now).is_ok()).await?;
    let seen = many(SEEN, async || tokens.verify(token, now).is_ok()).await?;
    row("the signature of an access token", first, seen);
    Ok(())
}

async fn session(app: &TestApp, db: &Pool, id: Uuid, now: DateTime<Utc>) -> anyhow::Result<()> {
    let new = || SignedIn::new(app.core.publisher.clone());
    let known = new();
    let first = many(FIRST, async || is_alive(&new(), db, id, now).await).await?;
    let seen = many(SEEN, async || is_alive(&known, db, id, now).await).await?;
    row("whether its session has ended", first, seen);
    Ok(())
}

async fn key(db: &Pool, key: &[u8], now: DateTime<Utc>) -> anyhow::Result<()> {
    let known = Keys::new(db, [None, None]);
    let first = many(FIRST, async || {
        is_key(&Keys::new(db, [None, None]), key, now).await
    })
    .await?;
    let seen = many(SEEN, async || is_key(&known, key, now).await).await?;
    row("an API key", first, seen);
    Ok(())
}

async fn many(count: u32, one: impl AsyncFn() -> bool) -> anyhow::Result<Cost> {
    anyhow::ensure!(one().await, "the credential is good");
    let (cpu, time) = (cpu()?, Instant::now());
    for _ in 0..count {
        one().await;
    }
    Ok(((self::cpu()? - cpu) / count, time.elapsed() / count))
}

/// Of this thread.
fn cpu() -> anyhow::Result<Duration> {
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat")?;
    let nanoseconds = stat.split(' ').next().context("Linux")?.parse()?;
    Ok(Duration::from_nanos(nanoseconds))
}

fn row(name: &str, first: Cost, seen: Cost) {
    let [a, b, c, d] = [first.0, first.1, seen.0, seen.1].map(|it| it.as_nanos() as f64 / 1_000.0);
    println!("| {name} | {a:.1} | {b:.1} | {c:.2} | {d:.2} |");
}
