//! Endpoints of an account are made, changed and ended.

use reqwest::Method;
use serde_json::{Value, json};
use testkit::eventually;
use world::{TestApp, World};

use super::{ENDPOINTS, makes, receiver};
use crate::organizations::Person;

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_is_shown_once_and_an_endpoint_is_changed_and_ended() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let ann = Person::new(&app, 7).await?;
    let wish = json!({
        "url": "https://example.com/hooks", "description": " of the shop ",
        "events": ["reading.ended", "reading.created", "reading.ended"],
    });
    let made = ann.posts(ENDPOINTS, wish).await?;
    assert_eq!(made.status, 201, "{made:?}");
    let secret = made.body["secret"].as_str().unwrap_or_default().to_owned();
    assert!(secret.starts_with("whsec_"), "{made:?}");
    let path = format!("{ENDPOINTS}/{}", made.id()?);
    let shown = ann.gets(&path).await?.body;
    assert_eq!(
        (&shown["url"], &shown["description"], &shown["events"]),
        (
            &json!("https://example.com/hooks"),
            &json!("of the shop"),
            &json!(["reading.created", "reading.ended"])
        )
    );
    let listed = ann.gets(ENDPOINTS).await?.body;
    assert_eq!(listed["endpoints"], json!([shown]));
    assert!(!listed.to_string().contains(&secret));
    // Nor does it stand anywhere in the database as it is.
    let bare = secret.trim_start_matches("whsec_");
    let plain = format!(
        "SELECT count(*) AS count FROM webhook_secrets AS t WHERE encode(sealed, 'escape') LIKE '%{bare}%'"
    );
    assert_eq!(app.count(&plain).await?, 0);
    let change = json!({ "url": "https://example.org/", "description": null, "events": [] });
    let changed = ann.does(Method::PATCH, &path, change).await?;
    assert_eq!(
        (
            &changed.body["url"],
            &changed.body["description"],
            &changed.body["events"]
        ),
        (&json!("https://example.org/"), &Value::Null, &json!([]))
    );
    assert_eq!(ann.does(Method::DELETE, &path, None).await?.status, 204);
    assert_eq!(ann.gets(&path).await?.refusal(), (404, "E601"));
    let lines = "SELECT count(*) AS count FROM audit_logs WHERE entity_type = 'webhook_endpoint'";
    assert_eq!(app.count(lines).await?, 3);
    // Nor the path, which may be a secret of the receiver.
    let paths = "SELECT count(*) AS count FROM audit_logs WHERE concat(old_value, new_value) LIKE '%hooks%'";
    assert_eq!(app.count(paths).await?, 0);
    let moved = "SELECT count(*) AS count FROM audit_logs WHERE action = 'webhook_endpoint_updated'
        AND old_value ->> 'host' = 'example.com' AND old_value ->> 'url_digest' <> new_value ->> 'url_digest'";
    assert_eq!(app.count(moved).await?, 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_a_wish_is_named() -> anyhow::Result<()> {
    let mut world = World::new().await?;
    world.set("WEBHOOKS_TO_THIS_MACHINE", "false");
    let app = TestApp::start_in(world).await?;
    let ann = Person::new(&app, 7).await?;
    let long = "x".repeat(201);
    for (wish, field) in [
        (json!({ "url": "nonsense" }), "url"),
        (json!({ "url": "http://example.com/" }), "url"),
        (json!({ "url": "https://127.0.0.1/" }), "url"),
        (json!({ "url": "https://localhost/" }), "url"),
        (
            json!({ "url": "https://169.254.169.254/latest/meta-data/" }),
            "url",
        ),
        (json!({ "url": "https://[::ffff:10.0.0.1]/" }), "url"),
        (json!({ "url": "https://ann:secret@example.com/" }), "url"),
        (json!({ "url": "https://example.com:25/" }), "url"),
        (
            json!({ "url": "https://example.com/", "events": ["person.created"] }),
            "events",
        ),
        (
            json!({ "url": "https://example.com/", "description": long }),
            "description",
        ),
    ] {
        let refused = ann.posts(ENDPOINTS, wish.clone()).await?;
        assert_eq!(refused.refusal(), (400, "E105"), "{wish}");
        assert_eq!(refused.body["details"]["field"], field, "{wish}");
    }
    let good = json!({ "url": "https://example.com/" });
    let made = ann.posts(ENDPOINTS, good).await?;
    let path = format!("{ENDPOINTS}/{}", made.id()?);
    let change = json!({ "url": "https://10.0.0.7/" });
    let refused = ann.does(Method::PATCH, &path, change).await?;
    assert_eq!(refused.refusal(), (400, "E105"));
    Ok(())
}

/// The address was good when it was given: by another setting, or as a name that stood for another address.
#[tokio::test(flavor = "multi_thread")]
async fn an_address_is_judged_again_before_each_call() -> anyhow::Result<()> {
    let mut world = World::new().await?;
    world.set("WEBHOOKS_TO_THIS_MACHINE", "false");
    let app = TestApp::start_in(world).await?;
    let ann = Person::new(&app, 7).await?;
    let to = receiver().await?;
    for url in [to.url.to_string(), "https://localhost:8443/".to_owned()] {
        let made = ann
            .posts(ENDPOINTS, json!({ "url": "https://example.com/" }))
            .await?;
        let id = made.id()?;
        app.sql(&format!(
            "UPDATE webhook_endpoints SET url = '{url}' WHERE id = '{id}'"
        ))
        .await?;
        let path = format!("{ENDPOINTS}/{id}");
        ann.posts(&format!("{path}/test"), None).await?;
        let worker = app.worker()?;
        let waits = eventually(async || {
            let newest = super::becomes(&ann, &path, "pending").await?;
            Ok((newest["attempts"] != 0).then_some(newest))
        })
        .await?;
        worker.stop().await;
        assert_eq!(waits["error"], "not_public", "{url}");
    }
    assert_eq!(to.received().len(), 0);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn no_endpoint_is_seen_or_changed_from_another_account() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let (ann, bob) = (Person::new(&app, 7).await?, Person::new(&app, 8).await?);
    let to = receiver().await?;
    let (path, _) = makes(&ann, &to, &[]).await?;
    let sent = ann.posts(&format!("{path}/test"), None).await?;
    let delivery = sent.body["delivery"].as_str().unwrap_or_default();
    let since = json!({ "since": chrono::Utc::now() });
    for (method, path, body) in [
        (Method::GET, path.clone(), None),
        (
            Method::PATCH,
            path.clone(),
            Some(json!({ "enabled": false })),
        ),
        (Method::DELETE, path.clone(), None),
        (
            Method::POST,
            format!("{path}/rotate-secret"),
            Some(json!({})),
        ),
        (Method::POST, format!("{path}/test"), None),
        (Method::GET, format!("{path}/deliveries"), None),
        (Method::POST, format!("{path}/replay"), Some(since)),
        (
            Method::POST,
            format!("{path}/deliveries/{delivery}/replay"),
            None,
        ),
    ] {
        let refused = bob.does(method.clone(), &path, body).await?;
        assert_eq!(refused.refusal(), (404, "E601"), "{method} {path}");
    }
    assert_eq!(bob.gets(ENDPOINTS).await?.body["endpoints"], json!([]));
    assert_eq!(ann.gets(&path).await?.body["enabled"], true);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_has_ten_endpoints_at_most_however_many_are_made_at_once() -> anyhow::Result<()>
{
    let app = TestApp::start().await?;
    let ann = Person::new(&app, 7).await?;
    let wish = json!({ "url": "https://example.com/" });
    let all = (0..12).map(|_| ann.posts(ENDPOINTS, wish.clone()));
    let all = futures_util::future::try_join_all(all).await?;
    let made = all.iter().filter(|answer| answer.status == 201).count();
    let refused = all.iter().filter(|answer| answer.status == 409).count();
    assert_eq!((made, refused), (10, 2));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_of_deliveries_follow_each_other() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let ann = Person::new(&app, 7).await?;
    let to = receiver().await?;
    let (path, _) = makes(&ann, &to, &[]).await?;
    let mut sent = Vec::new();
    for _ in 0..3 {
        let one = ann.posts(&format!("{path}/test"), None).await?;
        sent.insert(0, one.body["delivery"].clone());
    }
    let first = ann.gets(&format!("{path}/deliveries?limit=2")).await?.body;
    let ids = |page: &Value| -> Vec<Value> {
        let all = page["deliveries"].as_array().cloned().unwrap_or_default();
        all.into_iter().map(|one| one["id"].clone()).collect()
    };
    assert_eq!(ids(&first), sent[..2]);
    let next = first["next_cursor"].as_str().unwrap_or_default();
    let second = ann
        .gets(&format!("{path}/deliveries?limit=2&cursor={next}"))
        .await?
        .body;
    assert_eq!(ids(&second), sent[2..]);
    assert_eq!(second["next_cursor"], Value::Null);
    let none = ann
        .gets(&format!("{path}/deliveries?status=delivered"))
        .await?
        .body;
    assert_eq!(none["deliveries"], json!([]));
    for query in ["limit=0", "limit=101", "status=lost", "cursor=x"] {
        let refused = ann.gets(&format!("{path}/deliveries?{query}")).await?;
        assert_eq!(refused.status, 400, "{query}: {refused:?}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn with_the_data_of_a_person_their_endpoints_and_all_that_waits_for_them_end()
-> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let ann = Person::new(&app, 7).await?;
    let to = receiver().await?;
    let (path, _) = makes(&ann, &to, &[]).await?;
    ann.posts(&format!("{path}/test"), None).await?;
    let code = json!({ "confirmation_code": "DELETE_MY_DATA" });
    let asked = ann.posts("/v1/users/me/deletion", code).await?;
    assert_eq!(asked.status, 202, "{asked:?}");
    app.drain_jobs().await?;
    for table in ["webhook_endpoints", "webhook_secrets", "webhook_deliveries"] {
        let left = format!("SELECT count(*) AS count FROM {table}");
        assert_eq!(app.count(&left).await?, 0, "{table}");
    }
    let named = format!(
        "SELECT count(*) AS count FROM events WHERE user_id = '{0}' OR account_id = '{0}'",
        ann.id
    );
    assert_eq!(app.count(&named).await?, 0);
    Ok(())
}
