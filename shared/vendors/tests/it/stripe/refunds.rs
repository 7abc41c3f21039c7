//! Money that Stripe gives back.

use serde_json::json;
use vendors::payment::{Refund, Refunding};

use super::{ORDER, asked, form, list, pairs, session, sought, with};
use testkit::stub::{Received, Reply, Stub};

fn refund(amount: &str, currency: &str) -> anyhow::Result<Refund> {
    Ok(Refund {
        order: sought(Some("cs_test_a1")),
        charge: "cs_test_a1".to_owned(),
        amount: amount.parse()?,
        currency: currency.to_owned(),
        paid: amount.parse()?,
        key: "refund-7".to_owned(),
        payer: None,
    })
}

#[tokio::test]
async fn money_goes_back_of_the_intent_once_for_each_key() -> anyhow::Result<()> {
    let number = Some("re_1".to_owned());
    for (amount, currency, minor, status, expected) in [
        (
            "1.00",
            "EUR",
            "100",
            "succeeded",
            Refunding::Done(number.clone()),
        ),
        (
            "9899",
            "JPY",
            "9899",
            "succeeded",
            Refunding::Done(number.clone()),
        ),
        (
            "5.12",
            "KWD",
            "5120",
            "pending",
            Refunding::Underway(number.clone()),
        ),
        (
            "2.99",
            "EUR",
            "299",
            "requires_action",
            Refunding::Underway(number.clone()),
        ),
    ] {
        let paid = with(session(), &[("payment_intent", json!("pi_1"))]);
        let made = json!({ "id": "re_1", "object": "refund", "status": status });
        let stub =
            Stub::start([Reply::json(200, &paid), list(&[]), Reply::json(200, &made)]).await?;
        assert_eq!(
            asked(&stub)?.refund(&refund(amount, currency)?).await?,
            expected
        );
        let received = stub.received();
        let lines: Vec<String> = received.iter().map(Received::line).collect();
        let expected = [
            "GET /v1/checkout/sessions/cs_test_a1",
            "GET /v1/refunds",
            "POST /v1/refunds",
        ];
        assert_eq!(lines, expected);
        assert_eq!(received[2].header("idempotency-key"), "refund-7");
        let expected = pairs(&[
            ("payment_intent", "pi_1"),
            ("amount", minor),
            ("metadata[payment]", ORDER),
            ("metadata[refund]", "refund-7"),
        ]);
        assert_eq!(form(&received[2]), expected);
    }
    Ok(())
}

/// Stripe forgets a key after a day; the refund stays.
#[tokio::test]
async fn a_refund_that_was_made_with_this_key_is_not_made_again() -> anyhow::Result<()> {
    for (status, expected) in [
        ("succeeded", Some(Refunding::Done(Some("re_2".to_owned())))),
        (
            "pending",
            Some(Refunding::Underway(Some("re_2".to_owned()))),
        ),
        ("failed", None),
    ] {
        let paid = with(session(), &[("payment_intent", json!("pi_1"))]);
        let of = |id: &str, key: &str| json!({ "id": id, "status": status, "metadata": { "refund": key } });
        let all = list(&[of("re_1", "refund-6"), of("re_2", "refund-7")]);
        let stub = Stub::start([Reply::json(200, &paid), all]).await?;
        assert_eq!(
            asked(&stub)?.refund(&refund("1.00", "EUR")?).await.ok(),
            expected
        );
        assert_eq!(stub.received().len(), 2);
    }
    Ok(())
}

#[tokio::test]
async fn nothing_goes_back_of_what_was_not_paid_or_is_no_session() -> anyhow::Result<()> {
    let stub = Stub::start([Reply::json(200, &session())]).await?;
    assert!(asked(&stub)?.refund(&refund("1.00", "EUR")?).await.is_err());
    stub.only()?;
    let stub = Stub::start([]).await?;
    for charge in ["ch_1", "cs_test/../../refunds", ""] {
        let refund = Refund {
            charge: charge.to_owned(),
            ..refund("1.00", "EUR")?
        };
        assert!(asked(&stub)?.refund(&refund).await.is_err(), "{charge}");
    }
    assert!(stub.received().is_empty());
    Ok(())
}
