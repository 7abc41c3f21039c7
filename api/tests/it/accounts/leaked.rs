//! Passwords on the list of leaked ones. The sandbox's list has `correct horse battery staple`, which is hard to guess.

use super::*;

const LEAKED: &str = "correct horse battery staple";

async fn with_list() -> anyhow::Result<Accounts> {
    let mut world = World::new().await?;
    world.set("LEAKED_PASSWORDS_URL", world.outside("/pwned"));
    Accounts::start_in(world).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_that_has_leaked_is_refused_wherever_a_new_one_is_chosen() -> anyhow::Result<()>
{
    let accounts = with_list().await?;
    let wish = json!({ "email": ANN, "password": LEAKED });
    let refused = accounts.post("/v1/auth/register", wish.clone()).await?;
    assert_eq!(refused.refusal(), (400, "E115"));
    assert_eq!(refused.body["details"]["field"], "password");
    for (language, words) in [("ru", "утечки"), ("zh", "数据泄露"), ("en", "data leak")] {
        let call = accounts.app.request(Method::POST, "/v1/auth/register");
        let call = call.header("Accept-Language", language).json(&wish);
        let refused = Answer::of(call.send().await?).await?;
        let message = refused.body["message"].as_str().unwrap_or_default();
        assert!(message.contains(words), "{language}: {message}");
    }
    assert_eq!(accounts.count("address_requests").await?, 0);
    accounts.sign_up(ANN).await?;
    let (token, _) = accounts.signed_in(ANN, PASSWORD).await?;
    let wish = json!({ "current_password": PASSWORD, "new_password": LEAKED });
    let refused = accounts.as_ann(Method::POST, "/v1/auth/change-password", &token, Some(wish));
    let refused = refused.await?;
    assert_eq!(refused.refusal(), (400, "E115"));
    assert_eq!(refused.body["details"]["field"], "new_password");
    assert_eq!(accounts.me(&token).await?, 200);
    // The link is not used up by it.
    let asked = json!({ "email": ANN });
    let asked = accounts.post("/v1/auth/forgot-password", asked).await?;
    assert_eq!(asked.status, 202);
    let secret = secret(&accounts.letter(ANN, 2).await?)?;
    let reset = async |password: &str| {
        let body = json!({ "token": secret, "password": password });
        accounts.post("/v1/auth/reset-password", body).await
    };
    assert_eq!(reset(LEAKED).await?.refusal(), (400, "E115"));
    assert_eq!(reset(OTHER_PASSWORD).await?.status, 204);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_a_password_that_leaks_later_still_signs_in() -> anyhow::Result<()> {
    let accounts = with_list().await?;
    accounts.sign_up(ANN).await?;
    let url = accounts.app.world.outside("/control/pwned");
    let leak = json!({ "password": PASSWORD, "count": 3 });
    let call = accounts.app.world.http.post(url).json(&leak).send().await?;
    assert_eq!(call.status(), 200);
    assert_eq!(accounts.login(ANN, PASSWORD).await?.status, 200);
    let refused = accounts.register("bob@example.org").await?;
    assert_eq!(refused.refusal(), (400, "E115"));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_is_taken_while_the_list_is_away_or_is_none() -> anyhow::Result<()> {
    let accounts = with_list().await?;
    for (n, fault) in [
        json!({ "down": true }),
        json!({ "error_rate": 1.0, "status": 503 }),
    ]
    .into_iter()
    .enumerate()
    {
        accounts.app.world.faults(json!({ "pwned": fault })).await?;
        let wish = json!({ "email": format!("ann{n}@example.org"), "password": LEAKED });
        let taken = accounts.post("/v1/auth/register", wish).await?;
        assert_eq!(taken.status, 202, "{taken:?}");
    }
    // Too easy to guess is refused without the list.
    let wish = json!({ "email": ANN, "password": "password" });
    let refused = accounts.post("/v1/auth/register", wish).await?;
    assert_eq!(refused.refusal(), (400, "E112"));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn no_list_is_asked_unless_its_address_is_set() -> anyhow::Result<()> {
    let accounts = Accounts::start().await?;
    let wish = json!({ "email": ANN, "password": LEAKED });
    assert_eq!(accounts.post("/v1/auth/register", wish).await?.status, 202);
    assert_eq!(accounts.app.world.calls("pwned").await?, 0);
    Ok(())
}
