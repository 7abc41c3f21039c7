//! PayPal: what a failure means for the next try.
//!
//! Source: <https://developer.paypal.com/api/rest/responses/>.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use testkit::stub::{Reply, Stub, unused_address};
use vendors::ProviderErrorKind as Kind;
use vendors::ProviderErrorKind::{
    Auth, Interrupted, Protocol, RateLimited, Rejected, Timeout, Transient,
};

use crate::failure;
use crate::paypal::{SECRETS, client, created, order, token};

/// How the order fails if this is the answer to it.
async fn kind_of(reply: Reply) -> anyhow::Result<Kind> {
    kind_after(vec![token(32_400), reply]).await
}

async fn kind_after(replies: Vec<Reply>) -> anyhow::Result<Kind> {
    let expected = replies.len();
    let stub = Stub::start(replies).await?;
    let result = client(&stub.url, Duration::from_secs(5))?
        .init(&order())
        .await;
    assert_eq!(stub.received().len(), expected);
    failure(result, SECRETS)
}

fn refusal(status: u16, name: &str, issue: &str) -> Reply {
    let body = json!({
        "name": name, "message": "No.", "debug_id": "90957fca61718", "details": [{ "issue": issue }],
    });
    Reply::json(status, &body)
}

#[tokio::test]
async fn silence_and_a_stalled_answer_are_timeouts() -> anyhow::Result<()> {
    let whole = Reply::json(201, &created());
    for reply in [
        whole.clone().after(Duration::from_secs(30)),
        whole.cut_after(Duration::from_secs(30)),
    ] {
        let stub = Stub::start([token(32_400), reply]).await?;
        let asked = Instant::now();
        let result = client(&stub.url, Duration::from_millis(300))?
            .init(&order())
            .await;
        assert_eq!(failure(result, SECRETS)?, Timeout);
        assert!(asked.elapsed() < Duration::from_secs(5));
    }
    Ok(())
}

#[tokio::test]
async fn a_429_tells_how_long_to_wait_also_for_a_token() -> anyhow::Result<()> {
    let limited = || refusal(429, "RATE_LIMIT_REACHED", "").header("retry-after", "17");
    let expected = RateLimited(Some(Duration::from_secs(17)));
    assert_eq!(kind_of(limited()).await?, expected);
    assert_eq!(kind_after(vec![limited()]).await?, expected);
    Ok(())
}

#[tokio::test]
async fn a_fault_of_paypal_and_two_calls_with_one_key_are_for_another_try() -> anyhow::Result<()> {
    for status in [500, 502, 503, 504] {
        assert_eq!(kind_of(Reply::html(status)).await?, Transient, "{status}");
    }
    let conflict = refusal(409, "RESOURCE_CONFLICT", "PREVIOUS_REQUEST_IN_PROGRESS");
    assert_eq!(kind_of(conflict).await?, Transient);
    Ok(())
}

#[tokio::test]
async fn an_address_without_a_server_is_transient_and_a_broken_answer_is_unknown()
-> anyhow::Result<()> {
    let (url, _port) = unused_address()?;
    let result = client(&url, Duration::from_secs(5))?.init(&order()).await;
    assert_eq!(failure(result, SECRETS)?, Transient);
    let broken = Reply::json(201, &created()).cut_after(Duration::from_millis(50));
    assert_eq!(kind_of(broken).await?, Interrupted);
    Ok(())
}

fn no_token() -> Reply {
    Reply::json(
        401,
        &json!({ "error": "invalid_token", "error_description": "Token signature verification failed" }),
    )
}

#[tokio::test]
async fn a_refused_app_is_for_an_operator_to_mend_and_a_refused_token_is_asked_for_again()
-> anyhow::Result<()> {
    let no_app =
        json!({ "error": "invalid_client", "error_description": "Client Authentication failed" });
    assert_eq!(kind_after(vec![Reply::json(401, &no_app)]).await?, Auth);
    assert_eq!(
        kind_of(refusal(403, "NOT_AUTHORIZED", "PERMISSION_DENIED")).await?,
        Auth
    );
    let twice = vec![token(32_400), no_token(), token(32_400), no_token()];
    assert_eq!(kind_after(twice).await?, Auth);
    let stub = Stub::start([
        token(32_400),
        no_token(),
        token(32_400),
        Reply::json(201, &created()),
    ])
    .await?;
    client(&stub.url, Duration::from_secs(5))?
        .init(&order())
        .await?;
    Ok(())
}

#[tokio::test]
async fn a_token_is_kept_until_its_last_minute() -> anyhow::Result<()> {
    for (lives, tokens) in [(32_400, 1), (3_660, 1), (60, 2), (0, 2)] {
        let stub = Stub::answering(move |call| match call.path.as_str() {
            "/v1/oauth2/token" => token(lives),
            _ => Reply::json(201, &created()),
        })
        .await?;
        let gateway = client(&stub.url, Duration::from_secs(5))?;
        for _ in 0..2 {
            gateway.init(&order()).await?;
        }
        let asked = stub
            .received()
            .into_iter()
            .filter(|one| one.path == "/v1/oauth2/token");
        assert_eq!(asked.count(), tokens, "{lives} s");
    }
    Ok(())
}

/// Many at once ask for one token.
#[tokio::test]
async fn one_token_is_fetched_for_all_who_need_it() -> anyhow::Result<()> {
    let stub = Stub::answering(|call| match call.path.as_str() {
        "/v1/oauth2/token" => token(32_400).after(Duration::from_millis(50)),
        _ => Reply::json(201, &created()),
    })
    .await?;
    let gateway = client(&stub.url, Duration::from_secs(5))?;
    let order = order();
    let all = (0..8).map(|_| gateway.init(&order));
    for opened in futures_util::future::join_all(all).await {
        opened?;
    }
    let asked = stub
        .received()
        .into_iter()
        .filter(|one| one.path == "/v1/oauth2/token");
    assert_eq!(asked.count(), 1);
    Ok(())
}

#[tokio::test]
async fn an_order_that_paypal_does_not_take_is_rejected() -> anyhow::Result<()> {
    let precise = refusal(422, "UNPROCESSABLE_ENTITY", "DECIMAL_PRECISION");
    assert_eq!(kind_of(precise).await?, Rejected);
    assert_eq!(
        kind_of(refusal(400, "INVALID_REQUEST", "INVALID_PARAMETER_SYNTAX")).await?,
        Rejected
    );
    assert_eq!(kind_of(Reply::html(400)).await?, Rejected);
    Ok(())
}

#[tokio::test]
async fn what_is_not_an_answer_is_a_breach_of_the_protocol() -> anyhow::Result<()> {
    let with = |name: &str, value: Value| {
        let mut body = created();
        body[name] = value;
        Reply::json(201, &body)
    };
    for reply in [
        Reply::html(200),
        Reply::new(200, ""),
        Reply::new(200, &b"\x00\xff\xfe garbage"[..]),
        Reply::json(200, &json!([])),
        Reply::json(200, &json!({ "status": "fine" })),
        with("id", json!("")),
        with("links", json!([])),
        with(
            "links",
            json!([{ "rel": "payer-action", "href": "no address" }]),
        ),
    ] {
        assert_eq!(kind_of(reply.clone()).await?, Protocol, "{reply:?}");
    }
    assert_eq!(kind_after(vec![Reply::html(200)]).await?, Protocol);
    Ok(())
}
