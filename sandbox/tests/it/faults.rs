//! Faults at each door.

use std::time::Duration;

use serde_json::{Value, json};

use crate::stage::{Stage, TOKEN};

async fn get_me(stage: &Stage) -> Result<reqwest::Response, reqwest::Error> {
    let request = stage
        .client
        .post(stage.url(&format!("/telegram/bot{TOKEN}/getMe")));
    request.timeout(Duration::from_millis(300)).send().await
}

#[tokio::test]
async fn a_service_that_is_down_drops_the_connection_without_a_word() {
    let stage = Stage::new().await;
    stage.faults(json!({"telegram": {"down": true}})).await;
    let error = get_me(&stage).await.expect_err("no reply");
    assert!(!error.is_timeout() && !error.is_status(), "{error:?}");
    stage.send("DELETE", "/control/faults", Value::Null).await;
    assert_eq!(get_me(&stage).await.expect("a reply").status(), 200);
}

#[tokio::test]
async fn a_service_that_hangs_never_answers() {
    let stage = Stage::new().await;
    stage.faults(json!({"telegram": {"hang": true}})).await;
    assert!(get_me(&stage).await.expect_err("no reply").is_timeout());
}

#[tokio::test]
async fn telegram_limits_the_rate_in_its_own_form() {
    let stage = Stage::new().await;
    stage
        .faults(json!({"telegram": {"rate_limit": {"retry_after": 3}}}))
        .await;
    let response = get_me(&stage).await.expect("a reply");
    assert_eq!(response.status(), 429);
    let body: Value = response.json().await.expect("JSON");
    assert_eq!(body["parameters"]["retry_after"], 3);
    assert_eq!(body["description"], "Too Many Requests: retry after 3");
}

#[tokio::test]
async fn a_fault_with_times_ends_by_itself() {
    let stage = Stage::new().await;
    let rule = json!({"error_rate": 1.0, "status": 502, "times": 2});
    stage
        .faults(json!({"telegram": {"methods": {"getMe": rule}}}))
        .await;
    let mut statuses = Vec::new();
    for _ in 0..3 {
        statuses.push(get_me(&stage).await.expect("a reply").status().as_u16());
    }
    assert_eq!(statuses, [502, 502, 200]);
    assert_eq!(stage.get("/control/faults").await["telegram"], json!({}));
}

#[tokio::test]
async fn a_fault_of_one_method_leaves_the_others_alone() {
    let stage = Stage::new().await;
    stage
        .faults(json!({"telegram": {"methods": {"sendmessage": {"down": true}}}}))
        .await;
    assert_eq!(get_me(&stage).await.expect("a reply").status(), 200);
}

#[tokio::test]
async fn a_lost_reply_has_its_effect() {
    let stage = Stage::new().await;
    stage.says(5, "hi").await;
    stage
        .faults(json!({"telegram": {"lost_reply_rate": 1.0, "times": 1}}))
        .await;
    let path = stage.url(&format!("/telegram/bot{TOKEN}/sendMessage"));
    let body = json!({"chat_id": 5, "text": "heard"});
    assert!(stage.client.post(path).json(&body).send().await.is_err());
    assert_eq!(stage.messages(5).await[1]["text"], "heard");
}

#[tokio::test]
async fn the_same_seed_gives_the_same_faults() {
    let stage = Stage::new().await;
    let mut runs = Vec::new();
    for _ in 0..2 {
        stage
            .faults(json!({"seed": 7, "telegram": {"error_rate": 0.5}}))
            .await;
        let mut run = Vec::new();
        for _ in 0..20 {
            run.push(get_me(&stage).await.expect("a reply").status().as_u16());
        }
        assert!(run.contains(&200) && run.contains(&500), "{run:?}");
        runs.push(run);
    }
    assert_eq!(runs[0], runs[1]);
}

#[tokio::test]
async fn latency_delays_and_a_patch_changes_only_what_it_names() {
    let stage = Stage::new().await;
    stage.faults(json!({"telegram": {"latency_ms": 120}})).await;
    let (status, plan) = stage
        .send("PATCH", "/control/faults", json!({"ai": {"down": true}}))
        .await;
    assert_eq!(status, 200);
    assert_eq!(plan["telegram"]["latency_ms"], 120);
    let begin = std::time::Instant::now();
    get_me(&stage).await.expect("a reply");
    assert!(begin.elapsed() >= Duration::from_millis(120));
    let clear = json!({"ai": null, "telegram": {"latency_ms": null}});
    let (_, plan) = stage.send("PATCH", "/control/faults", clear).await;
    assert_eq!((&plan["ai"], &plan["telegram"]), (&json!({}), &json!({})));
}

#[tokio::test]
async fn nonsense_is_refused_with_a_plain_sentence() {
    let stage = Stage::new().await;
    for (plan, word) in [
        (json!({"moon": {}}), "moon"),
        (json!({"ai": {"latency": 5}}), "latency"),
        (json!({"ai": {"error_rate": 2}}), "between 0 and 1"),
        (json!({"telegram": {"methods": {"getMoon": {}}}}), "getMoon"),
        (json!({"ai": {"reorder": true}}), "webhooks"),
        (json!({"webhook": {"methods": {"moon": {}}}}), "message"),
        (json!({"webhook": {"methods": {"moon": {}}}}), "tinkoff"),
    ] {
        let (status, answer) = stage.send("PUT", "/control/faults", plan).await;
        assert_eq!(status, 400);
        assert!(
            answer["error"].as_str().expect("a sentence").contains(word),
            "{answer}"
        );
    }
}

#[tokio::test]
async fn calls_are_counted_with_the_fault_that_struck() {
    let stage = Stage::new().await;
    get_me(&stage).await.expect("a reply");
    stage.faults(json!({"telegram": {"down": true}})).await;
    get_me(&stage).await.expect_err("no reply");
    let report = stage.get("/control/calls?service=telegram").await;
    assert_eq!(report["counts"]["telegram"], 2);
    assert_eq!(report["methods"]["telegram"]["getMe"], 2);
    let calls = report["calls"].as_array().expect("a list");
    assert_eq!(
        (&calls[0]["status"], &calls[1]["status"]),
        (&json!(200), &json!(0))
    );
    assert_eq!(calls[1]["fault"], "down");
    stage.send("DELETE", "/control/calls", Value::Null).await;
    assert_eq!(stage.get("/control/calls").await["counts"], json!({}));
}
