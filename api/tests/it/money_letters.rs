//! Letters about money: to persons whom the chat does not reach, and with every invoice.

use anyhow::Context;
use chrono::TimeDelta;
use reqwest::Method;
use serde_json::{Value, json};
use testkit::eventually;
use world::{TestApp, World};

use crate::hinting::set;
use crate::invoices::{bytes_of, invoices};
use crate::keeping::{Ends, Renewing};

const ANN: &str = "ann@example.org";
const HOUR: TimeDelta = TimeDelta::hours(1);

/// Gives a person an address that they have proved.
pub(crate) async fn address<'a>(
    app: &TestApp,
    telegram_id: i64,
    address: &'a str,
) -> anyhow::Result<&'a str> {
    app.sql(&format!(
        "INSERT INTO identities (user_id, provider, subject, spelling, verified_at)
         SELECT id, 'email', '{address}', '{address}', now() FROM users WHERE telegram_id = {telegram_id};
         UPDATE users SET language_code = 'en' WHERE telegram_id = {telegram_id}"
    ))
    .await?;
    Ok(address)
}

/// A person begins the chat with the bot, in English.
pub(crate) async fn speaks_english(app: &TestApp, telegram_id: i64) -> anyhow::Result<()> {
    app.world.chat(telegram_id).says("/start", "en").await?;
    let known = format!(
        "SELECT count(*) AS count FROM users WHERE telegram_id = {telegram_id} AND language_code = 'en'"
    );
    eventually(async || Ok((app.count(&known).await? == 1).then_some(()))).await
}

/// The letters that have arrived at an address.
pub(crate) async fn letters(app: &TestApp, to: &str) -> anyhow::Result<Vec<Value>> {
    let url = app.world.outside("/control/mail");
    let call = app.world.http.get(url).query(&[("to", to)]);
    let answer: Value = call.send().await?.error_for_status()?.json().await?;
    Ok(answer["letters"].as_array().cloned().unwrap_or_default())
}

fn text(letter: &Value) -> &str {
    letter["text"].as_str().unwrap_or_default()
}

