//! Plans: what is admitted, what is refused, and what is given back.

use diesel_async::RunQueryDsl;
use reqwest::Method;
use serde_json::{Value, json};
use testkit::pictures::coffee_cup;
use world::TestApp;
use world::app::{photo_form, words_form};

/// Three a day and five a month for those who pay nothing.
async fn limited() -> anyhow::Result<TestApp> {
    let app = TestApp::start().await?;
    app.sql(
        "UPDATE plan_limits SET day_limit = 3, month_limit = 5 WHERE tier = 'FREE' AND unit = 'analyses'",
    )
    .await?;
    Ok(app)
}

async fn usage(app: &TestApp) -> anyhow::Result<Value> {
    let me = app.world.chat(7).init_data().await?;
    Ok(app
        .as_person(&me, Method::GET, "/v1/limits/me", None)
        .await?
        .body)
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_thousand_requests_at_once_against_three_left_exactly_three_are_admitted()
-> anyhow::Result<()> {
    let app = limited().await?;
    let calls = (0..1_000).map(async |n| {
        let answer = app
            .post_as_service(words_form(&format!("A bird, {n} times")))
            .await?;
        Ok::<_, anyhow::Error>(answer.status)
    });
    let statuses = futures_util::future::try_join_all(calls).await?;
    let of = |status: u16| statuses.iter().filter(|one| **one == status).count();
    assert_eq!((of(202), of(402)), (3, 997));
    assert_eq!(
        app.count("SELECT count(*) AS count FROM analysis_history")
            .await?,
        3
    );
    assert_eq!(app.count("SELECT count(*) AS count FROM jobs").await?, 3);
    assert_eq!(usage(&app).await?["daily_analyses_used"], 3);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_that_is_used_up_is_e301_and_a_month_e302_with_their_figures() -> anyhow::Result<()> {
    let app = limited().await?;
    for _ in 0..3 {
        assert_eq!(
            app.post_as_service(photo_form(coffee_cup())).await?.status,
            202
        );
    }
    let photos = app.world.objects()?.len();
    let day = app.post_as_service(photo_form(coffee_cup())).await?;
    assert_eq!(day.refusal(), (402, "E301"));
    let details = &day.body["details"];
    assert_eq!(
        (&details["daily_limit"], &details["used"]),
        (&json!(3), &json!(3))
    );
    assert_eq!(details["tier"], "FREE");
    assert_eq!(
        app.world.objects()?.len(),
        photos,
        "a photo that is refused does not stay"
    );
    // The next day.
    app.sql("UPDATE meters SET day_ends_at = now() - interval '1 second'")
        .await?;
    assert_eq!(usage(&app).await?["daily_analyses_used"], 0);
    for _ in 0..2 {
        assert_eq!(app.post_as_service(words_form("A bird")).await?.status, 202);
    }
    let month = app.post_as_service(words_form("A bird")).await?;
    assert_eq!(month.refusal(), (402, "E302"));
    assert_eq!(month.body["details"]["monthly_limit"], 5);
    // The next month.
    app.sql("UPDATE meters SET month_ends_at = now() - interval '1 second'")
        .await?;
    assert_eq!(app.post_as_service(words_form("A bird")).await?.status, 202);
    let now = usage(&app).await?;
    assert_eq!(
        (&now["daily_analyses_used"], &now["monthly_analyses_used"]),
        (&json!(3), &json!(1))
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trial_that_is_over_is_e303() -> anyhow::Result<()> {
    let app = limited().await?;
    usage(&app).await?;
    app.sql(
        "INSERT INTO subscriptions (user_id, tier, trial_used, trial_ends_at)
         SELECT id, 'TRIAL', TRUE, now() + interval '1 hour' FROM users",
    )
    .await?;
    assert_eq!(app.post_as_service(words_form("A bird")).await?.status, 202);
    assert_eq!(usage(&app).await?["tier"], "TRIAL");
    app.sql("UPDATE subscriptions SET trial_ends_at = now() - interval '1 second'")
        .await?;
    let over = app.post_as_service(words_form("A bird")).await?;
    assert_eq!(over.refusal(), (402, "E303"));
    assert!(over.body["details"]["trial_ended_at"].is_string());
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paid_plan_counts_by_its_own_limits_until_its_period_is_over() -> anyhow::Result<()> {
    let app = limited().await?;
    usage(&app).await?;
    app.sql(
        "INSERT INTO subscriptions (user_id, tier, current_period_end)
         SELECT id, 'PREMIUM', now() + interval '1 hour' FROM users",
    )
    .await?;
    for _ in 0..4 {
        assert_eq!(app.post_as_service(words_form("A bird")).await?.status, 202);
    }
    let first = "SELECT count(*) AS count FROM jobs WHERE priority = 1";
    assert_eq!(app.count(first).await?, 4, "PREMIUM is first in line");
    app.sql("UPDATE subscriptions SET current_period_end = now() - interval '1 second'")
        .await?;
    assert_eq!(usage(&app).await?["tier"], "FREE");
    assert_eq!(
        app.post_as_service(words_form("A bird")).await?.refusal(),
        (402, "E301")
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_day_and_the_month_begin_by_the_clock_of_the_person() -> anyhow::Result<()> {
    #[derive(diesel::QueryableByName)]
    struct At {
        #[diesel(sql_type = diesel::sql_types::Timestamptz)]
        at: chrono::DateTime<chrono::Utc>,
    }
    let app = limited().await?;
    // Moscow has UTC+3 all year, Kiritimati UTC+14, Honolulu UTC-10 (IANA tz database).
    for (zone, offset) in [
        ("Europe/Moscow", 3),
        ("Pacific/Kiritimati", 14),
        ("Pacific/Honolulu", -10),
    ] {
        for unit in ["day", "month"] {
            let query = format!("SELECT next_reset('{unit}', '{zone}', NULL, now()) AS at");
            let row: At = diesel::sql_query(query)
                .get_result(&mut app.db().await?)
                .await?;
            let local = row.at + chrono::TimeDelta::hours(offset);
            let midnight = local.format("%H:%M:%S").to_string();
            assert_eq!(midnight, "00:00:00", "{zone} {unit}");
            assert!(row.at > chrono::Utc::now());
            assert!(
                unit == "day" || local.format("%d").to_string() == "01",
                "{zone}"
            );
        }
    }
    let me = app.world.chat(7).init_data().await?;
    let zone = json!({ "timezone": "Pacific/Kiritimati" });
    // The first unit begins the windows.
    app.post_as_service(words_form("A bird")).await?.id()?;
    let before = usage(&app).await?;
    app.as_person(&me, Method::PATCH, "/v1/users/me", Some(zone))
        .await?;
    let after = usage(&app).await?;
    assert_eq!(
        before["daily_reset_at"], after["daily_reset_at"],
        "a day that has begun is not cut"
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reading_that_fails_for_our_fault_gives_its_unit_back_once() -> anyhow::Result<()> {
    let app = limited().await?;
    app.world
        .faults(json!({ "ai": { "error_rate": 1.0, "status": 400 } }))
        .await?;
    let id = app.post_as_service(words_form("A bird")).await?.id()?;
    assert_eq!(usage(&app).await?["daily_analyses_used"], 1);
    app.drain_jobs().await?;
    assert_eq!(app.ended(&id).await?["status"], "failed");
    let after = usage(&app).await?;
    assert_eq!(
        (
            &after["daily_analyses_used"],
            &after["monthly_analyses_used"]
        ),
        (&json!(0), &json!(0))
    );
    // Once: an operator sends it round again, and it fails again.
    app.post_as_service(words_form("A cat")).await?;
    app.sql("UPDATE jobs SET state = 'queued', redrives = 1, attempt = 0, finished_at = NULL, run_at = now()").await?;
    app.drain_jobs().await?;
    assert_eq!(usage(&app).await?["daily_analyses_used"], 0);
    let returned = "SELECT count(*) AS count FROM analysis_history WHERE unit_returned";
    assert_eq!(app.count(returned).await?, 2);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_unit_of_yesterday_is_not_given_back_to_today() -> anyhow::Result<()> {
    let app = limited().await?;
    let id = app.post_as_service(words_form("A bird")).await?.id()?;
    // A day later: what was taken was taken from a window that is over.
    app.sql(
        "UPDATE meters SET day_ends_at = now() - interval '1 second';
         UPDATE analysis_history SET unit_daily_reset_at = now() - interval '1 second'",
    )
    .await?;
    app.post_as_service(words_form("A cat")).await?;
    let me = app.world.chat(7).init_data().await?;
    let path = format!("/v1/analyses/{id}/cancel");
    assert_eq!(
        app.as_person(&me, Method::POST, &path, None).await?.status,
        200
    );
    let now = usage(&app).await?;
    assert_eq!(
        (&now["daily_analyses_used"], &now["monthly_analyses_used"]),
        (&json!(1), &json!(1))
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_bot_says_so_when_the_plan_is_used_up() -> anyhow::Result<()> {
    let app = limited().await?;
    app.sql("UPDATE plan_limits SET day_limit = 1 WHERE tier = 'FREE' AND unit = 'analyses'")
        .await?;
    let chat = app.world.chat(7);
    for _ in 0..2 {
        chat.sends_photo(coffee_cup(), "en").await?;
    }
    let worker = app.worker()?;
    chat.waits_for(|text| text.contains("New ones come tomorrow at 00:00"))
        .await?;
    worker.stop().await;
    assert_eq!(
        app.count("SELECT count(*) AS count FROM analysis_history")
            .await?,
        1
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn all_that_a_plan_counts_is_shown() -> anyhow::Result<()> {
    let app = limited().await?;
    app.post_as_service(words_form("A bird")).await?.id()?;
    let shown = usage(&app).await?;
    let meters = shown["meters"].as_array().expect("a list");
    let days: Vec<_> = meters
        .iter()
        .map(|meter| {
            (
                meter["unit"].as_str(),
                &meter["day"]["used"],
                &meter["day"]["limit"],
            )
        })
        .collect();
    // The first document's requests and uploads, the fourth one's messages.
    let expected = [
        ("ai_requests", 0, Some(2)),
        ("analyses", 1, Some(3)),
        // By the month alone.
        ("api_requests", 0, None),
        ("conversations", 0, Some(10)),
        ("messages", 0, Some(20)),
        ("uploads", 0, Some(10)),
    ];
    let expected = expected.map(|(unit, used, limit)| (Some(unit), json!(used), json!(limit)));
    let expected: Vec<_> = expected.iter().map(|(a, b, c)| (*a, b, c)).collect();
    assert_eq!(days, expected);
    let readings = &meters[1];
    assert_eq!(readings["day"]["resets_at"], shown["daily_reset_at"]);
    assert_eq!(
        readings["month"],
        json!({ "used": 1, "limit": 5, "resets_at": shown["monthly_reset_at"] })
    );
    Ok(())
}
