//! Tries to prove oneself: slowed, never locked.

use super::*;

/// Clients by their address, which a proxy in front reports.
async fn behind_a_proxy() -> anyhow::Result<Accounts> {
    Accounts::start_with(&[("TRUSTED_PROXIES", "127.0.0.0/8")]).await
}

async fn login_from(accounts: &Accounts, address: &str, password: &str) -> anyhow::Result<Answer> {
    let call = accounts.app.request(Method::POST, "/v1/auth/login");
    let call = call.header("X-Forwarded-For", address);
    let body = json!({ "email": ANN, "password": password });
    Answer::of(call.json(&body).send().await?).await
}

const WRONG: &str = "a wrong one of some length";

#[tokio::test(flavor = "multi_thread")]
async fn of_a_hundred_guesses_at_once_five_are_looked_at() -> anyhow::Result<()> {
    let accounts = behind_a_proxy().await?;
    accounts.sign_up(ANN).await?;
    let guesses = (0..100).map(|_| login_from(&accounts, "198.51.100.7", WRONG));
    let all = futures_util::future::join_all(guesses).await;
    let mut looked_at = 0;
    for answer in all {
        let answer = answer?;
        match answer.refusal() {
            (401, "E210") => looked_at += 1,
            (429, "E304") => assert!(answer.headers.contains_key("retry-after")),
            other => panic!("{other:?}"),
        }
    }
    // One more for each second that the hundred took.
    assert!((5..=12).contains(&looked_at), "{looked_at}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn strangers_do_not_slow_a_person_where_they_have_signed_in_and_lock_them_out_nowhere()
-> anyhow::Result<()> {
    let accounts = behind_a_proxy().await?;
    accounts.sign_up(ANN).await?;
    assert_eq!(
        login_from(&accounts, "192.0.2.7", PASSWORD).await?.status,
        200
    );
    for stranger in 0..20 {
        login_from(&accounts, &format!("198.51.{stranger}.7"), WRONG).await?;
    }
    let many = "UPDATE sign_in_attempts SET tries = 20, last_at = now() WHERE tries > 0";
    accounts.app.sql(many).await?;
    // Far away a stranger waits, however right the password is.
    assert_eq!(
        login_from(&accounts, "203.0.113.7", PASSWORD)
            .await?
            .refusal(),
        (429, "E304")
    );
    assert_eq!(
        login_from(&accounts, "192.0.2.99", PASSWORD).await?.status,
        200,
        "in the network of before"
    );
    accounts
        .app
        .sql("UPDATE sign_in_attempts SET last_at = last_at - interval '301 seconds'")
        .await?;
    assert_eq!(
        login_from(&accounts, "203.0.113.7", PASSWORD).await?.status,
        200,
        "never for longer than 5 minutes"
    );
    Ok(())
}

/// Whoever shares the network of a person, and has others besides, compares an address that is known there with one that
/// is not known at all.
#[tokio::test(flavor = "multi_thread")]
async fn where_a_person_has_signed_in_wrong_tries_tell_nothing_of_their_address()
-> anyhow::Result<()> {
    let accounts = behind_a_proxy().await?;
    accounts.sign_up(ANN).await?;
    let home = "192.0.2.7";
    assert_eq!(login_from(&accounts, home, PASSWORD).await?.status, 200);
    let mut seen = Vec::new();
    for email in [ANN, "nobody@example.org"] {
        let mut answers = Vec::new();
        let guess = async |from: &str| {
            let call = accounts.app.request(Method::POST, "/v1/auth/login");
            let call = call.header("X-Forwarded-For", from);
            let call = call.json(&json!({ "email": email, "password": WRONG }));
            let answer = Answer::of(call.send().await?).await?;
            Ok::<_, anyhow::Error>(answer.status)
        };
        // Three at home count elsewhere, and those elsewhere at home.
        for _ in 0..3 {
            answers.push(guess("192.0.2.99").await?);
        }
        for far in 0..2 {
            answers.push(guess(&format!("198.51.{far}.7")).await?);
        }
        let held_up = "UPDATE sign_in_attempts SET tries = greatest(tries, 20), last_at = now() WHERE tries >= 5";
        accounts.app.sql(held_up).await?;
        answers.push(guess("203.0.113.7").await?);
        answers.push(guess("192.0.2.99").await?);
        seen.push(answers);
        accounts.app.sql("DELETE FROM sign_in_attempts").await?;
    }
    assert_eq!(seen[0], seen[1]);
    assert_eq!(seen[0], [401, 401, 401, 401, 401, 429, 429]);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn every_way_to_prove_oneself_or_to_have_a_letter_sent_is_slowed() -> anyhow::Result<()> {
    let accounts = Accounts::start().await?;
    accounts.sign_up(ANN).await?;
    let (token, _) = accounts.signed_in(ANN, PASSWORD).await?;
    for (path, body) in [
        (
            "/v1/auth/login",
            json!({ "email": "nobody@example.org", "password": WRONG }),
        ),
        (
            "/v1/auth/change-password",
            json!({ "current_password": WRONG, "new_password": OTHER_PASSWORD }),
        ),
        ("/v1/auth/reauthenticate", json!({ "password": WRONG })),
        (
            "/v1/auth/change-email",
            json!({ "email": "ann@example.net", "password": WRONG }),
        ),
        (
            "/v1/auth/forgot-password",
            json!({ "email": "one@example.org" }),
        ),
        (
            "/v1/auth/resend-verification",
            json!({ "email": "two@example.org" }),
        ),
        (
            "/v1/auth/register",
            json!({ "email": "three@example.org", "password": PASSWORD }),
        ),
    ] {
        let mut slowed = false;
        for _ in 0..9 {
            let answer = accounts
                .as_ann(Method::POST, path, &token, Some(body.clone()))
                .await?;
            slowed |= answer.refusal() == (429, "E304");
        }
        assert!(slowed, "{path}");
    }
    Ok(())
}
