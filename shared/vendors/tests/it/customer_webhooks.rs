//! Calls of customers' webhooks.

use std::time::Duration;

use chrono::{DateTime, Utc};
use testkit::stub::{Reply, Stub, unused_address};
use url::Url;
use vendors::standard_webhooks::Secret;
use vendors::webhook::{Answered, Caller, Internet, Message, Silence, WebhookConfig};

/// Of the specification's own libraries.
const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const ID: &str = "msg_p5jXN8AQM9LWM0D4loKWxJek";
const BODY: &[u8] = br#"{"test": 2432232314}"#;
const SIGNATURE: &str = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

async fn post(url: &Url, is_near: bool) -> anyhow::Result<Answered> {
    let internet = Internet { is_near };
    let caller = Caller::new(&WebhookConfig { internet })?;
    let secret: Secret = SECRET.parse().map_err(anyhow::Error::msg)?;
    let message = Message { id: ID, body: BODY };
    let at = DateTime::<Utc>::from_timestamp(1_614_265_330, 0).unwrap_or_default();
    Ok(caller.post(url, &[secret], message, at).await)
}

async fn answered(reply: Reply) -> anyhow::Result<Answered> {
    post(&Stub::start([reply]).await?.url, true).await
}

fn status(status: u16, after: Option<u64>) -> Answered {
    Answered::Status {
        status,
        retry_after: after.map(Duration::from_secs),
    }
}

#[tokio::test]
async fn a_message_arrives_as_the_specification_has_it() -> anyhow::Result<()> {
    let stub = Stub::start([Reply::new(200, "thanks")]).await?;
    let url = stub.url.join("hooks?tenant=7")?;
    assert_eq!(post(&url, true).await?, status(200, None));
    let call = stub.only()?;
    assert_eq!(
        (call.line(), call.query.as_str()),
        ("POST /hooks".to_owned(), "tenant=7")
    );
    for (name, value) in [
        ("webhook-id", ID),
        ("webhook-timestamp", "1614265330"),
        ("webhook-signature", SIGNATURE),
        ("content-type", "application/json"),
    ] {
        assert_eq!(call.header(name), value, "{name}");
    }
    assert_eq!(&call.body[..], BODY);
    Ok(())
}

#[tokio::test]
async fn every_status_is_told_and_no_redirect_followed() -> anyhow::Result<()> {
    for number in [204, 400, 410, 500, 503] {
        assert_eq!(
            answered(Reply::new(number, "")).await?,
            status(number, None)
        );
    }
    let later = Reply::new(429, "").header("retry-after", "7");
    assert_eq!(answered(later).await?, status(429, Some(7)));
    let stub = Stub::answering(|_| Reply::new(302, "").header("location", "/elsewhere")).await?;
    assert_eq!(post(&stub.url, true).await?, status(302, None));
    assert_eq!(stub.only()?.path, "/");
    Ok(())
}

#[tokio::test]
async fn where_nothing_listens_it_is_unreachable() -> anyhow::Result<()> {
    let (url, _kept) = unused_address()?;
    let silent = Answered::Not(Silence::Unreachable);
    assert_eq!(post(&url, true).await?, silent);
    Ok(())
}

#[tokio::test]
async fn outside_of_one_machine_its_addresses_and_names_are_not_connected_to() -> anyhow::Result<()>
{
    let stub = Stub::answering(|_| Reply::new(204, "")).await?;
    let refused = Answered::Not(Silence::NotPublic);
    assert_eq!(post(&stub.url, false).await?, refused);
    for url in ["https://127.0.0.1:8443/", "https://localhost:8443/"] {
        assert_eq!(post(&url.parse()?, false).await?, refused, "{url}");
    }
    assert_eq!(stub.received().len(), 0);
    Ok(())
}
