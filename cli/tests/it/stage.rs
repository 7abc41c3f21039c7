//! Typing commands, and jobs in every state to type them at.

use std::process::Stdio;

use diesel_async::SimpleAsyncConnection;
use jobs::ledger;
use probes::jobs::{Act, Probe};
use serde_json::Value;
use tokio::process::Command;
use uuid::Uuid;
use world::{TestApp, World};

/// The output of a command.
#[derive(Debug)]
pub struct Printed {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl Printed {
    /// Its lines as JSON.
    pub fn json(&self) -> anyhow::Result<Vec<Value>> {
        let lines = self.out.lines();
        Ok(lines.map(serde_json::from_str).collect::<Result<_, _>>()?)
    }

    /// The ids in a list for programs.
    pub fn ids(&self) -> anyhow::Result<Vec<Uuid>> {
        let id = |job: &Value| Ok(job["id"].as_str().unwrap_or("no id").parse()?);
        self.json()?.iter().map(id).collect()
    }
}

/// The binary with the environment of a world alone.
pub fn command(world: &World) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_symancy"));
    command
        .env_clear()
        .envs(&world.env)
        .env("USER", "tester")
        .stdin(Stdio::null())
        .kill_on_drop(true);
    command
}

/// Types `symancy jobs <words>` and waits for its end.
pub async fn type_in(world: &World, words: &str) -> anyhow::Result<Printed> {
    type_in_group(world, "jobs", words).await
}

/// Types `symancy <group> <words>` and waits for its end.
pub async fn type_in_group(world: &World, group: &str, words: &str) -> anyhow::Result<Printed> {
    let words = words.split_whitespace();
    let ended = command(world).arg(group).args(words).output().await?;
    Ok(Printed {
        code: ended.status.code(),
        out: String::from_utf8(ended.stdout)?,
        err: String::from_utf8(ended.stderr)?,
    })
}

/// Enqueues a probe.
pub async fn probe(app: &TestApp, act: Act) -> anyhow::Result<Uuid> {
    let ticket = ledger::enqueue(&mut *app.db().await?, &Probe::new([act])).await?;
    Ok(ticket.id)
}

/// Runs SQL in the test's database.
pub async fn sql(app: &TestApp, text: &str) -> anyhow::Result<()> {
    Ok(app.db().await?.batch_execute(text).await?)
}

/// Makes a job dead without a run.
pub const DEAD: &str = "state = 'dead', finished_at = now(), attempt = max_attempts";

/// A job of each state, by its name.
pub async fn one_of_each(app: &TestApp) -> anyhow::Result<Vec<(&'static str, Uuid)>> {
    let mut jobs = Vec::new();
    let becomes = [
        ("done", "state = 'done', finished_at = now()"),
        ("dead", DEAD),
        ("cancelled", "state = 'cancelled', finished_at = now()"),
        ("scheduled", "run_at = now() + interval '1 hour'"),
        ("blocked", "blocked_on = 'user:1', limit_keys = '{user:1}'"),
        (
            "running",
            "state = 'running', started_at = now(), worker = 'a test', attempt = 1,
             lease_until = now() + interval '1 hour'",
        ),
        ("waiting", "run_at = now()"),
    ];
    for (state, change) in becomes {
        let id = probe(app, Act::Finish { ms: 0 }).await?;
        sql(app, &format!("UPDATE jobs SET {change} WHERE id = '{id}'")).await?;
        jobs.push((state, id));
    }
    Ok(jobs)
}
