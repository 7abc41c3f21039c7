//! What a person changes: password, address, where they are signed in.

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn a_new_password_ends_all_other_sessions_at_once_and_tells_the_person() -> anyhow::Result<()>
{
    let accounts = Accounts::start().await?;
    accounts.sign_up(ANN).await?;
    let (here, refresh_here) = accounts.signed_in(ANN, PASSWORD).await?;
    let (there, refresh_there) = accounts.signed_in(ANN, PASSWORD).await?;
    assert_eq!(accounts.me(&there).await?, 200);
    let change = async |current: &str, new: &str| {
        let body = json!({ "current_password": current, "new_password": new });
        accounts
            .as_ann(Method::POST, "/v1/auth/change-password", &here, Some(body))
            .await
    };
    assert_eq!(
        change("a wrong one of some length", OTHER_PASSWORD)
            .await?
            .refusal(),
        (401, "E210")
    );
    assert_eq!(
        change(PASSWORD, "password1").await?.refusal(),
        (400, "E112")
    );
    assert_eq!(change(PASSWORD, OTHER_PASSWORD).await?.status, 204);
    assert_eq!(accounts.me(&here).await?, 200);
    assert_eq!(accounts.me(&there).await?, 401);
    assert_eq!(
        accounts.refresh(&refresh_there).await?.refusal(),
        (401, "E203")
    );
    assert_eq!(accounts.refresh(&refresh_here).await?.status, 200);
    assert_eq!(
        accounts.login(ANN, PASSWORD).await?.refusal(),
        (401, "E210")
    );
    assert_eq!(accounts.login(ANN, OTHER_PASSWORD).await?.status, 200);
    accounts.letter(ANN, 2).await?;
    Ok(())
}

/// Another process has the session in its memory for five seconds, unless it is told: that it is, is proved by one that was
/// refused earlier. Its subscription may not stand yet: then the next session is tried.
#[tokio::test(flavor = "multi_thread")]
async fn another_process_refuses_a_session_that_has_ended_as_soon_as_it_is_told()
-> anyhow::Result<()> {
    let accounts = Accounts::start().await?;
    accounts.sign_up(ANN).await?;
    let sibling = accounts.app.sibling()?;
    let url = format!("http://{}/v1/users/me", sibling.addr);
    let there = async |token: &str| {
        let call = accounts.app.world.http.get(&url).bearer_auth(token);
        anyhow::Ok(call.send().await?.status().as_u16())
    };
    let told = eventually(async || {
        let (token, _) = accounts.signed_in(ANN, PASSWORD).await?;
        anyhow::ensure!(there(&token).await? == 200);
        let remembered = std::time::Instant::now();
        let out = accounts
            .as_ann(Method::POST, "/v1/auth/logout", &token, None)
            .await?;
        anyhow::ensure!(out.status == 204, "{out:?}");
        for _ in 0..20 {
            let refused = there(&token).await? == 401;
            if remembered.elapsed().as_secs() >= 4 {
                break;
            }
            if refused {
                return Ok(Some(()));
            }
        }
        Ok(None)
    });
    told.await
}

