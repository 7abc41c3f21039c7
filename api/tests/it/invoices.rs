//! `/v1/invoices` and `/v1/billing/details`: what was paid, on paper.

use jobs::ledger;
use money::invoices::jobs::IssueInvoices;
use reqwest::Method;
use serde_json::{Value, json};
use testkit::eventually;
use world::app::Answer;
use world::{N8N_KEY, TestApp, World};

use crate::pdf;

async fn seven(app: &TestApp, path: &str) -> anyhow::Result<Answer> {
    app.as_seven(Method::GET, path, Value::Null).await
}

/// A world with a seller in Czechia.
async fn with_seller(more: &[(&str, &str)]) -> anyhow::Result<TestApp> {
    let mut world = World::new().await?;
    for (name, value) in [
        ("INVOICE_SELLER_NAME", "Prodejce s.r.o."),
        ("INVOICE_SELLER_ADDRESS", "Dlouhá 1, 110 00 Praha"),
        ("INVOICE_SELLER_COUNTRY", "CZ"),
        ("INVOICE_SELLER_TAX_ID", "CZ12345678"),
        ("TAX_RATES", "CZ=21,DE=19"),
    ] {
        world.set(name, value);
    }
    for (name, value) in more {
        world.set(name, value);
    }
    TestApp::start_in(world).await
}

/// Person 7 buys a month in roubles at the bank; returns the page.
async fn buys(app: &TestApp) -> anyhow::Result<String> {
    let (_, page) = app.orders("BASIC", "sbp_tinkoff").await?;
    app.at_the_bank(&page, "pay").await?;
    Ok(page)
}

/// The invoices of person 7, the newest first, once there are so many.
pub(crate) async fn invoices(app: &TestApp, count: usize) -> anyhow::Result<Vec<Value>> {
    eventually(async || {
        let all = seven(app, "/v1/invoices").await?.body["data"].clone();
        let all = all.as_array().cloned().unwrap_or_default();
        Ok((all.len() == count).then_some(all))
    })
    .await
}

pub(crate) async fn bytes_of(app: &TestApp, id: &Value) -> anyhow::Result<Vec<u8>> {
    let path = format!("/v1/invoices/{}/pdf", id.as_str().unwrap_or_default());
    let call = app
        .request(Method::GET, &path)
        .header("X-API-Key", N8N_KEY)
        .header("X-Telegram-User-Id", "7");
    let answer = call.send().await?;
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers()["content-type"], "application/pdf");
    assert_eq!(answer.headers()["cache-control"], "private, no-store");
    Ok(answer.bytes().await?.to_vec())
}

/// The bot has heard in which language person 7 writes.
async fn speaks_chinese(app: &TestApp) -> anyhow::Result<()> {
    let known = "SELECT count(*) AS count FROM users WHERE language_code = 'zh'";
    eventually(async || Ok((app.count(known).await? == 1).then_some(()))).await
}

pub(crate) fn has(text: &str, lines: &[&str]) {
    for line in lines {
        assert!(
            text.lines().any(|drawn| drawn == *line),
            "no \"{line}\" in:\n{text}"
        );
    }
}

const DETAILS: &str = "/v1/billing/details";

