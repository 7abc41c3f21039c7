//! Cookies of a browser, and pages of others.

use super::*;

async fn by_cookies(accounts: &Accounts) -> anyhow::Result<(Answer, String, String)> {
    let body = json!({ "email": ANN, "password": PASSWORD });
    let answer = accounts.post("/v1/auth/login?cookies=1", body).await?;
    let set = cookies(&answer);
    let value = |name: &str| {
        let line = set
            .get(name)
            .with_context(|| format!("no {name} in {set:?}"))?;
        Ok::<_, anyhow::Error>(line.split(';').next().unwrap_or_default().to_owned())
    };
    let (access, refresh) = (value("__Host-session")?, value("__Secure-refresh")?);
    Ok((answer, access, refresh))
}

async fn send(
    accounts: &Accounts,
    method: Method,
    path: &str,
    cookie: &str,
    headers: &[(&str, &str)],
) -> anyhow::Result<Answer> {
    let mut call = accounts.app.request(method, path).header("Cookie", cookie);
    for (name, value) in headers {
        call = call.header(*name, *value);
    }
    Answer::of(call.send().await?).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_gets_its_tokens_where_no_script_can_read_them() -> anyhow::Result<()> {
    let accounts = Accounts::start().await?;
    accounts.sign_up(ANN).await?;
    let (answer, access, _) = by_cookies(&accounts).await?;
    for field in ["access_token", "refresh_token"] {
        assert!(answer.body.get(field).is_none(), "{answer:?}");
    }
    let lines = answer.headers.get_all("set-cookie").iter();
    let refresh_paths = lines.filter_map(|line| {
        let line = line.to_str().ok()?.strip_prefix("__Secure-refresh=")?;
        line.split("; ").find_map(|one| one.strip_prefix("Path="))
    });
    let refresh_paths: Vec<_> = refresh_paths.collect();
    assert_eq!(refresh_paths, ["/auth", "/api/auth", "/v1/auth"]);
    let set = cookies(&answer);
    let attributes = |name: &str| set[name].split_once("; ").map(|(_, rest)| rest.to_owned());
    assert_eq!(
        attributes("__Host-session").as_deref(),
        Some("Path=/; Max-Age=900; Secure; HttpOnly; SameSite=Lax")
    );
    assert_eq!(
        attributes("__Secure-refresh").as_deref(),
        Some("Path=/v1/auth; Max-Age=604800; Secure; HttpOnly; SameSite=Lax")
    );
    let cookie = format!("other=1; __Host-session={access}");
    let me = send(&accounts, Method::GET, "/v1/users/me", &cookie, &[]).await?;
    assert_eq!((me.status, &me.body["email"]), (200, &json!(ANN)));
    assert!(
        me.headers
            .get_all("vary")
            .iter()
            .any(|vary| vary.to_str().is_ok_and(|vary| vary.contains("cookie")))
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_others_changes_nothing_by_the_cookies_of_a_person() -> anyhow::Result<()> {
    let accounts = Accounts::start().await?;
    accounts.sign_up(ANN).await?;
    let (answer, access, refresh) = by_cookies(&accounts).await?;
    let session = format!("__Host-session={access}");
    let renewal = format!("__Secure-refresh={refresh}");
    let own = format!("http://{}", accounts.app.addr());
    let csrf = answer.body["csrf_token"]
        .as_str()
        .context("a token")?
        .to_owned();
    for headers in [
        vec![],
        vec![("Origin", "https://evil.test")],
        vec![("Origin", "null")],
        vec![("X-CSRF-Token", "AAAAAAAAAAAAAAAAAAAAAA")],
    ] {
        for (method, path, cookie) in [
            (Method::PATCH, "/v1/users/me", &session),
            (Method::POST, "/v1/users/me/deletion", &session),
            (Method::POST, "/v1/auth/refresh", &renewal),
            (Method::POST, "/v1/auth/logout", &renewal),
        ] {
            let refused = send(&accounts, method, path, cookie, &headers).await?;
            assert_eq!(refused.refusal(), (403, "E204"), "{path} {headers:?}");
        }
    }
    for headers in [
        vec![("Origin", own.as_str())],
        vec![("Origin", "https://coffeereader.com")],
        vec![("X-CSRF-Token", csrf.as_str())],
    ] {
        let call = accounts
            .app
            .request(Method::PATCH, "/v1/users/me")
            .header("Cookie", &session);
        let call = headers
            .iter()
            .fold(call, |call, (name, value)| call.header(*name, *value));
        let changed = Answer::of(call.json(&json!({ "first_name": "Anna" })).send().await?).await?;
        assert_eq!(changed.status, 200, "{headers:?} {changed:?}");
        let renewed = send(
            &accounts,
            Method::POST,
            "/v1/auth/refresh",
            &renewal,
            &headers,
        )
        .await?;
        assert_eq!(renewed.status, 200, "{renewed:?}");
        assert_eq!(cookies(&renewed).len(), 2);
    }
    let out = send(
        &accounts,
        Method::POST,
        "/v1/auth/logout",
        &renewal,
        &[("Origin", &own)],
    )
    .await?;
    assert_eq!(out.status, 204);
    assert!(
        cookies(&out)
            .values()
            .all(|line| line.contains("Max-Age=0")),
        "{out:?}"
    );
    assert_eq!(
        send(&accounts, Method::GET, "/v1/users/me", &session, &[])
            .await?
            .status,
        401
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_others_signs_nobody_in() -> anyhow::Result<()> {
    let accounts = Accounts::start().await?;
    accounts.sign_up(ANN).await?;
    let call = accounts
        .app
        .request(Method::POST, "/v1/auth/login?cookies=1");
    let call = call.header("Origin", "https://evil.test");
    let body = json!({ "email": ANN, "password": PASSWORD });
    let refused = Answer::of(call.json(&body).send().await?).await?;
    assert_eq!(refused.refusal(), (403, "E204"));
    Ok(())
}

/// A token of the header needs no more than itself.
#[tokio::test(flavor = "multi_thread")]
async fn a_program_with_a_bearer_token_needs_no_origin() -> anyhow::Result<()> {
    let accounts = Accounts::start().await?;
    accounts.sign_up(ANN).await?;
    let (token, _) = accounts.signed_in(ANN, PASSWORD).await?;
    let body = json!({ "first_name": "Anna" });
    let changed = accounts
        .as_ann(Method::PATCH, "/v1/users/me", &token, Some(body))
        .await?;
    assert_eq!(changed.status, 200, "{changed:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_others_signs_nobody_out() -> anyhow::Result<()> {
    let accounts = Accounts::start().await?;
    // A form of theirs sends no cookies, which are bound to our pages.
    let headers = [("Origin", "https://evil.test")];
    let refused = send(&accounts, Method::POST, "/v1/auth/logout", "", &headers).await?;
    assert_eq!(refused.refusal(), (403, "E204"));
    assert_eq!(cookies(&refused).len(), 0);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_is_renewed_by_cookies_at_every_spelling_of_the_path() -> anyhow::Result<()> {
    let accounts = Accounts::start().await?;
    accounts.sign_up(ANN).await?;
    let (_, _, refresh) = by_cookies(&accounts).await?;
    let own = format!("http://{}", accounts.app.addr());
    let cookie = format!("__Secure-refresh={refresh}");
    for path in ["/auth/refresh", "/api/auth/refresh", "/v1/auth/refresh"] {
        let headers = [("Origin", own.as_str())];
        let renewed = send(&accounts, Method::POST, path, &cookie, &headers).await?;
        assert_eq!(renewed.status, 200, "{path} {renewed:?}");
        assert_eq!(cookies(&renewed).len(), 2, "{path}");
    }
    Ok(())
}
