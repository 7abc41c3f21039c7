//! Several ways in of one person: each is proved, and none moves from a person who would lose something.

use super::*;
use crate::organizations::Person;
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use world::app::words_form;

/// What Telegram's widget gives of a person, signed as Telegram documents it.
pub(super) fn widget(
    accounts: &Accounts,
    telegram_id: i64,
    signed_at: i64,
) -> anyhow::Result<Value> {
    let token = &accounts.app.world.env["TELEGRAM_BOT_TOKEN"];
    let signed = format!("auth_date={signed_at}\nfirst_name=Ann\nid={telegram_id}");
    let mac = Hmac::<Sha256>::new_from_slice(&Sha256::digest(token))?;
    let hash = hex::encode(mac.chain_update(signed).finalize().into_bytes());
    Ok(json!({ "id": telegram_id, "first_name": "Ann", "auth_date": signed_at, "hash": hash }))
}

pub(super) fn now() -> i64 {
    chrono::Utc::now().timestamp()
}

impl Accounts {
    /// A person of the Mini App asks for an address; the secret of the `n`-th letter to it.
    pub(super) async fn asks_for(
        &self,
        who: &Person<'_>,
        email: &str,
        n: usize,
    ) -> anyhow::Result<String> {
        let body = json!({ "email": email, "password": OTHER_PASSWORD });
        let asked = who.posts("/v1/auth/link/email", body).await?;
        anyhow::ensure!(asked.status == 202, "{asked:?}");
        secret(&self.letter(email, n).await?)
    }

    pub(super) async fn confirms(
        &self,
        secret: &str,
        password: &str,
        session: Option<&str>,
    ) -> anyhow::Result<Answer> {
        let call = self
            .app
            .request(Method::POST, "/v1/auth/link/email/confirm");
        let call = match session {
            Some(token) => call.bearer_auth(token),
            None => call,
        };
        let body = json!({ "token": secret, "password": password });
        Answer::of(call.json(&body).send().await?).await
    }

    /// The argument of the link to the bot.
    pub(super) async fn telegram_link(&self, token: &str) -> anyhow::Result<String> {
        let body = json!({ "password": PASSWORD });
        let answer = self.as_ann(Method::POST, "/v1/auth/link/telegram", token, Some(body));
        let answer = answer.await?;
        let link = answer.body["link"].as_str();
        let link = link.with_context(|| format!("no link in {answer:?}"))?;
        let (bot, argument) = link.split_once("?start=").context("an argument")?;
        anyhow::ensure!(bot.starts_with("https://t.me/"), "{link}");
        Ok(argument.to_owned())
    }

