//! Organizations as payers: who may, whose plan it is, who is told, and what is left when one goes.

use anyhow::Context;
use chrono::{DateTime, TimeDelta, Utc};
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;
use world::app::Answer;
use world::{N8N_KEY, World};

use crate::hinting::{of, set};
use crate::keeping::{Ends, Renewing};
use crate::money_letters::{address, letters, speaks_english};
use crate::organizations::Person;
use crate::payments::moment;
use crate::privacy::ask_deletion;

const HOUR: TimeDelta = TimeDelta::hours(1);

/// An organization of person 7, its owner, with person 8 for its bills and person 9 as a member.
struct Club<'a> {
    kept: &'a Renewing,
    id: String,
}

impl<'a> Club<'a> {
    async fn of(kept: &'a Renewing) -> anyhow::Result<Self> {
        let (ann, bob, eve) = (
            Person::new(&kept.app, 7).await?,
            Person::new(&kept.app, 8).await?,
            Person::new(&kept.app, 9).await?,
        );
        let path = ann.founds("Teahouse").await?;
        ann.takes_in(&path, &bob, "billing").await?;
        ann.takes_in(&path, &eve, "member").await?;
        let id = path.rsplit('/').next().unwrap_or_default().to_owned();
        Ok(Self { kept, id })
    }

    /// A request of a member for the organization, by a service: other money than Stars is for outside of Telegram.
    async fn asks(
        &self,
        member: i64,
        method: Method,
        path: &str,
        body: Value,
    ) -> anyhow::Result<Answer> {
        let call = self
            .kept
            .app
            .request(method, path)
            .header("X-API-Key", N8N_KEY)
            .header("X-Telegram-User-Id", member)
            .header("X-Account-Id", &self.id);
        let call = match body.is_null() {
            true => call,
            false => call.json(&body),
        };
        Answer::of(call.send().await?).await
    }

    async fn gets(&self, member: i64, path: &str) -> anyhow::Result<Answer> {
        self.asks(member, Method::GET, path, Value::Null).await
    }

    /// Person 8 buys a plan for it that renews.
    async fn subscribes(&self, tier: &str) -> anyhow::Result<()> {
        let body = json!({ "tier": tier, "provider": "stripe" });
        let bought = self
            .asks(8, Method::POST, "/v1/subscriptions", body)
            .await?;
        assert_eq!(bought.status, 200, "{bought:?}");
        let order = bought.body["payment_id"].as_str().context("no payment")?;
        self.kept.vendor.is_paid(order);
        let path = "/v1/webhooks/payments/stripe";
        let call = self.kept.app.request(Method::POST, path);
        let told = call.json(&json!({ "order": order })).send().await?;
        assert_eq!(told.status(), 200);
        Ok(())
    }

    /// Its subscription, with how it goes on.
    async fn shown(&self) -> anyhow::Result<Value> {
        let all = self.gets(7, "/v1/subscriptions").await?;
        Ok(all.body["subscriptions"][0].clone())
    }

    async fn paid_until(&self) -> anyhow::Result<DateTime<Utc>> {
        Ok(moment(&self.shown().await?["renewal"]["paid_until"]))
    }

