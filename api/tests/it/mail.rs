//! The contact form, and what Amazon SES says of letters.

use mail::jobs::SendEmail;
use reqwest::Method;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use testkit::stub::{Reply, Stub};
use world::app::Answer;
use world::{TestApp, World};

const CERTIFICATE: &str = include_str!("../../../fixtures/sns/certificate.pem");

macro_rules! message {
    ($name:literal) => {
        include_str!(concat!("../../../fixtures/sns/", $name, ".json"))
    };
}

async fn app() -> anyhow::Result<TestApp> {
    let mut world = World::new().await?;
    world.set("CONTACT_ADDRESS", "hello@symancy.example");
    world.set("TRUSTED_PROXIES", "127.0.0.0/8");
    TestApp::start_in(world).await
}

/// The first nonce that proves a challenge, in hexadecimal digits as a browser would look for it.
fn nonce(challenge: &str) -> String {
    let nonces = (0..10_000_000).map(|nonce: u32| nonce.to_string());
    let is_good = |nonce: &String| {
        let digest = Sha256::digest(format!("{challenge}:{nonce}"));
        digest[0] == 0 && digest[1] == 0
    };
    let mut good = nonces.filter(is_good);
    good.next().expect("one in 65,536")
}

async fn form(app: &TestApp) -> anyhow::Result<Value> {
    let answer = Answer::of(app.request(Method::GET, "/v1/contact").send().await?).await?;
    assert_eq!(
        (answer.status, &answer.body["difficulty"]),
        (200, &json!(16))
    );
    let challenge = answer.body["challenge"].as_str().expect("a challenge");
    Ok(json!({
        "name": "Anna", "email": "Anna@example.com", "message": "Where is my cup?\nAnna",
        "challenge": challenge, "nonce": nonce(challenge),
    }))
}

async fn post(app: &TestApp, from: &str, form: &Value) -> anyhow::Result<Answer> {
    let call = app
        .request(Method::POST, "/v1/contact")
        .header("X-Forwarded-For", from);
    Answer::of(call.json(form).send().await?).await
}

const MESSAGES: &str = "SELECT count(*) AS count FROM contact_messages";

