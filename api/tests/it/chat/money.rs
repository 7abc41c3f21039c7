//! What a person is told about their payments and their plan, once each.

use jobs::ledger;
use money::subscriptions::jobs::Expire;
use testkit::eventually;
use world::TestApp;

async fn count(app: &TestApp, part: &str) -> anyhow::Result<usize> {
    let texts = app.world.chat(7).bot_texts().await?;
    Ok(texts.iter().filter(|text| text.contains(part)).count())
}

/// A person who has opened the bot.
async fn opened() -> anyhow::Result<TestApp> {
    let app = TestApp::start().await?;
    app.world.chat(7).says("/start", "en").await?;
    Ok(app)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_payment_is_told_once_and_can_still_be_paid() -> anyhow::Result<()> {
    let app = opened().await?;
    let _worker = app.worker()?;
    let chat = app.world.chat(7);
    let (_, page) = app.orders("BASIC", "sbp_tinkoff").await?;
    app.at_the_bank(&page, "refuse").await?;
    let told = chat.page("The payment for Basic was refused").await?;
    assert!(
        told.leads_to("plans:show") && told.leads_to("support:ask"),
        "{told:?}"
    );
    app.at_the_bank(&page, "pay").await?;
    chat.waits_for(|text| text.contains("Payment received"))
        .await?;
    assert_eq!(count(&app, "was refused").await?, 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refund_is_told_with_its_sum() -> anyhow::Result<()> {
    let app = opened().await?;
    let _worker = app.worker()?;
    let chat = app.world.chat(7);
    let (_, page) = app.orders("BASIC", "sbp_tinkoff").await?;
    app.at_the_bank(&page, "pay").await?;
    chat.waits_for(|text| text.contains("Payment received"))
        .await?;
    app.at_the_bank(&page, "refund").await?;
    chat.page("Your payment for Basic (299 ₽) has been refunded")
        .await?;
    chat.turns("plans:show", "Your plan: Free").await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_end_of_a_paid_month_is_told_once() -> anyhow::Result<()> {
    let app = opened().await?;
    let _worker = app.worker()?;
    let chat = app.world.chat(7);
    let (_, link) = app.orders("BASIC", "telegram_stars").await?;
    assert!(chat.pays(&link).await?.is_ok());
    chat.waits_for(|text| text.contains("Payment received"))
        .await?;
    app.sql(
        "UPDATE payments SET period_start = now() - interval '2 days', period_end = now() - interval '1 day';
         UPDATE subscriptions SET current_period_end = now() - interval '1 day'",
    )
    .await?;
    for run in 1..=2 {
        let ticket = ledger::enqueue(&mut *app.db().await?, &Expire {}).await?;
        app.core.pusher.wake(&[ticket]).await;
        let done = "SELECT count(*) AS count FROM jobs
                    WHERE kind = 'subscriptions.expire.v1' AND state = 'done'";
        eventually(async || Ok((app.count(done).await? >= run).then_some(()))).await?;
    }
    chat.page("Your month of Basic is over. Your plan now: Free.")
        .await?;
    let messages = "SELECT count(*) AS count FROM jobs WHERE kind = 'notifications.plan_ended.v1'";
    assert_eq!(app.count(messages).await?, 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trial_that_ends_soon_is_told_unless_the_person_has_switched_it_off() -> anyhow::Result<()>
{
    for wanted in [true, false] {
        let app = opened().await?;
        let _worker = app.worker()?;
        let chat = app.world.chat(7);
        chat.says("/plans", "en").await?;
        chat.page("Your plan: Free").await?;
        chat.turns("plans:trial", "Your trial has begun").await?;
        if !wanted {
            app.sql("UPDATE users SET notice_trial_ending = FALSE")
                .await?;
        }
        app.sql("UPDATE jobs SET run_at = now() WHERE kind = 'notifications.trial_ending.v1'")
            .await?;
        let done = "SELECT count(*) AS count FROM jobs
                    WHERE kind = 'notifications.trial_ending.v1' AND state = 'done'";
        eventually(async || Ok((app.count(done).await? == 1).then_some(()))).await?;
        let told = usize::from(wanted);
        assert_eq!(count(&app, "Your trial ends").await?, told);
    }
    Ok(())
}

/// Money goes back to the payer, whom a refund has to name.
#[tokio::test(flavor = "multi_thread")]
async fn an_invoice_is_paid_by_the_person_who_has_ordered_alone() -> anyhow::Result<()> {
    let app = opened().await?;
    let (_, link) = app.orders("BASIC", "telegram_stars").await?;
    let other = app.world.chat(8);
    other.says("/start", "en").await?;
    let refused = other.pays(&link).await?.expect_err("not by another person");
    assert!(refused.contains("no longer valid"), "{refused}");
    assert!(app.world.chat(7).pays(&link).await?.is_ok());
    Ok(())
}
