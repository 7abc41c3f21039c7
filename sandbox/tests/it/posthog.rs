//! PostHog: batches are taken, and an event that is sent again counts once.

use serde_json::{Value, json};

use crate::stage::Stage;

fn event(id: &str, timestamp: &str) -> Value {
    json!({
        "uuid": id, "event": "bell.rang", "distinct_id": "a-person", "timestamp": timestamp,
        "properties": { "bell": "door" },
    })
}

async fn send(stage: &Stage, key: &str, batch: &[Value]) -> u16 {
    let body = json!({ "api_key": key, "batch": batch });
    stage.send("POST", "/posthog/batch/", body).await.0
}

async fn kept(stage: &Stage) -> Vec<Value> {
    let answer = stage.client.get(stage.url("/control/posthog")).send().await;
    let kept: Value = answer.expect("an answer").json().await.expect("JSON");
    kept["events"].as_array().cloned().unwrap_or_default()
}

#[tokio::test]
async fn an_event_counts_once_by_its_id_and_its_time() {
    let stage = Stage::new().await;
    let (noon, later) = ("2026-12-01T12:00:00Z", "2026-12-01T12:00:01Z");
    let [first, second] = [event("1", noon), event("2", noon)];
    assert_eq!(
        send(&stage, "phc_1", std::slice::from_ref(&first)).await,
        200
    );
    assert_eq!(
        send(&stage, "phc_1", &[first.clone(), second.clone()]).await,
        200
    );
    assert_eq!(kept(&stage).await, [first.clone(), second.clone()]);
    // The same id at another time is another event.
    let moved = event("1", later);
    assert_eq!(
        send(&stage, "phc_1", std::slice::from_ref(&moved)).await,
        200
    );
    assert_eq!(kept(&stage).await, [first, second, moved]);
    assert_eq!(
        stage.send("DELETE", "/control/posthog", json!({})).await.0,
        200
    );
    assert_eq!(kept(&stage).await, [Value::Null; 0]);
}

#[tokio::test]
async fn a_wrong_key_and_an_event_without_an_id_are_refused() {
    let stage = Stage::new().await;
    let good = event("1", "2026-12-01T12:00:00Z");
    assert_eq!(
        send(&stage, "phx_1", std::slice::from_ref(&good)).await,
        401
    );
    let mut without = good.clone();
    without["uuid"] = Value::Null;
    assert_eq!(send(&stage, "phc_1", &[good, without]).await, 400);
    assert_eq!(
        stage.send("POST", "/posthog/batch/", json!([])).await.0,
        400
    );
    assert_eq!(
        stage.send("POST", "/posthog/capture", json!({})).await.0,
        404
    );
    assert_eq!(kept(&stage).await, [Value::Null; 0]);
}
