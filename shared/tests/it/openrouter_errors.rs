//! OpenRouter: what a failure means for the next try.
//!
//! Source: <https://openrouter.ai/docs/api/reference/errors-and-debugging>: the codes, the
//! metadata of a moderation error, and that 402, 429 and 503 may come with `Retry-After`.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use shared::providers::ProviderErrorKind::{
    self as Kind, Auth, Interrupted, Protocol, RateLimited, Rejected, Timeout, Transient,
};

use crate::openrouter::{KEY, client, completion, question};
use crate::stub::{Reply, Stub, nobody};

/// How the question fails if this is the answer; it is asked only once.
async fn kind_of(reply: Reply) -> anyhow::Result<Kind> {
    let stub = Stub::start([reply]).await?;
    let result = client(&stub.url, Duration::from_secs(10))?
        .complete(question())
        .await;
    stub.only()?;
    crate::failure(result, &[KEY])
}

/// The same for an error of the documented form.
async fn kind_of_error(code: u16, message: &str) -> anyhow::Result<Kind> {
    kind_of(Reply::json(code, &error(code, message))).await
}

fn error(code: u16, message: &str) -> Value {
    json!({ "error": { "code": code, "message": message } })
}

#[tokio::test]
async fn silence_is_a_timeout() -> anyhow::Result<()> {
    let reply = Reply::json(200, &completion("{}")).after(Duration::from_secs(30));
    let stub = Stub::start([reply]).await?;
    let asked = Instant::now();
    let result = client(&stub.url, Duration::from_millis(200))?
        .complete(question())
        .await;
    assert_eq!(crate::failure(result, &[KEY])?, Timeout);
    assert!(
        asked.elapsed() < Duration::from_secs(5),
        "{:?}",
        asked.elapsed()
    );
    Ok(())
}

#[tokio::test]
async fn an_answer_that_stalls_half_way_is_a_timeout() -> anyhow::Result<()> {
    let reply = Reply::json(200, &completion("{}")).cut_after(Duration::from_secs(30));
    let stub = Stub::start([reply]).await?;
    let result = client(&stub.url, Duration::from_millis(200))?
        .complete(question())
        .await;
    assert_eq!(crate::failure(result, &[KEY])?, Timeout);
    Ok(())
}

#[tokio::test]
async fn the_vendors_own_timeout_is_one_too() -> anyhow::Result<()> {
    assert_eq!(kind_of_error(408, "Your request timed out").await?, Timeout);
    Ok(())
}

#[tokio::test]
async fn a_429_tells_how_long_to_wait() -> anyhow::Result<()> {
    let reply = Reply::json(429, &error(429, "Rate limit exceeded"));
    let told = kind_of(reply.clone().header("retry-after", "17")).await?;
    assert_eq!(told, RateLimited(Some(Duration::from_secs(17))));
    assert_eq!(kind_of(reply).await?, RateLimited(None));
    Ok(())
}

#[tokio::test]
async fn a_503_or_402_that_tells_how_long_to_wait_is_waited_for() -> anyhow::Result<()> {
    for status in [402, 503] {
        let reply = Reply::json(status, &error(status, "not now")).header("retry-after", "3");
        assert_eq!(
            kind_of(reply).await?,
            RateLimited(Some(Duration::from_secs(3))),
            "{status}"
        );
    }
    Ok(())
}

#[tokio::test]
async fn a_fault_of_the_server_is_transient() -> anyhow::Result<()> {
    for status in [500, 502, 503, 524] {
        assert_eq!(
            kind_of_error(status, "Provider returned error").await?,
            Transient,
            "{status}"
        );
        assert_eq!(
            kind_of(Reply::html(status)).await?,
            Transient,
            "{status}, a page"
        );
    }
    Ok(())
}

#[tokio::test]
async fn nobody_at_the_address_is_transient() -> anyhow::Result<()> {
    let (url, _port) = nobody()?;
    let result = client(&url, Duration::from_secs(10))?
        .complete(question())
        .await;
    assert_eq!(crate::failure(result, &[KEY])?, Transient);
    Ok(())
}

