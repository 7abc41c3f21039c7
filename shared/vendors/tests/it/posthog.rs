//! PostHog's capture protocol: what is sent, and what every answer means.
//!
//! The body and the answers are those of its documentation (<https://posthog.com/docs/api/capture>).

use serde_json::{Map, Value, json};
use std::time::Duration;
use testkit::stub::{Reply, Stub, unused_address};
use url::Url;
use uuid::Uuid;
use vendors::ProviderErrorKind as Kind;
use vendors::product_analytics::{
    Captured, PostHog, PostHogConfig, ProductAnalytics, ProductAnalyticsConfig, build,
};

use crate::failure;

const KEY: &str = "phc_of_the_tests";
const PERSON: &str = "a-hash-of-a-person";

fn client(host: &Url) -> anyhow::Result<PostHog> {
    Ok(PostHog::new(&PostHogConfig {
        host: host.clone(),
        key: KEY.to_owned(),
    })?)
}

fn event() -> Captured {
    Captured {
        id: Uuid::from_u128(7),
        name: "reading.created".to_owned(),
        person: PERSON.to_owned(),
        at: "2026-12-01T12:00:00.000120Z".parse().expect("a time"),
        properties: Map::from_iter([("input_type".to_owned(), Value::from("text"))]),
    }
}

fn taken() -> Reply {
    Reply::json(200, &json!({ "status": "Ok" }))
}

#[tokio::test]
async fn a_batch_names_the_project_and_each_event_by_its_id_its_person_and_its_time()
-> anyhow::Result<()> {
    let stub = Stub::start([taken(), Reply::json(200, &json!({ "status": 1 }))]).await?;
    let client = client(&stub.url)?;
    for _ in 0..2 {
        client.capture(&[event()]).await?;
    }
    let received = stub.received();
    assert_eq!(received[0].method, "POST");
    assert_eq!(received[0].path, "/batch/");
    let sent: Value = serde_json::from_slice(&received[0].body)?;
    let expected = json!({
        "api_key": KEY,
        "batch": [{
            "uuid": "00000000-0000-0000-0000-000000000007",
            "event": "reading.created",
            "distinct_id": PERSON,
            "timestamp": "2026-12-01T12:00:00.000120Z",
            "properties": {
                "input_type": "text", "$process_person_profile": false, "$geoip_disable": true,
                "$lib": "symancy",
            },
        }],
    });
    assert_eq!(sent, expected);
    // The copy is the same to the last byte: by that PostHog knows it.
    assert_eq!(received[0].body, received[1].body);
    Ok(())
}

#[tokio::test]
async fn only_a_batch_that_cannot_be_read_is_refused_for_good() -> anyhow::Result<()> {
    let invalid = json!({
        "type": "authentication_error", "code": "invalid_api_key",
        "detail": "Project API key invalid. You can find your project API key in PostHog project settings.",
        "attr": null,
    });
    for (reply, kind) in [
        (
            Reply::json(400, &json!({ "type": "validation_error" })),
            Kind::Rejected,
        ),
        (Reply::json(401, &invalid), Kind::Auth),
        (Reply::html(404), Kind::Protocol),
        (Reply::new(413, ""), Kind::Protocol),
        (
            Reply::new(429, "").header("retry-after", "30"),
            Kind::RateLimited(Some(Duration::from_secs(30))),
        ),
        (Reply::html(502), Kind::Transient),
        (
            Reply::new(302, "").header("location", "/login"),
            Kind::Protocol,
        ),
        (Reply::html(200), Kind::Protocol),
        (Reply::json(200, &json!({ "status": 0 })), Kind::Protocol),
        (taken().cut_after(Duration::ZERO), Kind::Interrupted),
    ] {
        let stub = Stub::start([reply]).await?;
        let answer = client(&stub.url)?.capture(&[event()]).await;
        assert_eq!(failure(answer, &[KEY, PERSON])?, kind);
    }
    let (away, _held) = unused_address()?;
    let answer = client(&away)?.capture(&[event()]).await;
    assert_eq!(failure(answer, &[KEY, PERSON])?, Kind::Transient);
    Ok(())
}

#[test]
fn without_a_key_there_is_no_project() -> anyhow::Result<()> {
    assert!(build(&ProductAnalyticsConfig { posthog: None })?.is_none());
    Ok(())
}
