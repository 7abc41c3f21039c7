//! Each change of an operator leaves a line in the audit log, and each refusal none.

use std::collections::BTreeSet;

use serde_json::json;

use super::*;

/// A change: where, and with what, after this SQL.
struct Change {
    path: String,
    body: Option<Value>,
    before: String,
}

/// A change of each endpoint that changes something. `whom`: a person.
fn change(app: &TestApp, method: &str, path: &str, whom: Uuid) -> Change {
    let id = Uuid::now_v7();
    let organization =
        format!("INSERT INTO accounts (id, kind, name) VALUES ('{id}', 'organization', 'x')");
    let suspended = |account: Uuid| {
        format!(
            "INSERT INTO suspensions (account_id, reason, since) VALUES ('{account}', 'x', now())
             ON CONFLICT DO NOTHING"
        )
    };
    let until = Utc::now() + hours(1);
    let texts = json!({ "en": "a", "ru": "b", "zh": "c" });
    let (of, body, before) = match (method, path) {
        ("POST", "/v1/admin/operators") => {
            (whom, Some(json!({ "user_id": whom, "role": "finance" })), String::new())
        }
        ("DELETE", "/v1/admin/operators/{id}") => (
            whom,
            None,
            format!(
                "INSERT INTO operators (user_id, role, made_at) VALUES ('{whom}', 'finance', now())
                 ON CONFLICT DO NOTHING"
            ),
        ),
        ("PATCH", "/v1/admin/users/{id}") => {
            (whom, Some(json!({ "language_code": "ru" })), String::new())
        }
        ("POST", "/v1/admin/users/{id}/suspend") => {
            (whom, Some(json!({ "reason": WHY, "until": until })), String::new())
        }
        ("POST", "/v1/admin/users/{id}/restore") => (whom, None, suspended(whom)),
        ("POST", "/v1/admin/users/{id}/verify") => (
            whom,
            None,
            format!(
                "INSERT INTO identities (user_id, provider, subject) VALUES ('{whom}', 'email', '{whom}@example.org')"
            ),
        ),
        ("POST", "/v1/admin/users/{id}/sign-out" | "/v1/admin/users/{id}/reset-2fa") => {
            (whom, None, String::new())
        }
        ("POST", "/v1/admin/organizations/{id}/suspend") => {
            (id, Some(json!({ "reason": WHY })), organization)
        }
        ("POST", "/v1/admin/organizations/{id}/restore") => {
            (id, None, format!("{organization}; {}", suspended(id)))
        }
        ("PATCH", "/v1/admin/plans/{tier}/limits") => {
            (id, Some(json!({ "unit": "analyses", "day": 4 })), String::new())
        }
        ("POST", "/v1/admin/payments/{id}/refunds") => (
            id,
            Some(json!({ "amount": 50, "reason": "ticket 4711 of the owner" })),
            format!(
                "INSERT INTO payments (id, user_id, provider, external_id, amount, currency, tier, status, period_start,
                     period_end)
                 VALUES ('{id}', '{whom}', 'telegram_stars', 'c', 150, 'XTR', 'BASIC', 'succeeded', now(),
                     now() + interval '1 month')"
            ),
        ),
        ("PUT", "/v1/admin/payments/{id}/refunds/{refund}") => (
            id,
            Some(json!({ "end": "failed", "reason": "ticket 4711 of the owner" })),
            format!(
                "INSERT INTO payments (id, user_id, provider, external_id, amount, currency, tier, status, period_start,
                     period_end)
                 VALUES ('{id}', '{whom}', 'telegram_stars', 'd', 150, 'XTR', 'BASIC', 'succeeded', now(),
                     now() + interval '1 month');
                 INSERT INTO refunds (id, payment_id, amount, currency, whole, reason, state, key, asked_by, asked_at)
                 VALUES ('{id}', '{id}', 50, 'XTR', FALSE, 'x', 'underway', '{id}', 'operator', now())"
            ),
        ),
        ("PUT", "/v1/admin/settings/{key}") => {
            (id, Some(json!({ "value": false })), String::new())
        }
        ("POST", "/v1/admin/announcements") => (
            id,
            Some(json!({ "texts": texts, "audience": "everyone", "until": until })),
            String::new(),
        ),
        ("DELETE", "/v1/admin/announcements/{id}") => (
            id,
            None,
            format!(
                "INSERT INTO banners VALUES ('{id}', 'everyone', 'a', 'b', 'c', now() - interval '1 h',
                     now() + interval '1 h', now())"
            ),
        ),
        ("POST", "/v1/admin/emails/suppressions/lift") => {
            let secret = &app.core.config.memory_secret;
            let key = hex::encode(secret.key("email", "ann@example.org"));
            (
                id,
                Some(json!({ "email": "ann@example.org", "reason": WHY })),
                format!(
                    "INSERT INTO email_suppressions (address_key, complained_at, changed_at)
                     VALUES ('\\x{key}', now(), now())"
                ),
            )
        }
        other => panic!("{other:?} was not there when this was written: add how it succeeds"),
    };
    let path = path
        .replace("{id}", &of.to_string())
        .replace("{refund}", &of.to_string());
    let path = path
        .replace("{tier}", "FREE")
        .replace("{key}", "readings_open");
    Change { path, body, before }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_change_leaves_a_line_and_every_refusal_none() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let admin = Signed::operator(&app, "admin").await?;
    let auditor = Signed::operator(&app, "auditor").await?;
    let lines = "SELECT count(*) AS count FROM audit_logs";
    let mut actions = BTreeSet::new();
    let all = api::http::roles::for_operators();
    for one in all.iter().filter(|one| one.method != "GET") {
        let whom = Signed::new(&app).await?.id;
        let Change { path, body, before } = change(&app, &one.method, &one.path, whom);
        let method = Method::from_bytes(one.method.as_bytes())?;
        let name = format!("{method} {path}");
        if !before.is_empty() {
            app.sql(&before).await?;
        }
        let count = app.count(lines).await?;
        // Who may not, and what makes no sense.
        let refused = auditor.does(method.clone(), &path, body.clone()).await?;
        assert_eq!(refused.status, 403, "{name}: {refused:?}");
        if body.is_some() {
            let refused = admin
                .does(method.clone(), &path, json!({ "nonsense": 1 }))
                .await?;
            assert_eq!(refused.status, 400, "{name}: {refused:?}");
        }
        assert_eq!(app.count(lines).await?, count, "{name}");
        let done = admin.does(method, &path, body).await?;
        assert!((200..300).contains(&done.status), "{name}: {done:?}");
        let own = format!("{lines} WHERE actor = 'operator:{}'", admin.id);
        let own = i64::try_from(actions.len() + 1)? - app.count(&own).await?;
        assert_eq!((app.count(lines).await?, own), (count + 1, 0), "{name}");
        actions.insert(name);
    }
    assert!(actions.len() >= 12, "{actions:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_look_at_a_person_takes_a_reason_that_they_find_in_their_copy() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let support = Signed::operator(&app, "support").await?;
    let init_data = app.world.chat(7).init_data().await?;
    let me = app
        .as_person(&init_data, Method::GET, "/v1/users/me", None)
        .await?;
    let path = format!("/v1/admin/users/{}", me.id()?);
    let lines = "SELECT count(*) AS count FROM audit_logs WHERE action = 'user_viewed'";
    for reason in [None, Some("too short"), Some("          x")] {
        let call = app.request(Method::GET, &path).bearer_auth(&support.token);
        let call = reason
            .into_iter()
            .fold(call, |call, why| call.query(&[("reason", why)]));
        let refused = Answer::of(call.send().await?).await?;
        assert_eq!(refused.status, 400, "{reason:?}");
    }
    assert_eq!(app.count(lines).await?, 0);
    let seen = support.gets(&path).await?;
    assert_eq!((seen.status, &seen.body["telegram_id"]), (200, &json!(7)));
    assert_eq!(app.count(lines).await?, 1);
    let from = format!("{lines} AND ip_address IS NOT NULL");
    assert_eq!(
        app.count(&from).await?,
        1,
        "the log itself knows from where"
    );
    let asked = app
        .as_person(&init_data, Method::POST, "/v1/users/me/exports", None)
        .await?;
    assert_eq!(asked.status, 202, "{asked:?}");
    app.drain_jobs().await?;
    let shown = format!("/v1/users/me/exports/{}", asked.id()?);
    let shown = app.as_person(&init_data, Method::GET, &shown, None).await?;
    let url = shown.body["download"]["url"].as_str().unwrap_or_default();
    let archive = app.world.http.get(url).send().await?.bytes().await?;
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(archive.to_vec()))?;
    let data: Value = serde_json::from_reader(archive.by_name("data.json")?)?;
    let activity = data["activity"].as_array().cloned().unwrap_or_default();
    let viewed: Vec<_> = activity
        .iter()
        .filter(|one| one["action"] == "user_viewed")
        .collect();
    assert_eq!(viewed.len(), 1, "{activity:?}");
    assert_eq!(viewed[0]["actor"], "operator");
    assert_eq!(viewed[0]["reason"], WHY);
    assert_eq!(
        (&viewed[0]["ip_address"], &viewed[0]["user_agent"]),
        (&json!(null), &json!(null))
    );
    assert!(!data.to_string().contains(&support.id.to_string()));
    Ok(())
}
