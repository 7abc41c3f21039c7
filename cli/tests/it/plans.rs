//! What plans allow, and what persons have used of it: `symancy plans`.

use reqwest::Method;
use world::app::{Answer, words_form};
use world::{TestApp, World};

use crate::stage::type_in_group;

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_changes_what_a_plan_allows() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let set = type_in_group(&app.world, "plans", "set-limit FREE analyses --day 1").await?;
    assert_eq!(
        set.out, "FREE analyses: 1 a day, no quota a month\n",
        "{set:?}"
    );
    app.post_as_service(words_form("A bird")).await?.id()?;
    let refused = app.post_as_service(words_form("A bird")).await?;
    assert_eq!(refused.refusal(), (402, "E301"));
    let looked = "set-limit FREE analyses --day 0 --preview --json";
    let looked = type_in_group(&app.world, "plans", looked).await?.json()?;
    let affected = &looked[0]["affected"];
    assert_eq!(
        (&affected["accounts"], &affected["over_day"]),
        (&1.into(), &1.into())
    );
    // What is not named stays.
    let month = "set-limit FREE analyses --month 9 --json";
    let month = type_in_group(&app.world, "plans", month).await?.json()?;
    assert_eq!(
        (&month[0]["day_limit"], &month[0]["month_limit"]),
        (&1.into(), &9.into())
    );
    let show = type_in_group(&app.world, "plans", "show").await?;
    let of_readings = show
        .out
        .lines()
        .find(|line| line.starts_with("FREE        analyses"));
    let cells: Vec<_> = of_readings.unwrap_or_default().split_whitespace().collect();
    assert_eq!(
        cells,
        ["FREE", "analyses", "1", "9", "as", "all"],
        "{show:?}"
    );
    let noted = "SELECT count(*) AS count FROM audit_logs
                 WHERE action = 'plan_limit_changed' AND actor = 'operator' AND new_value ->> 'by' LIKE 'tester@%'
                   AND old_value ->> 'day_limit' = '1' AND new_value ->> 'month_limit' = '9'";
    assert_eq!(app.count(noted).await?, 1);
    for (words, why) in [
        ("set-limit GOLD analyses --day 1", "possible values"),
        ("set-limit FREE cups --day 1", "possible values"),
        ("set-limit FREE analyses --day -1", "unexpected argument"),
        (
            "set-limit FREE analyses --day some",
            "not a number from 0 on",
        ),
        ("set-limit FREE analyses", "--day"),
    ] {
        let wrong = type_in_group(&app.world, "plans", words).await?;
        assert_eq!(wrong.code, Some(2), "{words}");
        assert!(wrong.err.contains(why), "{wrong:?}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_gives_a_person_what_they_have_used_again() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    app.sql("UPDATE plan_limits SET day_limit = 1 WHERE tier = 'FREE' AND unit = 'analyses'")
        .await?;
    app.post_as_service(words_form("A bird")).await?.id()?;
    let refused = app.post_as_service(words_form("A cat")).await?;
    assert_eq!(refused.refusal(), (402, "E301"));
    let person = app.user_id(7).await?;
    let reset = type_in_group(&app.world, "plans", "reset-limit 7").await?;
    let said = format!("{person}: 1 of the day and 1 of the month are given again\n");
    assert_eq!(reset.out, said, "{reset:?}");
    app.post_as_service(words_form("A cat")).await?.id()?;
    let reset = format!("reset-limit {person} --json");
    let reset = type_in_group(&app.world, "plans", &reset).await?.json()?;
    assert_eq!(reset[0]["day_used"], 1);
    let noted = "SELECT count(*) AS count FROM audit_logs JOIN users ON users.id = user_id
                 WHERE action = 'meter_reset' AND actor = 'operator' AND telegram_id = 7
                   AND new_value ->> 'by' LIKE 'tester@%'";
    assert_eq!(app.count(noted).await?, 2);
    for (words, why) in [
        (
            "reset-limit 7 --unit uploads",
            "no uploads were counted yet",
        ),
        ("reset-limit 8", "no person with the Telegram id 8"),
    ] {
        let none = type_in_group(&app.world, "plans", words).await?;
        assert_eq!(none.code, Some(1), "{none:?}");
        assert!(none.err.contains(why), "{none:?}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_given_again_is_not_given_back_as_well() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    app.sql("UPDATE plan_limits SET day_limit = 1 WHERE tier = 'FREE' AND unit = 'analyses'")
        .await?;
    let bird = app.post_as_service(words_form("A bird")).await?.id()?;
    let reset = type_in_group(&app.world, "plans", "reset-limit 7").await?;
    assert_eq!(reset.code, Some(0), "{reset:?}");
    let cat = app.post_as_service(words_form("A cat")).await?.id()?;
    let cancel = async |id| {
        let call = app.request(Method::POST, &format!("/v1/analyses/{id}/cancel"));
        let call = call
            .header("X-API-Key", "n8n-key")
            .header("X-Telegram-User-Id", "7");
        Answer::of(call.send().await?).await
    };
    assert_eq!(cancel(bird).await?.status, 200);
    let refused = app.post_as_service(words_form("A dog")).await?;
    assert_eq!(refused.refusal(), (402, "E301"));
    // What was taken afterwards is.
    assert_eq!(cancel(cat).await?.status, 200);
    app.post_as_service(words_form("A dog")).await?.id()?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_says_how_many_requests_a_minute_a_plan_allows() -> anyhow::Result<()> {
    let mut world = World::new().await?;
    world.set("RATE_LIMIT_USER", 100);
    let app = TestApp::start_in(world).await?;
    let set = type_in_group(&app.world, "plans", "set-rate FREE 7").await?;
    assert_eq!(set.out, "FREE: 7 requests a minute\n", "{set:?}");
    let shown = type_in_group(&app.world, "plans", "show --json").await?;
    let of_free = shown.json()?.into_iter().find(|one| one["tier"] == "FREE");
    assert_eq!(
        of_free.map(|one| one["requests_per_minute"].clone()),
        Some(7.into())
    );
    let limit = async || {
        let proof = app.world.chat(8).init_data().await?;
        let call = app.request(Method::GET, "/v1/limits/me");
        let answer = call.header("X-Telegram-Init-Data", proof).send().await?;
        Ok::<_, anyhow::Error>(answer.headers()["x-ratelimit-limit"].to_str()?.to_owned())
    };
    assert_eq!(limit().await?, "7");
    let set = type_in_group(&app.world, "plans", "set-rate FREE none --json")
        .await?
        .json()?;
    assert_eq!(set[0]["requests_per_minute"], serde_json::Value::Null);
    let noted = "SELECT count(*) AS count FROM audit_logs WHERE action = 'plan_rate_changed' AND actor = 'operator'
                   AND new_value ->> 'tier' = 'FREE' AND new_value ->> 'by' LIKE 'tester@%'";
    assert_eq!(app.count(noted).await?, 2);
    let wrong = type_in_group(&app.world, "plans", "set-rate FREE 0").await?;
    assert_eq!(wrong.code, Some(2), "{wrong:?}");
    Ok(())
}