    /// A change of its subscription by a member.
    async fn changes(
        &self,
        member: i64,
        method: Method,
        what: &str,
        body: Value,
    ) -> anyhow::Result<Answer> {
        let shown = self.shown().await?;
        let id = shown["id"].as_str().context("no subscription")?;
        let path = format!("/v1/subscriptions/{id}{what}");
        self.asks(member, method, &path, body).await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_organization_buys_upgrades_renews_pauses_and_cancels_by_those_who_may()
-> anyhow::Result<()> {
    let kept = Renewing::start().await?;
    let club = Club::of(&kept).await?;
    for (path, body) in [
        (
            "/v1/subscriptions",
            json!({ "tier": "BASIC", "provider": "stripe" }),
        ),
        ("/v1/subscriptions/cancel", Value::Null),
    ] {
        let refused = club.asks(9, Method::POST, path, body).await?;
        assert_eq!(refused.refusal(), (403, "E204"), "{path}");
    }
    let stars = json!({ "tier": "BASIC", "provider": "telegram_stars" });
    let refused = club
        .asks(8, Method::POST, "/v1/subscriptions", stars)
        .await?;
    assert_eq!(refused.refusal(), (400, "E105"));
    let trial = club
        .asks(8, Method::POST, "/v1/subscriptions/trial", Value::Null)
        .await?;
    assert_eq!(trial.refusal(), (409, "E602"));
    club.subscribes("BASIC").await?;
    let shown = club.shown().await?;
    assert_eq!(
        (&shown["tier"], &shown["renewal"]["state"]),
        (&json!("BASIC"), &json!("active"))
    );
    let methods = club.gets(8, "/v1/payment-methods").await?;
    assert_eq!(
        methods.body["payment_methods"].as_array().map(Vec::len),
        Some(1)
    );
    let payments = club.gets(8, "/v1/payments").await?;
    assert_eq!(payments.body["data"][0]["status"], "succeeded");

    let quote = json!({ "tier": "PREMIUM" });
    let quote = club.changes(8, Method::POST, "/quote", quote).await?;
    assert_eq!(quote.status, 200, "{quote:?}");
    let change = json!({ "tier": "PREMIUM", "quote": quote.body["id"] });
    let changed = club.changes(7, Method::PUT, "", change).await?;
    assert_eq!(changed.body["charge"]["status"], "succeeded", "{changed:?}");
    let until = club.paid_until().await?;
    kept.is_at(until - HOUR);
    kept.renews().await?;
    assert_eq!(
        of(&kept.vendor.asked).len(),
        2,
        "the upgrade, and the next month"
    );
    assert_eq!(club.shown().await?["tier"], "PREMIUM");
    assert!(club.paid_until().await? > until);
    for (change, state) in [
        (json!({ "paused_months": 1 }), "paused"),
        (json!({ "resume": true }), "active"),
    ] {
        let changed = club.changes(8, Method::PUT, "", change).await?;
        assert_eq!(changed.body["renewal"]["state"], state, "{changed:?}");
    }
    let canceled = club.changes(8, Method::DELETE, "", Value::Null).await?;
    assert_eq!(
        canceled.body["renewal"]["state"], "canceled",
        "{canceled:?}"
    );
    let history = club
        .changes(8, Method::GET, "/history", Value::Null)
        .await?;
    let lines = history.body["data"].as_array().context("no list")?;
    assert!(
        lines.iter().any(|line| line["by"] == "member"),
        "{history:?}"
    );

    // All of that was for the organization, and none of it for the person who did it.
    let own = kept
        .app
        .as_seven(Method::GET, "/v1/subscriptions/me", Value::Null)
        .await?;
    assert_eq!(own.body["tier"], "FREE");
    let own = kept
        .app
        .as_seven(Method::GET, "/v1/payments", Value::Null)
        .await?;
    assert_eq!(own.body["data"], json!([]));
    let of_members = "SELECT count(*) AS count FROM audit_logs WHERE actor LIKE 'member:%'";
    assert!(kept.app.count(of_members).await? > 0);
    let traces = format!("{of_members} AND (user_id IS NOT NULL OR ip_address IS NOT NULL)");
    assert_eq!(kept.app.count(&traces).await?, 0);
    let events = format!(
        "SELECT count(*) AS count FROM events
         WHERE name = 'plan.changed' AND user_id IS NULL AND account_id = '{}'",
        club.id
    );
    assert!(kept.app.count(&events).await? > 0);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn members_and_keys_go_by_the_plan_that_their_organization_has_bought() -> anyhow::Result<()>
{
    let mut world = World::new().await?;
    world.set("RATE_LIMIT_USER", "100");
    let kept = Renewing::start_in(world).await?;
    kept.app
        .sql("UPDATE plans SET requests_per_minute = 77 WHERE tier = 'PREMIUM'")
        .await?;
    let club = Club::of(&kept).await?;
    club.subscribes("PREMIUM").await?;
    let seen = club.gets(9, "/v1/limits/me").await?;
    assert_eq!((seen.status, &seen.body["tier"]), (200, &json!("PREMIUM")));
    let wish = json!({ "name": "a script", "scopes": ["limits:read", "subscriptions:read"] });
    let proof = kept.app.world.chat(7).init_data().await?;
    let call = kept
        .app
        .request(Method::POST, "/v1/api-keys")
        .header("X-Telegram-Init-Data", proof)
        .header("X-Account-Id", &club.id);
    let made = Answer::of(call.json(&wish).send().await?).await?;
    let key = made.body["key"].as_str().context("no key")?.to_owned();
    let call = kept.app.request(Method::GET, "/v1/limits/me");
    let answer = call.header("X-API-Key", &key).send().await?;
    assert_eq!(answer.headers()["x-ratelimit-limit"], "77");
    let limits = Answer::of(answer).await?;
    assert_eq!(
        (limits.status, &limits.body["tier"]),
        (200, &json!("PREMIUM"))
    );
    let call = kept.app.request(Method::GET, "/v1/subscriptions/me");
    let own = Answer::of(call.header("X-API-Key", &key).send().await?).await?;
    assert_eq!((own.status, &own.body["tier"]), (200, &json!("PREMIUM")));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_invoice_of_an_organization_names_it_with_its_tax_id_and_so_does_the_credit_note()
-> anyhow::Result<()> {
    let mut world = World::new().await?;
    for (name, value) in [
        ("INVOICE_SELLER_NAME", "Prodejce s.r.o."),
        ("INVOICE_SELLER_ADDRESS", "Dlouhá 1, 110 00 Praha"),
        ("INVOICE_SELLER_COUNTRY", "CZ"),
    ] {
        world.set(name, value);
    }
    let kept = Renewing::start_in(world).await?;
    let club = Club::of(&kept).await?;
    let details = json!({ "company": "Teahouse s.r.o.", "country": "CZ", "tax_id": "CZ699001237",
        "address": "Krátká 2\n110 00 Praha", "email": "bills@example.org" });
    let refused = club
        .asks(9, Method::PUT, "/v1/billing/details", details.clone())
        .await?;
    assert_eq!(refused.refusal(), (403, "E204"));
    let put = club
        .asks(8, Method::PUT, "/v1/billing/details", details)
        .await?;
    assert_eq!(put.status, 200, "{put:?}");
    club.subscribes("BASIC").await?;
    let all = club.gets(8, "/v1/invoices").await?;
    let invoice = &all.body["data"][0];
    assert_eq!(
        (&invoice["kind"], &invoice["buyer"]),
        (&json!("invoice"), &put.body)
    );
    let path = format!("/v1/invoices/{}", invoice["id"].as_str().context("no id")?);
    let own = kept.app.as_seven(Method::GET, &path, Value::Null).await?;
    assert_eq!(
        own.refusal(),
        (404, "E601"),
        "it is no invoice of the person"
    );
    let call = kept
        .app
        .request(Method::GET, &format!("{path}/pdf"))
        .header("X-API-Key", N8N_KEY)
        .header("X-Telegram-User-Id", "8")
        .header("X-Account-Id", &club.id);
    let answer = call.send().await?;
    assert_eq!(answer.headers()["content-type"], "application/pdf");
    let text = crate::pdf::text(&answer.bytes().await?)?;
    for line in ["Teahouse s.r.o.", "Krátká 2"] {
        assert!(text.contains(line), "{text}");
    }
    assert!(text.contains("CZ699001237"), "{text}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn owners_and_billing_members_are_told_each_in_their_own_way_and_no_other_member()
-> anyhow::Result<()> {
    let kept = Renewing::start().await?;
    for telegram_id in [7, 9] {
        speaks_english(&kept.app, telegram_id).await?;
    }
    kept.app.drain_jobs().await?;
    let club = Club::of(&kept).await?;
    let bob = address(&kept.app, 8, "bob@example.org").await?;
    // The bill is paid by a person without a chat.
    kept.app
        .sql("UPDATE users SET bot_blocked_at = now() WHERE telegram_id = 8")
        .await?;
    club.subscribes("BASIC").await?;
    kept.app.drain_jobs().await?;
    let until = club.paid_until().await?;
    kept.is_at(until - HOUR);
    set(&kept.vendor.ends, Ends::Refused(None));
    kept.renews().await?;
    let told = kept.app.world.chat(7).bot_texts().await?;
    for words in ["Payment received", "could not be charged"] {
        assert!(
            told.iter()
                .any(|text| text.contains(words) && text.contains("Teahouse")),
            "{words}: {told:?}"
        );
    }
    let written = letters(&kept.app, bob).await?;
    for subject in ["Payment received", "The next month could not be charged"] {
        let letter = written.iter().find(|one| one["subject"] == subject);
        let letter = letter.with_context(|| format!("no {subject} in {written:?}"))?;
        let text = letter["text"].as_str().unwrap_or_default();
        assert!(text.contains("the organization \"Teahouse\""), "{text}");
    }
    // A worker of the previous release knows this kind, and would take the plan for the person's own.
    let misread =
        "SELECT count(*) AS count FROM jobs WHERE kind = 'notifications.renewal_failed.v1'";
    assert_eq!(kept.app.count(misread).await?, 0);
    let others = kept.app.world.chat(9).bot_texts().await?;
    assert!(
        !others.iter().any(|text| text.contains("Teahouse")),
        "{others:?}"
    );
    Ok(())
}

/// Such a process looks for a person of that id, finds none, and closes the payment without a plan.
#[tokio::test(flavor = "multi_thread")]
async fn money_that_a_process_of_the_previous_release_took_for_ownerless_becomes_a_plan_when_it_is_told_again()
-> anyhow::Result<()> {
    let kept = Renewing::start().await?;
    let club = Club::of(&kept).await?;
    let body = json!({ "tier": "BASIC", "provider": "stripe" });
    let bought = club
        .asks(8, Method::POST, "/v1/subscriptions", body)
        .await?;
    let order = bought.body["payment_id"].as_str().context("no payment")?;
    kept.app
        .sql("UPDATE payments SET status = 'succeeded', error_code = 'E601', paid_at = now()")
        .await?;
    kept.vendor.is_paid(order);
    let path = "/v1/webhooks/payments/stripe";
    for _ in 0..2 {
        let call = kept.app.request(Method::POST, path);
        let told = call.json(&json!({ "order": order })).send().await?;
        assert_eq!(told.status(), 200);
    }
    let shown = club.shown().await?;
    assert_eq!(
        (&shown["tier"], &shown["renewal"]["state"]),
        (&json!("BASIC"), &json!("active"))
    );
    let granted = "SELECT count(*) AS count FROM payments WHERE period_start IS NOT NULL AND error_code IS NULL";
    assert_eq!(kept.app.count(granted).await?, 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn of_an_organization_that_is_deleted_nothing_is_charged_any_more_and_its_invoices_stay()
-> anyhow::Result<()> {
    let kept = Renewing::start().await?;
    let club = Club::of(&kept).await?;
    club.subscribes("BASIC").await?;
    let until = club.paid_until().await?;
    kept.app
        .sql(
            "INSERT INTO refund_wishes (payment_id, words)
             SELECT id, 'Bob wants it back' FROM payments WHERE user_id IS NOT NULL",
        )
        .await?;
    let ann = Person::new(&kept.app, 7).await?;
    let path = format!("/v1/organizations/{}", club.id);
    assert_eq!(ann.does(Method::DELETE, &path, None).await?.status, 204);
    kept.is_at(until + HOUR);
    kept.renews().await?;
    assert_eq!(of(&kept.vendor.asked), []);
    assert_eq!(of(&kept.vendor.forgotten), ["a-token-of-a-card"]);
    for (what, count) in [
        ("renewals", 0),
        ("payment_methods", 0),
        ("subscriptions", 0),
        ("payments WHERE user_id IS NULL AND status = 'succeeded'", 1),
        ("invoices WHERE kind = 'invoice'", 1),
        ("invoices WHERE user_id IS NOT NULL", 0),
        ("refund_wishes", 0),
        ("webhook_inbox WHERE body IS NOT NULL", 0),
    ] {
        let found = format!("SELECT count(*) AS count FROM {what}");
        assert_eq!(kept.app.count(&found).await?, count, "{what}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_person_has_bought_for_an_organization_outlives_their_data() -> anyhow::Result<()> {
    let kept = Renewing::start().await?;
    let club = Club::of(&kept).await?;
    club.subscribes("BASIC").await?;
    let until = club.paid_until().await?;
    ask_deletion(&kept.app, 8).await?;
    kept.app.drain_jobs().await?;
    let gone = "SELECT count(*) AS count FROM users WHERE telegram_id = 8";
    assert_eq!(kept.app.count(gone).await?, 0);
    assert_eq!(of(&kept.vendor.forgotten), Vec::<String>::new());
    kept.is_at(until - HOUR);
    kept.renews().await?;
    assert_eq!(of(&kept.vendor.asked).len(), 1);
    assert_eq!(club.shown().await?["tier"], "BASIC");
    assert!(club.paid_until().await? > until);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_organization_that_goes_with_its_last_member_is_forgotten_by_its_vendor()
-> anyhow::Result<()> {
    let kept = Renewing::start().await?;
    let club = Club::of(&kept).await?;
    club.subscribes("BASIC").await?;
    let others = format!(
        "DELETE FROM members WHERE role <> 'owner' AND account_id = '{}'",
        club.id.parse::<Uuid>()?
    );
    kept.app.sql(&others).await?;
    ask_deletion(&kept.app, 7).await?;
    kept.app.drain_jobs().await?;
    let left = format!(
        "SELECT count(*) AS count FROM accounts WHERE id = '{}'",
        club.id
    );
    assert_eq!(kept.app.count(&left).await?, 0);
    kept.renews().await?;
    assert_eq!(of(&kept.vendor.forgotten), ["a-token-of-a-card"]);
    Ok(())
}
