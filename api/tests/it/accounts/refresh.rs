//! Refresh tokens: two tabs are no theft, and a thief is noticed.

use chrono::{TimeDelta, Utc};
use kernel::clock::Clock;

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn fifty_tabs_at_once_get_the_same_successor_and_the_session_lives() -> anyhow::Result<()> {
    let accounts = Accounts::start().await?;
    accounts.sign_up(ANN).await?;
    let (_, first) = accounts.signed_in(ANN, PASSWORD).await?;
    let all = futures_util::future::join_all((0..50).map(|_| accounts.refresh(&first))).await;
    let mut successors = std::collections::BTreeSet::new();
    for answer in all {
        let answer = answer?;
        assert_eq!(answer.status, 200, "{answer:?}");
        successors.insert(tokens(&answer)?.1);
    }
    assert_eq!(successors.len(), 1, "{successors:?}");
    let rotations = "SELECT generation::bigint AS count FROM sessions";
    assert_eq!(accounts.app.count(rotations).await?, 2, "one rotation");
    let successor = successors.pop_first().context("one")?;
    assert_eq!(accounts.refresh(&successor).await?.status, 200);
    Ok(())
}

/// A proxy that loses the answer, however long ago.
#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_was_lost_is_given_again_while_nobody_has_used_it() -> anyhow::Result<()> {
    let accounts = Accounts::start().await?;
    accounts.sign_up(ANN).await?;
    let (_, first) = accounts.signed_in(ANN, PASSWORD).await?;
    let lost = tokens(&accounts.refresh(&first).await?)?;
    accounts
        .app
        .sql("UPDATE sessions SET rotated_at = rotated_at - interval '1 day'")
        .await?;
    let again = tokens(&accounts.refresh(&first).await?)?;
    assert_eq!(again.1, lost.1);
    assert_eq!(accounts.me(&again.0).await?, 200);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn who_shows_a_token_whose_successor_is_in_use_ends_the_session_for_both()
