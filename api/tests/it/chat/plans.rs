//! `/plans`, and what a limit leads to.

use bot::reminders::LimitFree;
use jobs::ledger;
use money::subscriptions::messages::TrialEnding;
use serde_json::json;
use testkit::eventually;
use testkit::pictures::coffee_cup;
use world::{TestApp, World};

/// The quota of the plan without a price as it is sold; tests have none.
const THREE_A_DAY: &str = "UPDATE plan_limits SET day_limit = 3, month_limit = 30 WHERE tier = 'FREE' AND unit = 'analyses'";

/// A person who may have one reading a day sends two photos.
async fn at_the_limit(app: &TestApp, language: &str) -> anyhow::Result<()> {
    app.sql("UPDATE plan_limits SET day_limit = 1 WHERE tier = 'FREE' AND unit = 'analyses'")
        .await?;
    for _ in 0..2 {
        let chat = app.world.chat(7);
        chat.sends_photo(coffee_cup(), language).await?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_says_what_is_left_and_begins_the_trial_once() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    app.sql(THREE_A_DAY).await?;
    let _worker = app.worker()?;
    let chat = app.world.chat(7);
    chat.says("/plans", "en").await?;
    let page = chat.page("Your plan: Free").await?;
    assert!(
        page.text.contains("Today: 3 of 3 readings left."),
        "{page:?}"
    );
    chat.turns("plans:trial", "Your plan: Trial").await?;
    assert_eq!(app.subscription().await?["tier"], "TRIAL");
    assert_eq!(app.enqueued::<TrialEnding>().await?.len(), 1);
    let due = "SELECT count(*) AS count FROM jobs WHERE kind = 'notifications.trial_ending.v1'
               AND run_at - now() BETWEEN interval '143 hours' AND interval '144 hours'";
    assert_eq!(app.count(due).await?, 1);
    app.presses_an_old_button(900, "plans:trial").await?;
    let again = chat.page("The trial can be had once").await?;
    assert!(!again.leads_to("plans:trial"), "{again:?}");
    let noted = "SELECT count(*) AS count FROM audit_logs
                 WHERE action = 'trial_started' AND actor = 'telegram'";
    assert_eq!(app.count(noted).await?, 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_month_is_bought_with_stars_and_cancelled() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let _worker = app.worker()?;
    let chat = app.world.chat(7);
    chat.says("/plans", "en").await?;
    chat.page("Your plan: Free").await?;
    let invoice = chat.turns("plans:buy:BASIC", "one month: 150 ⭐").await?;
    chat.turns("plans:show", "Your plan: Free").await?;
    // The same order again is the same payment.
    let again = chat.turns("plans:buy:BASIC", "one month: 150 ⭐").await?;
    assert_eq!(invoice.address()?, again.address()?);
    let payments = "SELECT count(*) AS count FROM payments";
    assert_eq!(app.count(payments).await?, 1);
    assert!(chat.pays(again.address()?).await?.is_ok());
    chat.waits_for(|text| text.contains("Payment received. Basic is yours"))
        .await?;
    chat.turns("plans:show", "Paid until").await?;
    chat.turns("plans:end", "It stays yours until").await?;
    chat.turns("plans:end:yes", "Cancelled. It stays yours until")
        .await?;
    let now = app.subscription().await?;
    assert_eq!(
        (&now["tier"], &now["cancel_at_period_end"]),
        (&"BASIC".into(), &true.into())
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn no_roubles_are_shown_or_taken_in_the_chat() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let _worker = app.worker()?;
    let chat = app.world.chat(7);
    for (language, head) in [("en", "Your plan"), ("ru", "Ваш тариф"), ("zh", "当前套餐")]
    {
        chat.says("/plans", language).await?;
        let page = chat.page(head).await?;
        assert!(page.leads_to("plans:buy:BASIC"), "{page:?}");
        assert!(
            !page.buttons.iter().any(|button| button.contains("sbp")),
            "{page:?}"
        );
    }
    app.presses_an_old_button(900, "plans:buy:BASIC:sbp_tinkoff")
        .await?;
    chat.page("150 ⭐").await?;
    let in_roubles = "SELECT count(*) AS count FROM payments WHERE currency <> 'XTR'";
    assert_eq!(app.count(in_roubles).await?, 0);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn roubles_are_shown_where_the_setting_allows_them() -> anyhow::Result<()> {
    let mut world = World::new().await?;
    world.set("PAYMENTS_ROUBLES_IN_TELEGRAM", "true");
    let app = TestApp::start_in(world).await?;
    let _worker = app.worker()?;
    let chat = app.world.chat(7);
    chat.says("/plans", "en").await?;
    chat.page("Your plan: Free").await?;
    let invoice = chat
        .turns("plans:buy:BASIC:sbp_tinkoff", "one month: 299 ₽")
        .await?;
    app.at_the_bank(invoice.address()?, "pay").await?;
    chat.waits_for(|text| text.contains("Payment received. Basic is yours"))
        .await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_limit_is_told_with_its_end_and_the_ways_on_and_the_time_zone_is_asked_once()
-> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let _worker = app.worker()?;
    at_the_limit(&app, "ru").await?;
    let chat = app.world.chat(7);
    let page = chat.page("Новые появятся завтра в 00:00 (Москва)").await?;
    for way in ["plans:trial", "plans:remind", "plans:show"] {
        assert!(page.leads_to(way), "{page:?}");
    }
    chat.page("где вы живёте?").await?;
    chat.turns("settings:zone:Asia/Novosibirsk", "(Новосибирск)")
        .await?;
    let chosen = "SELECT count(*) AS count FROM users
                  WHERE timezone = 'Asia/Novosibirsk' AND timezone_chosen";
    assert_eq!(app.count(chosen).await?, 1);
    chat.sends_photo(coffee_cup(), "ru").await?;
    let limits = |texts: &[String]| {
        texts
            .iter()
            .filter(|text| text.contains("появятся"))
            .count()
    };
    testkit::eventually(async || Ok((limits(&chat.bot_texts().await?) == 2).then_some(()))).await?;
    let asked =
        "SELECT count(*) AS count FROM jobs WHERE args -> 'notice' ->> 'settings' = 'ask_zone'";
    assert_eq!(app.count(asked).await?, 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_who_asks_for_it_is_told_when_there_are_readings_again() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let _worker = app.worker()?;
    at_the_limit(&app, "en").await?;
    let chat = app.world.chat(7);
    chat.page("New ones come tomorrow").await?;
    assert_eq!(app.enqueued::<LimitFree>().await?, []);
    chat.turns("plans:remind", "I will write to you then")
        .await?;
    let due = "SELECT count(*) AS count FROM jobs, meters
               WHERE kind = 'notifications.limit_free.v1'
                 AND run_at - day_ends_at BETWEEN interval '0' AND interval '10 seconds'";
    assert_eq!(app.count(due).await?, 1);
    app.sql(
        "UPDATE meters SET day_ends_at = now();
         UPDATE jobs SET run_at = now() WHERE kind = 'notifications.limit_free.v1'",
    )
    .await?;
    chat.page("There are new readings for you").await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_who_has_not_asked_is_not_told_and_the_setting_asks_for_good() -> anyhow::Result<()>
{
    let app = TestApp::start().await?;
    let _worker = app.worker()?;
    at_the_limit(&app, "en").await?;
    let chat = app.world.chat(7);
    chat.page("New ones come tomorrow").await?;
    assert_eq!(app.enqueued::<LimitFree>().await?, []);
    app.sql("UPDATE users SET notice_limit_free = TRUE").await?;
    chat.sends_photo(coffee_cup(), "en").await?;
    testkit::eventually(async || Ok((app.enqueued::<LimitFree>().await?.len() == 1).then_some(())))
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn after_the_trial_a_person_goes_on_for_free() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    app.sql(THREE_A_DAY).await?;
    let _worker = app.worker()?;
    let chat = app.world.chat(7);
    chat.says("/plans", "en").await?;
    chat.page("Your plan: Free").await?;
    app.sql(
        "INSERT INTO subscriptions (user_id, tier, status, trial_used, trial_ends_at)
             SELECT id, 'TRIAL', 'expired', TRUE, now() - interval '1 day' FROM users
         ON CONFLICT (user_id) DO UPDATE SET tier = 'TRIAL', status = 'expired', trial_used = TRUE,
             trial_ends_at = now() - interval '1 day'",
    )
    .await?;
    chat.sends_photo(coffee_cup(), "en").await?;
    let page = chat.page("your trial has ended").await?;
    assert!(!page.leads_to("plans:trial"), "{page:?}");
    chat.turns("plans:free", "Today: 3 of 3 readings left.")
        .await?;
    // The page before said the same, of another plan.
    eventually(async || Ok((app.subscription().await?["tier"] == "FREE").then_some(()))).await?;
    Ok(())
}

/// An old button must not end what was bought since.
#[tokio::test(flavor = "multi_thread")]
async fn an_old_button_to_go_on_for_free_cancels_no_paid_plan() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let _worker = app.worker()?;
    let chat = app.world.chat(7);
    chat.says("/start", "en").await?;
    let (_, link) = app.orders("BASIC", "telegram_stars").await?;
    assert!(chat.pays(&link).await?.is_ok());
    chat.waits_for(|text| text.contains("Payment received"))
        .await?;
    app.presses_an_old_button(900, "plans:free").await?;
    chat.page("Your plan: Basic").await?;
    assert_eq!(app.subscription().await?["cancel_at_period_end"], false);
    Ok(())
}

/// Telegram makes no invoice, though it sends messages.
#[tokio::test(flavor = "multi_thread")]
async fn an_invoice_that_telegram_does_not_make_is_said_to_be_late_and_then_to_have_failed()
-> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let worker = app.worker()?;
    let chat = app.world.chat(7);
    chat.says("/plans", "en").await?;
    let plans = chat.page("Your plan: Free").await?;
    let fails = json!({ "error_rate": 1.0, "status": 500 });
    app.world
        .faults(json!({ "telegram": { "methods": { "createInvoiceLink": fails } } }))
        .await?;
    app.presses_an_old_button_under(900, "plans:buy:BASIC", plans.message_id)
        .await?;
    let late = async || {
        app.hurry().await?;
        let mut pages = chat.pages().await?.into_iter();
        Ok(pages.find(|page| page.text.contains("takes longer than usual")))
    };
    let late = eventually(late).await?;
    assert_eq!(late.message_id, plans.message_id, "in the same place");
    let failed = async || {
        app.hurry().await?;
        let mut pages = chat.pages().await?.into_iter();
        Ok(pages.find(|page| page.text.contains("could not be prepared")))
    };
    let failed = eventually(failed).await?;
    assert_eq!(failed.message_id, plans.message_id);
    assert!(failed.leads_to("plans:show"), "{failed:?}");
    // Pressed again, it is the same order, and Telegram makes the invoice now.
    app.world.no_faults().await?;
    app.presses_an_old_button_under(901, "plans:buy:BASIC", plans.message_id)
        .await?;
    let invoice = chat.page("one month: 150 ⭐").await?;
    assert!(chat.pays(invoice.address()?).await?.is_ok());
    assert_eq!(
        app.count("SELECT count(*) AS count FROM payments").await?,
        1
    );
    worker.stop().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_asked_of_telegram_for_a_person_who_has_blocked_the_bot() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    app.world.chat(7).says("/start", "en").await?;
    app.drain_chat().await?;
    app.presses_an_old_button(900, "plans:buy:BASIC").await?;
    app.sql(
        "UPDATE users SET bot_blocked_at = now();
         UPDATE meters SET day_used = 0",
    )
    .await?;
    let reminder = LimitFree {
        user_id: app.user_id(7).await?,
        by_button: true,
        chat_id: 7,
        due: 0,
    };
    let _ = ledger::enqueue(&mut *app.db().await?, &reminder).await?;
    let before = app.world.calls("telegram").await?;
    app.drain_jobs().await?;
    assert_eq!(app.world.calls("telegram").await?, before);
    let undone = "SELECT count(*) AS count FROM jobs WHERE state <> 'done'";
    assert_eq!(app.count(undone).await?, 0);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn while_readings_are_paused_no_one_is_told_that_there_are_new_ones() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let chat = app.world.chat(7);
    chat.says("/start", "en").await?;
    app.drain_chat().await?;
    let paused = "INSERT INTO system_settings (key, value, updated_at) VALUES ('readings_open', 'false', now())";
    app.sql(paused).await?;
    let reminder = LimitFree {
        user_id: app.user_id(7).await?,
        by_button: true,
        chat_id: 7,
        due: 0,
    };
    let _ = ledger::enqueue(&mut *app.db().await?, &reminder).await?;
    let worker = app.worker()?;
    let waits = "SELECT count(*) AS count FROM jobs WHERE kind = 'notifications.limit_free.v1'
        AND state = 'queued' AND run_at > now() + interval '10 minutes'";
    testkit::eventually(async || Ok((app.count(waits).await? == 1).then_some(()))).await?;
    let told = async || {
        let texts = chat.bot_texts().await?;
        anyhow::Ok(
            texts
                .iter()
                .any(|text| text.contains("There are new readings")),
        )
    };
    assert!(!told().await?);
    app.sql("DELETE FROM system_settings").await?;
    testkit::eventually(async || {
        app.sql("UPDATE jobs SET run_at = now() WHERE state = 'queued'")
            .await?;
        Ok(told().await?.then_some(()))
    })
    .await?;
    worker.stop().await;
    Ok(())
}
