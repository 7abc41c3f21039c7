//! Whether the time of an answer tells that an address is known: signing in with a wrong password, asking for a link that
//! sets a password, asking for the letter of a registration again, and registering, each for addresses that are known and
//! for as many that are not, in random order, one after the other. Prints the table of docs/ACCOUNTS.md.
//!
//!     make bench-timing            # ROUNDS=n: so many addresses of each kind; 400 if not given

mod statistics;

use std::time::Instant;

use chrono::Utc;
use people::passwords::Hasher;
use rand::seq::SliceRandom;
use reqwest::Method;
use serde_json::{Value, json};
use statistics::{Comparison, compare, quantile};
use uuid::Uuid;
use world::{TestApp, World};

const PASSWORD: &str = "four unusual words hang here";
const WRONG: &str = "nine purple anvils sing softly";

/// Answers that are not counted: connections open, caches fill.
const WARM_UP: usize = 20;

/// A path, the body of its call, and the status of every answer.
type Path = (&'static str, fn(&str) -> Value, u16);

const PATHS: [Path; 4] = [
    (
        "/v1/auth/login",
        |email| json!({ "email": email, "password": WRONG }),
        401,
    ),
    (
        "/v1/auth/forgot-password",
        |email| json!({ "email": email }),
        202,
    ),
    (
        "/v1/auth/resend-verification",
        |email| json!({ "email": email }),
        202,
    ),
    (
        "/v1/auth/register",
        |email| json!({ "email": email, "password": PASSWORD }),
        202,
    ),
];

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let rounds = std::env::var("ROUNDS").ok();
    let rounds: usize = rounds.map_or(Ok(400), |rounds| rounds.parse())?;
    let mut world = World::new().await?;
    // Each call comes from a network of its own: tries are counted by network as well.
    world.set("TRUSTED_PROXIES", "127.0.0.0/8");
    let app = TestApp::start_in(world).await?;
    let hash = Hasher::default().hash(PASSWORD).await?;
    println!(
        "{rounds} answers of each kind, in milliseconds; D: Kolmogorov–Smirnov, p: of the two-sided Mann–Whitney test\n"
    );
    println!(
        "| path | address | median | p90 | p99 | difference of the medians | D | p | right guesses |"
    );
    println!("| --- | --- | --- | --- | --- | --- | --- | --- | --- |");
    for (n, path) in PATHS.iter().enumerate() {
        let (known, unknown) = measure(&app, path, (n, rounds), &hash).await?;
        print(path.0, &known, &unknown);
    }
    Ok(())
}

/// The times of answers about known addresses, and about others, in milliseconds.
async fn measure(
    app: &TestApp,
    path: &Path,
    (n, rounds): (usize, usize),
    hash: &str,
) -> anyhow::Result<(Vec<f64>, Vec<f64>)> {
    let count = rounds + WARM_UP;
    for at in 0..count {
        know(app, &address(n, at, true), hash).await?;
    }
    let mut order: Vec<(usize, bool)> = (0..count)
        .flat_map(|at| [(at, true), (at, false)])
        .collect();
    order.shuffle(&mut rand::rng());
    let (mut known, mut unknown) = (Vec::new(), Vec::new());
    for (place, (at, is_known)) in order.into_iter().enumerate() {
        let milliseconds = ask(app, path, &address(n, at, is_known), n * 2 * count + place).await?;
        match is_known {
            _ if place < 2 * WARM_UP => {}
            true => known.push(milliseconds),
            false => unknown.push(milliseconds),
        }
    }
    Ok((known, unknown))
}

/// Both kinds are of one length.
fn address(path: usize, at: usize, is_known: bool) -> String {
    let kind = if is_known { "known" } else { "other" };
    format!("{kind}.{path}.{at:05}@example.org")
}

/// Makes an account whose address is proved.
async fn know(app: &TestApp, email: &str, hash: &str) -> anyhow::Result<()> {
    let (id, now) = (Uuid::now_v7(), Utc::now().to_rfc3339());
    app.sql(&format!(
        "INSERT INTO users (id) VALUES ('{id}');
         INSERT INTO identities (user_id, provider, subject, spelling, verified_at)
         VALUES ('{id}', 'email', '{email}', '{email}', '{now}');
         INSERT INTO passwords (user_id, hash, changed_at) VALUES ('{id}', '{hash}', '{now}')"
    ))
    .await
}

async fn ask(
    app: &TestApp,
    (path, body, expected): &Path,
    email: &str,
    network: usize,
) -> anyhow::Result<f64> {
    let from = format!("10.{}.{}.7", network / 256, network % 256);
    let call = app.request(Method::POST, path);
    let call = call.header("X-Forwarded-For", from).json(&body(email));
    let begun = Instant::now();
    let answer = call.send().await?;
    let status = answer.status().as_u16();
    answer.bytes().await?;
    let milliseconds = begun.elapsed().as_secs_f64() * 1_000.0;
    anyhow::ensure!(status == *expected, "{path} of {email}: {status}");
    Ok(milliseconds)
}

fn print(path: &str, known: &[f64], unknown: &[f64]) {
    let Comparison {
        shift,
        distance,
        p,
        guesses,
    } = compare(known, unknown);
    for (kind, times) in [("known", known), ("unknown", unknown)] {
        let [median, p90, p99] = [0.5, 0.9, 0.99].map(|at| quantile(times, at));
        let compared = match kind {
            "known" => format!(
                "{shift:+.2} | {distance:.3} | {p:.3} | {:.1} %",
                guesses * 100.0
            ),
            _ => " | | | ".to_owned(),
        };
        println!("| `{path}` | {kind} | {median:.2} | {p90:.2} | {p99:.2} | {compared} |");
    }
}