#[tokio::test(flavor = "multi_thread")]
async fn an_invoice_says_who_bought_what_and_a_credit_note_takes_back_just_that()
-> anyhow::Result<()> {
    let app = with_seller(&[]).await?;
    app.world.chat(7).says("/start", "ru").await?;
    let none = seven(&app, DETAILS).await?;
    assert_eq!((none.status, &none.body["name"]), (200, &Value::Null));
    let details = json!({ "name": " Анна Щукина ", "company": "ООО «Ромашка»", "country": "DE",
        "address": "ул. Льва Толстого, 16\nМосква", "tax_id": "7700000000", "email": "anna@example.org" });
    let put = app.as_seven(Method::PUT, DETAILS, details).await?;
    assert_eq!(
        (put.status, &put.body["name"]),
        (200, &json!("Анна Щукина"))
    );
    assert_eq!(seven(&app, DETAILS).await?.body, put.body);
    let page = buys(&app).await?;
    let [invoice] = &invoices(&app, 1).await?[..] else {
        unreachable!()
    };
    // 19 % within 299.00 is 47.74, by a calculator.
    for (field, value) in [
        ("kind", json!("invoice")),
        ("refers_to", Value::Null),
        ("currency", json!("RUB")),
        ("total", json!(29_900)),
        ("tax", json!(4_774)),
        ("tax_rate", json!("19")),
        ("buyer", put.body.clone()),
    ] {
        assert_eq!(invoice[field], value, "{field}");
    }
    assert_eq!(invoice["seller"]["name"], "Prodejce s.r.o.");
    let line = &invoice["lines"][0];
    assert_eq!(
        (&line["tier"], &line["total"], &line["tax"]),
        (&json!("BASIC"), &json!(29_900), &json!(4_774))
    );
    let number = invoice["number"].as_str().unwrap_or_default();
    assert!(
        number.starts_with("INV-20") && number.ends_with("-000001"),
        "{number}"
    );
    let one = seven(
        &app,
        &format!(
            "/v1/invoices/{}",
            invoice["id"].as_str().unwrap_or_default()
        ),
    )
    .await?;
    assert_eq!(&one.body, invoice);

    let bytes = bytes_of(&app, &invoice["id"]).await?;
    assert_eq!(
        bytes_of(&app, &invoice["id"]).await?,
        bytes,
        "the same bytes each time"
    );
    let text = pdf::text(&bytes)?;
    has(
        &text,
        &[
            "Счёт",
            &format!("Номер: {number}"),
            "Продавец",
            "Prodejce s.r.o.",
            "Dlouhá 1, 110 00 Praha",
            "Налоговый номер: CZ12345678",
            "Покупатель",
            "ООО «Ромашка»",
            "Анна Щукина",
            "ул. Льва Толстого, 16",
            "Москва",
            "Налоговый номер: 7700000000",
            "anna@example.org",
            "299.00 RUB",
            "251.26 RUB",
            "Налог 19 %",
            "47.74 RUB",
            "Итого",
        ],
    );

    // What is issued stays as it is.
    app.as_seven(
        Method::PUT,
        DETAILS,
        json!({ "name": "Другая", "country": "CZ" }),
    )
    .await?;
    app.at_the_bank(&page, "refund").await?;
    let [note, same] = &invoices(&app, 2).await?[..] else {
        unreachable!()
    };
    assert_eq!(same, invoice);
    assert_eq!(
        (&note["kind"], &note["refers_to"]),
        (&json!("credit_note"), &invoice["id"])
    );
    for field in [
        "currency",
        "total",
        "tax",
        "tax_rate",
        "buyer",
        "seller",
        "lines",
        "paid_at",
        "payment_id",
    ] {
        assert_eq!(note[field], invoice[field], "{field}");
    }
    let text = pdf::text(&bytes_of(&app, &note["id"]).await?)?;
    has(
        &text,
        &[
            "Кредит-нота",
            &format!("К документу: {number}"),
            "47.74 RUB",
            "Анна Щукина",
        ],
    );
    let audit = "SELECT count(*) AS count FROM audit_logs WHERE action = 'billing_details_updated'
        AND concat(old_value, new_value) NOT LIKE '%нна%'";
    assert_eq!(app.count(audit).await?, 2, "with no words of a person");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_seller_there_are_receipts_and_without_chinese_letters_english_ones()
-> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let chat = app.world.chat(7);
    chat.says("/start", "zh").await?;
    speaks_chinese(&app).await?;
    let name = json!({ "name": "王小明" });
    assert_eq!(app.as_seven(Method::PUT, DETAILS, name).await?.status, 200);
    let (_, link) = app.orders("BASIC", "telegram_stars").await?;
    let charge = chat.pays(&link).await?.expect("the bot takes the money");
    let [receipt] = &invoices(&app, 1).await?[..] else {
        unreachable!()
    };
    assert_eq!(
        (&receipt["seller"], &receipt["tax_rate"]),
        (&Value::Null, &Value::Null)
    );
    let text = pdf::text(&bytes_of(&app, &receipt["id"]).await?)?;
    has(
        &text,
        &["Receipt", "Symancy", "150 Telegram Stars", "Total"],
    );
    assert!(!text.contains("Tax"), "{text}");
    chat.gets_back(&charge).await?;
    let [refund, _] = &invoices(&app, 2).await?[..] else {
        unreachable!()
    };
    let number = refund["number"].as_str().unwrap_or_default();
    assert!(number.starts_with("RFD-"), "{number}");
    has(
        &pdf::text(&bytes_of(&app, &refund["id"]).await?)?,
        &["Refund receipt"],
    );
    Ok(())
}

