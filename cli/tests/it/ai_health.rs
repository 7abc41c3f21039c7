//! `symancy ai health`.

use world::TestApp;

use crate::stage::{sql, type_in_group};

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_sees_breakers_calls_of_the_last_hour_and_the_money_of_today()
-> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let printed = type_in_group(&app.world, "ai", "health").await?;
    assert_eq!(
        printed.out,
        "No calls in the last hour.\n\nToday (UTC): $0.000000 spent, $0.000000 reserved for \
         calls under way.\n"
    );
    // Two that took 2 s and 4 s and cost 0.001 and 0.002 dollars, one that failed, one under way.
    sql(
        &app,
        "INSERT INTO paid_calls (id, job_id, key, provider, attempt, state, answer, began_at, ended_at,
             reserved_micro_usd, cost_micro_usd)
         SELECT gen_random_uuid(), gen_random_uuid(), n::TEXT, 'openrouter', 1, 'answered', '{}',
             now() - interval '10 s', now() - interval '10 s' + n * interval '2 s', 9000, n * 1000
         FROM generate_series(1, 2) n;
         INSERT INTO paid_calls (id, job_id, key, provider, attempt, state, ended_at, reserved_micro_usd, cost_micro_usd)
         VALUES (gen_random_uuid(), gen_random_uuid(), 'a', 'openrouter', 1, 'unknown', now(), 500, 500);
         INSERT INTO paid_calls (id, job_id, key, provider, attempt, reserved_micro_usd)
         VALUES (gen_random_uuid(), gen_random_uuid(), 'b', 'openrouter', 1, 700);
         INSERT INTO provider_health (provider, state, failures, last_error, open_until)
         VALUES ('gemini', 'open', 5, 'gemini: Transient: 503', now() + interval '1 hour')",
    )
    .await?;
    let printed = type_in_group(&app.world, "ai", "health").await?;
    let lines: Vec<&str> = printed.out.lines().collect();
    assert!(lines[1].starts_with("gemini"), "{printed:?}");
    assert!(
        lines[1].contains("open, tries in ") && lines[1].ends_with("gemini: Transient: 503"),
        "{printed:?}"
    );
    let openrouter: Vec<&str> = lines[2].split_whitespace().collect();
    assert_eq!(
        openrouter[..5],
        ["openrouter", "closed", "4", "2", "1"],
        "{printed:?}"
    );
    assert!(lines[2].contains("$0.003500"), "{printed:?}");
    assert!(
        lines[4].contains("$0.003500 spent, $0.000700 reserved"),
        "{printed:?}"
    );
    let json = type_in_group(&app.world, "ai", "health --json")
        .await?
        .json()?;
    assert_eq!(json[0]["vendors"][1]["median_seconds"], 3.0);
    assert_eq!(json[0]["today"]["reserved_micro_usd"], 700);
    Ok(())
}
