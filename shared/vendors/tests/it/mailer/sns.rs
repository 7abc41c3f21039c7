//! Messages of SNS. Those of `fixtures/sns/` are written and signed after AWS's pages by OpenSSL, with a certificate
//! of their own.

use std::time::Duration;

use serde_json::{Value, json};
use testkit::stub::{Reply, Stub};
use url::Url;
use uuid::Uuid;
use vendors::mailer::sns::{Disbelief, Happened, Notice, Sns};
use vendors::mailer::{SnsConfig, region_of};

const TOPIC: &str = "arn:aws:sns:eu-west-1:123456789012:symancy-mail";
const CERTIFICATE: &str = include_str!("../../../../../fixtures/sns/certificate.pem");

macro_rules! message {
    ($name:literal) => {
        include_str!(concat!("../../../../../fixtures/sns/", $name, ".json"))
    };
}

fn receiver(endpoint: &Url) -> anyhow::Result<Sns> {
    Ok(Sns::new(&SnsConfig {
        topics: vec![TOPIC.to_owned()],
        endpoint: Some(endpoint.clone()),
        timeout: Duration::from_millis(500),
    })?)
}

async fn sns() -> anyhow::Result<(Stub, Sns)> {
    let stub = Stub::answering(|_| Reply::new(200, CERTIFICATE)).await?;
    let sns = receiver(&stub.url)?;
    Ok((stub, sns))
}

/// The bounce with other values.
fn changed(change: impl FnOnce(&mut Value)) -> anyhow::Result<Vec<u8>> {
    let mut message = serde_json::from_str(message!("bounce"))?;
    change(&mut message);
    Ok(serde_json::to_vec(&message)?)
}

#[tokio::test]
async fn notices_are_read_as_aws_writes_them_and_the_certificate_is_fetched_once()
-> anyhow::Result<()> {
    let (stub, sns) = sns().await?;
    for (message, happened, letter, detail) in [
        (
            message!("bounce"),
            Happened::Bounced,
            "0102018b-letter-1-000000",
            Some("smtp; 550 5.1.1 user unknown"),
        ),
        (
            message!("soft_bounce"),
            Happened::SoftBounced,
            "0102018b-letter-1-000000",
            None,
        ),
        (
            message!("complaint"),
            Happened::Complained,
            "0102018b-letter-1-000000",
            Some("abuse"),
        ),
        (
            message!("delivery"),
            Happened::Delivered,
            "0102018b-letter-2-000000",
            Some("250 2.6.0 Message received"),
        ),
    ] {
        let Notice::About(event) = sns.read(message.as_bytes()).await? else {
            anyhow::bail!("no event: {message}");
        };
        assert_eq!(
            (event.happened, event.message_id.as_str()),
            (happened, letter)
        );
        assert_eq!(event.detail.as_deref(), detail);
        let tag = Uuid::from_u128(0x0199_c3a0_0000_7000_8000_0000_0000_0002);
        let tagged = happened == Happened::Delivered;
        assert_eq!(event.email_id, tagged.then_some(tag));
    }
    let path = "GET /SimpleNotificationService-0123456789abcdef0123456789abcdef.pem";
    assert_eq!(stub.only()?.line(), path);
    Ok(())
}

#[tokio::test]
async fn a_subscription_is_confirmed_at_sns() -> anyhow::Result<()> {
    let (stub, sns) = sns().await?;
    let Notice::Confirm(url) = sns.read(message!("subscription").as_bytes()).await? else {
        anyhow::bail!("no confirmation");
    };
    assert_eq!(url.host_str(), Some("sns.eu-west-1.amazonaws.com"));
    sns.confirm(url).await?;
    let calls = stub.received();
    let query = format!("Action=ConfirmSubscription&TopicArn={TOPIC}&Token=2336412f37");
    assert_eq!(calls.last().expect("a call").query, query);
    Ok(())
}