#[tokio::test(flavor = "multi_thread")]
async fn a_message_reaches_the_operators_and_their_answer_its_writer() -> anyhow::Result<()> {
    let app = app().await?;
    let sent = post(&app, "192.0.2.1", &form(&app).await?).await?;
    assert_eq!(sent.status, 202, "{}", sent.body);
    assert!(sent.id().is_ok());
    app.drain_jobs().await?;
    let url = app.world.outside("/control/mail?to=hello@symancy.example");
    let inbox: Value = app.world.http.get(url).send().await?.json().await?;
    let letters = inbox["letters"].as_array().expect("letters");
    assert_eq!(letters.len(), 1);
    let text = letters[0]["text"].as_str().expect("a text");
    assert!(text.contains("> Where is my cup?\n> Anna"), "{text}");
    let reply_to = json!(["Reply-To", "Anna@example.com"]);
    let headers = letters[0]["headers"].as_array().expect("headers");
    assert!(headers.contains(&reply_to), "{headers:?}");
    let noted = "SELECT count(*) AS count FROM audit_logs WHERE action = 'contact_received' AND actor = 'visitor'";
    assert_eq!(
        (app.count(MESSAGES).await?, app.count(noted).await?),
        (1, 1)
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_a_message_is_said_of_its_field() -> anyhow::Result<()> {
    let app = app().await?;
    let form = form(&app).await?;
    let long = "я".repeat(5_001);
    for (field, value, wrong) in [
        ("name", json!(" "), "name"),
        ("name", json!("Anna\r\nBcc: eve@example.com"), "name"),
        ("name", json!("я".repeat(101)), "name"),
        ("email", json!("anna"), "email"),
        (
            "email",
            json!("anna@example.com\r\nBcc: eve@example.com"),
            "email",
        ),
        ("email", json!("a@example.com, b@example.com"), "email"),
        ("message", json!(""), "message"),
        ("message", json!(long), "message"),
        ("challenge", json!("1.2.3"), "challenge"),
        ("nonce", json!(""), "challenge"),
    ] {
        let mut form = form.clone();
        form[field] = value;
        let answer = post(&app, "192.0.2.1", &form).await?;
        assert_eq!(answer.status, 400, "{field}: {}", answer.body);
        assert_eq!(answer.body["details"]["field"], wrong, "{field}");
    }
    assert_eq!(app.count(MESSAGES).await?, 0);
    let mut full = form;
    full["message"] = json!("я".repeat(5_000));
    assert_eq!(post(&app, "192.0.2.1", &full).await?.status, 202);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proof_does_for_one_message_and_five_an_hour_come_from_one_network() -> anyhow::Result<()>
{
    let app = app().await?;
    let first = form(&app).await?;
    assert_eq!(post(&app, "2001:db8::1", &first).await?.status, 202);
    assert_eq!(
        post(&app, "2001:db8::2", &first).await?.refusal(),
        (409, "E602")
    );
    for last in 3..=5 {
        let address = format!("2001:db8::{last}");
        assert_eq!(post(&app, &address, &form(&app).await?).await?.status, 202);
    }
    let refused = post(&app, "2001:db8::6", &form(&app).await?).await?;
    assert_eq!(refused.refusal(), (429, "E304"));
    assert_eq!(
        post(&app, "2001:db8:1::6", &form(&app).await?)
            .await?
            .status,
        202
    );
    assert_eq!(app.count(MESSAGES).await?, 5);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_that_fills_in_the_hidden_field_is_told_that_all_is_well() -> anyhow::Result<()> {
    let app = app().await?;
    let form = json!({
        "name": "x", "email": "x", "message": "x", "challenge": "", "nonce": "", "website": "https://example.org",
    });
    let answer = post(&app, "192.0.2.1", &form).await?;
    assert!(
        answer.status == 202 && answer.id().is_ok(),
        "{}",
        answer.body
    );
    assert_eq!(app.count(MESSAGES).await?, 0);
    assert_eq!(app.enqueued::<SendEmail>().await?.len(), 0);
    Ok(())
}

/// An app that takes the topic of the fixtures, with two letters that SES has taken, and SNS.
async fn app_with_ses() -> anyhow::Result<(TestApp, Stub)> {
    let sns = Stub::answering(|_| Reply::new(200, CERTIFICATE)).await?;
    let mut world = World::new().await?;
    let topic = "arn:aws:sns:eu-west-1:123456789012:symancy-mail";
    world.set("SES_TOPIC_ARNS", topic);
    world.set("SNS_ENDPOINT", &sns.url);
    let app = TestApp::start_in(world).await?;
    for number in [1, 2] {
        app.sql(&format!(
            "INSERT INTO emails (id, to_address, template, language, subject, status, provider, provider_id)
             VALUES ('0199c3a0-0000-7000-8000-00000000000{number}', 'anna@example.com', 'welcome', 'en', 'x',
                 'accepted', 'ses', '0102018b-letter-{number}-000000')"
        ))
        .await?;
    }
    Ok((app, sns))
}

async fn says(app: &TestApp, message: &str) -> anyhow::Result<u16> {
    let call = app.request(Method::POST, "/v1/webhooks/ses");
    let call = call.header("content-type", "text/plain; charset=UTF-8");
    Ok(call
        .body(message.to_owned())
        .send()
        .await?
        .status()
        .as_u16())
}

async fn status(app: &TestApp, number: u8, status: &str) -> anyhow::Result<bool> {
    let count = format!(
        "SELECT count(*) AS count FROM emails WHERE provider_id = '0102018b-letter-{number}-000000'
             AND status = '{status}'"
    );
    Ok(app.count(&count).await? == 1)
}

#[tokio::test(flavor = "multi_thread")]
async fn notices_of_ses_are_taken_once_and_in_any_order() -> anyhow::Result<()> {
    let (app, _sns) = app_with_ses().await?;
    for _ in 0..2 {
        for message in [
            message!("bounce"),
            message!("delivery"),
            message!("complaint"),
        ] {
            assert_eq!(says(&app, message).await?, 204);
        }
    }
    assert!(status(&app, 1, "complained").await? && status(&app, 2, "delivered").await?);
    let events = "SELECT count(*) AS count FROM email_events";
    assert_eq!(app.count(events).await?, 3);
    let known = "SELECT count(*) AS count FROM email_suppressions WHERE bounces = 1 AND complained_at IS NOT NULL
        AND length(address_key) = 32 AND suppressed_until > now() + interval '89 days'";
    assert_eq!(app.count(known).await?, 1);
    // A soft bounce counts, and takes no later state's place.
    assert_eq!(says(&app, message!("soft_bounce")).await?, 204);
    assert!(status(&app, 1, "complained").await?);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_notice_about_a_letter_that_is_not_ours_changes_nothing() -> anyhow::Result<()> {
    let (app, _sns) = app_with_ses().await?;
    app.sql("DELETE FROM emails").await?;
    assert_eq!(says(&app, message!("bounce")).await?, 204);
    let known = "SELECT count(*) AS count FROM email_suppressions";
    assert_eq!(app.count(known).await?, 0);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_subscription_of_our_topic_is_confirmed_and_no_other() -> anyhow::Result<()> {
    let (app, sns) = app_with_ses().await?;
    assert_eq!(says(&app, message!("subscription")).await?, 204);
    let confirmed =
        |call: &testkit::stub::Received| call.query.contains("Action=ConfirmSubscription");
    assert_eq!(
        sns.received().iter().filter(|call| confirmed(call)).count(),
        1
    );
    let calls = sns.received().len();
    for message in [message!("foreign_topic"), message!("elsewhere")] {
        assert_eq!(says(&app, message).await?, 401);
    }
    let forged = message!("bounce").replace("Permanent", "Transient");
    assert_eq!(says(&app, &forged).await?, 401);
    assert_eq!(says(&app, "no JSON").await?, 400);
    assert_eq!(sns.received().len(), calls);
    assert!(status(&app, 1, "accepted").await?);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deployment_without_a_topic_believes_no_message() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    assert_eq!(says(&app, message!("bounce")).await?, 401);
    Ok(())
}
