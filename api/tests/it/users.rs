//! `/v1/users/me` and its consents.

use people::users::consent;
use reqwest::Method;
use serde_json::json;
use world::TestApp;

#[tokio::test(flavor = "multi_thread")]
async fn a_person_is_created_on_first_sight_with_what_telegram_tells() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let me = app.world.chat(7).init_data().await?;
    let answer = app
        .as_person(&me, Method::GET, "/v1/users/me", None)
        .await?;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.body["telegram_id"], 7);
    // Guessed by the language, which is English here.
    assert_eq!(answer.body["timezone"], "UTC");
    assert_eq!(answer.body["timezone_chosen"], false);
    assert_eq!(answer.body["language_chosen"], false);
    let again = app
        .as_person(&me, Method::GET, "/v1/users/me", None)
        .await?;
    assert_eq!(again.body["id"], answer.body["id"]);
    assert_eq!(app.count("SELECT count(*) AS count FROM users").await?, 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_person_chooses_stays_when_telegram_says_otherwise() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let chat = app.world.chat(7);
    let me = chat
        .init_data_with("&first_name=Ann&language_code=en")
        .await?;
    let patch = json!({ "first_name": "Анна", "language_code": "zh", "timezone": "Asia/Shanghai" });
    let changed = app
        .as_person(&me, Method::PATCH, "/v1/users/me", Some(patch))
        .await?;
    assert_eq!(changed.status, 200, "{changed:?}");
    let later = chat
        .init_data_with("&first_name=Annie&language_code=ru")
        .await?;
    let shown = app
        .as_person(&later, Method::GET, "/v1/users/me", None)
        .await?;
    for of in [&changed.body, &shown.body] {
        assert_eq!(of["first_name"], "Анна");
        assert_eq!(of["language_code"], "zh");
        assert_eq!(of["timezone"], "Asia/Shanghai");
        assert_eq!(
            (&of["language_chosen"], &of["timezone_chosen"]),
            (&true.into(), &true.into())
        );
    }
    let refused = app
        .as_person(
            &later,
            Method::PATCH,
            "/v1/users/me",
            Some(json!({ "timezone": "Mars/Olympus" })),
        )
        .await?;
    assert_eq!(refused.refusal(), (400, "E105"));
    assert_eq!(refused.body["details"]["field"], "timezone");
    assert_eq!(refused.body["message"], "某个字段的值无效。");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_profile_takes_only_what_it_knows() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let me = app.world.chat(7).init_data().await?;
    for patch in [
        json!({ "language_code": "de" }),
        json!({ "first_name": "" }),
        json!({ "first_name": "a".repeat(256) }),
        json!({ "timezone": "posix/Europe/Moscow" }),
        json!({ "timezone": "localtime" }),
        json!({ "timezone": "EST5EDT4,M3.2.0" }),
        json!({ "telegram_id": 8 }),
        json!([]),
    ] {
        let answer = app
            .as_person(&me, Method::PATCH, "/v1/users/me", Some(patch.clone()))
            .await?;
        assert_eq!(answer.refusal(), (400, "E105"), "{patch}");
    }
    assert_eq!(
        app.count("SELECT count(*) AS count FROM audit_logs")
            .await?,
        0
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_is_in_the_audit_log_with_actor_address_before_and_after() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let me = app.world.chat(7).init_data_with("&first_name=Ann").await?;
    let patch = json!({ "first_name": "Bea" });
    app.as_person(&me, Method::PATCH, "/v1/users/me", Some(patch))
        .await?;
    let lines = app
        .count(
            "SELECT count(*) AS count FROM audit_logs JOIN users ON users.id = user_id
             WHERE action = 'user_updated' AND actor = 'person' AND host(ip_address) = '127.0.0.1'
               AND old_value->>'first_name' = 'Ann' AND new_value->>'first_name' = 'Bea'",
        )
        .await?;
    assert_eq!(lines, 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_consent_has_the_date_it_was_given_and_none_once_it_is_withdrawn() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    app.without_consents().await?;
    let me = app.world.chat(7).init_data().await?;
    let path = "/v1/users/me/consents";
    let put = async |terms: bool, privacy: bool| {
        let body = json!({ "terms_of_use": terms, "privacy_policy": privacy });
        app.as_person(&me, Method::PUT, path, Some(body)).await
    };
    let before = app.as_person(&me, Method::GET, path, None).await?;
    assert_eq!(
        before.body["terms_of_use"],
        json!({ "accepted": false, "accepted_at": null, "version": null, "current_version": consent::TERMS })
    );
    let given = put(true, false).await?;
    assert_eq!(given.body["terms_of_use"]["accepted"], true);
    assert!(given.body["terms_of_use"]["accepted_at"].is_string());
    assert_eq!(given.body["privacy_policy"]["accepted"], false);
    let more = put(true, true).await?;
    assert_eq!(more.body["terms_of_use"], given.body["terms_of_use"]);
    let withdrawn = put(false, true).await?;
    assert_eq!(
        withdrawn.body["terms_of_use"],
        json!({ "accepted": false, "accepted_at": null, "version": null, "current_version": consent::TERMS })
    );
    assert_eq!(
        withdrawn.body["privacy_policy"],
        more.body["privacy_policy"]
    );
    put(false, true).await?;
    let lines = "SELECT count(*) AS count FROM audit_logs WHERE action = 'consents_updated'";
    assert_eq!(
        app.count(lines).await?,
        3,
        "what changes nothing is no change"
    );
    let half = app
        .as_person(
            &me,
            Method::PUT,
            path,
            Some(json!({ "terms_of_use": true })),
        )
        .await?;
    assert_eq!(half.refusal(), (400, "E104"));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_says_for_whom_it_asks() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let unnamed = app.get_as_service("/v1/users/me").await?;
    assert_eq!(unnamed.refusal(), (400, "E104"));
    let call = app.request(Method::GET, "/v1/users/me");
    let call = call.header("X-API-Key", world::N8N_KEY);
    let answer = call.header("X-Telegram-User-Id", "7").send().await?;
    let body: serde_json::Value = answer.json().await?;
    assert_eq!(body["telegram_id"], 7);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn who_was_deleted_a_moment_ago_is_told_so_once_and_then_is_a_new_person()
-> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let me = app.world.chat(7).init_data().await?;
    let get = async |path: &str| app.as_person(&me, Method::GET, path, None).await;
    let before = get("/v1/users/me").await?;
    for (method, path, body) in [
        (Method::GET, "/v1/limits/me", None),
        (
            Method::PATCH,
            "/v1/users/me",
            Some(json!({ "first_name": "Ann" })),
        ),
        (Method::POST, "/v1/users/me/exports", None),
    ] {
        get("/v1/users/me").await?;
        // As another process does it, behind the back of what this one remembers.
        app.sql("DELETE FROM users").await?;
        let gone = app.as_person(&me, method, path, body).await?;
        assert_eq!(gone.refusal(), (404, "E601"), "{path}");
        let after = get("/v1/users/me").await?;
        assert_eq!(after.status, 200, "{path}");
        assert_ne!(after.body["id"], before.body["id"]);
    }
    // A reading is accepted all the same: the person has asked for one.
    app.sql("DELETE FROM users").await?;
    let form = world::app::words_form("A bird");
    assert_eq!(app.post_as_person(&me, form).await?.status, 202);
    Ok(())
}

/// The names that Chromium reports; the new ones by the file `backward` of the tz database 2025b.
#[tokio::test(flavor = "multi_thread")]
async fn a_zone_is_stored_under_its_newest_name() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let me = app.world.chat(7).init_data().await?;
    for (reported, stored) in [
        ("Europe/Kiev", "Europe/Kyiv"),
        ("Asia/Calcutta", "Asia/Kolkata"),
        ("America/Buenos_Aires", "America/Argentina/Buenos_Aires"),
        ("Europe/Moscow", "Europe/Moscow"),
        ("UTC", "UTC"),
    ] {
        let patch = json!({ "timezone": reported });
        let changed = app.as_person(&me, Method::PATCH, "/v1/users/me", Some(patch));
        let changed = changed.await?;
        assert_eq!(changed.body["timezone"], stored, "{reported}");
        assert_eq!(changed.body["timezone_chosen"], true);
    }
    Ok(())
}
