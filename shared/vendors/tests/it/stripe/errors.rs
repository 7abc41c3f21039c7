//! Stripe: what a failure means for the next try. Source: <https://docs.stripe.com/api/errors>.

use std::time::Duration;

use serde_json::{Value, json};
use vendors::ProviderErrorKind as Kind;
use vendors::ProviderErrorKind::{
    Auth, Interrupted, Protocol, RateLimited, Rejected, Timeout, Transient,
};

use super::{KEY, SECRET, client, order, session};
use crate::failure;
use testkit::stub::{Reply, Stub, unused_address};

const SECRETS: &[&str] = &[KEY, SECRET];

/// How the order fails if this is the answer; it is asked only once.
async fn kind_of(reply: Reply) -> anyhow::Result<Kind> {
    let stub = Stub::start([reply]).await?;
    let stripe = client(&stub.url, Duration::from_secs(5))?;
    let result = stripe.init(&order()).await;
    stub.only()?;
    failure(result, SECRETS)
}

fn refusal(status: u16, kind: &str, code: &str) -> Reply {
    let error =
        json!({ "type": kind, "code": code, "message": "Words of Stripe.", "param": "mode" });
    Reply::json(status, &json!({ "error": error }))
}

#[tokio::test]
async fn each_refusal_of_stripe_has_its_kind() -> anyhow::Result<()> {
    for (status, kind, code, expected) in [
        (400, "invalid_request_error", "parameter_missing", Rejected),
        (400, "idempotency_error", "", Rejected),
        (401, "invalid_request_error", "", Auth),
        (402, "card_error", "card_declined", Rejected),
        (403, "invalid_request_error", "", Auth),
        (404, "invalid_request_error", "resource_missing", Rejected),
        (
            409,
            "idempotency_error",
            "idempotency_key_in_use",
            Transient,
        ),
        (424, "api_error", "", Transient),
        (
            429,
            "invalid_request_error",
            "rate_limit",
            RateLimited(None),
        ),
        (500, "api_error", "", Transient),
        (503, "api_error", "", Transient),
    ] {
        assert_eq!(
            kind_of(refusal(status, kind, code)).await?,
            expected,
            "{status} {code}"
        );
    }
    assert_eq!(kind_of(Reply::html(502)).await?, Transient);
    assert_eq!(kind_of(Reply::html(400)).await?, Rejected);
    let limited = refusal(429, "invalid_request_error", "lock_timeout").header("retry-after", "2");
    assert_eq!(
        kind_of(limited).await?,
        RateLimited(Some(Duration::from_secs(2)))
    );
    Ok(())
}

#[tokio::test]
async fn an_operator_reads_what_stripe_says() -> anyhow::Result<()> {
    let stub = Stub::start([refusal(400, "invalid_request_error", "parameter_missing")]).await?;
    let stripe = client(&stub.url, Duration::from_secs(5))?;
    let why = stripe.init(&order()).await.expect_err("a refusal");
    let said = "status 400 invalid_request_error parameter_missing Words of Stripe.";
    assert_eq!(why.message, said);
    Ok(())
}

#[tokio::test]
async fn silence_a_broken_answer_and_no_server_are_told_apart() -> anyhow::Result<()> {
    let whole = Reply::json(200, &session());
    let stub = Stub::start([whole.clone().after(Duration::from_secs(30))]).await?;
    let stripe = client(&stub.url, Duration::from_millis(200))?;
    assert_eq!(failure(stripe.init(&order()).await, SECRETS)?, Timeout);
    assert_eq!(
        kind_of(whole.cut_after(Duration::from_millis(50))).await?,
        Interrupted
    );
    let (url, _port) = unused_address()?;
    let result = client(&url, Duration::from_secs(5))?.init(&order()).await;
    assert_eq!(failure(result, SECRETS)?, Transient);
    Ok(())
}

#[tokio::test]
async fn what_is_not_an_answer_is_a_breach_of_the_protocol() -> anyhow::Result<()> {
    let without = |name: &str| {
        let mut body = session();
        body[name] = Value::Null;
        Reply::json(200, &body)
    };
    for reply in [
        Reply::html(200),
        Reply::new(200, ""),
        Reply::json(200, &json!([])),
        Reply::json(200, &json!({ "object": "checkout.session" })),
        without("url"),
        without("id"),
    ] {
        assert_eq!(kind_of(reply.clone()).await?, Protocol, "{reply:?}");
    }
    Ok(())
}