    pub(super) async fn reads(&self, token: &str) -> anyhow::Result<()> {
        let call = self
            .app
            .request(Method::POST, "/v1/analyses")
            .bearer_auth(token);
        let made = call
            .multipart(words_form("A bird over water"))
            .send()
            .await?;
        anyhow::ensure!(made.status() == 202);
        Ok(())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_of_telegram_gets_an_address_by_its_letter_and_the_password_they_chose()
-> anyhow::Result<()> {
    let accounts = Accounts::start().await?;
    accounts.app.world.chat(7).says("/start", "en").await?;
    let ann = Person::new(&accounts.app, 7).await?;
    let secret = accounts.asks_for(&ann, ANN, 0).await?;
    // Opening the letter does not connect the address for another person.
    let stranger = accounts.confirms(&secret, PASSWORD, None).await?;
    assert_eq!(stranger.refusal(), (401, "E114"));
    let linked = accounts.confirms(&secret, OTHER_PASSWORD, None).await?;
    assert_eq!(linked.status, 204, "{linked:?}");
    let again = accounts.confirms(&secret, OTHER_PASSWORD, None).await?;
    assert_eq!(again.refusal(), (400, "E113"));
    let signed_in = accounts.login(ANN, OTHER_PASSWORD).await?;
    assert_eq!(signed_in.body["user"]["id"], ann.id.to_string());
    assert_eq!(signed_in.body["user"]["telegram_id"], 7);
    assert!(accounts.letter(ANN, 1).await?.contains("by Telegram"));
    accounts
        .app
        .world
        .chat(7)
        .waits_for(|text| text.contains("is connected"))
        .await?;
    assert_eq!(
        accounts
            .count("events WHERE name = 'person.linked'")
            .await?,
        1
    );
    assert_eq!(
        accounts
            .count("audit_logs WHERE action = 'identity_linked'")
            .await?,
        1
    );
    let body = json!({ "email": "other@example.org", "password": OTHER_PASSWORD });
    let second = ann.posts("/v1/auth/link/email", body).await?;
    assert_eq!(second.refusal(), (409, "E602"));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_of_another_account_moves_only_when_that_is_signed_in_and_has_nothing()
-> anyhow::Result<()> {
    let accounts = Accounts::start().await?;
    accounts.sign_up(ANN).await?;
    let (token, _) = accounts.signed_in(ANN, PASSWORD).await?;
    let ann = Person::new(&accounts.app, 7).await?;
    let secret = accounts.asks_for(&ann, ANN, 2).await?;
    let alone = accounts.confirms(&secret, OTHER_PASSWORD, None).await?;
    assert_eq!(alone.refusal(), (403, "E218"));
    let moved = accounts
        .confirms(&secret, OTHER_PASSWORD, Some(&token))
        .await?;
    assert_eq!(moved.status, 204, "{moved:?}");
    assert_eq!(accounts.me(&token).await?, 401);
    assert_eq!(
        accounts.login(ANN, PASSWORD).await?.refusal(),
        (401, "E210")
    );
    let signed_in = accounts.login(ANN, OTHER_PASSWORD).await?;
    assert_eq!(signed_in.body["user"]["id"], ann.id.to_string());
    eventually(async || Ok((accounts.count("users").await? == 1).then_some(()))).await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_does_not_move_from_an_account_with_a_reading() -> anyhow::Result<()> {
    let accounts = Accounts::start().await?;
    accounts.sign_up(ANN).await?;
    let (token, _) = accounts.signed_in(ANN, PASSWORD).await?;
    accounts.reads(&token).await?;
    let ann = Person::new(&accounts.app, 7).await?;
    let secret = accounts.asks_for(&ann, ANN, 2).await?;
    let refused = accounts
        .confirms(&secret, OTHER_PASSWORD, Some(&token))
        .await?;
    assert_eq!(refused.refusal(), (409, "E620"));
    assert_eq!(accounts.me(&token).await?, 200);
    assert_eq!(accounts.login(ANN, PASSWORD).await?.status, 200);
    Ok(())
}

/// Pre-hijacking (better-auth 9578, llmchat 79, freehire 1119): an account that was registered with the address of another
/// must not be joined with what the owner of the address proves later.
#[tokio::test(flavor = "multi_thread")]
async fn who_has_squatted_an_address_loses_it_to_the_person_who_proves_it() -> anyhow::Result<()> {
    let accounts = Accounts::start_with(&[("ACCOUNTS_HIDE_EXISTENCE", "false")]).await?;
    let (squatter, refresh) = tokens(&accounts.register(ANN).await?)?;
    accounts.reads(&squatter).await?;
    let wish = json!({ "name": "a way back", "scopes": ["users:read"] });
    let made = accounts.as_ann(Method::POST, "/v1/api-keys", &squatter, Some(wish));
    let key = made.await?.body["key"]
        .as_str()
        .context("a key")?
        .to_owned();
    let ann = Person::new(&accounts.app, 7).await?;
    let secret = accounts.asks_for(&ann, ANN, 1).await?;
    let linked = accounts.confirms(&secret, OTHER_PASSWORD, None).await?;
    assert_eq!(linked.status, 204, "{linked:?}");
    assert_eq!(accounts.me(&squatter).await?, 401);
    assert_eq!(accounts.refresh(&refresh).await?.refusal(), (401, "E203"));
    assert_eq!(
        accounts.login(ANN, PASSWORD).await?.refusal(),
        (401, "E210")
    );
    let by_key = accounts.app.request(Method::GET, "/v1/users/me");
    assert_eq!(by_key.header("X-API-Key", key).send().await?.status(), 401);
    let listed = ann.gets("/v1/analyses").await?;
    assert_eq!(
        listed.body["data"],
        json!([]),
        "nothing of theirs comes along"
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_by_e_mail_connects_telegram_by_a_link_to_the_bot_and_a_button()
-> anyhow::Result<()> {
    let accounts = Accounts::start().await?;
    accounts.sign_up(ANN).await?;
    let (token, _) = accounts.signed_in(ANN, PASSWORD).await?;
    let argument = accounts.telegram_link(&token).await?;
    let chat = accounts.app.world.chat(7);
    chat.says(&format!("/start {argument}"), "en").await?;
    let page = chat.page("Connect this Telegram account").await?;
    assert!(page.text.contains("a…@example.org"), "{}", page.text);
    // No other sender gets the link any more.
    let other = accounts.app.world.chat(8);
    other.says(&format!("/start {argument}"), "en").await?;
    other
        .waits_for(|text| text.contains("does not work any more"))
        .await?;
    let me = accounts
        .as_ann(Method::GET, "/v1/users/me", &token, None)
        .await?;
    assert_eq!(me.body["telegram_id"], Value::Null, "not before the button");
    chat.presses_on("link:").await?;
    chat.waits_for(|text| text.contains("is connected")).await?;
    let me = accounts
        .as_ann(Method::GET, "/v1/users/me", &token, None)
        .await?;
    assert_eq!(me.body["telegram_id"], 7);
    let in_app = Person::new(&accounts.app, 7).await?;
    assert_eq!(me.id()?, in_app.id.to_string());
    accounts.letter(ANN, 2).await?;
    // A second press finds nothing.
    chat.presses_on("link:").await?;
    chat.waits_for(|text| text.contains("does not work any more"))
        .await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_telegram_account_does_not_move_from_a_person_with_readings_and_is_told_why()
-> anyhow::Result<()> {
    let accounts = Accounts::start().await?;
    accounts.sign_up(ANN).await?;
    let (token, _) = accounts.signed_in(ANN, PASSWORD).await?;
    let init_data = accounts.app.world.chat(7).init_data().await?;
    let made = accounts
        .app
        .post_as_person(&init_data, words_form("A bird"))
        .await?;
    assert_eq!(made.status, 202, "{made:?}");
    let argument = accounts.telegram_link(&token).await?;
    let chat = accounts.app.world.chat(7);
    chat.says(&format!("/start {argument}"), "en").await?;
    chat.page("Connect this Telegram account").await?;
    chat.presses_on("link:").await?;
    chat.waits_for(|text| text.contains("something of its own"))
        .await?;
    let body = json!({ "password": PASSWORD, "telegram": widget(&accounts, 7, now())? });
    let refused = accounts.as_ann(Method::POST, "/v1/auth/link/telegram", &token, Some(body));
    assert_eq!(refused.await?.refusal(), (409, "E620"));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_in_widget_connects_at_once_and_the_last_way_in_stays() -> anyhow::Result<()> {
    let accounts = Accounts::start().await?;
    accounts.sign_up(ANN).await?;
    let (token, _) = accounts.signed_in(ANN, PASSWORD).await?;
    let unlink = async |provider: &str, token: &str| {
        let path = format!("/v1/auth/link/{provider}");
        accounts.as_ann(Method::DELETE, &path, token, None).await
    };
    assert_eq!(unlink("email", &token).await?.refusal(), (409, "E621"));
    assert_eq!(unlink("telegram", &token).await?.refusal(), (404, "E601"));
    let wrong = json!({ "password": OTHER_PASSWORD, "telegram": widget(&accounts, 7, now())? });
    let wrong = accounts.as_ann(Method::POST, "/v1/auth/link/telegram", &token, Some(wrong));
    assert_eq!(wrong.await?.refusal(), (401, "E210"));
    let body = json!({ "password": PASSWORD, "telegram": widget(&accounts, 7, now())? });
    let linked = accounts.as_ann(Method::POST, "/v1/auth/link/telegram", &token, Some(body));
    assert_eq!(linked.await?.status, 204);
    let in_app = Person::new(&accounts.app, 7).await?;
    assert_eq!(unlink("email", &token).await?.status, 204);
    assert_eq!(accounts.me(&token).await?, 401, "it began by the password");
    assert_eq!(
        accounts.login(ANN, PASSWORD).await?.refusal(),
        (401, "E210")
    );
    assert_eq!(
        in_app.gets("/v1/users/me").await?.body["email"],
        Value::Null
    );
    let last = in_app
        .does(Method::DELETE, "/v1/auth/link/telegram", None)
        .await?;
    assert_eq!(last.refusal(), (409, "E621"));
    // Its owner takes the address back, and who has connected Telegram is out.
    let told = accounts.letter(ANN, 3).await?;
    let undo = json!({ "token": secret(&told)? });
    let undone = accounts.post("/v1/auth/undo-email", undo).await?;
    assert_eq!(undone.status, 204, "{undone:?}");
    let set =
        json!({ "token": secret(&accounts.letter(ANN, 4).await?)?, "password": OTHER_PASSWORD });
    assert_eq!(
        accounts.post("/v1/auth/reset-password", set).await?.status,
        204
    );
    let back = accounts.login(ANN, OTHER_PASSWORD).await?;
    assert_eq!(back.body["user"]["id"], in_app.id.to_string());
    assert_eq!(back.body["user"]["telegram_id"], Value::Null);
    Ok(())
}

/// The trial, and what was used of the month, by either of the two.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_used_by_one_identity_is_used_for_both_and_stays_so_when_they_part()
-> anyhow::Result<()> {
    let accounts = Accounts::start().await?;
    let ann = Person::new(&accounts.app, 7).await?;
    let used = format!(
        "INSERT INTO subscriptions (user_id, trial_used) VALUES ('{}', TRUE)",
        ann.id
    );
    accounts.app.sql(&used).await?;
    accounts.sign_up(ANN).await?;
    let (token, _) = accounts.signed_in(ANN, PASSWORD).await?;
    let body = json!({ "password": PASSWORD, "telegram": widget(&accounts, 7, now())? });
    let linked = accounts.as_ann(Method::POST, "/v1/auth/link/telegram", &token, Some(body));
    assert_eq!(linked.await?.status, 204);
    let of = async |token: &str| {
        let id = accounts
            .as_ann(Method::GET, "/v1/users/me", token, None)
            .await?
            .id()?;
        let rows = format!("subscriptions WHERE user_id = '{id}' AND trial_used");
        accounts.count(&rows).await
    };
    assert_eq!(of(&token).await?, 1);
    let unlinked = accounts.as_ann(Method::DELETE, "/v1/auth/link/telegram", &token, None);
    assert_eq!(unlinked.await?.status, 204);
    assert_eq!(of(&token).await?, 1);
    let anew = Person::new(&accounts.app, 7).await?;
    assert_ne!(anew.id, ann.id);
    let rows = format!("subscriptions WHERE user_id = '{}' AND trial_used", anew.id);
    assert_eq!(accounts.count(&rows).await?, 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn telegram_signs_in_a_browser_once_with_each_proof() -> anyhow::Result<()> {
    let accounts = Accounts::start().await?;
    let proof = widget(&accounts, 7, now())?;
    let path = "/v1/auth/telegram-login";
    let signed_in = accounts.post(path, proof.clone()).await?;
    assert_eq!(signed_in.status, 200, "{signed_in:?}");
    assert_eq!(accounts.post(path, proof).await?.refusal(), (401, "E202"));
    let old = widget(&accounts, 7, now() - 3_600)?;
    assert_eq!(accounts.post(path, old).await?.refusal(), (401, "E203"));
    let mut forged = widget(&accounts, 7, now())?;
    forged["id"] = json!(8);
    assert_eq!(accounts.post(path, forged).await?.refusal(), (401, "E202"));
    let (token, _) = tokens(&signed_in)?;
    let in_app = Person::new(&accounts.app, 7).await?;
    assert_eq!(signed_in.body["user"]["id"], in_app.id.to_string());
    let listed = accounts.as_ann(Method::GET, "/v1/auth/sessions", &token, None);
    assert_eq!(listed.await?.body["sessions"][0]["method"], "telegram");
    accounts.reads(&token).await?;
    let listed = in_app.gets("/v1/analyses").await?;
    assert_eq!(listed.body["data"].as_array().map(Vec::len), Some(1));
    let by_cookies = accounts.post(
        "/v1/auth/telegram-login?cookies=1",
        widget(&accounts, 7, now() - 60)?,
    );
    let by_cookies = by_cookies.await?;
    assert_eq!(cookies(&by_cookies).len(), 2, "{by_cookies:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_to_the_bot_ends_with_the_password_that_it_was_got_by() -> anyhow::Result<()> {
    let accounts = Accounts::start().await?;
    accounts.sign_up(ANN).await?;
    let (token, _) = accounts.signed_in(ANN, PASSWORD).await?;
    let argument = accounts.telegram_link(&token).await?;
    let body = json!({ "current_password": PASSWORD, "new_password": OTHER_PASSWORD });
    let changed = accounts.as_ann(Method::POST, "/v1/auth/change-password", &token, Some(body));
    assert_eq!(changed.await?.status, 204);
    let chat = accounts.app.world.chat(7);
    chat.says(&format!("/start {argument}"), "en").await?;
    chat.waits_for(|text| text.contains("does not work any more"))
        .await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_suspended_person_keeps_all_their_ways_in() -> anyhow::Result<()> {
    let accounts = Accounts::start().await?;
    accounts.sign_up(ANN).await?;
    let (token, _) = accounts.signed_in(ANN, PASSWORD).await?;
    let body = json!({ "password": PASSWORD, "telegram": widget(&accounts, 7, now())? });
    let linked = accounts.as_ann(Method::POST, "/v1/auth/link/telegram", &token, Some(body));
    assert_eq!(linked.await?.status, 204);
    accounts
        .app
        .sql(
            "INSERT INTO suspensions (account_id, reason, since)
             SELECT id, 'of the test', now() FROM users",
        )
        .await?;
    let body = json!({ "email": ANN, "password": PASSWORD });
    let own_data = accounts.post("/v1/auth/login?own_data=1", body).await?;
    let (token, _) = tokens(&own_data)?;
    for provider in ["telegram", "email"] {
        let path = format!("/v1/auth/link/{provider}");
        let refused = accounts.as_ann(Method::DELETE, &path, &token, None).await?;
        assert_eq!(refused.refusal(), (403, "E215"), "{provider}");
    }
    Ok(())
}
