//! Keys that belong to accounts: `/v1/api-keys`.

use std::sync::atomic::{AtomicBool, Ordering};

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};
use testkit::eventually;
use world::TestApp;
use world::app::Answer;

use crate::organizations::Person;

const KEYS: &str = "/v1/api-keys";

/// A request with a key, with JSON if there is a body.
async fn with_key(
    app: &TestApp,
    key: &str,
    method: Method,
    path: &str,
    body: impl Into<Option<Value>>,
) -> anyhow::Result<Answer> {
    let call = app.request(method, path).header("X-API-Key", key);
    let call = match body.into() {
        Some(body) => call.json(&body),
        None => call,
    };
    Answer::of(call.send().await?).await
}

fn text(answer: &Answer, name: &str) -> String {
    answer.body[name].as_str().unwrap_or_default().to_owned()
}

/// A new key of a person's own account: its id and the key.
async fn makes(person: &Person<'_>, more: Value) -> anyhow::Result<(String, String)> {
    let mut wish =
        json!({ "name": "my script", "scopes": ["users:read", "keys:read", "keys:write"] });
    for (name, value) in more.as_object().into_iter().flatten() {
        wish[name] = value.clone();
    }
    let made = person.posts(KEYS, wish).await?;
    assert_eq!(made.status, 201, "{made:?}");
    Ok((text(&made, "id"), text(&made, "key")))
}