#[tokio::test]
async fn nothing_is_fetched_for_a_topic_that_is_not_ours_nor_from_elsewhere() -> anyhow::Result<()>
{
    let (stub, sns) = sns().await?;
    let urls = [
        "http://sns.eu-west-1.amazonaws.com/x.pem",
        "https://sns.eu-west-1.amazonaws.com.example.org/x.pem",
        "https://sns.us-east-1.amazonaws.com/x.pem",
        "https://sns.eu-west-1.amazonaws.com@example.org/x.pem",
        "https://eve@sns.eu-west-1.amazonaws.com/x.pem",
        "https://sns.eu-west-1.amazonaws.com:8443/x.pem",
        "https://sns.eu-west-1.amazonaws.com/?Action=x",
        "https://127.0.0.1/x.pem",
        "file:///etc/passwd",
        "",
    ];
    let mut messages = vec![message!("foreign_topic").as_bytes().to_vec()];
    for url in urls {
        messages.push(changed(|message| message["SigningCertURL"] = json!(url))?);
    }
    for message in messages {
        let read = sns.read(&message).await;
        assert!(matches!(read, Err(Disbelief::Forged(_))), "{read:?}");
    }
    assert_eq!(stub.received().len(), 0);
    // Signed by SNS, and yet not followed elsewhere.
    let read = sns.read(message!("elsewhere").as_bytes()).await;
    assert!(
        matches!(read, Err(Disbelief::Forged("its SubscribeURL"))),
        "{read:?}"
    );
    Ok(())
}

#[tokio::test]
async fn what_is_signed_cannot_be_changed() -> anyhow::Result<()> {
    let (_stub, sns) = sns().await?;
    for (field, value) in [
        ("Message", json!("{}")),
        ("MessageId", json!("00000000-0000-4000-8000-000000000009")),
        ("Timestamp", json!("2027-11-30T09:30:05.123Z")),
        ("Subject", json!("added")),
        ("Type", json!("SubscriptionConfirmation")),
        ("Signature", json!("AAAA")),
    ] {
        let read = sns.read(&changed(|message| message[field] = value)?).await;
        assert!(
            matches!(read, Err(Disbelief::Forged(_))),
            "{field}: {read:?}"
        );
    }
    for (field, value) in [
        ("SignatureVersion", json!("1")),
        ("Signature", json!("no base64!")),
        ("MessageId", json!(7)),
    ] {
        let read = sns.read(&changed(|message| message[field] = value)?).await;
        assert!(
            matches!(read, Err(Disbelief::Malformed(_))),
            "{field}: {read:?}"
        );
    }
    assert!(matches!(
        sns.read(b"no JSON").await,
        Err(Disbelief::Malformed(_))
    ));
    Ok(())
}

#[tokio::test]
async fn a_certificate_that_cannot_be_had_is_no_forgery() -> anyhow::Result<()> {
    for reply in [
        Reply::html(503),
        Reply::new(200, "no certificate"),
        Reply::new(302, "").header("location", "https://example.org/x.pem"),
        Reply::new(200, CERTIFICATE).after(Duration::from_secs(5)),
    ] {
        let stub = Stub::start([reply.clone()]).await?;
        let read = receiver(&stub.url)?
            .read(message!("bounce").as_bytes())
            .await;
        assert!(
            matches!(read, Err(Disbelief::Unknown(_))),
            "{reply:?}: {read:?}"
        );
    }
    Ok(())
}

#[test]
fn a_topic_names_its_region() {
    for (topic, region) in [
        (TOPIC, Some("eu-west-1")),
        (
            "arn:aws-cn:sns:cn-north-1:123456789012:t",
            Some("cn-north-1"),
        ),
        ("arn:aws:sqs:eu-west-1:123456789012:t", None),
        ("arn:aws:sns:evil.example.org/:123456789012:t", None),
        ("arn:aws:sns::123456789012:t", None),
        ("symancy-mail", None),
    ] {
        assert_eq!(region_of(topic), region, "{topic}");
    }
}
