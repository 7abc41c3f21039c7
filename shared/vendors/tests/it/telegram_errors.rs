//! Telegram: what a failure means for the next try.
//!
//! Source: <https://core.telegram.org/bots/api#making-requests>: `ok`, `error_code`,
//! `description`, and `ResponseParameters` with `retry_after`.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use vendors::ProviderErrorKind as Kind;
use vendors::ProviderErrorKind::{
    Auth, Interrupted, NotReady, Protocol, RateLimited, RecipientGone, Rejected, Timeout, Transient,
};
use vendors::messenger::{Inbox, Messenger, Outgoing};

use crate::failure;
use crate::telegram::{SECRETS, client, file, message, ok, outgoing, telegram};
use testkit::stub::{Reply, Stub, unused_address};

/// How a message fails if this is the answer; it is sent only once, and soon enough.
async fn kind_of(reply: Reply) -> anyhow::Result<Kind> {
    let (stub, telegram) = telegram(vec![reply]).await?;
    let sent = Instant::now();
    let result = telegram.send(&outgoing()).await;
    assert!(
        sent.elapsed() < Duration::from_secs(5),
        "{:?}",
        sent.elapsed()
    );
    stub.only()?;
    failure(result, SECRETS)
}

fn error(code: u16, description: &str) -> Value {
    json!({ "ok": false, "error_code": code, "description": description })
}

async fn kind_of_error(code: u16, description: &str) -> anyhow::Result<Kind> {
    kind_of(Reply::json(code, &error(code, description))).await
}

/// How a download fails if the file is found, and this is what comes instead of it.
async fn kind_of_download(reply: Reply) -> anyhow::Result<Kind> {
    let found = file(json!({ "file_size": 9, "file_path": "photos/file_0.jpg" }));
    let (_stub, telegram) = telegram(vec![found, reply]).await?;
    failure(telegram.download("AgACAgI", 100).await, SECRETS)
}

#[tokio::test]
async fn silence_is_a_timeout() -> anyhow::Result<()> {
    let stub = Stub::start([ok(message()).after(Duration::from_secs(30))]).await?;
    let sent = Instant::now();
    let result = client(&stub.url, Duration::from_millis(200))?
        .send(&outgoing())
        .await;
    assert_eq!(failure(result, SECRETS)?, Timeout);
    assert!(
        sent.elapsed() < Duration::from_secs(5),
        "{:?}",
        sent.elapsed()
    );
    Ok(())
}

#[tokio::test]
async fn an_answer_that_stalls_half_way_is_a_timeout() -> anyhow::Result<()> {
    let stub = Stub::start([ok(message()).cut_after(Duration::from_secs(30))]).await?;
    let result = client(&stub.url, Duration::from_millis(200))?
        .send(&outgoing())
        .await;
    assert_eq!(failure(result, SECRETS)?, Timeout);
    Ok(())
}

#[tokio::test]
async fn a_429_tells_how_long_to_wait() -> anyhow::Result<()> {
    let mut body = error(429, "Too Many Requests: retry after 14");
    body["parameters"] = json!({ "retry_after": 14 });
    let kind = kind_of(Reply::json(429, &body)).await?;
    assert_eq!(kind, RateLimited(Some(Duration::from_secs(14))));
    assert_eq!(
        kind_of_error(429, "Too Many Requests").await?,
        RateLimited(None)
    );
    assert_eq!(kind_of(Reply::html(429)).await?, RateLimited(None));
    Ok(())
}

#[tokio::test]
async fn a_fault_of_the_server_is_transient_in_json() -> anyhow::Result<()> {
    for (code, description) in [
        (500, "Internal Server Error"),
        (500, "Internal Server Error: sent message was not found"),
        (502, "Bad Gateway"),
        (504, "Gateway Timeout"),
    ] {
        assert_eq!(
            kind_of_error(code, description).await?,
            Transient,
            "{description}"
        );
    }
    Ok(())
}

