//! The worker: real processes that are killed, and an outside world that fails.

mod accounts;
mod ai_money;
mod ai_route;
mod bad_days;
mod blocked;
mod bucket;
mod by_person;
mod chaos;
mod conversations;
mod cron;
mod crowd;
mod delays;
mod deploys;
mod drafts;
mod events;
mod flow;
mod gone;
mod grown;
mod in_browser;
mod jobs;
mod journal;
mod killed;
mod mail;
mod measured;
mod mini_app;
mod n8n;
mod outcomes;
mod paid;
mod passkeys_in_browser;
mod photos;
mod privacy;
mod prompts;
mod publishers;
mod questions;
mod readings;
mod redrive;
mod retention;
mod roles;
mod scripted;
mod sums;
mod sweep;
mod usage;
mod vendors;
mod webhooks;

use std::path::Path;

use serde_json::Value;
use testkit::process::Process;
use world::World;

/// A real worker process in the world of a test.
fn worker(world: &World) -> anyhow::Result<Process> {
    Process::start(Path::new(env!("CARGO_BIN_EXE_worker")), &world.env, None)
}

/// The calls that a service of the sandbox received, oldest first.
async fn calls_of(world: &World, service: &str) -> anyhow::Result<Vec<Value>> {
    let url = world.outside(&format!("/control/calls?service={service}"));
    let answer: Value = world.http.get(url).send().await?.json().await?;
    Ok(answer["calls"].as_array().cloned().unwrap_or_default())
}
