//! Requests that were admitted before something changed, and go on after it.

use super::linking::{now, widget};
use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn a_password_that_is_replaced_after_it_was_compared_connects_and_moves_nothing()
-> anyhow::Result<()> {
    let accounts = Accounts::start().await?;
    accounts.sign_up(ANN).await?;
    let (token, _) = accounts.signed_in(ANN, PASSWORD).await?;
    accounts.quiet().await?;
    let replaced = "UPDATE passwords SET hash = reverse(hash)";
    let by_widget = json!({ "password": PASSWORD, "telegram": widget(&accounts, 7, now())? });
    for (path, body) in [
        ("/v1/auth/link/telegram", json!({ "password": PASSWORD })),
        ("/v1/auth/link/telegram", by_widget),
        (
            "/v1/auth/change-email",
            json!({ "email": "ann@example.net", "password": PASSWORD }),
        ),
    ] {
        let held = accounts.as_ann(Method::POST, path, &token, Some(body));
        let lock = "SELECT FROM users FOR NO KEY UPDATE";
        let refused = accounts.app.meanwhile((lock, replaced), 1, held).await??;
        assert_eq!(refused.refusal(), (401, "E210"), "{path}");
        // As it was.
        accounts.app.sql(replaced).await?;
    }
    for none in [
        "address_requests WHERE kind = 'change_email'",
        "one_time_tokens WHERE purpose = 'link_telegram'",
        "identities WHERE provider = 'telegram'",
    ] {
        assert_eq!(accounts.count(none).await?, 0, "{none}");
    }
    Ok(())
}

/// A link is made in the transaction that answers the request for it: what waits for that request sees the link then, and
/// ends it.
#[tokio::test(flavor = "multi_thread")]
async fn a_link_that_is_made_while_a_password_is_changed_ends_with_the_old_password()
-> anyhow::Result<()> {
    let accounts = Accounts::start().await?;
    accounts.sign_up(ANN).await?;
    let (token, _) = accounts.signed_in(ANN, PASSWORD).await?;
    accounts.quiet().await?;
    // As the worker does it.
    accounts
        .app
        .sql(
            "INSERT INTO address_requests (id, kind, email_key, spelling, language_code, user_id, created_at)
             SELECT gen_random_uuid(), 'change_email', 'thief@example.net', 'thief@example.net', 'en', id, now()
             FROM users",
        )
        .await?;
    let decides = "SELECT FROM address_requests FOR UPDATE;
        INSERT INTO one_time_tokens (digest, user_id, purpose, email_key, spelling, created_at, expires_at)
        SELECT sha256('a-secret'), id, 'change_email', 'thief@example.net', 'thief@example.net', now(),
            now() + interval '1 day' FROM users";
    let body = json!({ "current_password": PASSWORD, "new_password": OTHER_PASSWORD });
    let change = accounts.as_ann(Method::POST, "/v1/auth/change-password", &token, Some(body));
    let done = "DELETE FROM address_requests";
    let changed = accounts.app.meanwhile((decides, done), 1, change).await??;
    assert_eq!(changed.status, 204, "{changed:?}");
    let link = json!({ "token": "a-secret" });
    let refused = accounts.post("/v1/auth/confirm-email", link).await?;
    assert_eq!(refused.refusal(), (400, "E113"));
    Ok(())
}
