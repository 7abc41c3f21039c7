//! A person who comes by e-mail alone.

use super::*;
use world::app::words_form;

#[tokio::test(flavor = "multi_thread")]
async fn a_person_signs_up_by_e_mail_gets_a_reading_and_goes() -> anyhow::Result<()> {
    let accounts = Accounts::start().await?;
    accounts.sign_up("Ann@Example.org").await?;
    let welcome = accounts.letter("Ann@example.org", 1).await?;
    assert!(welcome.contains("Ann"), "{welcome}");
    let signed_in = accounts.login(ANN, PASSWORD).await?;
    assert_eq!(signed_in.status, 200, "{signed_in:?}");
    assert_eq!(signed_in.headers["cache-control"], "private, no-store");
    assert_eq!(signed_in.body["expires_in"], 900);
    assert_eq!(signed_in.body["user"]["email"], "Ann@example.org");
    assert_eq!(signed_in.body["user"]["email_verified"], true);
    assert_eq!(signed_in.body["user"]["telegram_id"], Value::Null);
    let (token, _) = tokens(&signed_in)?;
    let call = accounts
        .app
        .request(Method::POST, "/v1/analyses")
        .bearer_auth(&token);
    let made = Answer::of(
        call.multipart(words_form("A bird over water"))
            .send()
            .await?,
    )
    .await?;
    assert_eq!(made.status, 202, "{made:?}");
    let path = format!("/v1/analyses/{}", made.id()?);
    eventually(async || {
        let shown = accounts.as_ann(Method::GET, &path, &token, None).await?;
        Ok((shown.body["status"] == "completed").then_some(()))
    })
    .await?;
    let listed = accounts
        .as_ann(Method::GET, "/v1/analyses", &token, None)
        .await?;
    assert_eq!(
        listed.body["data"].as_array().map(Vec::len),
        Some(1),
        "{listed:?}"
    );
    let body = json!({ "confirmation_code": "DELETE_MY_DATA" });
    let gone = accounts
        .as_ann(Method::POST, "/v1/users/me/deletion", &token, Some(body))
        .await?;
    assert_eq!(gone.status, 202, "{gone:?}");
    eventually(async || {
        let persons = accounts
            .app
            .count("SELECT count(*) AS count FROM users")
            .await?;
        Ok((persons == 0).then_some(()))
    })
    .await?;
    let last = accounts.letter("Ann@example.org", 2).await?;
    assert!(last.contains("deleted"), "{last}");
    assert_eq!(
        accounts.login(ANN, PASSWORD).await?.refusal(),
        (401, "E210")
    );
    let refused = eventually(async || {
        let status = accounts.me(&token).await?;
        Ok((status == 401).then_some(status))
    });
    refused.await?;
    for table in [
        "sessions",
        "passwords",
        "identities",
        "one_time_tokens",
        "address_requests",
    ] {
        let rows = accounts
            .app
            .count(&format!("SELECT count(*) AS count FROM {table}"))
            .await?;
        assert_eq!(rows, 0, "{table}");
    }
    Ok(())
}

/// Where the operator does not hide which addresses are known, as the documents of the platform have it.
#[tokio::test(flavor = "multi_thread")]
async fn without_hiding_an_account_is_there_at_once_and_a_known_address_is_409()
-> anyhow::Result<()> {
    let accounts = Accounts::start_with(&[("ACCOUNTS_HIDE_EXISTENCE", "false")]).await?;
    let made = accounts.register(ANN).await?;
    assert_eq!(made.status, 201, "{made:?}");
    let (token, _) = tokens(&made)?;
    assert_eq!(accounts.me(&token).await?, 200);
    assert_eq!(made.body["user"]["email_verified"], false);
    for spelling in [ANN, "ANN@example.org", " ann@EXAMPLE.ORG "] {
        assert_eq!(
            accounts.register(spelling).await?.refusal(),
            (409, "E602"),
            "{spelling}"
        );
    }
    let secret = secret(&accounts.letter(ANN, 0).await?)?;
    let proved = accounts.prove(&secret, PASSWORD).await?;
    assert_eq!(proved.status, 204, "{proved:?}");
    let me = accounts
        .as_ann(Method::GET, "/v1/auth/session", &token, None)
        .await?;
    assert_eq!(me.body["user"]["email_verified"], true, "{me:?}");
    Ok(())
}

/// Pre-hijacking: somebody registers with the address of another, who comes later and proves it.
#[tokio::test(flavor = "multi_thread")]
async fn who_registers_with_the_address_of_another_loses_it_to_its_owner() -> anyhow::Result<()> {
    let accounts = Accounts::start_with(&[("ACCOUNTS_HIDE_EXISTENCE", "false")]).await?;
    let (squatter, refresh) = tokens(&accounts.register(ANN).await?)?;
    accounts.letter(ANN, 0).await?;
    accounts
        .post("/v1/auth/forgot-password", json!({ "email": ANN }))
        .await?;
    let secret = secret(&accounts.letter(ANN, 1).await?)?;
    let body = json!({ "token": secret, "password": OTHER_PASSWORD });
    assert_eq!(
        accounts.post("/v1/auth/reset-password", body).await?.status,
        204
    );
    assert_eq!(accounts.me(&squatter).await?, 401);
    assert_eq!(accounts.refresh(&refresh).await?.refusal(), (401, "E203"));
    assert_eq!(
        accounts.login(ANN, PASSWORD).await?.refusal(),
        (401, "E210")
    );
    let owner = accounts.login(ANN, OTHER_PASSWORD).await?;
    assert_eq!(owner.body["user"]["email_verified"], true);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_keys_of_access_tokens_are_public_and_check_them() -> anyhow::Result<()> {
    use base64::Engine;
    use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
    let accounts = Accounts::start().await?;
    accounts.sign_up(ANN).await?;
    let (token, _) = accounts.signed_in(ANN, PASSWORD).await?;
    let call = accounts.app.request(Method::GET, "/.well-known/jwks.json");
    let keys = Answer::of(call.send().await?).await?;
    assert_eq!(keys.headers["cache-control"], "public, max-age=300");
    let head: Value =
        serde_json::from_slice(&BASE64.decode(token.split('.').next().context("a head")?)?)?;
    assert_eq!(
        (&head["alg"], &head["typ"]),
        (&json!("EdDSA"), &json!("at+jwt"))
    );
    let keys = keys.body["keys"].as_array().cloned().unwrap_or_default();
    assert!(
        keys.iter().any(|key| key["kid"] == head["kid"]),
        "{head} of {keys:?}"
    );
    Ok(())
}
