//! Keys of services: `symancy keys`.

use reqwest::Method;
use testkit::eventually;
use world::TestApp;

use crate::stage::{Printed, sql, type_in_group};

const PATH: &str = "/v1/analyses/00000000-0000-0000-0000-000000000000";

async fn keys(app: &TestApp, words: &str) -> anyhow::Result<Printed> {
    type_in_group(&app.world, "keys", words).await
}

/// A fresh key and how it begins.
async fn made(app: &TestApp, words: &str) -> anyhow::Result<(String, String)> {
    let printed = keys(app, words).await?;
    assert_eq!(printed.code, Some(0), "{printed:?}");
    assert!(printed.err.contains("cannot be shown again"), "{printed:?}");
    let key = printed.out.trim_end().to_owned();
    let prefix = key[..12].to_owned();
    Ok((key, prefix))
}

async fn status_with(app: &TestApp, key: &str) -> anyhow::Result<u16> {
    let call = app.request(Method::GET, PATH).header("X-API-Key", key);
    Ok(call.send().await?.status().as_u16())
}

async fn audited(app: &TestApp, action: &str, prefix: &str) -> anyhow::Result<i64> {
    app.count(&format!(
        "SELECT count(*) AS count FROM audit_logs JOIN api_keys ON api_keys.id = entity_id
         WHERE action = '{action}' AND prefix = '{prefix}' AND actor = 'operator'
         AND entity_type = 'api_key'"
    ))
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_shown_once_is_accepted_and_is_nowhere_in_the_database() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let words = "create --name n8n-two --scope analyses:read limits:read --expires-in 90d --allow 127.0.0.0/8 10.1.2.3";
    let (key, prefix) = made(&app, words).await?;
    assert_eq!(status_with(&app, &key).await?, 404);
    let row = format!(
        "SELECT count(*) AS count FROM api_keys WHERE prefix = '{prefix}' AND name = 'n8n-two'
         AND hash = sha256('{key}') AND scopes = '{{analyses:read,limits:read}}'
         AND allowed_addresses = '{{127.0.0.0/8,10.1.2.3/32}}'
         AND expires_at - now() BETWEEN interval '89 days 23 hours' AND interval '90 days'"
    );
    assert_eq!(app.count(&row).await?, 1);
    let secret = &key[13..];
    let anywhere = format!(
        "SELECT (SELECT count(*) FROM api_keys k WHERE k::text LIKE '%{secret}%')
              + (SELECT count(*) FROM audit_logs a WHERE a::text LIKE '%{secret}%') AS count"
    );
    assert_eq!(app.count(&anywhere).await?, 0);
    assert_eq!(audited(&app, "api_key_created", &prefix).await?, 1);
    let list = keys(&app, "list").await?;
    assert!(
        list.out.contains(&prefix) && list.out.contains("n8n-two"),
        "{list:?}"
    );
    assert!(!list.out.contains(secret));
    let listed = keys(&app, "list --json").await?.json()?;
    let listed = listed.iter().find(|one| one["prefix"] == prefix.as_str());
    assert!(listed.is_some_and(|one| one.get("hash").is_none()));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rotated_key_leaves_its_rights_to_the_new_one_and_ends_with_the_grace()
-> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let (old, old_prefix) = made(&app, "create --name a --scope analyses:read").await?;
    let (new, new_prefix) = made(&app, &format!("rotate {old_prefix} --grace 24h")).await?;
    assert_eq!(
        (
            status_with(&app, &old).await?,
            status_with(&app, &new).await?
        ),
        (404, 404)
    );
    let rows = format!(
        "SELECT count(*) AS count FROM api_keys old JOIN api_keys new ON new.id = old.replaced_by
         WHERE old.prefix = '{old_prefix}' AND new.prefix = '{new_prefix}'
         AND new.scopes = old.scopes AND new.name = old.name AND new.expires_at IS NULL
         AND old.expires_at - now() BETWEEN interval '23 hours 55 minutes' AND interval '24 hours'"
    );
    assert_eq!(app.count(&rows).await?, 1);
    assert_eq!(audited(&app, "api_key_replaced", &old_prefix).await?, 1);
    assert_eq!(audited(&app, "api_key_created", &new_prefix).await?, 1);
    let again = keys(&app, &format!("rotate {old_prefix}")).await?;
    assert_eq!((again.code, again.out.as_str()), (Some(1), ""));
    assert_eq!(
        again.err,
        format!("{old_prefix} has been replaced already.\n")
    );
    sql(
        &app,
        &format!("UPDATE api_keys SET expires_at = now() WHERE prefix = '{old_prefix}'"),
    )
    .await?;
    eventually(async || Ok((status_with(&app, &old).await? == 401).then_some(()))).await?;
    assert_eq!(status_with(&app, &new).await?, 404);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_bound_to_persons_and_its_successor_is_too() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let words = "create --name a --scope analyses:read photos:read --persons 1001,1002";
    let (_, prefix) = made(&app, words).await?;
    let list = keys(&app, "list").await?;
    assert!(list.out.contains("1001 1002"), "{list:?}");
    made(&app, &format!("rotate {prefix}")).await?;
    let bound = "SELECT count(*) AS count FROM api_keys WHERE persons = '{1001,1002}'";
    assert_eq!(app.count(bound).await?, 2);
    for wrong in ["0", "x", "4503599627370496", "1001,"] {
        let refused = keys(
            &app,
            &format!("create --name a --scope * --persons {wrong}"),
        )
        .await?;
        assert_eq!(refused.code, Some(2), "{wrong}: {refused:?}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_made_with_a_rate_and_a_quota_which_its_successor_has_too() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let words = "create --name a --scope analyses:read --rate 30 --quota 2/day --note n8n";
    let (key, prefix) = made(&app, words).await?;
    let (next, _) = made(&app, &format!("rotate {prefix}")).await?;
    let both = "SELECT count(*) AS count FROM api_keys WHERE rate_per_minute = 30 AND quota = 2
                AND quota_period = 'day' AND note = 'n8n' AND account_id IS NULL";
    assert_eq!(app.count(both).await?, 2);
    for one in [&key, &next] {
        let mut answers = Vec::new();
        for _ in 0..3 {
            answers.push(status_with(&app, one).await?);
        }
        assert_eq!(answers, [404, 404, 429]);
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_key_is_refused_and_can_neither_be_revoked_nor_replaced_again()
-> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let (key, prefix) = made(&app, "create --name a --scope *").await?;
    assert_eq!(status_with(&app, &key).await?, 404);
    let printed = keys(&app, &format!("revoke {prefix}")).await?;
    assert_eq!(
        (printed.code, printed.out),
        (Some(0), format!("{prefix}  revoked\n"))
    );
    eventually(async || Ok((status_with(&app, &key).await? == 401).then_some(()))).await?;
    for again in [format!("revoke {prefix}"), format!("rotate {prefix}")] {
        let printed = keys(&app, &again).await?;
        assert_eq!(printed.code, Some(1));
        assert!(
            printed.err.starts_with("No valid key begins with"),
            "{printed:?}"
        );
    }
    assert_eq!(audited(&app, "api_key_revoked", &prefix).await?, 1);
    assert!(!keys(&app, "list").await?.out.contains(&prefix));
    let all = keys(&app, "list --all").await?;
    assert!(
        all.out.contains(&prefix) && all.out.contains("revoked"),
        "{all:?}"
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_key_of_the_environment_is_listed_and_can_be_revoked() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    assert_eq!(status_with(&app, "n8n-key").await?, 404);
    assert!(
        keys(&app, "list")
            .await?
            .out
            .contains("env:N8N_API_KEY  n8n")
    );
    assert_eq!(keys(&app, "revoke env:N8N_API_KEY").await?.code, Some(0));
    eventually(async || Ok((status_with(&app, "n8n-key").await? == 401).then_some(()))).await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_makes_no_key_is_answered_with_what_would() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    for (words, wanted) in [
        ("create --name a", "--scope"),
        ("create --scope *", "--name"),
        (
            "create --name a --scope analyses",
            "analyses:read, analyses:write",
        ),
        (
            "create --name a --scope * --allow 10.0.0.0/33",
            "is neither a CIDR network",
        ),
        (
            "create --name a --scope * --expires-in 90",
            "not a duration of at most",
        ),
        (
            "create --name a --scope * --expires-in 11y",
            "not a duration of at most",
        ),
        (
            "create --name a --scope * --expires-in 4000d",
            "at most ten years",
        ),
        ("create --name a --scope * --quota 5", "examples: 1000/day"),
        (
            "create --name a --scope * --quota 0/day",
            "examples: 1000/day",
        ),
        ("create --name a --scope * --rate 0", "1..=1000000"),
        ("rotate", "<PREFIX>"),
    ] {
        let printed = keys(&app, words).await?;
        assert_eq!(
            (printed.code, printed.out.as_str()),
            (Some(2), ""),
            "{words}"
        );
        assert!(printed.err.contains(wanted), "{words}: {}", printed.err);
    }
    let none = "SELECT count(*) AS count FROM api_keys";
    assert_eq!(app.count(none).await?, 0);
    Ok(())
}