-> anyhow::Result<()> {
    let accounts = Accounts::start().await?;
    accounts.sign_up(ANN).await?;
    let (_, first) = accounts.signed_in(ANN, PASSWORD).await?;
    let (token, second) = tokens(&accounts.refresh(&first).await?)?;
    // The owner uses the successor; the thief comes a minute later.
    assert_eq!(accounts.me(&token).await?, 200);
    accounts
        .app
        .sql("UPDATE sessions SET rotated_at = rotated_at - interval '1 minute'")
        .await?;
    let stolen = accounts.refresh(&first).await?;
    assert_eq!(stolen.refusal(), (401, "E203"));
    assert_eq!(accounts.refresh(&second).await?.refusal(), (401, "E203"));
    assert_eq!(
        accounts.me(&token).await?,
        401,
        "at once, where it was noticed"
    );
    let told = accounts.letter(ANN, 2).await?;
    assert!(!told.is_empty());
    let noted = "SELECT count(*) AS count FROM audit_logs WHERE action = 'refresh_token_reused'";
    assert_eq!(accounts.app.count(noted).await?, 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn two_generations_back_is_theft_however_fast_it_was() -> anyhow::Result<()> {
    let accounts = Accounts::start().await?;
    accounts.sign_up(ANN).await?;
    let (_, first) = accounts.signed_in(ANN, PASSWORD).await?;
    let (_, second) = tokens(&accounts.refresh(&first).await?)?;
    let (_, third) = tokens(&accounts.refresh(&second).await?)?;
    assert_eq!(accounts.refresh(&first).await?.refusal(), (401, "E203"));
    assert_eq!(accounts.refresh(&third).await?.refusal(), (401, "E203"));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_ends_after_a_week_without_renewal_and_after_90_days_with_it()
-> anyhow::Result<()> {
    let accounts = Accounts::start().await?;
    accounts.sign_up(ANN).await?;
    for (column, days) in [("idle_until", 7), ("ends_at", 90)] {
        let (token, refresh) = accounts.signed_in(ANN, PASSWORD).await?;
        let span = format!(
            "SELECT extract(epoch FROM {column} - created_at)::bigint / 86400 AS count FROM sessions
             ORDER BY created_at DESC LIMIT 1"
        );
        assert_eq!(accounts.app.count(&span).await?, days);
        accounts
            .app
            .sql(&format!("UPDATE sessions SET {column} = now()"))
            .await?;
        assert_eq!(
            accounts.refresh(&refresh).await?.refusal(),
            (401, "E203"),
            "{column}"
        );
        assert_eq!(accounts.me(&token).await?, 401, "{column}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_not_made_here_renews_nothing() -> anyhow::Result<()> {
    let accounts = Accounts::start().await?;
    accounts.sign_up(ANN).await?;
    let (token, refresh) = accounts.signed_in(ANN, PASSWORD).await?;
    let changed = refresh.replacen(".1.", ".2.", 1);
    for wrong in [
        changed.as_str(),
        "rt_",
        "",
        &refresh[..refresh.len() - 1],
        &token,
    ] {
        let refused = accounts.refresh(wrong).await?;
        assert_eq!(refused.refusal(), (401, "E202"), "{wrong}");
    }
    let nothing = accounts.app.request(Method::POST, "/v1/auth/refresh");
    assert_eq!(
        Answer::of(nothing.send().await?).await?.refusal(),
        (401, "E201")
    );
    let renewal = accounts
        .as_ann(Method::POST, "/v1/auth/renewal", &token, None)
        .await?;
    assert_eq!(renewal.refusal(), (401, "E201"), "that is for the Mini App");
    assert_eq!(
        accounts.refresh(&refresh).await?.status,
        200,
        "and the session lives"
    );
    Ok(())
}

/// Redis keeps nothing of a session.
#[tokio::test(flavor = "multi_thread")]
async fn sessions_work_without_redis() -> anyhow::Result<()> {
    let accounts = Accounts::start_with(&[("REDIS_URL", "redis://127.0.0.1:1")]).await?;
    accounts.sign_up(ANN).await?;
    let (token, refresh) = accounts.signed_in(ANN, PASSWORD).await?;
    assert_eq!(accounts.me(&token).await?, 200);
    assert_eq!(accounts.refresh(&refresh).await?.status, 200);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_work_as_long_as_the_operator_says() -> anyhow::Result<()> {
    let settings = [("JWT_EXPIRY", "1h"), ("JWT_REFRESH_EXPIRY", "2d")];
    let accounts = Accounts::start_with(&settings).await?;
    accounts.sign_up(ANN).await?;
    let signed_in = accounts.login(ANN, PASSWORD).await?;
    assert_eq!(signed_in.body["expires_in"], 3_600);
    let (_, refresh) = tokens(&signed_in)?;
    accounts.refresh(&refresh).await?;
    let rows = "sessions WHERE idle_until > now() + interval '47 hours' AND idle_until < now() + interval '49 hours'";
    assert_eq!(accounts.count(rows).await?, 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn processes_whose_clocks_are_a_minute_apart_know_each_others_tokens() -> anyhow::Result<()> {
    let mut accounts = Accounts::start().await?;
    accounts.sign_up(ANN).await?;
    for minutes in [-1, 1] {
        accounts.app.world.clock = Clock::by(move || Utc::now() + TimeDelta::minutes(minutes));
        let other = accounts.app.sibling()?;
        let there = async |path: &str, body: Value| {
            let url = format!("http://{}{path}", other.addr);
            Answer::of(accounts.app.world.http.post(url).json(&body).send().await?).await
        };
        let wish = json!({ "email": ANN, "password": PASSWORD });
        let (token, renewal) = tokens(&there("/v1/auth/login", wish).await?)?;
        assert_eq!(accounts.me(&token).await?, 200, "{minutes}");
        let (token, renewal) = tokens(&accounts.refresh(&renewal).await?)?;
        assert_eq!(accounts.me(&token).await?, 200, "{minutes}");
        let wish = json!({ "refresh_token": renewal });
        let (token, _) = tokens(&there("/v1/auth/refresh", wish).await?)?;
        assert_eq!(accounts.me(&token).await?, 200, "{minutes}");
    }
    Ok(())
}