#[tokio::test]
async fn a_fault_of_the_server_is_transient_as_a_page() -> anyhow::Result<()> {
    for status in [500, 502, 503, 504] {
        assert_eq!(kind_of(Reply::html(status)).await?, Transient, "{status}");
    }
    Ok(())
}

#[tokio::test]
async fn an_address_without_a_server_is_transient() -> anyhow::Result<()> {
    let (url, _port) = unused_address()?;
    let telegram = client(&url, Duration::from_secs(5))?;
    assert_eq!(
        failure(telegram.send(&outgoing()).await, SECRETS)?,
        Transient
    );
    assert_eq!(
        failure(telegram.edit(1, &Outgoing::new(777, "x")).await, SECRETS)?,
        Transient
    );
    assert_eq!(failure(telegram.typing(777).await, SECRETS)?, Transient);
    assert_eq!(
        failure(telegram.download("AgACAgI", 1).await, SECRETS)?,
        Transient
    );
    assert_eq!(
        failure(telegram.register_webhook().await, SECRETS)?,
        Transient
    );
    Ok(())
}

#[tokio::test]
async fn an_answer_that_breaks_off_leaves_its_effect_unknown() -> anyhow::Result<()> {
    let reply = ok(message()).cut_after(Duration::from_millis(50));
    assert_eq!(kind_of(reply).await?, Interrupted);
    Ok(())
}

#[tokio::test]
async fn a_refused_token_is_for_an_operator_to_fix() -> anyhow::Result<()> {
    assert_eq!(kind_of_error(401, "Unauthorized").await?, Auth);
    // Telegram's answer to a malformed token.
    assert_eq!(kind_of_error(404, "Not Found").await?, Auth);
    Ok(())
}

#[tokio::test]
async fn a_message_follows_a_chat_that_has_moved_and_does_not_follow_for_ever() -> anyhow::Result<()>
{
    let mut body = error(
        400,
        "Bad Request: group chat was upgraded to a supergroup chat",
    );
    body["parameters"] = json!({ "migrate_to_chat_id": -1_001_234_567_890_i64 });
    let moved = Reply::json(400, &body);
    let (stub, follows) = telegram(vec![moved.clone(), ok(message())]).await?;
    assert_eq!(follows.send(&outgoing()).await?, 4242);
    let chats: Vec<Value> = stub
        .received()
        .iter()
        .map(|call| Ok(call.json()?["chat_id"].take()))
        .collect::<anyhow::Result<_>>()?;
    assert_eq!(chats, [json!(777), json!(-1_001_234_567_890_i64)]);
    let (_stub, in_circles) = telegram(vec![moved.clone(), moved]).await?;
    assert_eq!(
        failure(in_circles.send(&outgoing()).await, SECRETS)?,
        Rejected
    );
    Ok(())
}

#[tokio::test]
async fn what_is_not_the_bot_api_is_a_breach_of_the_protocol() -> anyhow::Result<()> {
    for reply in [
        Reply::html(200),
        Reply::new(200, ""),
        Reply::new(200, &b"\x00\xff\xfe garbage"[..]),
        Reply::json(200, &json!({ "status": "fine" })),
        Reply::json(200, &json!({ "ok": true })),
        ok(json!("not a message")),
    ] {
        assert_eq!(kind_of(reply.clone()).await?, Protocol, "{reply:?}");
    }
    Ok(())
}

#[tokio::test]
async fn a_page_that_quotes_the_address_does_not_give_the_token_away() -> anyhow::Result<()> {
    for status in [200, 404, 502] {
        let page = format!("<p>The requested URL /bot{}/x</p>", crate::telegram::TOKEN);
        kind_of(Reply::json(status, &json!(page))).await?;
        kind_of(Reply::new(status, page)).await?;
    }
    Ok(())
}