/// Another process has the session in its memory for some seconds.
#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_is_ended_in_one_process_ends_in_the_others() -> anyhow::Result<()> {
    let accounts = Accounts::start().await?;
    accounts.sign_up(ANN).await?;
    let (token, _) = accounts.signed_in(ANN, PASSWORD).await?;
    let sibling = accounts.app.sibling()?;
    let there = async || {
        let url = format!("http://{}/v1/users/me", sibling.addr);
        Ok::<_, anyhow::Error>(
            accounts
                .app
                .world
                .http
                .get(url)
                .bearer_auth(&token)
                .send()
                .await?
                .status(),
        )
    };
    assert_eq!(there().await?, 200);
    let out = accounts
        .as_ann(Method::POST, "/v1/auth/logout", &token, None)
        .await?;
    assert_eq!(out.status, 204, "{out:?}");
    assert_eq!(accounts.me(&token).await?, 401);
    eventually(async || Ok((there().await? == 401).then_some(()))).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_sees_where_they_are_signed_in_and_ends_one_of_them() -> anyhow::Result<()> {
    let accounts = Accounts::start().await?;
    accounts.sign_up(ANN).await?;
    accounts.sign_up("bob@example.org").await?;
    let (here, _) = accounts.signed_in(ANN, PASSWORD).await?;
    let (there, _) = accounts.signed_in(ANN, PASSWORD).await?;
    let (bob, _) = accounts.signed_in("bob@example.org", PASSWORD).await?;
    let listed = accounts
        .as_ann(Method::GET, "/v1/auth/sessions", &here, None)
        .await?;
    let sessions = listed.body["sessions"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    assert_eq!(sessions.len(), 2, "{listed:?}");
    assert_eq!(sessions[0]["device"], "Firefox, Linux");
    assert_eq!(sessions[0]["place"], "127.0.0.0/24");
    assert_eq!(
        (&sessions[0]["is_current"], &sessions[1]["is_current"]),
        (&json!(false), &json!(true))
    );
    let path = format!(
        "/v1/auth/sessions/{}",
        sessions[0]["id"].as_str().context("an id")?
    );
    let by_bob = accounts.as_ann(Method::DELETE, &path, &bob, None).await?;
    assert_eq!(by_bob.refusal(), (404, "E601"));
    assert_eq!(accounts.me(&there).await?, 200);
    assert_eq!(
        accounts
            .as_ann(Method::DELETE, &path, &here, None)
            .await?
            .status,
        204
    );
    assert_eq!(accounts.me(&there).await?, 401);
    assert_eq!(
        accounts
            .as_ann(Method::DELETE, &path, &here, None)
            .await?
            .status,
        404
    );
    let (again, _) = accounts.signed_in(ANN, PASSWORD).await?;
    let everywhere = accounts
        .as_ann(Method::POST, "/v1/auth/logout?everywhere=1", &again, None)
        .await?;
    assert_eq!(everywhere.status, 204);
    for token in [&here, &again] {
        assert_eq!(accounts.me(token).await?, 401);
    }
    assert_eq!(accounts.me(&bob).await?, 200);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_owner_of_the_old_address_takes_a_change_back_and_whoever_made_it_is_out()
-> anyhow::Result<()> {
    let accounts = Accounts::start().await?;
    accounts.sign_up(ANN).await?;
    let (thief, _) = accounts.signed_in(ANN, PASSWORD).await?;
    let change = async |password: &str| {
        let body = json!({ "email": "thief@example.net", "password": password });
        accounts
            .as_ann(Method::POST, "/v1/auth/change-email", &thief, Some(body))
            .await
    };
    assert_eq!(
        change("a wrong one of some length").await?.refusal(),
        (401, "E210")
    );
    assert_eq!(change(PASSWORD).await?.status, 202);
    let confirm = secret(&accounts.letter("thief@example.net", 0).await?)?;
    let confirmed = accounts
        .post("/v1/auth/confirm-email", json!({ "token": confirm }))
        .await?;
    assert_eq!(confirmed.status, 204, "{confirmed:?}");
    assert_eq!(
        accounts.login(ANN, PASSWORD).await?.refusal(),
        (401, "E210")
    );
    assert_eq!(
        accounts.login("thief@example.net", PASSWORD).await?.status,
        200
    );
    let told = accounts.letter(ANN, 2).await?;
    assert!(told.contains("thief@example.net"), "{told}");
    let undone = accounts
        .post("/v1/auth/undo-email", json!({ "token": secret(&told)? }))
        .await?;
    assert_eq!(undone.status, 204, "{undone:?}");
    assert_eq!(accounts.me(&thief).await?, 401);
    for email in [ANN, "thief@example.net"] {
        assert_eq!(
            accounts.login(email, PASSWORD).await?.refusal(),
            (401, "E210"),
            "{email}"
        );
    }
    let reset = secret(&accounts.letter(ANN, 3).await?)?;
    let body = json!({ "token": reset, "password": OTHER_PASSWORD });
    assert_eq!(
        accounts.post("/v1/auth/reset-password", body).await?.status,
        204
    );
    assert_eq!(accounts.login(ANN, OTHER_PASSWORD).await?.status, 200);
    Ok(())
}

/// Who has the password moves the address twice, so that the second undo link comes to an address of theirs.
#[tokio::test(flavor = "multi_thread")]
async fn the_first_of_two_changes_can_be_taken_back_with_the_second_and_the_keys_made_meanwhile_end()
-> anyhow::Result<()> {
    let accounts = Accounts::start().await?;
    accounts.sign_up(ANN).await?;
    let (thief, _) = accounts.signed_in(ANN, PASSWORD).await?;
    for to in ["b@example.net", "c@example.net"] {
        let body = json!({ "email": to, "password": PASSWORD });
        let asked = accounts.as_ann(Method::POST, "/v1/auth/change-email", &thief, Some(body));
        assert_eq!(asked.await?.status, 202);
        let confirm = json!({ "token": secret(&accounts.letter(to, 0).await?)? });
        let confirmed = accounts.post("/v1/auth/confirm-email", confirm).await?;
        assert_eq!(confirmed.status, 204, "{confirmed:?}");
    }
    let wish = json!({ "name": "a way back", "scopes": ["users:read"] });
    let made = accounts
        .as_ann(Method::POST, "/v1/api-keys", &thief, Some(wish))
        .await?;
    let key = made.body["key"].as_str().context("a key")?.to_owned();
    let told = accounts.letter(ANN, 2).await?;
    let undo = json!({ "token": secret(&told)? });
    assert_eq!(
        accounts.post("/v1/auth/undo-email", undo).await?.status,
        204
    );
    assert_eq!(accounts.me(&thief).await?, 401);
    let by_key = accounts
        .app
        .request(Method::GET, "/v1/users/me")
        .header("X-API-Key", key);
    assert_eq!(by_key.send().await?.status(), 401);
    // The thief cannot undo the undoing.
    let undo = json!({ "token": secret(&accounts.letter("b@example.net", 1).await?)? });
    assert_eq!(
        accounts.post("/v1/auth/undo-email", undo).await?.refusal(),
        (400, "E113")
    );
    accounts.letter(ANN, 3).await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_of_address_that_was_asked_for_ends_with_a_new_password() -> anyhow::Result<()> {
    let accounts = Accounts::start().await?;
    accounts.sign_up(ANN).await?;
    let (ann, _) = accounts.signed_in(ANN, PASSWORD).await?;
    let body = json!({ "email": "thief@example.net", "password": PASSWORD });
    let asked = accounts.as_ann(Method::POST, "/v1/auth/change-email", &ann, Some(body));
    assert_eq!(asked.await?.status, 202);
    let confirm = json!({ "token": secret(&accounts.letter("thief@example.net", 0).await?)? });
    let body = json!({ "current_password": PASSWORD, "new_password": OTHER_PASSWORD });
    let changed = accounts.as_ann(Method::POST, "/v1/auth/change-password", &ann, Some(body));
    assert_eq!(changed.await?.status, 204);
    let late = accounts.post("/v1/auth/confirm-email", confirm).await?;
    assert_eq!(late.refusal(), (400, "E113"));
    assert_eq!(accounts.login(ANN, OTHER_PASSWORD).await?.status, 200);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_to_the_address_of_another_tells_the_other_and_nobody_else() -> anyhow::Result<()>
{
    let accounts = Accounts::start().await?;
    accounts.sign_up(ANN).await?;
    accounts.sign_up("bob@example.org").await?;
    let (ann, _) = accounts.signed_in(ANN, PASSWORD).await?;
    let body = json!({ "email": "Bob@example.org", "password": PASSWORD });
    let asked = accounts
        .as_ann(Method::POST, "/v1/auth/change-email", &ann, Some(body))
        .await?;
    assert_eq!(asked.status, 202);
    let told = accounts.letter("bob@example.org", 2).await?;
    assert!(!told.contains("#token="), "{told}");
    assert_eq!(accounts.login(ANN, PASSWORD).await?.status, 200);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sign_in_from_a_device_that_is_not_known_is_told_and_the_first_one_is_not()
-> anyhow::Result<()> {
    let accounts = Accounts::start().await?;
    accounts.sign_up(ANN).await?;
    for _ in 0..2 {
        accounts.signed_in(ANN, PASSWORD).await?;
    }
    accounts.quiet().await?;
    assert_eq!(accounts.letters(ANN).await?.len(), 2);
    let call = accounts
        .app
        .request(Method::POST, "/v1/auth/login")
        .header("User-Agent", "curl/8.5.0");
    let call = call.json(&json!({ "email": ANN, "password": PASSWORD }));
    assert_eq!(call.send().await?.status(), 200);
    let told = accounts.letter(ANN, 2).await?;
    assert!(
        told.contains("curl") && told.contains("127.0.0.0/24"),
        "{told}"
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sign_in_after_a_month_of_silence_is_told() -> anyhow::Result<()> {
    let accounts = Accounts::start().await?;
    accounts.sign_up(ANN).await?;
    accounts.signed_in(ANN, PASSWORD).await?;
    accounts
        .app
        .sql(
            "UPDATE sessions SET created_at = created_at - interval '31 days';
             UPDATE users SET created_at = created_at - interval '31 days'",
        )
        .await?;
    accounts.signed_in(ANN, PASSWORD).await?;
    let told = accounts.letter(ANN, 2).await?;
    assert!(told.contains("Firefox, Linux"), "{told}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hash_with_other_parameters_is_replaced_when_its_owner_signs_in() -> anyhow::Result<()> {
    let accounts = Accounts::start().await?;
    accounts.sign_up(ANN).await?;
    // "password" of the reference implementation, with other parameters.
    let old =
        "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";
    accounts
        .app
        .sql(&format!("UPDATE passwords SET hash = '{old}'"))
        .await?;
    assert_eq!(accounts.login(ANN, "password").await?.status, 200);
    let new = "SELECT count(*) AS count FROM passwords WHERE hash LIKE '$argon2id$v=19$m=19456,t=2,p=1$%'";
    assert_eq!(accounts.app.count(new).await?, 1);
    assert_eq!(accounts.login(ANN, "password").await?.status, 200);
    Ok(())
}
