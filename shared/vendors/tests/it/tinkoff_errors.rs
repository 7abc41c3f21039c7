//! T-Bank: what a failure means for the next try.
//!
//! Source: <https://developer.tbank.ru/eacq/intro/errors/error-codes>. The bank answers 200 to refusals
//! too; other statuses are those of the servers before it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use vendors::ProviderErrorKind as Kind;
use vendors::ProviderErrorKind::{
    Auth, Interrupted, Protocol, RateLimited, Rejected, Timeout, Transient,
};
use vendors::payment::{Gateway, Gateways, PaymentConfig};

use crate::failure;
use crate::telegram;
use crate::tinkoff::{PASSWORD, client, opened, order};
use testkit::stub::{Reply, Stub, unused_address};

const SECRETS: &[&str] = &[PASSWORD];

/// How the order fails if this is the answer; it is asked only once.
async fn kind_of(reply: Reply) -> anyhow::Result<Kind> {
    let stub = Stub::start([reply]).await?;
    let result = client(&stub.url, Duration::from_secs(5))?
        .init(&order())
        .await;
    stub.only()?;
    failure(result, SECRETS)
}

fn refusal(code: &str, message: &str) -> Reply {
    let body = json!({
        "Success": false, "ErrorCode": code, "Message": message, "Details": "",
    });
    Reply::json(200, &body)
}

#[tokio::test]
async fn silence_and_a_stalled_answer_are_timeouts() -> anyhow::Result<()> {
    let whole = Reply::json(200, &opened());
    for reply in [
        whole.clone().after(Duration::from_secs(30)),
        whole.cut_after(Duration::from_secs(30)),
    ] {
        let stub = Stub::start([reply]).await?;
        let asked = Instant::now();
        let result = client(&stub.url, Duration::from_millis(200))?
            .init(&order())
            .await;
        assert_eq!(failure(result, SECRETS)?, Timeout);
        assert!(asked.elapsed() < Duration::from_secs(5));
    }
    Ok(())
}

#[tokio::test]
async fn a_429_tells_how_long_to_wait() -> anyhow::Result<()> {
    let limited = Reply::html(429).header("retry-after", "17");
    assert_eq!(
        kind_of(limited).await?,
        RateLimited(Some(Duration::from_secs(17)))
    );
    assert_eq!(kind_of(Reply::html(429)).await?, RateLimited(None));
    Ok(())
}

#[tokio::test]
async fn a_fault_of_the_bank_is_transient() -> anyhow::Result<()> {
    for status in [500, 502, 503, 504] {
        assert_eq!(kind_of(Reply::html(status)).await?, Transient, "{status}");
    }
    assert_eq!(
        kind_of(refusal("9999", "Внутренняя ошибка системы")).await?,
        Transient
    );
    Ok(())
}

#[tokio::test]
async fn an_address_without_a_server_is_transient_and_a_broken_answer_is_unknown()
-> anyhow::Result<()> {
    let (url, _port) = unused_address()?;
    let result = client(&url, Duration::from_secs(5))?.init(&order()).await;
    assert_eq!(failure(result, SECRETS)?, Transient);
    let broken = Reply::json(200, &opened()).cut_after(Duration::from_millis(50));
    assert_eq!(kind_of(broken).await?, Interrupted);
    Ok(())
}

#[tokio::test]
async fn a_refused_terminal_is_for_an_operator_to_mend() -> anyhow::Result<()> {
    for (code, message) in [
        ("202", "Терминал заблокирован"),
        (
            "204",
            "Неверный токен. Проверьте пару TerminalKey/SecretKey",
        ),
        (
            "205",
            "Неверный токен. Проверьте пару TerminalKey/SecretKey",
        ),
        ("501", "Терминал не найден"),
    ] {
        assert_eq!(kind_of(refusal(code, message)).await?, Auth, "{code}");
    }
    assert_eq!(kind_of(Reply::html(403)).await?, Auth);
    Ok(())
}

#[tokio::test]
async fn an_order_that_the_bank_does_not_take_is_rejected() -> anyhow::Result<()> {
    for code in ["8", "99", "308", "no number"] {
        assert_eq!(kind_of(refusal(code, "Нет")).await?, Rejected, "{code}");
    }
    assert_eq!(kind_of(Reply::html(400)).await?, Rejected);
    Ok(())
}

#[tokio::test]
async fn what_is_not_an_answer_is_a_breach_of_the_protocol() -> anyhow::Result<()> {
    let without = |name: &str| {
        let mut body = opened();
        body[name] = Value::Null;
        Reply::json(200, &body)
    };
    for reply in [
        Reply::html(200),
        Reply::new(200, ""),
        Reply::new(200, &b"\x00\xff\xfe garbage"[..]),
        Reply::json(200, &json!([])),
        Reply::json(200, &json!({ "status": "fine" })),
        without("PaymentURL"),
        without("PaymentId"),
    ] {
        assert_eq!(kind_of(reply.clone()).await?, Protocol, "{reply:?}");
    }
    Ok(())
}

#[tokio::test]
async fn its_errors_are_those_of_payments_and_without_a_terminal_all_is_refused()
-> anyhow::Result<()> {
    let (url, _port) = unused_address()?;
    let result = client(&url, Duration::from_secs(5))?.init(&order()).await;
    assert_eq!(
        result.err().map(|why| why.code()),
        Some(vendors::codes::PAYMENT_PROVIDER_ERROR)
    );
    let none = PaymentConfig::default();
    let none = Gateways::new(&none, telegram::client(&url, Duration::from_secs(5))?)?;
    let code =
        |gateway: Result<Arc<dyn Gateway>, kernel::Error>| gateway.err().map(|why| why.code());
    assert_eq!(
        (
            code(none.get("sbp_tinkoff")),
            code(none.of_webhook("tinkoff"))
        ),
        (
            Some(vendors::codes::PAYMENT_PROVIDER_ERROR),
            Some(kernel::codes::INVALID_TOKEN)
        )
    );
    Ok(())
}
