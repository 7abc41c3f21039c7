//! What a person has sent or done is an outcome: their job is done and not dead, it costs no unit, and the
//! chat says what is wrong and what to do, without a code.

use anyhow::Context;
use product::error_codes;
use serde_json::json;
use testkit::eventually;
use testkit::pictures::{coffee_cup, drawn_cup};
use testkit::vendor::{Act, ScriptedVendor};
use world::{TestApp, World};

use crate::scripted::{no_cup, says};

/// Sends a file into the chat, and waits until the reading has ended with the code.
async fn ends_with(code: &str, file: Vec<u8>, act: Option<Act>) -> anyhow::Result<TestApp> {
    let ai = ScriptedVendor::start(act).await?;
    let mut world = World::new().await?;
    world.set("OPENROUTER_BASE_URL", &ai.url);
    let app = TestApp::start_in(world).await?;
    app.world.chat(7).sends_file(file, "en").await?;
    app.drain_chat().await?;
    let ended = format!(
        "SELECT count(*) AS count FROM analysis_history
         WHERE status = 'failed' AND error_code = '{code}'"
    );
    let as_expected = async || Ok((app.count(&ended).await? == 1).then_some(()));
    eventually(as_expected).await.context(code.to_owned())?;
    Ok(app)
}

/// No operator hears of it, and the reason stands in the ledger.
async fn is_no_dead_letter(app: &TestApp) -> anyhow::Result<()> {
    let all = "SELECT count(*) AS count FROM jobs WHERE state <> 'done'";
    assert_eq!(app.count(all).await?, 0);
    assert_eq!(app.metric("queue_jobs_dead_total").await?, 0.0);
    Ok(())
}

/// A PNG that claims more pixels than a photo has.
fn huge() -> Vec<u8> {
    let mut png = coffee_cup();
    png[16..20].copy_from_slice(&60_000_u32.to_be_bytes());
    png[20..24].copy_from_slice(&60_000_u32.to_be_bytes());
    png
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fault_of_a_person_is_an_outcome_that_costs_nothing() -> anyhow::Result<()> {
    let mut cut = drawn_cup(3);
    cut.truncate(cut.len() / 2);
    let mut heic = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic".to_vec();
    heic.resize(4_000, 0);
    let unsafe_ =
        json!({ "is_cup": true, "unsafe_content": "sexual", "summary": "A cup.", "patterns": [] });
    let table = [
        (
            "E101",
            b"not a photo at all".to_vec(),
            None,
            "JPEG, PNG or WebP",
        ),
        ("E102", huge(), None, "too large"),
        ("E109", drawn_cup(1), Some(no_cup()), "take another one"),
        ("E110", heic, None, "as a photo and not as a file"),
        ("E111", cut, None, "arrived incomplete"),
        ("E504", drawn_cup(1), Some(says(unsafe_)), "another photo"),
    ];
    let mut tried: Vec<&str> = table.iter().map(|(code, ..)| *code).collect();
    for (code, file, act, words) in table {
        let app = ends_with(code, file, act).await?;
        let chat = app.world.chat(7);
        chat.waits_for(|text| text.contains(words)).await?;
        assert!(!chat.bot_texts().await?.concat().contains(code), "{code}");
        is_no_dead_letter(&app).await?;
        let used = "SELECT sum(day_used)::bigint AS count FROM meters";
        assert_eq!(app.count(used).await?, 0, "{code}");
    }
    // The one that remains is below.
    tried.push(vendors::codes::RECIPIENT_GONE.as_str());
    let known = error_codes::by_person();
    let known: Vec<&str> = known.iter().map(|code| code.as_str()).collect();
    assert_eq!(tried, known);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_who_has_blocked_the_bot_leaves_no_dead_letters() -> anyhow::Result<()> {
    for (status, method) in [(403, "sendMessage"), (403, "editMessageText")] {
        let app = TestApp::start().await?;
        let chat = app.world.chat(7);
        chat.says("/start", "en").await?;
        app.drain_chat().await?;
        let blocked = json!({ "error_rate": 1.0, "status": status });
        app.world
            .faults(json!({ "telegram": { "methods": { method: blocked } } }))
            .await?;
        chat.sends_photo(coffee_cup(), "en").await?;
        let accepted = "SELECT count(*) AS count FROM analysis_history";
        eventually(async || Ok((app.count(accepted).await? == 1).then_some(()))).await?;
        app.drain_jobs().await?;
        is_no_dead_letter(&app).await?;
        let reasons = "SELECT count(*) AS count FROM jobs
                       WHERE kind LIKE 'notifications.%' AND errors -> 0 ->> 'error' LIKE 'E906%'";
        assert_eq!(app.count(reasons).await?, 1, "{method}");
    }
    Ok(())
}
