//! Links of letters: each once, none after its time, and nothing by a look.

use super::*;

async fn asked_for_reset(accounts: &Accounts, n: usize) -> anyhow::Result<String> {
    accounts
        .post("/v1/auth/forgot-password", json!({ "email": ANN }))
        .await?;
    secret(&accounts.letter(ANN, n).await?)
}

async fn reset(accounts: &Accounts, secret: &str, password: &str) -> anyhow::Result<Answer> {
    accounts
        .post(
            "/v1/auth/reset-password",
            json!({ "token": secret, "password": password }),
        )
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_for_a_password_works_once_also_for_two_at_once() -> anyhow::Result<()> {
    let accounts = Accounts::start().await?;
    accounts.sign_up(ANN).await?;
    let secret = asked_for_reset(&accounts, 2).await?;
    let (one, other) = tokio::join!(
        reset(&accounts, &secret, OTHER_PASSWORD),
        reset(&accounts, &secret, "eleven brown kettles whisper")
    );
    let mut statuses = [one?.status, other?.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [204, 400]);
    assert_eq!(
        reset(&accounts, &secret, OTHER_PASSWORD).await?.refusal(),
        (400, "E113")
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_for_a_password_ends_with_a_newer_one_a_new_password_a_new_address_and_an_hour()
-> anyhow::Result<()> {
    let accounts = Accounts::start().await?;
    accounts.sign_up(ANN).await?;
    let (token, _) = accounts.signed_in(ANN, PASSWORD).await?;
    let first = asked_for_reset(&accounts, 2).await?;
    let newer = asked_for_reset(&accounts, 3).await?;
    assert_eq!(
        reset(&accounts, &first, OTHER_PASSWORD).await?.refusal(),
        (400, "E113"),
        "a newer one"
    );
    let body = json!({ "current_password": PASSWORD, "new_password": OTHER_PASSWORD });
    let changed = accounts
        .as_ann(Method::POST, "/v1/auth/change-password", &token, Some(body))
        .await?;
    assert_eq!(changed.status, 204, "{changed:?}");
    assert_eq!(
        reset(&accounts, &newer, PASSWORD).await?.refusal(),
        (400, "E113"),
        "a new password"
    );
    accounts.letter(ANN, 4).await?;
    let before_move = asked_for_reset(&accounts, 5).await?;
    let body = json!({ "email": "ann@example.net", "password": OTHER_PASSWORD });
    let asked = accounts
        .as_ann(Method::POST, "/v1/auth/change-email", &token, Some(body))
        .await?;
    assert_eq!(asked.status, 202, "{asked:?}");
    let confirm = secret(&accounts.letter("ann@example.net", 0).await?)?;
    let moved = accounts
        .post("/v1/auth/confirm-email", json!({ "token": confirm }))
        .await?;
    assert_eq!(moved.status, 204, "{moved:?}");
    assert_eq!(
        reset(&accounts, &before_move, PASSWORD).await?.refusal(),
        (400, "E113"),
        "a new address"
    );
    let body = json!({ "email": "ann@example.net" });
    accounts.post("/v1/auth/forgot-password", body).await?;
    let late = secret(&accounts.letter("ann@example.net", 1).await?)?;
    accounts
        .app
        .sql("UPDATE one_time_tokens SET expires_at = now() WHERE purpose = 'reset_password'")
        .await?;
    assert_eq!(
        reset(&accounts, &late, PASSWORD).await?.refusal(),
        (400, "E113"),
        "an hour"
    );
    Ok(())
}

/// Programs that open the links of letters before people do.
#[tokio::test(flavor = "multi_thread")]
async fn opening_the_page_of_a_link_uses_nothing_up() -> anyhow::Result<()> {
    let accounts = Accounts::start().await?;
    accounts.register(ANN).await?;
    let letter = accounts.letter(ANN, 0).await?;
    let secret = secret(&letter)?;
    for method in [Method::GET, Method::HEAD] {
        for path in [
            "/auth/verify?lang=en".to_owned(),
            format!("/auth/verify?token={secret}"),
        ] {
            let call = accounts.app.request(method.clone(), &path);
            let page = call.send().await?;
            assert_eq!(page.status(), 200);
            assert_eq!(page.headers()["referrer-policy"], "no-referrer");
            assert_eq!(page.headers()["cache-control"], "no-store");
            let policy = page.headers()["content-security-policy"]
                .to_str()?
                .to_owned();
            assert!(
                policy.contains("script-src 'self'") && !policy.contains("unsafe"),
                "{policy}"
            );
            assert!(page.headers().get("set-cookie").is_none());
        }
    }
    for method in [Method::GET, Method::HEAD] {
        let call = accounts
            .app
            .request(method, &format!("/v1/auth/verify-email?token={secret}"));
        assert_eq!(call.send().await?.status(), 405);
    }
    let proved = accounts.prove(&secret, PASSWORD).await?;
    assert_eq!(proved.status, 204, "{proved:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_pages_of_links_are_in_three_languages_and_load_their_own_files_alone()
-> anyhow::Result<()> {
    let app = TestApp::start().await?;
    for (language, title) in [
        ("en", "Confirm your address"),
        ("ru", "Подтвердите адрес"),
        ("zh", "确认邮箱"),
    ] {
        let call = app.request(Method::GET, &format!("/auth/verify?lang={language}"));
        let page = call.send().await?.text().await?;
        assert!(page.contains(title), "{page}");
        assert!(
            page.contains(&format!("<html lang=\"{language}\">")),
            "{page}"
        );
    }
    for file in ["page.js", "passkeys.js", "page.css"] {
        let call = app.request(Method::GET, &format!("/auth/{file}"));
        assert_eq!(call.send().await?.status(), 200, "{file}");
    }
    let call = app.request(Method::GET, "/auth/nothing");
    assert_eq!(call.send().await?.status(), 404);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn links_lead_to_the_public_address_whatever_a_request_says_of_its_host() -> anyhow::Result<()>
{
    let accounts = Accounts::start_with(&[("PUBLIC_URL", "http://127.0.0.1:3999/below")]).await?;
    accounts.sign_up(ANN).await?;
    for (n, header) in ["Host", "Forwarded", "X-Forwarded-Host"]
        .into_iter()
        .enumerate()
    {
        let value = if header == "Forwarded" {
            "host=evil.test"
        } else {
            "evil.test"
        };
        let call = accounts
            .app
            .request(Method::POST, "/v1/auth/forgot-password");
        let call = call.header(header, value).json(&json!({ "email": ANN }));
        assert_eq!(call.send().await?.status(), 202, "{header}");
        let letter = accounts.letter(ANN, 2 + n).await?;
        assert!(
            letter.contains("http://127.0.0.1:3999/below/auth/reset?lang=en#token="),
            "{letter}"
        );
        assert!(!letter.contains("evil"), "{letter}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_letter_that_is_sent_again_has_another_link_and_ends_the_one_before() -> anyhow::Result<()>
{
    let accounts = Accounts::start().await?;
    accounts.register(ANN).await?;
    let first = secret(&accounts.letter(ANN, 0).await?)?;
    accounts
        .post("/v1/auth/resend-verification", json!({ "email": ANN }))
        .await?;
    let second = secret(&accounts.letter(ANN, 1).await?)?;
    let proved = async |secret: &str| accounts.prove(secret, PASSWORD).await;
    assert_eq!(proved(&first).await?.refusal(), (400, "E113"));
    assert_eq!(proved(&second).await?.status, 204);
    assert_eq!(proved(&second).await?.refusal(), (400, "E113"));
    accounts
        .post("/v1/auth/resend-verification", json!({ "email": ANN }))
        .await?;
    accounts.quiet().await?;
    assert_eq!(
        accounts.letters(ANN).await?.len(),
        3,
        "two and the welcome: it is proved"
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_who_wait_for_one_address_its_owner_decides_and_the_other_gets_nothing()
-> anyhow::Result<()> {
    let accounts = Accounts::start().await?;
    accounts.register(ANN).await?;
    let first = secret(&accounts.letter(ANN, 0).await?)?;
    let body = json!({ "email": ANN, "password": OTHER_PASSWORD });
    accounts.post("/v1/auth/register", body).await?;
    let second = secret(&accounts.letter(ANN, 1).await?)?;
    let (one, other) = tokio::join!(
        accounts.prove(&first, PASSWORD),
        accounts.prove(&second, OTHER_PASSWORD)
    );
    let mut statuses = [one?.status, other?.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [204, 400]);
    assert_eq!(
        accounts
            .app
            .count("SELECT count(*) AS count FROM users")
            .await?,
        1
    );
    Ok(())
}