#[tokio::test]
async fn a_body_that_breaks_off_leaves_its_effect_unknown() -> anyhow::Result<()> {
    let reply = Reply::json(200, &completion(r#"{"text":"Love."}"#));
    assert_eq!(
        kind_of(reply.cut_after(Duration::from_millis(50))).await?,
        Interrupted
    );
    Ok(())
}

#[tokio::test]
async fn a_refused_key_or_an_empty_account_is_for_an_operator_to_mend() -> anyhow::Result<()> {
    assert_eq!(kind_of_error(401, "No auth credentials found").await?, Auth);
    assert_eq!(kind_of_error(402, "Insufficient credits").await?, Auth);
    assert_eq!(
        kind_of_error(403, "Key limit exceeded (total limit)").await?,
        Auth
    );
    Ok(())
}

#[tokio::test]
async fn a_flagged_input_is_rejected_and_not_quoted() -> anyhow::Result<()> {
    let mut body = error(
        403,
        "Your chosen model requires moderation and your input was flagged",
    );
    body["error"]["metadata"] = json!({
        "reasons": ["violence"],
        "flagged_input": "A heart near the rim.",
        "provider_name": "Example",
        "model_slug": "example/writes",
    });
    for status in [403, 200] {
        let stub = Stub::start([Reply::json(status, &body)]).await?;
        let result = client(&stub.url, Duration::from_secs(10))?
            .complete(question())
            .await;
        assert_eq!(
            crate::failure(result, &[KEY, "A heart"])?,
            Rejected,
            "{status}"
        );
    }
    Ok(())
}

#[tokio::test]
async fn a_bad_request_is_rejected() -> anyhow::Result<()> {
    assert_eq!(
        kind_of_error(400, "example/writes is not a valid model ID").await?,
        Rejected
    );
    Ok(())
}

/// A model that was withdrawn is mended in the settings, like a key; the reading can wait for that.
#[tokio::test]
async fn a_model_that_is_gone_is_for_an_operator_to_mend() -> anyhow::Result<()> {
    assert_eq!(kind_of_error(404, "No endpoints found").await?, Auth);
    Ok(())
}

#[tokio::test]
async fn an_error_inside_a_200_counts_like_its_code() -> anyhow::Result<()> {
    for (code, kind) in [
        (400, Rejected),
        (401, Auth),
        (408, Timeout),
        (429, RateLimited(None)),
        (502, Transient),
    ] {
        let inside = Reply::json(200, &error(code, "Provider returned error"));
        assert_eq!(kind_of(inside).await?, kind, "{code}");
    }
    Ok(())
}

#[tokio::test]
async fn an_error_inside_a_choice_counts_like_its_code() -> anyhow::Result<()> {
    for (code, kind) in [(429, RateLimited(None)), (502, Transient)] {
        let mut body = completion("half an ans");
        body["choices"][0]["finish_reason"] = json!("error");
        body["choices"][0]["error"] = error(code, "Provider disconnected")["error"].take();
        assert_eq!(kind_of(Reply::json(200, &body)).await?, kind, "{code}");
    }
    Ok(())
}

#[tokio::test]
async fn what_is_not_a_completion_is_a_breach_of_the_protocol() -> anyhow::Result<()> {
    let mut no_choices = completion("{}");
    no_choices["choices"] = json!([]);
    let mut no_content = completion("{}");
    no_content["choices"][0]["message"]["content"].take();
    for reply in [
        Reply::html(200),
        Reply::new(200, ""),
        Reply::new(200, &b"\x00\xff\xfe garbage"[..]),
        Reply::json(200, &json!(["a list"])),
        Reply::json(200, &json!({})),
        Reply::json(200, &no_choices),
        Reply::json(200, &no_content),
        Reply::json(200, &completion("I see a heart.")),
        Reply::json(200, &completion(r#"{"text":"Lo"#)),
        Reply::json(200, &completion("")),
    ] {
        assert_eq!(kind_of(reply.clone()).await?, Protocol, "{reply:?}");
    }
    Ok(())
}
