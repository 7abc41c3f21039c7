//! The receiver of customers' webhooks.

use serde_json::{Value, json};

use crate::stage::Stage;

async fn posted(stage: &Stage) -> u16 {
    let call = stage
        .client
        .post(stage.url("/hooks/of/ann"))
        .header("webhook-id", "msg_1")
        .header("webhook-timestamp", "1764500000")
        .header("webhook-signature", "v1,x v1,y")
        .body("{\"type\":\"bell.rang\"}");
    call.send().await.expect("an answer").status().as_u16()
}

#[tokio::test]
async fn a_message_is_taken_and_kept_as_it_came() {
    let stage = Stage::new().await;
    assert_eq!(posted(&stage).await, 204);
    let url = stage.url("/control/calls?service=hooks");
    let answer = stage.client.get(url).send().await.expect("an answer");
    let calls: Value = answer.json().await.expect("JSON");
    assert_eq!(
        calls["calls"][0]["detail"],
        json!({
            "path": "/of/ann", "id": "msg_1", "timestamp": "1764500000", "signature": "v1,x v1,y",
            "body": "{\"type\":\"bell.rang\"}",
        })
    );
}

#[tokio::test]
async fn it_can_be_told_to_fail_with_any_status() {
    let stage = Stage::new().await;
    for status in [410, 500, 503] {
        let plan = json!({ "hooks": { "error_rate": 1.0, "status": status } });
        stage.faults(plan).await;
        assert_eq!(posted(&stage).await, status);
    }
}
