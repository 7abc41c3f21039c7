//! Many people at once, updates twice and in any order, and a messenger that asks to wait: each person has
//! exactly the answers that they should. `make chaos` does the same with 10,000 updates.

use serde_json::json;
use testkit::eventually;
use world::TestApp;
use world::crowd::Crowd;

use crate::worker;

const CROWD: Crowd = Crowd {
    first: 1,
    people: 50,
};

#[tokio::test(flavor = "multi_thread")]
async fn each_of_many_people_gets_exactly_their_answers_whatever_telegram_does()
-> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let storm = json!({ "rate_limit": { "retry_after": 1 }, "times": 60 });
    app.world
        .faults(json!({
            "webhook": { "duplicate_rate": 0.3, "reorder": true, "error_rate": 0.05 },
            "telegram": { "methods": { "sendMessage": storm, "editMessageText": storm, "sendPhoto": storm } },
        }))
        .await?;
    let workers = [worker(&app.world)?, worker(&app.world)?];
    CROWD.acts(&app.world).await?;
    let updates = "SELECT count(*) AS count FROM telegram_updates";
    let expected = CROWD.remembered();
    // Each person's part takes its own time.
    for part in 1..=10 {
        eventually(async || Ok((app.count(updates).await? * 10 >= expected * part).then_some(())))
            .await?;
    }
    let mut left = i64::MAX;
    while left > 0 {
        left = eventually(async || {
            let now = app.count(&CROWD.unfinished()).await?;
            Ok((now < left).then_some(now))
        })
        .await?;
    }
    assert_eq!(app.count(updates).await?, expected);
    CROWD.has_its_answers(&app.world).await?;
    for worker in workers {
        worker.kill().await?;
    }
    Ok(())
}