async fn me(app: &TestApp, key: &str) -> anyhow::Result<Answer> {
    with_key(app, key, Method::GET, "/v1/users/me", None).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_shown_once_and_acts_for_its_person_alone() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let (ann, bob) = (Person::new(&app, 7).await?, Person::new(&app, 8).await?);
    let (id, key) = makes(&ann, json!({ "note": " for the garden " })).await?;
    let own = me(&app, &key).await?;
    assert_eq!((own.status, text(&own, "id")), (200, ann.id.to_string()));
    // The same person may be named, and no other one.
    for (person, wanted) in [("7", 200), ("8", 403)] {
        let call = app
            .request(Method::GET, "/v1/users/me")
            .header("X-API-Key", &key)
            .header("X-Telegram-User-Id", person);
        assert_eq!(call.send().await?.status(), wanted, "{person}");
    }
    let lacks = with_key(&app, &key, Method::GET, "/v1/analyses", None).await?;
    assert_eq!(lacks.refusal(), (403, "E204"));
    let listed = ann.gets(KEYS).await?;
    assert_eq!(listed.body["keys"][0]["prefix"], key[..12]);
    assert_eq!(listed.body["keys"][0]["note"], "for the garden");
    assert!(!listed.body.to_string().contains(&key[13..]));
    let path = format!("{KEYS}/{id}");
    assert_eq!(ann.gets(&path).await?.status, 200);
    for (method, path) in [
        (Method::GET, path.clone()),
        (Method::DELETE, path.clone()),
        (Method::POST, format!("{path}/revoke")),
    ] {
        let refused = bob.does(method, &path, None).await?;
        assert_eq!(refused.refusal(), (404, "E601"), "{path}");
    }
    let secret = &key[13..];
    let anywhere = format!(
        "SELECT (SELECT count(*) FROM api_keys k WHERE k::text LIKE '%{secret}%')
              + (SELECT count(*) FROM audit_logs a WHERE a::text LIKE '%{secret}%') AS count"
    );
    assert_eq!(app.count(&anywhere).await?, 0);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_without_telegram_has_keys_that_work() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let ann = Person::new(&app, 7).await?;
    let (_, key) = makes(
        &ann,
        json!({ "scopes": ["users:read", "analyses:read", "limits:read"] }),
    )
    .await?;
    app.sql("UPDATE users SET telegram_id = NULL").await?;
    let own = me(&app, &key).await?;
    assert_eq!((own.status, text(&own, "id")), (200, ann.id.to_string()));
    for path in ["/v1/analyses", "/v1/limits/me"] {
        assert_eq!(
            with_key(&app, &key, Method::GET, path, None).await?.status,
            200
        );
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_key_of_a_person_sees_no_reading_of_another() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let reading = app
        .post_as_service(world::app::words_form("a bird"))
        .await?
        .id()?;
    let (ann, bob) = (Person::new(&app, 7).await?, Person::new(&app, 8).await?);
    let rights = json!({ "scopes": ["analyses:read", "photos:read"] });
    let (_, own) = makes(&ann, rights.clone()).await?;
    let (_, foreign) = makes(&bob, rights).await?;
    let path = format!("/v1/analyses/{reading}");
    assert_eq!(
        with_key(&app, &own, Method::GET, &path, None).await?.status,
        200
    );
    let refused = with_key(&app, &foreign, Method::GET, &path, None).await?;
    assert_eq!(refused.refusal(), (404, "E601"));
    let listed = with_key(&app, &foreign, Method::GET, "/v1/analyses", None).await?;
    assert!(!listed.body.to_string().contains(&reading));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_key_to_be_is_refused_with_the_reason() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let ann = Person::new(&app, 7).await?;
    let yesterday = (Utc::now() - TimeDelta::days(1)).to_rfc3339();
    for (wrong, field, code) in [
        (json!({ "name": " " }), "name", "E105"),
        (json!({ "scopes": [] }), "scopes", "E105"),
        (json!({ "scopes": ["*"] }), "scopes", "E105"),
        (json!({ "scopes": ["workflows"] }), "scopes", "E105"),
        (
            json!({ "scopes": ["keys:read", "keys:read"] }),
            "scopes",
            "E105",
        ),
        (
            json!({ "allowed_addresses": ["10.0.0.0/33"] }),
            "allowed_addresses",
            "E105",
        ),
        (json!({ "expires_at": yesterday }), "expires_at", "E105"),
        (json!({ "rate_per_minute": 0 }), "rate_per_minute", "E105"),
        (
            json!({ "quota": { "limit": 0, "period": "day" } }),
            "quota",
            "E105",
        ),
        (json!({ "note": "x".repeat(501) }), "note", "E105"),
    ] {
        let mut wish = json!({ "name": "a", "scopes": ["keys:read"] });
        for (name, value) in wrong.as_object().into_iter().flatten() {
            wish[name] = value.clone();
        }
        let refused = ann.posts(KEYS, wish).await?;
        assert_eq!(refused.refusal(), (400, code), "{wrong}");
        assert_eq!(refused.body["details"]["field"], field, "{wrong}");
    }
    assert_eq!(
        app.count("SELECT count(*) AS count FROM api_keys").await?,
        0
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_makes_none_with_more_than_it_has_itself() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let ann = Person::new(&app, 7).await?;
    let in_an_hour = (Utc::now() + TimeDelta::hours(1)).to_rfc3339_opts(SecondsFormat::Secs, true);
    let rights = json!({ "allowed_addresses": ["127.0.0.0/8"], "expires_at": in_an_hour });
    let (_, maker) = makes(&ann, rights).await?;
    let wish = |more: Value| {
        let mut wish = json!({ "name": "a child", "scopes": ["users:read"],
            "allowed_addresses": ["127.0.0.1"], "expires_at": in_an_hour });
        for (name, value) in more.as_object().into_iter().flatten() {
            wish[name] = value.clone();
        }
        wish
    };
    for more in [
        json!({ "scopes": ["users:write"] }),
        json!({ "allowed_addresses": [] }),
        json!({ "allowed_addresses": ["127.0.0.1", "10.0.0.1"] }),
        json!({ "allowed_addresses": ["0.0.0.0/0"] }),
        json!({ "expires_at": null }),
        json!({ "expires_at": (Utc::now() + TimeDelta::hours(2)).to_rfc3339() }),
    ] {
        let refused = with_key(&app, &maker, Method::POST, KEYS, wish(more.clone())).await?;
        assert_eq!(refused.refusal(), (403, "E204"), "{more}");
    }
    let made = with_key(&app, &maker, Method::POST, KEYS, wish(json!({}))).await?;
    assert_eq!(made.status, 201, "{made:?}");
    // Nor by changing or replacing one that has more.
    let (id, _) = makes(&ann, json!({ "scopes": ["users:write"] })).await?;
    let path = format!("{KEYS}/{id}");
    for (method, path, body) in [
        (Method::PATCH, path.clone(), json!({ "name": "mine" })),
        (Method::POST, format!("{path}/rotate"), json!({})),
    ] {
        let refused = with_key(&app, &maker, method, &path, body).await?;
        assert_eq!(refused.refusal(), (403, "E204"), "{path}");
    }
    // A key with limits of its own does not lift them.
    let (own, limited) = makes(&ann, json!({ "rate_per_minute": 100 })).await?;
    let lifts = json!({ "rate_per_minute": null });
    let path = format!("{KEYS}/{own}");
    let refused = with_key(&app, &limited, Method::PATCH, &path, lifts).await?;
    assert_eq!(refused.refusal(), (403, "E204"));
    let child = json!({ "name": "a", "scopes": ["users:read"] });
    let refused = with_key(&app, &limited, Method::POST, KEYS, child).await?;
    assert_eq!(refused.refusal(), (403, "E204"));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_gives_a_key_no_more_than_their_role_and_the_organization_keeps_it()
-> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let (ann, bob) = (Person::new(&app, 7).await?, Person::new(&app, 8).await?);
    let path = ann.founds("Cup & Co").await?;
    let organization = path.rsplit('/').next().unwrap_or_default().to_owned();
    ann.takes_in(&path, &bob, "admin").await?;
    let bobs = app.world.chat(8).init_data().await?;
    let make = async |scopes: Value| {
        let call = app
            .request(Method::POST, KEYS)
            .header("X-Telegram-Init-Data", &bobs)
            .header("X-Account-Id", &organization)
            .json(&json!({ "name": "a robot", "scopes": scopes }));
        Answer::of(call.send().await?).await
    };
    // An admin may not delete the organization, so neither may give that away.
    assert_eq!(make(json!(["privacy"])).await?.refusal(), (403, "E204"));
    let scopes = json!([
        "organizations:read",
        "organizations:write",
        "users:read",
        "analyses:read"
    ]);
    let made = make(scopes).await?;
    let key = text(&made, "key");
    let does = async |method, path: String, body: Option<Value>| {
        with_key(&app, &key, method, &path, body).await
    };
    let shown = does(Method::GET, path.clone(), None).await?;
    assert_eq!((shown.status, &shown.body["role"]), (200, &Value::Null));
    let name = Some(json!({ "name": "Robots" }));
    assert_eq!(does(Method::PATCH, path.clone(), name).await?.status, 200);
    // It ends nothing, makes no owner, is no member, and no person.
    let owner = Some(json!({ "role": "owner" }));
    let to = Some(json!({ "user_id": bob.id }));
    for (method, path, body) in [
        (Method::DELETE, path.clone(), None),
        (Method::POST, format!("{path}/transfer"), to),
        (Method::POST, format!("{path}/leave"), None),
        (Method::POST, format!("{path}/invitations"), owner.clone()),
        (Method::PATCH, format!("{path}/members/{}", bob.id), owner),
        // Nor does who made it become more by it, or come back.
        (
            Method::PATCH,
            format!("{path}/members/{}", bob.id),
            Some(json!({ "role": "viewer" })),
        ),
        (
            Method::POST,
            format!("{path}/invitations"),
            Some(json!({ "role": "viewer" })),
        ),
        (Method::GET, "/v1/organizations".to_owned(), None),
        (Method::GET, "/v1/users/me".to_owned(), None),
        (Method::GET, "/v1/analyses".to_owned(), None),
        (
            Method::GET,
            format!("/v1/organizations/{}", uuid::Uuid::nil()),
            None,
        ),
    ] {
        let refused = does(method, path.clone(), body).await?;
        assert_eq!(refused.refusal(), (403, "E204"), "{path}");
    }
    // Who made it goes; it stays, unless who removes them says otherwise.
    let member = format!("{path}/members/{}", bob.id);
    assert_eq!(ann.does(Method::DELETE, &member, None).await?.status, 204);
    assert_eq!(does(Method::GET, path.clone(), None).await?.status, 200);
    assert_eq!(make(json!(["keys:read"])).await?.refusal(), (404, "E601"));
    ann.takes_in(&path, &bob, "admin").await?;
    let with_keys = format!("{member}?revoke_keys=true");
    assert_eq!(
        ann.does(Method::DELETE, &with_keys, None).await?.status,
        204
    );
    assert_eq!(
        does(Method::GET, path.clone(), None).await?.refusal(),
        (401, "E202")
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_a_key_of_an_organization_makes_names_the_member_behind_it() -> anyhow::Result<()>
{
    let app = TestApp::start().await?;
    let ann = Person::new(&app, 7).await?;
    let path = ann.founds("Cup & Co").await?;
    let organization = path.rsplit('/').next().unwrap_or_default().to_owned();
    let wish = json!({ "name": "a robot", "scopes": ["keys:read", "keys:write"] });
    let call = app
        .request(Method::POST, KEYS)
        .header("X-Telegram-Init-Data", app.world.chat(7).init_data().await?)
        .header("X-Account-Id", &organization)
        .json(&wish);
    let made = Answer::of(call.send().await?).await?;
    let made = with_key(&app, &text(&made, "key"), Method::POST, KEYS, wish).await?;
    assert_eq!(
        (made.status, text(&made, "created_by")),
        (201, ann.id.to_string())
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rotated_key_stays_for_the_overlap_and_its_successor_has_its_rights() -> anyhow::Result<()>
{
    let app = TestApp::start().await?;
    let ann = Person::new(&app, 7).await?;
    let (id, old) = makes(&ann, json!({ "quota": { "limit": 50, "period": "month" } })).await?;
    let rotate = format!("{KEYS}/{id}/rotate");
    for wrong in [-1, 2_592_001] {
        let wish = json!({ "overlap_seconds": wrong });
        assert_eq!(ann.posts(&rotate, wish).await?.refusal(), (400, "E105"));
    }
    let made = ann
        .posts(&rotate, json!({ "overlap_seconds": 3_600 }))
        .await?;
    assert_eq!(made.status, 201, "{made:?}");
    assert_eq!(made.body["quota"]["limit"], 50);
    let new = text(&made, "key");
    assert_eq!(
        (me(&app, &old).await?.status, me(&app, &new).await?.status),
        (200, 200)
    );
    let shown = ann.gets(&format!("{KEYS}/{id}")).await?;
    assert_eq!(shown.body["replaced_by"], made.body["id"]);
    let left = text(&shown, "expires_at").parse::<DateTime<Utc>>()? - Utc::now();
    assert!(
        left <= TimeDelta::hours(1) && left > TimeDelta::minutes(50),
        "{left}"
    );
    let again = ann.posts(&rotate, json!({})).await?;
    assert_eq!(again.refusal(), (409, "E602"));
    let at_once = format!("{KEYS}/{}/rotate", text(&made, "id"));
    let last = ann.posts(&at_once, json!({ "overlap_seconds": 0 })).await?;
    assert_eq!(me(&app, &new).await?.refusal(), (401, "E203"));
    assert_eq!(me(&app, &text(&last, "key")).await?.status, 200);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_is_revoked_switched_off_or_deleted_is_refused_by_the_next_request()
-> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let ann = Person::new(&app, 7).await?;
    let (id, key) = makes(&ann, json!({})).await?;
    let path = format!("{KEYS}/{id}");
    assert_eq!(me(&app, &key).await?.status, 200);
    let switch = async |on: bool| {
        ann.does(Method::PATCH, &path, json!({ "enabled": on }))
            .await
    };
    assert_eq!(switch(false).await?.status, 200);
    assert_eq!(me(&app, &key).await?.refusal(), (401, "E202"));
    assert_eq!(switch(true).await?.status, 200);
    assert_eq!(me(&app, &key).await?.status, 200);
    let revoked = ann.posts(&format!("{path}/revoke"), None).await?;
    assert_eq!(revoked.status, 200);
    assert!(revoked.body["revoked_at"].is_string());
    assert_eq!(me(&app, &key).await?.refusal(), (401, "E202"));
    // Revoked is for ever, and can be said twice.
    assert_eq!(switch(true).await?.status, 200);
    assert_eq!(me(&app, &key).await?.refusal(), (401, "E202"));
    let again = ann.posts(&format!("{path}/revoke"), None).await?;
    assert_eq!(again.body["revoked_at"], revoked.body["revoked_at"]);
    assert_eq!(ann.does(Method::DELETE, &path, None).await?.status, 204);
    assert_eq!(ann.gets(&path).await?.refusal(), (404, "E601"));
    let lines =
        "SELECT count(DISTINCT action) AS count FROM audit_logs WHERE entity_type = 'api_key' AND
        action IN ('api_key_created', 'api_key_updated', 'api_key_revoked', 'api_key_deleted')";
    assert_eq!(app.count(lines).await?, 4);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn another_process_refuses_a_revoked_key_as_soon_as_it_is_told() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let ann = Person::new(&app, 7).await?;
    let sibling = app.sibling()?;
    let url = format!("http://{}/v1/users/me", sibling.addr);
    let there = async |key: &str| {
        let call = app.world.http.get(&url).header("X-API-Key", key);
        anyhow::Ok(call.send().await?.status().as_u16())
    };
    // Its subscription may not stand yet: then it takes the five seconds, and the next key is tried. That it is told is
    // proved by one that was refused while what it remembers was still fresh.
    let told = eventually(async || {
        let (id, key) = makes(&ann, json!({})).await?;
        anyhow::ensure!(there(&key).await? == 200);
        let remembered = std::time::Instant::now();
        ann.posts(&format!("{KEYS}/{id}/revoke"), None).await?;
        for _ in 0..20 {
            let refused = there(&key).await? == 401;
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

#[tokio::test(flavor = "multi_thread")]
async fn no_request_that_begins_after_a_revocation_is_let_in_by_one_that_began_before()
-> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let ann = Person::new(&app, 7).await?;
    for _ in 0..5 {
        let (id, key) = makes(&ann, json!({})).await?;
        let revoked = AtomicBool::new(false);
        let client = async || {
            let mut late = 0;
            for _ in 0..12 {
                let began_after = revoked.load(Ordering::SeqCst);
                let answer = me(&app, &key).await?;
                late += usize::from(began_after && answer.status != 401);
            }
            anyhow::Ok(late)
        };
        let revoke = async {
            me(&app, &key).await?;
            let path = format!("{KEYS}/{id}/revoke");
            assert_eq!(ann.posts(&path, None).await?.status, 200);
            revoked.store(true, Ordering::SeqCst);
            anyhow::Ok(())
        };
        let (late, done) = tokio::join!(join_all((0..6).map(|_| client())), revoke);
        done?;
        for late in late {
            assert_eq!(late?, 0);
        }
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_requests_at_once_as_many_are_admitted_as_the_quota_has_left() -> anyhow::Result<()>
{
    let app = TestApp::start().await?;
    let ann = Person::new(&app, 7).await?;
    let (id, key) = makes(&ann, json!({ "quota": { "limit": 5, "period": "day" } })).await?;
    let answers = join_all((0..12).map(|_| me(&app, &key))).await;
    let mut codes = Vec::new();
    for answer in answers {
        let answer = answer?;
        if answer.status == 429 {
            assert_eq!(answer.refusal(), (429, "E310"));
            let after: i64 = answer.headers["retry-after"].to_str()?.parse()?;
            assert!((1..=86_401).contains(&after));
        }
        codes.push(answer.status);
    }
    let admitted = codes.iter().filter(|code| **code == 200).count();
    assert_eq!((admitted, codes.len()), (5, 12), "{codes:?}");
    let path = format!("{KEYS}/{id}");
    let shown = ann.gets(&path).await?;
    assert_eq!(shown.body["quota"]["used"], 5);
    // The next day it begins again.
    app.sql("UPDATE api_keys SET quota_resets_at = now() - interval '1 second'")
        .await?;
    assert_eq!(me(&app, &key).await?.status, 200);
    assert_eq!(ann.gets(&path).await?.body["quota"]["used"], 1);
    let midnight = "SELECT count(*) AS count FROM api_keys WHERE quota_resets_at =
        (date_trunc('day', now() AT TIME ZONE 'UTC') + interval '1 day') AT TIME ZONE 'UTC'";
    assert_eq!(app.count(midnight).await?, 1);
    // What was used stays counted when the limit is another one.
    let patch = json!({ "quota": { "limit": 1, "period": "day" } });
    assert_eq!(ann.does(Method::PATCH, &path, patch).await?.status, 200);
    assert_eq!(me(&app, &key).await?.refusal(), (429, "E310"));
    let lifted = ann
        .does(Method::PATCH, &path, json!({ "quota": null }))
        .await?;
    assert_eq!((lifted.status, &lifted.body["quota"]), (200, &Value::Null));
    assert_eq!(me(&app, &key).await?.status, 200);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_with_a_rate_of_its_own_is_counted_by_that() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let ann = Person::new(&app, 7).await?;
    let (_, slow) = makes(&ann, json!({ "rate_per_minute": 3 })).await?;
    let (_, other) = makes(&ann, json!({})).await?;
    for left in [2, 1, 0] {
        let answer = me(&app, &slow).await?;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.headers["x-ratelimit-limit"], "3");
        assert_eq!(answer.headers["x-ratelimit-remaining"], left.to_string());
        assert_eq!(answer.headers["ratelimit-policy"], "\"key\";q=3;w=60");
    }
    assert_eq!(me(&app, &slow).await?.refusal(), (429, "E304"));
    assert_eq!(me(&app, &other).await?.status, 200);
    Ok(())
}

/// Keys of a person's account that nobody has, straight into the table.
async fn fill(app: &TestApp, person: &Person<'_>, count: usize) -> anyhow::Result<()> {
    app.sql(&format!(
        "INSERT INTO api_keys (id, name, prefix, hash, scopes, persons, account_id, created_by)
         SELECT gen_random_uuid(), 'old', 'sym_' || n, sha256(n::text::bytea), '{{users:read}}', '{{}}', '{id}', '{id}'
         FROM generate_series(1, {count}) AS n",
        id = person.id
    ))
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn of_32_keys_that_are_made_at_once_an_account_gets_as_many_as_it_may_have()
-> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let ann = Person::new(&app, 7).await?;
    fill(&app, &ann, 97).await?;
    let wish = json!({ "name": "script", "scopes": ["users:read"] });
    let made = join_all((0..32).map(|_| ann.posts(KEYS, wish.clone()))).await;
    let made: Vec<u16> = made
        .into_iter()
        .map(|one| Ok(one?.status))
        .collect::<anyhow::Result<_>>()?;
    let with = |status| made.iter().filter(|one| **one == status).count();
    assert_eq!((with(201), with(409)), (3, 29), "{made:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rotation_is_no_way_around_the_number_of_keys() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let ann = Person::new(&app, 7).await?;
    let (id, _) = makes(&ann, json!({})).await?;
    fill(&app, &ann, 99).await?;
    let rotate = async |overlap| {
        let path = format!("{KEYS}/{id}/rotate");
        ann.posts(&path, json!({ "overlap_seconds": overlap }))
            .await
    };
    assert_eq!(rotate(60).await?.status, 409);
    // Then both are never valid at once.
    assert_eq!(rotate(0).await?.status, 201);
    let wish = json!({ "name": "one more", "scopes": ["users:read"] });
    let made = ann.posts(KEYS, wish).await?;
    assert_eq!(made.status, 409, "{made:?}");
    Ok(())
}

/// With the address and the program of a line it is told whose they are, so that an erasure finds them.
#[tokio::test(flavor = "multi_thread")]
async fn the_audit_log_names_the_person_who_changes_keys() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let ann = Person::new(&app, 7).await?;
    let (id, _) = makes(&ann, json!({})).await?;
    let path = format!("{KEYS}/{id}");
    ann.does(Method::PATCH, &path, json!({ "name": "other" }))
        .await?;
    let next = ann.posts(&format!("{path}/rotate"), json!({})).await?;
    let next = format!("{KEYS}/{}", text(&next, "id"));
    ann.posts(&format!("{next}/revoke"), None).await?;
    ann.does(Method::DELETE, &next, None).await?;
    let lines = |whose: &str| {
        format!(
            "SELECT count(*) AS count FROM audit_logs WHERE entity_type = 'api_key' AND {whose}"
        )
    };
    let of_ann = format!("user_id = '{}' AND ip_address IS NOT NULL", ann.id);
    assert_eq!(app.count(&lines(&of_ann)).await?, 6);
    assert_eq!(app.count(&lines("user_id IS NULL")).await?, 0);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_validated_without_being_used_and_only_by_its_own_account() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let (ann, bob) = (Person::new(&app, 7).await?, Person::new(&app, 8).await?);
    let (id, key) = makes(&ann, json!({ "allowed_addresses": ["192.0.2.0/24"] })).await?;
    let path = format!("{KEYS}/validate");
    let asks = async |who: &Person<'_>, address: Value| {
        who.posts(&path, json!({ "key": key, "address": address }))
            .await
    };
    let good = asks(&ann, Value::Null).await?;
    assert_eq!((good.status, &good.body["valid"]), (200, &json!(true)));
    assert_eq!(good.body["key"]["id"], id);
    for (address, code) in [("192.0.2.7", Value::Null), ("198.51.100.1", json!("E204"))] {
        let answer = asks(&ann, json!(address)).await?;
        assert_eq!(answer.body["code"], code, "{address}");
    }
    let foreign = asks(&bob, Value::Null).await?;
    let nothing = json!({ "valid": false, "code": "E202", "key": null });
    assert_eq!(foreign.body, nothing);
    let rubbish = ann.posts(&path, json!({ "key": "rubbish" })).await?;
    assert_eq!(rubbish.body, nothing);
    ann.posts(&format!("{KEYS}/{id}/revoke"), None).await?;
    assert_eq!(asks(&ann, Value::Null).await?.body["code"], "E202");
    let used = "SELECT count(*) AS count FROM api_keys WHERE last_used_at IS NOT NULL";
    assert_eq!(app.count(used).await?, 0);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_keys_of_a_deleted_person_go_with_them() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let ann = Person::new(&app, 7).await?;
    let (_, key) = makes(&ann, json!({ "scopes": ["users:read", "privacy"] })).await?;
    let sure = json!({ "confirmation_code": "DELETE_MY_DATA" });
    let path = "/v1/users/me/deletion";
    let asked = with_key(&app, &key, Method::POST, path, sure).await?;
    assert_eq!(asked.status, 202, "{asked:?}");
    app.drain_jobs().await?;
    assert_eq!(
        app.count("SELECT count(*) AS count FROM api_keys").await?,
        0
    );
    let gone = eventually(async || {
        let answer = me(&app, &key).await?;
        Ok((answer.status == 401).then_some(()))
    });
    gone.await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_of_the_previous_release_lets_the_key_of_an_account_act_for_nobody()
-> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let ann = Person::new(&app, 7).await?;
    makes(&ann, json!({})).await?;
    // It reads `persons` alone, where NULL is anybody.
    let bound = "SELECT count(*) AS count FROM api_keys WHERE persons = '{}'";
    assert_eq!(app.count(bound).await?, 1);
    let opened = app.sql("UPDATE api_keys SET persons = NULL").await;
    assert!(opened.is_err(), "the database keeps it so");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_is_revoked_in_the_middle_of_a_request_makes_no_other_key() -> anyhow::Result<()>
{
    let app = TestApp::start().await?;
    let ann = Person::new(&app, 7).await?;
    let (_, key) = makes(&ann, json!({})).await?;
    let wish = json!({ "name": "a way back", "scopes": ["users:read"] });
    let held = (
        "SELECT FROM accounts FOR NO KEY UPDATE",
        "UPDATE api_keys SET revoked_at = now()",
    );
    let made = with_key(&app, &key, Method::POST, KEYS, wish);
    let refused = app.meanwhile(held, 1, made).await??;
    assert_eq!(refused.refusal(), (401, "E202"));
    let keys = "SELECT count(*) AS count FROM api_keys";
    assert_eq!(app.count(keys).await?, 1);
    Ok(())
}
