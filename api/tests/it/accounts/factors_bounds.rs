//! What bounds second factors: tries, the password of a sign-in that waits, and what switches them off.

use super::factors::{Timed, codes, text};
use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn wrong_codes_are_counted_by_the_person_whatever_asks_for_them_and_a_password_gives_none_back()
-> anyhow::Result<()> {
    let timed = Timed::start().await?;
    let (secret, token, recovery) = timed.with_app().await?;
    for _ in 0..2 {
        let waiting = timed.waiting().await?;
        let refused = timed.second(&waiting, "code", "000000").await?;
        assert_eq!(refused.refusal(), (401, "E220"));
    }
    let waiting = timed.waiting().await?;
    let refused = timed
        .second(&waiting, "recovery_code", "0000-0000-0000-0000")
        .await?;
    assert_eq!(refused.refusal(), (401, "E220"));
    for name in ["code", "recovery_code"] {
        let refused = timed.proves(&token, name, "000000").await?;
        assert_eq!(refused.refusal(), (401, "E220"));
    }
    // The sixth waits, whatever it is, and whatever password was shown in between.
    timed.waiting().await?;
    for (name, value) in [
        ("code", timed.code(&secret, 0)),
        ("recovery_code", recovery[0].clone()),
    ] {
        let slowed = timed.second(&waiting, name, &value).await?;
        assert_eq!(slowed.refusal(), (429, "E304"), "{name}");
        let slowed = timed.proves(&token, name, &value).await?;
        assert_eq!(slowed.refusal(), (429, "E304"), "{name}");
    }
    let slowed = timed.confirm(&token, &timed.code(&secret, 0)).await?;
    assert_eq!(slowed.refusal(), (429, "E304"));
    timed.pass(2);
    let right = timed
        .second(&waiting, "code", &timed.code(&secret, 0))
        .await?;
    assert_eq!(right.status, 200, "{right:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn of_fifty_guesses_at_once_five_are_looked_at() -> anyhow::Result<()> {
    let timed = Timed::start().await?;
    timed.with_app().await?;
    let waiting = timed.waiting().await?;
    let guesses = (0..50).map(|guess| {
        let (timed, waiting) = (&timed, &waiting);
        async move { timed.second(waiting, "code", &format!("{guess:06}")).await }
    });
    let all = futures_util::future::join_all(guesses).await;
    let all: Vec<Answer> = all.into_iter().collect::<anyhow::Result<_>>()?;
    let looked_at = all.iter().filter(|one| one.status != 429).count();
    assert_eq!(looked_at, 5);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sign_in_waits_for_five_minutes_once_and_no_longer_than_its_password()
-> anyhow::Result<()> {
    let timed = Timed::start().await?;
    let (secret, token, _) = timed.with_app().await?;
    let over = (401, "E203");
    let late = timed.waiting().await?;
    timed.pass(300);
    let refused = timed.second(&late, "code", &timed.code(&secret, 0)).await?;
    assert_eq!(refused.refusal(), over);
    for none in ["", "x", late.as_str()] {
        let refused = timed.second(none, "code", "000000").await?;
        assert_eq!(refused.refusal(), over, "{none}");
    }
    let used = timed.waiting().await?;
    let code = timed.code(&secret, -1);
    assert_eq!(timed.second(&used, "code", &code).await?.status, 200);
    let again = timed.second(&used, "code", &timed.code(&secret, 0)).await?;
    assert_eq!(again.refusal(), over);
    // A new password by its owner, who proves themselves first.
    let waiting = timed.waiting().await?;
    let proved = timed
        .proves(&token, "code", &timed.code(&secret, 0))
        .await?;
    assert_eq!(proved.status, 200, "{proved:?}");
    let body = json!({ "current_password": PASSWORD, "new_password": OTHER_PASSWORD });
    let path = "/v1/auth/change-password";
    let changed = timed
        .accounts
        .as_ann(Method::POST, path, &token, Some(body))
        .await?;
    assert_eq!(changed.status, 204, "{changed:?}");
    let refused = timed
        .second(&waiting, "code", &timed.code(&secret, 1))
        .await?;
    assert_eq!(refused.refusal(), over);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_for_a_password_leaves_the_second_factor_on_and_ends_what_waits()
-> anyhow::Result<()> {
    let timed = Timed::start().await?;
    let (secret, _, _) = timed.with_app().await?;
    let waiting = timed.waiting().await?;
    timed.accounts.quiet().await?;
    let letters = timed.accounts.letters(ANN).await?.len();
    let asked = json!({ "email": ANN });
    timed
        .accounts
        .post("/v1/auth/forgot-password", asked)
        .await?;
    let link = super::secret(&timed.accounts.letter(ANN, letters).await?)?;
    let body = json!({ "token": link, "password": OTHER_PASSWORD });
    let reset = timed.accounts.post("/v1/auth/reset-password", body).await?;
    assert_eq!(reset.status, 204, "{reset:?}");
    let refused = timed
        .second(&waiting, "code", &timed.code(&secret, 0))
        .await?;
    assert_eq!(refused.refusal(), (401, "E203"));
    let waits = timed.accounts.login(ANN, OTHER_PASSWORD).await?;
    assert_eq!(waits.body["mfa_required"], json!(true), "{waits:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_app_is_switched_off_only_by_who_has_just_proved_it_or_a_recovery_code()
-> anyhow::Result<()> {
    let timed = Timed::start().await?;
    let (_, token, recovery) = timed.with_app().await?;
    timed.pass(300);
    let calls = [
        (Method::DELETE, "/v1/auth/2fa/totp"),
        (Method::POST, "/v1/auth/2fa/recovery-codes"),
    ];
    let refused = async |why: &str| {
        for (method, path) in calls.clone() {
            let answer = timed.accounts.as_ann(method, path, &token, None).await?;
            assert_eq!(answer.refusal(), (403, "E221"), "{path} {why}");
        }
        Ok::<_, anyhow::Error>(())
    };
    refused("with a session of ten minutes ago").await?;
    let proved = timed.proves(&token, "password", PASSWORD).await?;
    assert_eq!(proved.status, 200, "{proved:?}");
    refused("with the password alone").await?;
    let proved = timed.proves(&token, "recovery_code", &recovery[0]).await?;
    assert_eq!(proved.status, 200, "{proved:?}");
    let fresh = text(&proved, "access_token");
    let [(off, path), _] = calls;
    let gone = timed
        .accounts
        .as_ann(off.clone(), path, &fresh, None)
        .await?;
    assert_eq!(gone.status, 204, "{gone:?}");
    let again = timed.accounts.as_ann(off, path, &fresh, None).await?;
    assert_eq!(again.refusal(), (404, "E601"));
    // The password alone signs in, and the recovery codes are gone with the app.
    timed.accounts.signed_in(ANN, PASSWORD).await?;
    let left = "SELECT count(*) AS count FROM recovery_codes";
    assert_eq!(timed.accounts.app.count(left).await?, 0);
    let proved = "SELECT count(*) AS count FROM sessions WHERE second_at IS NOT NULL";
    assert_eq!(timed.accounts.app.count(proved).await?, 0);
    timed.accounts.quiet().await?;
    let letters = timed.accounts.letters(ANN).await?;
    let told = letters
        .iter()
        .filter(|one| one.to_string().contains("no longer takes"));
    assert_eq!(told.count(), 1, "{letters:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_takes_all_factors_away_at_once() -> anyhow::Result<()> {
    let timed = Timed::start().await?;
    timed.with_app().await?;
    let mut conn = timed.accounts.app.db().await?;
    let ann = "SELECT user_id AS id FROM totp_secrets";
    let id = world_id(&mut conn, ann).await?;
    assert!(people::factors::queries::has_any(&mut conn, id).await?);
    assert!(people::factors::queries::remove_all(&mut conn, id).await?);
    assert!(!people::factors::queries::has_any(&mut conn, id).await?);
    assert!(!people::factors::queries::remove_all(&mut conn, id).await?);
    timed.accounts.signed_in(ANN, PASSWORD).await?;
    Ok(())
}

async fn world_id(
    conn: &mut diesel_async::AsyncPgConnection,
    query: &str,
) -> anyhow::Result<uuid::Uuid> {
    use diesel_async::RunQueryDsl;
    #[derive(diesel::QueryableByName)]
    struct Found {
        #[diesel(sql_type = diesel::sql_types::Uuid)]
        id: uuid::Uuid,
    }
    Ok(diesel::sql_query(query).get_result::<Found>(conn).await?.id)
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_key_to_seal_with_nobody_sets_up_an_app_and_all_else_works() -> anyhow::Result<()>
{
    let mut world = World::new().await?;
    world.env.remove("ENCRYPTION_KEY");
    let accounts = Accounts::start_in(world).await?;
    accounts.sign_up(ANN).await?;
    let (token, _) = accounts.signed_in(ANN, PASSWORD).await?;
    let refused = accounts
        .as_ann(Method::POST, "/v1/auth/2fa/totp", &token, None)
        .await?;
    assert_eq!(refused.refusal(), (409, "E602"));
    assert!(
        refused.body.to_string().contains("ENCRYPTION_KEY"),
        "{refused:?}"
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_spellings_of_the_documents_lead_to_the_same() -> anyhow::Result<()> {
    let timed = Timed::start().await?;
    timed.accounts.sign_up(ANN).await?;
    let (token, _) = timed.accounts.signed_in(ANN, PASSWORD).await?;
    let post = async |path: &str, body: Option<Value>| {
        timed
            .accounts
            .as_ann(Method::POST, path, &token, body)
            .await
    };
    let begun = post("/api/auth/2fa/setup", None).await?;
    let secret = text(&begun, "secret");
    let code = json!({ "code": timed.code(&secret, 0) });
    let enabled = post("/api/auth/2fa/enable", Some(code)).await?;
    assert_eq!(codes(&enabled).len(), 10, "{enabled:?}");
    let shown = json!({ "mfa_token": timed.waiting().await?, "code": timed.code(&secret, 1) });
    let verified = timed.accounts.post("/api/auth/2fa/verify", shown).await?;
    assert_eq!(verified.status, 200, "{verified:?}");
    assert_eq!(post("/api/auth/2fa/disable", None).await?.status, 204);
    Ok(())
}

/// The other tests of this file and of `throttle.rs` try each of these.
#[tokio::test(flavor = "multi_thread")]
async fn every_way_to_prove_oneself_is_among_those_whose_tries_are_counted() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let call = app.request(Method::GET, "/openapi.json");
    let document = Answer::of(call.send().await?).await?.body;
    let mut found = Vec::new();
    for (path, item) in document["paths"].as_object().context("paths")? {
        let body = &item["post"]["requestBody"]["content"]["application/json"]["schema"];
        let name = body["$ref"]
            .as_str()
            .and_then(|name| name.rsplit('/').next());
        let fields = &document["components"]["schemas"][name.unwrap_or_default()]["properties"];
        let proofs = ["password", "current_password", "code", "recovery_code"];
        if proofs.iter().any(|proof| fields.get(proof).is_some()) {
            found.push(path.as_str());
        }
    }
    found.sort_unstable();
    assert_eq!(
        found,
        [
            "/v1/auth/2fa/totp/confirm",
            "/v1/auth/change-email",
            "/v1/auth/change-password",
            // This sets a password, and proves nothing by it; so do `register` and `reset-password`.
            "/v1/auth/link/email",
            "/v1/auth/link/email/confirm",
            "/v1/auth/link/telegram",
            "/v1/auth/login",
            "/v1/auth/login/2fa",
            "/v1/auth/reauthenticate",
            "/v1/auth/register",
            "/v1/auth/reset-password",
            "/v1/auth/verify-email",
        ]
    );
    Ok(())
}
