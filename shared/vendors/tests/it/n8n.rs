//! A webhook of n8n: what counts as sent, and what every other answer means for the next try.

use std::time::Duration;

use chrono::Utc;
use kernel::Language;
use serde_json::{Value, json};
use testkit::stub::{Reply, Stub, unused_address};
use url::Url;
use uuid::Uuid;
use vendors::ProviderErrorKind as Kind;
use vendors::workflow::n8n::N8n;
use vendors::workflow::{Callback, CallbackKind, N8nConfig};

use crate::failure;

const KEY: &str = "key-of-the-callbacks";
const ID: Uuid = Uuid::from_u128(0x0199_c3a0_0000_7000_8000_0000_0000_0001);

fn client(server: &Url) -> anyhow::Result<N8n> {
    let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".parse();
    Ok(N8n::new(&N8nConfig {
        url: server.join("webhook/secret-path")?,
        key: KEY.to_owned(),
        secret: secret.map_err(anyhow::Error::msg)?,
        timeout: Duration::from_millis(500),
    })?)
}

async fn call(n8n: &N8n) -> Result<Vec<i64>, vendors::ProviderError> {
    let html = ["<b>Bird</b>".to_owned(), "News".to_owned()];
    let callback = Callback {
        delivery_id: ID,
        kind: CallbackKind::AnalysisComplete,
        telegram_id: 7,
        chat_id: 8,
        message_id: None,
        language: Language::Ru,
        html: &html,
    };
    n8n.deliver(&callback, Utc::now()).await
}

fn sent(more: Value) -> Reply {
    let mut body = json!({ "ok": true, "delivery_id": ID });
    body.as_object_mut()
        .expect("an object")
        .extend(more.as_object().cloned().unwrap_or_default());
    Reply::json(200, &body)
}

#[tokio::test]
async fn a_message_that_n8n_has_sent_is_known_by_its_ids_if_they_are_told() -> anyhow::Result<()> {
    let stub = Stub::start([sent(json!({})), sent(json!({ "message_ids": [5, 6] }))]).await?;
    let n8n = client(&stub.url)?;
    assert_eq!(call(&n8n).await?, [0; 0]);
    assert_eq!(call(&n8n).await?, [5, 6]);
    let body = stub.received()[0].json()?;
    let wanted = json!({
        "delivery_id": ID, "type": "analysis_complete", "telegram_id": 7, "chat_id": 8, "message_id": null,
        "language": "ru", "html": ["<b>Bird</b>", "News"],
    });
    assert_eq!(body, wanted);
    Ok(())
}

#[tokio::test]
async fn every_other_answer_is_worth_another_try_and_gives_nothing_away() -> anyhow::Result<()> {
    let late = sent(json!({})).after(Duration::from_secs(5));
    let limited = Reply::new(429, "").header("retry-after", "7");
    for (reply, kind) in [
        (Reply::new(200, ""), Kind::Protocol),
        (sent(json!({ "ok": false })), Kind::Protocol),
        (sent(json!({ "delivery_id": Uuid::nil() })), Kind::Protocol),
        (Reply::html(404), Kind::Protocol),
        (
            Reply::new(302, "").header("location", "https://example.org"),
            Kind::Protocol,
        ),
        (Reply::new(401, KEY), Kind::Auth),
        (limited, Kind::RateLimited(Some(Duration::from_secs(7)))),
        (Reply::html(502), Kind::Transient),
        (sent(json!({})).cut_after(Duration::ZERO), Kind::Interrupted),
        (late, Kind::Timeout),
    ] {
        let stub = Stub::start([reply.clone()]).await?;
        let failed = call(&client(&stub.url)?).await;
        assert!(
            failed
                .as_ref()
                .is_err_and(vendors::ProviderError::is_retryable)
        );
        assert_eq!(failure(failed, &[KEY, "secret-path"])?, kind, "{reply:?}");
    }
    let (nowhere, _reserved) = unused_address()?;
    let failed = call(&client(&nowhere)?).await;
    assert_eq!(failure(failed, &[KEY, "secret-path"])?, Kind::Transient);
    Ok(())
}
