//! Signing in while suspended.

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn who_is_suspended_signs_in_for_their_own_data_alone() -> anyhow::Result<()> {
    let accounts = Accounts::start().await?;
    accounts.sign_up(ANN).await?;
    accounts
        .app
        .sql(
            "INSERT INTO suspensions (account_id, reason, since, until)
             SELECT id, 'of the test', now(), '2999-01-01T00:00:00Z' FROM users",
        )
        .await?;
    let refused = accounts.login(ANN, PASSWORD).await?;
    assert_eq!(refused.refusal(), (403, "E215"));
    assert_eq!(refused.body["details"]["until"], "2999-01-01T00:00:00Z");
    // Nobody learns of it without the password.
    let wrong = accounts.login(ANN, OTHER_PASSWORD).await?;
    assert_eq!(wrong.refusal(), (401, "E210"));
    let body = json!({ "email": ANN, "password": PASSWORD });
    let signed_in = accounts.post("/v1/auth/login?own_data=1", body).await?;
    let (token, _) = tokens(&signed_in)?;
    assert_eq!(accounts.me(&token).await?, 403);
    let path = "/v1/users/me/exports";
    let asked = accounts.as_ann(Method::POST, path, &token, None).await?;
    assert_eq!(asked.status, 202, "{asked:?}");
    Ok(())
}