/// The subjects of the letters that have arrived, without those of invoices.
async fn news(app: &TestApp, to: &str) -> anyhow::Result<Vec<String>> {
    let all = letters(app, to).await?;
    let subjects = all.iter().filter_map(|one| one["subject"].as_str());
    let is_news =
        |subject: &&str| !subject.starts_with("Receipt") && !subject.starts_with("Refund");
    Ok(subjects.filter(is_news).map(str::to_owned).collect())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_without_a_chat_reads_in_letters_what_others_read_in_their_chat()
-> anyhow::Result<()> {
    let kept = Renewing::start().await?;
    speaks_english(&kept.app, 7).await?;
    address(&kept.app, 7, ANN).await?;
    kept.subscribes("BASIC").await?;
    let until = kept.paid_until().await?;
    // They came by e-mail, and have never been in Telegram.
    kept.app.sql("UPDATE users SET telegram_id = NULL").await?;
    kept.app.drain_jobs().await?;
    assert_eq!(news(&kept.app, ANN).await?, ["Payment received"]);
    kept.is_at(until - HOUR);
    set(&kept.vendor.ends, Ends::Refused(None));
    kept.renews().await?;
    assert_eq!(
        news(&kept.app, ANN).await?,
        ["Payment received", "The next month could not be charged"]
    );
    let all = letters(&kept.app, ANN).await?;
    let last = all.last().context("no letter")?;
    let words = text(last);
    assert!(
        words.contains("The next month of Basic could not be charged."),
        "{words}"
    );
    let plans = kept.app.url("/checkout");
    assert!(
        words.contains(&format!("Plans and prices:\n{plans}")),
        "{words}"
    );
    for sign in ["<b>", "/paysupport"] {
        assert!(!words.contains(sign), "{words}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_is_not_proved_and_one_among_the_billing_details_get_no_letter()
-> anyhow::Result<()> {
    let kept = Renewing::start().await?;
    kept.app.subscription().await?;
    address(&kept.app, 7, ANN).await?;
    kept.app
        .sql("UPDATE identities SET verified_at = NULL WHERE provider = 'email'")
        .await?;
    let details = json!({ "email": ANN });
    let put = kept
        .app
        .as_seven(Method::PUT, "/v1/billing/details", details)
        .await?;
    assert_eq!(put.status, 200);
    kept.subscribes("BASIC").await?;
    kept.app
        .sql("UPDATE users SET bot_blocked_at = now()")
        .await?;
    kept.app.drain_jobs().await?;
    assert_eq!(letters(&kept.app, ANN).await?, Vec::<Value>::new());
    let all = kept
        .app
        .as_seven(Method::GET, "/v1/invoices", Value::Null)
        .await?;
    let id = all.body["data"][0]["id"].as_str().context("no invoice")?;
    let path = format!("/v1/invoices/{id}/send");
    let refused = kept.app.as_seven(Method::POST, &path, Value::Null).await?;
    assert_eq!(refused.refusal(), (409, "E602"));
    Ok(())
}

/// The link in the letter of an invoice.
fn link(letter: &Value) -> anyhow::Result<String> {
    let mut words = text(letter).split_whitespace();
    let link = words.find(|word| word.contains("/v1/invoices/linked/"));
    Ok(link.context("no link")?.to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invoice_comes_by_letter_with_a_link_to_the_document_and_so_does_its_credit_note()
-> anyhow::Result<()> {
    let mut world = World::new().await?;
    for (name, value) in [
        ("INVOICE_SELLER_NAME", "Prodejce s.r.o."),
        ("INVOICE_SELLER_ADDRESS", "Dlouhá 1, 110 00 Praha"),
        ("INVOICE_SELLER_COUNTRY", "CZ"),
    ] {
        world.set(name, value);
    }
    let app = TestApp::start_in(world).await?;
    speaks_english(&app, 7).await?;
    address(&app, 7, ANN).await?;
    let (_, page) = app.orders("BASIC", "sbp_tinkoff").await?;
    app.at_the_bank(&page, "pay").await?;
    let invoice = invoices(&app, 1).await?[0].clone();
    app.drain_jobs().await?;
    let number = invoice["number"].as_str().context("no number")?;
    let of_invoice = async |number: &str| {
        let all = letters(&app, ANN).await?;
        let ends = |one: &Value| {
            one["subject"]
                .as_str()
                .is_some_and(|text| text.ends_with(number))
        };
        anyhow::Ok(all.into_iter().filter(ends).collect::<Vec<_>>())
    };
    let written = of_invoice(number).await?;
    assert_eq!(written.len(), 1);
    assert_eq!(written[0]["subject"], format!("Invoice {number}"));
    assert!(
        text(&written[0]).contains("Total: 299.00 RUB"),
        "{written:?}"
    );
    // The link is the whole proof: no session, no key.
    let link = link(&written[0])?;
    let answer = app.world.http.get(&link).send().await?;
    assert_eq!(answer.headers()["content-type"], "application/pdf");
    assert_eq!(answer.headers()["cache-control"], "private, no-store");
    assert_eq!(
        answer.bytes().await?.to_vec(),
        bytes_of(&app, &invoice["id"]).await?
    );
    let kept = "SELECT count(*) AS count FROM invoice_links WHERE octet_length(digest) = 32";
    assert_eq!(app.count(kept).await?, 1);
    let wrong = link.replace("/linked/", "/linked/x");
    assert_eq!(app.world.http.get(wrong).send().await?.status(), 404);

    let path = format!(
        "/v1/invoices/{}/send",
        invoice["id"].as_str().context("no id")?
    );
    assert_eq!(
        app.as_seven(Method::POST, &path, Value::Null).await?.status,
        202
    );
    app.drain_jobs().await?;
    assert_eq!(of_invoice(number).await?.len(), 2);
    app.sql("UPDATE invoice_links SET expires_at = now() - interval '1 second'")
        .await?;
    assert_eq!(app.world.http.get(&link).send().await?.status(), 404);

    app.at_the_bank(&page, "refund").await?;
    let note = invoices(&app, 2).await?[0].clone();
    app.drain_jobs().await?;
    let number = note["number"].as_str().context("no number")?;
    let written = of_invoice(number).await?;
    assert_eq!(written.len(), 1);
    assert_eq!(written[0]["subject"], format!("Credit note {number}"));
    Ok(())
}
