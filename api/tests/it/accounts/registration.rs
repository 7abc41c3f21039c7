//! Registrations with the address of another, and addresses that another account can still take back.

use super::*;

/// A stranger registers with the address of a person, who opens the link.
#[tokio::test(flavor = "multi_thread")]
async fn who_opens_the_link_of_a_registration_of_others_needs_its_password_and_gets_one_of_their_own()
-> anyhow::Result<()> {
    let accounts = Accounts::start().await?;
    let stranger = json!({ "email": ANN, "password": OTHER_PASSWORD, "name": "A stranger" });
    accounts.post("/v1/auth/register", stranger).await?;
    let link = secret(&accounts.letter(ANN, 0).await?)?;
    let without = accounts.post("/v1/auth/verify-email", json!({ "token": link }));
    assert_eq!(without.await?.status, 400);
    let refused = accounts.prove(&link, PASSWORD).await?;
    assert_eq!(refused.refusal(), (401, "E114"));
    assert_eq!(accounts.count("users").await?, 0);
    assert_eq!(accounts.forgets(ANN, 1, PASSWORD).await?.status, 204);
    let late = accounts.prove(&link, OTHER_PASSWORD).await?;
    assert_eq!(late.refusal(), (400, "E113"), "the registration has ended");
    let wrong = accounts.login(ANN, OTHER_PASSWORD).await?;
    assert_eq!(wrong.refusal(), (401, "E210"));
    let signed_in = accounts.login(ANN, PASSWORD).await?;
    assert_eq!(signed_in.body["user"]["email_verified"], true);
    assert_eq!(signed_in.body["user"]["first_name"], Value::Null);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_a_stranger_made_at_once_is_not_proved_for_them() -> anyhow::Result<()> {
    let accounts = Accounts::start_with(&[("ACCOUNTS_HIDE_EXISTENCE", "false")]).await?;
    let (squatter, _) = tokens(&accounts.register(ANN).await?)?;
    let link = secret(&accounts.letter(ANN, 0).await?)?;
    let refused = accounts.prove(&link, OTHER_PASSWORD).await?;
    assert_eq!(refused.refusal(), (401, "E114"));
    assert_eq!(accounts.forgets(ANN, 1, OTHER_PASSWORD).await?.status, 204);
    assert_eq!(accounts.me(&squatter).await?, 401);
    assert_eq!(
        accounts.prove(&link, PASSWORD).await?.refusal(),
        (400, "E113")
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn guesses_of_the_password_of_a_registration_are_slowed() -> anyhow::Result<()> {
    let accounts = Accounts::start().await?;
    accounts.register(ANN).await?;
    let link = secret(&accounts.letter(ANN, 0).await?)?;
    let mut slowed = false;
    for _ in 0..9 {
        let answer = accounts.prove(&link, OTHER_PASSWORD).await?;
        slowed |= answer.refusal() == (429, "E304");
    }
    assert!(slowed);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_its_owner_can_take_back_is_nobodys_until_then() -> anyhow::Result<()> {
    let accounts = Accounts::start().await?;
    accounts.sign_up(ANN).await?;
    accounts.sign_up("bob@example.org").await?;
    let (thief, _) = accounts.signed_in(ANN, PASSWORD).await?;
    assert_eq!(
        accounts.moves(&thief, "thief@example.net").await?.status,
        204
    );
    let told = accounts.letter(ANN, 2).await?;
    // By a registration, a forgotten password, and a change of another person.
    assert_eq!(accounts.register(ANN).await?.status, 202);
    let body = json!({ "email": ANN });
    accounts.post("/v1/auth/forgot-password", body).await?;
    let (bob, _) = accounts.signed_in("bob@example.org", PASSWORD).await?;
    let body = json!({ "email": ANN, "password": PASSWORD });
    let asked = accounts.as_ann(Method::POST, "/v1/auth/change-email", &bob, Some(body));
    assert_eq!(asked.await?.status, 202);
    accounts.quiet().await?;
    assert_eq!(accounts.letters(ANN).await?.len(), 3);
    let undo = json!({ "token": secret(&told)? });
    let undone = accounts.post("/v1/auth/undo-email", undo).await?;
    assert_eq!(undone.status, 204, "{undone:?}");
    Ok(())
}

/// Whoever asked before the address was given up, opens the link after it.
#[tokio::test(flavor = "multi_thread")]
async fn a_link_that_waited_gets_no_address_that_its_owner_can_take_back() -> anyhow::Result<()> {
    let accounts = Accounts::start().await?;
    accounts.register(ANN).await?;
    let waiting = secret(&accounts.letter(ANN, 0).await?)?;
    accounts.sign_up("bob@example.org").await?;
    let (bob, _) = accounts.signed_in("bob@example.org", PASSWORD).await?;
    let body = json!({ "email": ANN, "password": PASSWORD });
    let asked = accounts.as_ann(Method::POST, "/v1/auth/change-email", &bob, Some(body));
    assert_eq!(asked.await?.status, 202);
    let link = json!({ "token": secret(&accounts.letter(ANN, 1).await?)? });
    let moved = accounts.post("/v1/auth/confirm-email", link).await?;
    assert_eq!(moved.status, 204);
    assert_eq!(accounts.moves(&bob, "bobby@example.org").await?.status, 204);
    let late = accounts.prove(&waiting, PASSWORD).await?;
    assert_eq!(late.refusal(), (400, "E113"));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn of_four_who_sign_up_at_once_with_one_address_one_gets_the_account() -> anyhow::Result<()> {
    let accounts = Accounts::start_with(&[("ACCOUNTS_HIDE_EXISTENCE", "false")]).await?;
    let all = (0..4).map(|_| accounts.register(ANN));
    let mut statuses = Vec::new();
    for answer in futures_util::future::join_all(all).await {
        let answer = answer?;
        if answer.status != 201 {
            assert_eq!(answer.refusal(), (409, "E602"));
        }
        statuses.push(answer.status);
    }
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 409, 409, 409]);
    assert_eq!(
        (
            accounts.count("users").await?,
            accounts.count("identities").await?
        ),
        (1, 1)
    );
    Ok(())
}
