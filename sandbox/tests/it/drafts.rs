//! Messages that the bot is still writing.

use serde_json::{Value, json};

use crate::stage::Stage;

async fn drafts(stage: &Stage, user: i64) -> Vec<Value> {
    let answer = stage.get(&format!("/control/users/{user}/drafts")).await;
    answer["drafts"].as_array().expect("a list").clone()
}

fn texts(drafts: &[Value]) -> Vec<&str> {
    let texts = drafts.iter().map(|draft| draft["text"].as_str());
    texts.map(|text| text.expect("a text")).collect()
}

#[tokio::test]
async fn a_draft_is_shown_until_a_message_of_the_bot_comes_and_is_none_itself() {
    let stage = Stage::new().await;
    stage.says(5, "hello").await;
    for text in ["<b>Good</b>", "<b>Good day</b>, Ann"] {
        let body = json!({"chat_id": 5, "draft_id": 7, "text": text, "parse_mode": "HTML"});
        assert_eq!(stage.bot("sendMessageDraft", body).await, true);
    }
    let shown = drafts(&stage, 5).await;
    assert_eq!(texts(&shown), ["Good", "Good day, Ann"]);
    assert_eq!(shown[1]["html"], "<b>Good day</b>, Ann");
    let is_shown: Vec<_> = shown.iter().map(|draft| &draft["shown"]).collect();
    assert_eq!(is_shown, [false, true]);
    assert_eq!(stage.messages(5).await.len(), 1, "drafts are no messages");
    stage.says(5, "well?").await;
    assert_eq!(drafts(&stage, 5).await[1]["shown"], true);
    stage
        .bot("sendMessage", json!({"chat_id": 5, "text": "Good day"}))
        .await;
    let after = drafts(&stage, 5).await;
    assert_eq!(after.len(), 2);
    assert!(after.iter().all(|draft| draft["shown"] == false));
}

#[tokio::test]
async fn a_draft_without_text_is_allowed_and_one_of_another_id_takes_its_place() {
    let stage = Stage::new().await;
    stage.says(5, "hello").await;
    for (id, text) in [(1, ""), (-9_007_199_254_740_993_i64, "other")] {
        let body = json!({"chat_id": 5, "draft_id": id, "text": text});
        stage.bot("sendMessageDraft", body).await;
    }
    let shown = drafts(&stage, 5).await;
    assert_eq!(texts(&shown), ["", "other"]);
    assert_eq!(
        (&shown[0]["shown"], &shown[1]["shown"]),
        (&json!(false), &json!(true))
    );
}

#[tokio::test]
async fn what_telegram_refuses_is_refused_in_its_words() {
    let stage = Stage::new().await;
    stage.says(5, "hello").await;
    let long = "x".repeat(4_097);
    for (body, why) in [
        (
            json!({"chat_id": 5, "draft_id": 0, "text": "a"}),
            "RANDOM_ID_INVALID",
        ),
        (json!({"chat_id": 5, "text": "a"}), "RANDOM_ID_INVALID"),
        (
            json!({"chat_id": 5, "draft_id": 1, "text": long}),
            "message is too long",
        ),
        (
            json!({"chat_id": -100, "draft_id": 1, "text": "a"}),
            "TEXTDRAFT_PEER_INVALID",
        ),
        (
            json!({"chat_id": 6, "draft_id": 1, "text": "a"}),
            "chat not found",
        ),
        (json!({"draft_id": 1, "text": "a"}), "chat_id is empty"),
        (
            json!({"chat_id": 5, "draft_id": 1, "text": "a", "parse_mode": "BBCode"}),
            "unsupported parse_mode",
        ),
    ] {
        let refusal = stage.refused("sendMessageDraft", body).await;
        assert_eq!(refusal, format!("Bad Request: {why}"));
    }
    let body = json!({"chat_id": 6, "draft_id": 1, "text": "<b>a", "parse_mode": "HTML"});
    let refusal = stage.refused("sendMessageDraft", body).await;
    assert!(
        refusal.starts_with("Bad Request: can't parse entities"),
        "{refusal}"
    );
    assert_eq!(drafts(&stage, 5).await, [] as [Value; 0]);
    // After parsing it is short enough.
    let bold = format!("<b>{}</b>", "x".repeat(4_096));
    let body = json!({"chat_id": 5, "draft_id": 1, "text": bold, "parse_mode": "HTML"});
    stage.bot("sendMessageDraft", body).await;
}

#[tokio::test]
async fn drafts_can_be_made_to_fail_alone() {
    let stage = Stage::new().await;
    stage.says(5, "hello").await;
    let plan =
        json!({"telegram": {"methods": {"sendMessageDraft": {"rate_limit": {"retry_after": 3}}}}});
    stage.faults(plan).await;
    let body = json!({"chat_id": 5, "draft_id": 1, "text": "a"});
    let refusal = stage.refused("sendMessageDraft", body).await;
    assert_eq!(refusal, "Too Many Requests: retry after 3");
    stage
        .bot("sendMessage", json!({"chat_id": 5, "text": "b"}))
        .await;
}
