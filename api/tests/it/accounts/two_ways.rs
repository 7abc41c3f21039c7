//! A person with an address and a Telegram account is one person, in every process.

use std::time::{Duration, Instant};

use world::Chat;

use super::factors::{Timed, text};
use super::linking::{now, widget};
use super::*;
use crate::organizations::Person;

impl Accounts {
    /// Connects the Telegram account of a chat by the log-in widget.
    async fn connects(&self, token: &str, telegram_id: i64, at: i64) -> anyhow::Result<()> {
        let telegram = widget(self, telegram_id, at)?;
        let body = json!({ "password": PASSWORD, "telegram": telegram });
        let linked = self.as_ann(Method::POST, "/v1/auth/link/telegram", token, Some(body));
        let linked = linked.await?;
        anyhow::ensure!(linked.status == 204, "{linked:?}");
        Ok(())
    }
}

/// Comes to the bot by a link, and returns the message that asks, and what its button sends.
async fn is_asked(chat: &Chat<'_>, argument: &str, address: &str) -> anyhow::Result<(i64, String)> {
    chat.says(&format!("/start {argument}"), "en").await?;
    let page = chat.page(address).await?;
    let button = page.buttons.first().cloned().context("no button")?;
    Ok((page.message_id, button))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_button_of_a_link_connects_the_account_of_that_link_and_no_other() -> anyhow::Result<()>
{
    const BOB: &str = "bob@example.org";
    let accounts = Accounts::start().await?;
    let mut arguments = Vec::new();
    for email in [ANN, BOB] {
        accounts.sign_up(email).await?;
        let (token, _) = accounts.signed_in(email, PASSWORD).await?;
        arguments.push(accounts.telegram_link(&token).await?);
    }
    let chat = accounts.app.world.chat(7);
    let (first, button) = is_asked(&chat, &arguments[0], "a…@example.org").await?;
    let (second, other) = is_asked(&chat, &arguments[1], "b…@example.org").await?;
    assert!(first != second && button != other, "{button} {other}");
    // Of the release before, which named no link.
    accounts
        .app
        .presses_an_old_button_under(1, "link:yes", first)
        .await?;
    chat.waits_for(|text| text.contains("does not work any more"))
        .await?;
    chat.presses_under(first, &button).await?;
    chat.waits_for(|text| text.contains("is connected")).await?;
    let whose = "identities AS telegram JOIN identities AS email USING (user_id)
        WHERE telegram.subject = '7' AND email.subject = 'ann@example.org'";
    assert_eq!(accounts.count(whose).await?, 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_is_counted_once_by_whichever_way_they_come() -> anyhow::Result<()> {
    let limits = [("RATE_LIMIT_USER", "60"), ("RATE_LIMIT_REDIS_MS", "10000")];
    let accounts = Accounts::start_with(&limits).await?;
    accounts.sign_up(ANN).await?;
    let (token, _) = accounts.signed_in(ANN, PASSWORD).await?;
    accounts.connects(&token, 7, now()).await?;
    // Of this session it is not remembered that she has no Telegram account.
    let (token, _) = accounts.signed_in(ANN, PASSWORD).await?;
    let wish = json!({ "name": "a script", "scopes": ["users:read"] });
    let made = accounts.as_ann(Method::POST, "/v1/api-keys", &token, Some(wish));
    let key = text(&made.await?, "key");
    let init_data = accounts.app.world.chat(7).init_data().await?;
    let bearer = format!("Bearer {token}");
    let ways = [
        ("Authorization", &bearer),
        ("X-Telegram-Init-Data", &init_data),
        ("X-API-Key", &key),
        ("Authorization", &bearer),
    ];
    let mut left = Vec::new();
    for (header, value) in ways {
        let call = accounts.app.request(Method::GET, "/v1/users/me");
        let answer = call.header(header, value).send().await?;
        assert_eq!(answer.status(), 200, "{header}");
        let remaining = answer.headers()["x-ratelimit-remaining"].to_str()?;
        left.push(remaining.parse::<u64>()?);
    }
    let first = left[0];
    assert_eq!(left, [first, first - 1, first - 2, first - 3]);
    Ok(())
}

/// Another process has the person of a Telegram account in its memory for thirty seconds, unless it is told: that it is, is
/// proved by one that was found earlier. Its subscription may not stand yet: then the next account is tried.
#[tokio::test(flavor = "multi_thread")]
async fn another_process_knows_whose_a_telegram_account_is_as_soon_as_it_is_told()
-> anyhow::Result<()> {
    let accounts = Accounts::start().await?;
    accounts.sign_up(ANN).await?;
    let (token, _) = accounts.signed_in(ANN, PASSWORD).await?;
    let me = accounts.as_ann(Method::GET, "/v1/users/me", &token, None);
    let id = me.await?.id()?;
    let sibling = accounts.app.sibling()?;
    let url = format!("http://{}/v1/users/me", sibling.addr);
    let mut telegram_id = 100;
    let told = eventually(async || {
        telegram_id += 1;
        let init_data = accounts.app.world.chat(telegram_id).init_data().await?;
        let there = async || {
            let call = accounts.app.world.http.get(&url);
            let call = call.header("X-Telegram-Init-Data", &init_data);
            Answer::of(call.send().await?).await?.id()
        };
        anyhow::ensure!(there().await? != id);
        let remembered = Instant::now();
        accounts.connects(&token, telegram_id, now()).await?;
        let mut is_told = false;
        while !is_told && remembered.elapsed() < Duration::from_secs(5) {
            is_told = there().await? == id;
        }
        let unlink = accounts.as_ann(Method::DELETE, "/v1/auth/link/telegram", &token, None);
        anyhow::ensure!(unlink.await?.status == 204);
        Ok(is_told.then_some(()))
    });
    told.await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sign_in_by_telegram_that_waits_for_a_code_ends_when_telegram_is_disconnected()
-> anyhow::Result<()> {
    let timed = Timed::start().await?;
    let accounts = &timed.accounts;
    accounts.sign_up(ANN).await?;
    let (token, _) = accounts.signed_in(ANN, PASSWORD).await?;
    accounts.connects(&token, 7, timed.now() - 9).await?;
    let secret = text(&timed.begin(&token).await?, "secret");
    let confirmed = timed.confirm(&token, &timed.code(&secret, -1)).await?;
    assert_eq!(confirmed.status, 200, "{confirmed:?}");
    let proof = widget(accounts, 7, timed.now())?;
    let waits = accounts.post("/v1/auth/telegram-login", proof).await?;
    let waiting = text(&waits, "mfa_token");
    assert!(!waiting.is_empty(), "{waits:?}");
    let unlink = accounts.as_ann(Method::DELETE, "/v1/auth/link/telegram", &token, None);
    assert_eq!(unlink.await?.status, 204);
    let code = timed.code(&secret, 0);
    let refused = timed.second(&waiting, "code", &code).await?;
    assert_eq!(refused.refusal(), (401, "E203"));
    Ok(())
}

/// Who knows the password connects an account and an app of their own before they disconnect the address.
#[tokio::test(flavor = "multi_thread")]
async fn who_takes_a_disconnected_address_back_finds_no_app_and_no_telegram_of_the_thief()
-> anyhow::Result<()> {
    let timed = Timed::start().await?;
    let accounts = &timed.accounts;
    accounts.sign_up(ANN).await?;
    let (token, _) = accounts.signed_in(ANN, PASSWORD).await?;
    let me = accounts.as_ann(Method::GET, "/v1/users/me", &token, None);
    let id = me.await?.id()?;
    accounts.connects(&token, 7, timed.now()).await?;
    let secret = text(&timed.begin(&token).await?, "secret");
    timed.confirm(&token, &timed.code(&secret, 0)).await?;
    accounts.quiet().await?;
    let told = accounts.letters(ANN).await?.len();
    let unlink = accounts.as_ann(Method::DELETE, "/v1/auth/link/email", &token, None);
    assert_eq!(unlink.await?.status, 204);
    let undo = json!({ "token": super::secret(&accounts.letter(ANN, told).await?)? });
    let undone = accounts.post("/v1/auth/undo-email", undo).await?;
    assert_eq!(undone.status, 204, "{undone:?}");
    let link = super::secret(&accounts.letter(ANN, told + 1).await?)?;
    let body = json!({ "token": link, "password": OTHER_PASSWORD });
    let set = accounts.post("/v1/auth/reset-password", body).await?;
    assert_eq!(set.status, 204, "{set:?}");
    let back = accounts.login(ANN, OTHER_PASSWORD).await?;
    assert_eq!(back.body["user"]["id"], json!(id), "{back:?}");
    assert_eq!(back.body["user"]["telegram_id"], Value::Null);
    assert_ne!(Person::new(&accounts.app, 7).await?.id.to_string(), id);
    Ok(())
}