/// The font has no Chinese letters, but stands where one that has them would.
#[tokio::test(flavor = "multi_thread")]
async fn with_a_font_for_chinese_letters_an_invoice_is_in_chinese() -> anyhow::Result<()> {
    let font = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/fonts/DejaVuSans.ttf");
    let app = with_seller(&[("INVOICE_CJK_FONT", font)]).await?;
    app.world.chat(7).says("/start", "zh").await?;
    speaks_chinese(&app).await?;
    buys(&app).await?;
    let [invoice] = &invoices(&app, 1).await?[..] else {
        unreachable!()
    };
    let text = pdf::text(&bytes_of(&app, &invoice["id"]).await?)?;
    has(&text, &["299.00 RUB"]);
    assert!(!text.contains("Total"), "{text}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_list_goes_page_by_page_and_shows_nothing_of_others() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let chat = app.world.chat(7);
    chat.says("/start", "en").await?;
    for _ in 0..3 {
        let (_, link) = app.orders("BASIC", "telegram_stars").await?;
        chat.pays(&link).await?.expect("the bot takes the money");
    }
    let all = invoices(&app, 3).await?;
    let first = seven(&app, "/v1/invoices?limit=2").await?;
    assert_eq!(first.body["data"], json!(all[..2]));
    let cursor = first.body["pagination"]["next_cursor"]
        .as_str()
        .unwrap_or_default();
    let rest = seven(&app, &format!("/v1/invoices?limit=2&cursor={cursor}")).await?;
    assert_eq!(rest.body["data"], json!(all[2..]));
    assert_eq!(rest.body["pagination"]["next_cursor"], Value::Null);
    assert_eq!(
        seven(&app, "/v1/invoices?limit=0").await?.refusal(),
        (400, "E105")
    );

    let init_data = app.world.chat(8).init_data().await?;
    let other = |path: String| {
        let (init_data, app) = (init_data.clone(), &app);
        async move { app.as_person(&init_data, Method::GET, &path, None).await }
    };
    let list = other("/v1/invoices".to_owned()).await?;
    assert_eq!(list.body["data"], json!([]));
    let foreign = all[0]["id"].as_str().unwrap_or_default();
    for id in [foreign, "00000000-0000-0000-0000-000000000000", "x"] {
        for path in [
            format!("/v1/invoices/{id}"),
            format!("/v1/invoices/{id}/pdf"),
        ] {
            assert_eq!(
                other(path.clone()).await?.refusal(),
                (404, "E601"),
                "{path}"
            );
        }
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn billing_details_are_replaced_whole_and_what_is_wrong_is_named() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    app.world.chat(7).says("/start", "en").await?;
    for (field, value) in [
        ("country", json!("cz")),
        ("country", json!("CZE")),
        ("email", json!("anna")),
        ("name", json!("a".repeat(201))),
        ("address", json!("a".repeat(501))),
        ("tax_id", json!("1".repeat(51))),
        ("tax_id", json!(1)),
        ("vat", json!("1")),
    ] {
        let refused = app
            .as_seven(Method::PUT, DETAILS, json!({ (field): value }))
            .await?;
        assert_eq!(refused.refusal(), (400, "E105"), "{field}: {value}");
        assert!(refused.body.to_string().contains(field), "{refused:?}");
    }
    let all = json!({ "name": "Ann", "company": "A", "address": "B", "country": "CZ", "tax_id": "1",
        "email": "ann@example.org" });
    assert_eq!(
        app.as_seven(Method::PUT, DETAILS, all.clone()).await?.body,
        all
    );
    let less = app
        .as_seven(
            Method::PUT,
            DETAILS,
            json!({ "name": " ", "country": "DE" }),
        )
        .await?;
    let expected = json!({ "name": null, "company": null, "address": null, "country": "DE", "tax_id": null,
        "email": null });
    assert_eq!(less.body, expected);
    assert_eq!(seven(&app, DETAILS).await?.body, expected);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deletion_keeps_invoices_with_their_buyer_and_without_the_person() -> anyhow::Result<()> {
    let app = with_seller(&[]).await?;
    app.world.chat(7).says("/start", "en").await?;
    app.as_seven(Method::PUT, DETAILS, json!({ "name": "Ann Buyer" }))
        .await?;
    buys(&app).await?;
    invoices(&app, 1).await?;
    let user_id = app.user_id(7).await?;
    let asked = json!({ "confirmation_code": "DELETE_MY_DATA" });
    let deletion = app
        .as_seven(Method::POST, "/v1/users/me/deletion", asked)
        .await?;
    assert_eq!(deletion.status, 202, "{deletion:?}");
    app.drain_jobs().await?;
    let kept = "SELECT count(*) AS count FROM invoices
        WHERE user_id IS NULL AND buyer ->> 'name' = 'Ann Buyer' AND total_minor = 29900";
    assert_eq!(app.count(kept).await?, 1);
    assert_eq!(
        app.count("SELECT count(*) AS count FROM billing_details")
            .await?,
        0
    );
    let named =
        format!("SELECT count(*) AS count FROM invoices WHERE invoices::text LIKE '%{user_id}%'");
    assert_eq!(app.count(&named).await?, 0);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_previous_release_settled_is_issued_in_its_order_and_once() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let chat = app.world.chat(7);
    chat.says("/start", "en").await?;
    let mut charges = Vec::new();
    for _ in 0..3 {
        let (_, link) = app.orders("BASIC", "telegram_stars").await?;
        charges.push(chat.pays(&link).await?.expect("the bot takes the money"));
    }
    invoices(&app, 3).await?;
    // As it leaves them: without invoices, and the last one paid first.
    app.sql(
        "ALTER TABLE invoices DISABLE TRIGGER invoices_stay; ALTER TABLE invoice_lines DISABLE TRIGGER invoices_stay;
         DELETE FROM invoice_lines; DELETE FROM invoices; DELETE FROM invoice_counters;
         ALTER TABLE invoices ENABLE TRIGGER invoices_stay; ALTER TABLE invoice_lines ENABLE TRIGGER invoices_stay",
    )
    .await?;
    app.sql(&format!(
        "UPDATE payments SET paid_at = paid_at - interval '1 day' WHERE external_id = '{}'",
        charges[2]
    ))
    .await?;
    for _ in 0..2 {
        issue(&app).await?;
        let order =
            "SELECT count(*) AS count FROM invoices JOIN payments ON payments.id = payment_id
            WHERE (external_id, right(number, 1)) IN
                (('{2}', '1'), ('{0}', '2'), ('{1}', '3'))";
        let order = (0..3).fold(order.to_owned(), |text, at| {
            text.replace(&format!("{{{at}}}"), &charges[at])
        });
        assert_eq!(app.count(&order).await?, 3);
        assert_eq!(invoices(&app, 3).await?.len(), 3);
    }
    // It took back without a note.
    app.sql(&format!(
        "UPDATE payments SET status = 'refunded', processed_at = now() WHERE external_id = '{}'",
        charges[0]
    ))
    .await?;
    for _ in 0..2 {
        issue(&app).await?;
        let all = invoices(&app, 4).await?;
        assert_eq!(
            (&all[0]["kind"], &all[0]["total"]),
            (&json!("credit_note"), &json!(150))
        );
    }
    Ok(())
}

async fn issue(app: &TestApp) -> anyhow::Result<()> {
    let ticket = ledger::enqueue(&mut *app.db().await?, &IssueInvoices {}).await?;
    app.core.pusher.wake(&[ticket]).await;
    app.drain_jobs().await
}
