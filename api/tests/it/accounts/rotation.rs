//! The keys of accounts are rotated (docs/SECRETS.md): first each process knows the next one, then it is used, then the
//! one before is forgotten. No request is refused on the way.

use kernel::env::Env;
use people::factors::reseal::{self, Resealed};
use people::factors::vault::Vault;
use world::app::Sibling;

use super::factors::{Timed, text};
use super::*;

const BEFORE: &str = "the-key-that-is-to-be-replaced";
const NEXT: &str = "the-key-that-takes-its-place";

/// The key in use and the other one that is known, step by step.
const STEPS: [(&str, &str); 3] = [(BEFORE, NEXT), (NEXT, BEFORE), (NEXT, "")];

async fn post(
    accounts: &Accounts,
    process: &Sibling,
    path: &str,
    body: Value,
) -> anyhow::Result<Answer> {
    let url = format!("http://{}{path}", process.addr);
    let call = accounts.app.world.http.post(url);
    let call = call.header("User-Agent", FIREFOX).json(&body);
    Answer::of(call.send().await?).await
}

/// Signs in at this process with a code of the app.
async fn sign_in(timed: &Timed, process: &Sibling, secret: &str) -> anyhow::Result<Answer> {
    // No code is good twice.
    timed.pass(300);
    let body = json!({ "email": ANN, "password": PASSWORD });
    let waiting = post(&timed.accounts, process, "/v1/auth/login", body).await?;
    let code = timed.code(secret, 0);
    let body = json!({ "mfa_token": text(&waiting, "mfa_token"), "code": code });
    post(&timed.accounts, process, "/v1/auth/login/2fa", body).await
}

#[tokio::test(flavor = "multi_thread")]
async fn codes_of_an_app_are_good_at_every_step_while_the_key_that_seals_its_secret_is_rotated()
-> anyhow::Result<()> {
    let mut timed = Timed::start_with(&[("ENCRYPTION_KEY", BEFORE)]).await?;
    let (secret, ..) = timed.with_app().await?;
    let mut of_the_step_before = timed.accounts.app.sibling()?;
    for (now, also) in STEPS {
        let world = &mut timed.accounts.app.world;
        world.set("ENCRYPTION_KEY", now);
        world.set("ENCRYPTION_KEYS_BEFORE", also);
        let process = timed.accounts.app.sibling()?;
        if also.is_empty() {
            let vault = known_to(&timed, BEFORE)?;
            let mut conn = timed.accounts.app.db().await?;
            let sealed = reseal::run(&mut conn, &vault, &reseal::TABLES[0]).await?;
            let all = Resealed {
                done: 1,
                unreadable: 0,
            };
            assert_eq!(sealed, all);
        }
        // Both serve while a deployment rolls.
        for one in [&of_the_step_before, &process] {
            let signed_in = sign_in(&timed, one, &secret).await?;
            assert_eq!(signed_in.status, 200, "{now} {also}: {signed_in:?}");
        }
        of_the_step_before = process;
    }
    Ok(())
}

/// The keys of this moment, and this one.
fn known_to(timed: &Timed, before: &str) -> anyhow::Result<Vault> {
    let env = &timed.accounts.app.world.env;
    let lookup = |name: &str| match name {
        "ENCRYPTION_KEYS_BEFORE" => Some(before.to_owned()),
        _ => env.get(name).cloned(),
    };
    let mut env = Env::new(&lookup);
    let vault = Vault::read(&mut env);
    Ok(env.finish(vault)?)
}

#[tokio::test(flavor = "multi_thread")]
async fn sessions_go_on_at_every_step_while_the_key_of_their_tokens_is_rotated()
-> anyhow::Result<()> {
    let mut accounts = Accounts::start_with(&[("ACCESS_TOKEN_KEY", BEFORE)]).await?;
    accounts.sign_up(ANN).await?;
    let (mut access, mut refresh) = accounts.signed_in(ANN, PASSWORD).await?;
    let mut of_the_step_before = accounts.app.sibling()?;
    for (now, also) in STEPS {
        accounts.app.world.set("ACCESS_TOKEN_KEY", now);
        accounts.app.world.set("ACCESS_TOKEN_KEYS_BEFORE", also);
        let process = accounts.app.sibling()?;
        for one in [&of_the_step_before, &process] {
            let url = format!("http://{}/v1/users/me", one.addr);
            let me = accounts.app.world.http.get(url).bearer_auth(&access);
            assert_eq!(me.send().await?.status(), 200, "{now} {also}");
            let body = json!({ "refresh_token": refresh });
            let fresh = post(&accounts, one, "/v1/auth/refresh", body).await?;
            (access, refresh) = tokens(&fresh)?;
        }
        of_the_step_before = process;
    }
    Ok(())
}