#[tokio::test]
async fn a_file_that_is_not_there_may_be_there_soon() -> anyhow::Result<()> {
    assert_eq!(
        kind_of_download(Reply::json(404, &error(404, "Not Found"))).await?,
        NotReady
    );
    let unknown = error(
        400,
        "Bad Request: wrong file_id or the file is temporarily unavailable",
    );
    let (_stub, telegram) = telegram(vec![Reply::json(400, &unknown)]).await?;
    assert_eq!(
        failure(telegram.download("AgACAgI", 1).await, SECRETS)?,
        NotReady
    );
    Ok(())
}

#[tokio::test]
async fn a_download_that_fails_otherwise_is_worth_another_try() -> anyhow::Result<()> {
    assert_eq!(kind_of_download(Reply::html(502)).await?, Transient);
    let cut = Reply::new(200, "a picture").cut_after(Duration::from_millis(50));
    assert_eq!(kind_of_download(cut).await?, Interrupted);
    Ok(())
}

#[tokio::test]
async fn a_download_that_stalls_is_a_timeout() -> anyhow::Result<()> {
    let found = file(json!({ "file_size": 9, "file_path": "photos/file_0.jpg" }));
    let stalled = Reply::new(200, "a picture").cut_after(Duration::from_secs(30));
    let stub = Stub::start([found, stalled]).await?;
    let result = client(&stub.url, Duration::from_millis(300))?
        .download("AgACAgI", 100)
        .await;
    assert_eq!(failure(result, SECRETS)?, Timeout);
    Ok(())
}

/// Groups take no drafts, and an old Bot API server does not know the method.
#[tokio::test]
async fn a_draft_that_is_refused_is_not_worth_another_try() -> anyhow::Result<()> {
    for (code, description, kind) in [
        (400, "Bad Request: TEXTDRAFT_PEER_INVALID", Rejected),
        (403, "Forbidden: bot was blocked by the user", RecipientGone),
        (404, "Not Found", Auth),
    ] {
        let (_stub, telegram) =
            telegram(vec![Reply::json(code, &error(code, description))]).await?;
        let drafted = telegram.draft(-777, 42, "Love.").await;
        assert_eq!(failure(drafted, SECRETS)?, kind, "{description}");
    }
    Ok(())
}

/// Sentences of the Bot API's server (`telegram-bot-api/Client.cpp`) and of TDLib; 403 is always about the
/// recipient.
#[tokio::test]
async fn a_person_who_cannot_be_reached_is_told_from_a_request_that_is_wrong() -> anyhow::Result<()>
{
    for (code, description, kind) in [
        (403, "Forbidden: bot was blocked by the user", RecipientGone),
        (403, "Forbidden: user is deactivated", RecipientGone),
        (
            403,
            "Forbidden: bot can't initiate conversation with a user",
            RecipientGone,
        ),
        (400, "Bad Request: chat not found", RecipientGone),
        (400, "Bad Request: user not found", RecipientGone),
        (400, "Bad Request: PEER_ID_INVALID", RecipientGone),
        (400, "Bad Request: message text is empty", Rejected),
        (400, "Bad Request: message is too long", Rejected),
        (
            400,
            "Bad Request: can't parse entities: Unsupported start tag \"p\" at byte offset 0",
            Rejected,
        ),
        (400, "Bad Request: message to edit not found", Rejected),
    ] {
        assert_eq!(
            kind_of_error(code, description).await?,
            kind,
            "{description}"
        );
    }
    Ok(())
}

/// A button that was pressed long ago, or before a restart: the sign of waiting is gone by itself.
#[tokio::test]
async fn an_answer_to_a_press_that_comes_too_late_is_no_failure() -> anyhow::Result<()> {
    let late = "Bad Request: query is too old and response timeout expired or query ID is invalid";
    let (_stub, telegram) = telegram(vec![Reply::json(400, &error(400, late))]).await?;
    telegram.answer_press("77").await?;
    Ok(())
}
