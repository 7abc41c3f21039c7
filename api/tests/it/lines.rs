//! The log of the real program: one line a request, and one for each fact.

use anyhow::Context;
use reqwest::Method;
use serde_json::Value;
use testkit::eventually;
use world::app::{Answer, words_form};
use world::{N8N_KEY, World};

use crate::program::Program;

const WORDS: &str = "SECRETWORDS of a person";

/// The line of a request, which is written once the answer is made.
async fn line(program: &Program, id: &str) -> anyhow::Result<Value> {
    let found = eventually(async || {
        let lines = program.lines("request_id", id);
        let mut lines = lines.into_iter();
        Ok(lines.find(|line| line["target"] == "access"))
    });
    found.await.with_context(|| program.log())
}

#[tokio::test(flavor = "multi_thread")]
async fn each_request_is_one_line_that_names_it_and_nothing_that_came_with_it() -> anyhow::Result<()>
{
    let program = Program::start(World::new().await?).await?;
    let chat = program.world.chat(7);
    let proof = chat.init_data_with("&first_name=SECRETNAME").await?;
    let call = program
        .request(Method::GET, "/v1/users/me")
        .header("X-Telegram-Init-Data", &proof)
        .header("User-Agent", "SECRETAGENT")
        .header("X-Request-Id", "of-the-person");
    let me = Answer::of(call.send().await?).await?;
    let known = line(&program, "of-the-person").await?;
    assert_eq!(known["method"], "GET");
    assert_eq!(known["route"], "/v1/users/me");
    assert_eq!(known["status"], me.status);
    assert_eq!(known["level"], "INFO");
    assert_eq!(known["user_id"], me.body["id"]);
    assert!(known["duration_ms"].is_u64(), "{known}");
    let key = "sym_AbCdEfGh_SECRETKEY";
    let call = program
        .request(Method::GET, "/v1/users/me")
        .header("X-API-Key", key)
        .header("X-Request-Id", "of-a-stranger");
    let refused = Answer::of(call.send().await?).await?;
    let stranger = line(&program, "of-a-stranger").await?;
    assert_eq!(stranger["status"], 401);
    assert_eq!(stranger["code"], refused.body["code"]);
    assert!(stranger.get("user_id").is_none(), "{stranger}");
    let lines = program.lines("target", "access");
    assert_eq!(lines.len(), 2, "and none for checks of health: {lines:?}");
    let log = program.log();
    assert!(!log.contains("SECRET"), "{log}");
    assert!(!log.contains(&proof), "{log}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_recorded_as_a_fact_is_a_line_in_the_name_of_its_request() -> anyhow::Result<()> {
    let program = Program::start(World::new().await?).await?;
    let call = program
        .request(Method::POST, "/v1/analyses")
        .header("X-API-Key", N8N_KEY)
        .header("X-Request-Id", "of-the-reading")
        .multipart(words_form(WORDS).text("telegram_user_id", "7"));
    let id = Answer::of(call.send().await?).await?.id()?;
    line(&program, "of-the-reading").await?;
    let facts = program.lines("event", "reading.created");
    let [fact] = &facts[..] else {
        anyhow::bail!("{facts:?}: {}", program.log());
    };
    assert_eq!(fact["target"], "business");
    assert_eq!(fact["span"]["request_id"], "of-the-reading");
    assert!(fact["user_id"].is_string(), "{fact}");
    let data: Value = serde_json::from_str(fact["data"].as_str().unwrap_or_default())?;
    assert_eq!(data["reading"], id);
    let log = program.log();
    assert!(!log.contains("SECRETWORDS"), "{log}");
    Ok(())
}
