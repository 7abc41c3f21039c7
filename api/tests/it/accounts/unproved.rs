//! What who has not proved an address did with it is nothing to its owner (`ACCOUNTS_HIDE_EXISTENCE=false`).

use super::factors::{Timed, text};
use super::linking::widget;
use super::*;
use crate::organizations::Person;

#[tokio::test(flavor = "multi_thread")]
async fn the_telegram_account_and_the_app_of_who_squatted_an_address_go_when_its_owner_proves_it()
-> anyhow::Result<()> {
    let timed = Timed::start_with(&[("ACCOUNTS_HIDE_EXISTENCE", "false")]).await?;
    let accounts = &timed.accounts;
    let (squatter, _) = tokens(&accounts.register(ANN).await?)?;
    let telegram = widget(accounts, 8, timed.now())?;
    let body = json!({ "password": PASSWORD, "telegram": telegram });
    let linked = accounts.as_ann(
        Method::POST,
        "/v1/auth/link/telegram",
        &squatter,
        Some(body),
    );
    assert_eq!(linked.await?.status, 204);
    let secret = text(&timed.begin(&squatter).await?, "secret");
    let confirmed = timed.confirm(&squatter, &timed.code(&secret, 0)).await?;
    assert_eq!(confirmed.status, 200, "{confirmed:?}");
    accounts.quiet().await?;
    let letters = accounts.letters(ANN).await?.len();
    let reset = accounts.forgets(ANN, letters, OTHER_PASSWORD).await?;
    assert_eq!(reset.status, 204, "{reset:?}");
    let ann = accounts.login(ANN, OTHER_PASSWORD).await?;
    assert!(ann.body["access_token"].is_string(), "{ann:?}");
    assert_eq!(ann.body["user"]["telegram_id"], Value::Null, "{ann:?}");
    let of_squatter = Person::new(&accounts.app, 8).await?;
    assert_ne!(ann.body["user"]["id"], of_squatter.id.to_string());
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_was_never_proved_is_dropped_without_a_way_back() -> anyhow::Result<()> {
    const BOB: &str = "bob@example.org";
    let accounts = Accounts::start_with(&[("ACCOUNTS_HIDE_EXISTENCE", "false")]).await?;
    // One moves to an address of theirs, the other stays with a Telegram account.
    let (squatter, _) = tokens(&accounts.register(ANN).await?)?;
    let moved = accounts.moves(&squatter, "squatter@example.net").await?;
    assert_eq!(moved.status, 204, "{moved:?}");
    let (other, _) = tokens(&accounts.register(BOB).await?)?;
    let telegram = widget(&accounts, 8, super::linking::now())?;
    let body = json!({ "password": PASSWORD, "telegram": telegram });
    let linked = accounts.as_ann(Method::POST, "/v1/auth/link/telegram", &other, Some(body));
    assert_eq!(linked.await?.status, 204);
    let in_app = Person::new(&accounts.app, 8).await?;
    let unlink = in_app.does(Method::DELETE, "/v1/auth/link/email", None);
    assert_eq!(unlink.await?.status, 204);
    accounts.quiet().await?;
    let undoing = "one_time_tokens WHERE purpose = 'undo_email'";
    assert_eq!(accounts.count(undoing).await?, 0);
    for email in [ANN, BOB] {
        let free = accounts.register(email).await?;
        assert_eq!(free.status, 201, "{free:?}");
    }
    Ok(())
}
