//! What operators see: persons, organizations, plans, the audit log.

use serde_json::json;
use sha2::{Digest, Sha256};

use super::*;
use crate::organizations::Person;

/// Ann by e-mail, with a plan; Bob by Telegram, suspended.
const PEOPLE: &str = "
    INSERT INTO users (id, telegram_id, first_name, created_at) VALUES
        ('00000000-0000-4000-8000-00000000000a', NULL, 'Ann', now() - interval '2 days'),
        ('00000000-0000-4000-8000-00000000000b', 1001, 'Bob', now() - interval '1 day');
    INSERT INTO identities (user_id, provider, subject, spelling, verified_at) VALUES
        ('00000000-0000-4000-8000-00000000000a', 'email', 'ann%a@example.org', 'Ann%a@example.org', now());
    INSERT INTO subscriptions (user_id, tier, current_period_end) VALUES
        ('00000000-0000-4000-8000-00000000000a', 'BASIC', now() + interval '1 day');
    INSERT INTO suspensions (account_id, reason, since) VALUES
        ('00000000-0000-4000-8000-00000000000b', 'of the test', now())";

async fn found(operator: &Signed<'_>, query: &str) -> anyhow::Result<Vec<String>> {
    let answer = operator.gets(&format!("/v1/admin/users?{query}")).await?;
    anyhow::ensure!(answer.status == 200, "{query}: {answer:?}");
    let rows = answer.body["data"].as_array().cloned().unwrap_or_default();
    let last = |row: &Value| row["id"].as_str().and_then(|id| id.chars().last());
    Ok(rows.iter().filter_map(last).map(String::from).collect())
}

#[tokio::test(flavor = "multi_thread")]
async fn persons_are_found_by_id_number_beginning_of_the_address_state_and_plan()
-> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let support = Signed::operator(&app, "support").await?;
    app.sql(PEOPLE).await?;
    for (query, wanted) in [
        ("query=00000000-0000-4000-8000-00000000000a", vec!["a"]),
        ("query=1001", vec!["b"]),
        ("query=ANN%25", vec!["a"]),
        ("query=ann%25a@example.org", vec!["a"]),
        // No pattern.
        ("query=ann_", vec![]),
        ("query=1002", vec![]),
        ("status=suspended", vec!["b"]),
        ("plan=BASIC", vec!["a"]),
        ("plan=PREMIUM", vec![]),
        ("plan=FREE&status=suspended", vec!["b"]),
    ] {
        assert_eq!(found(&support, query).await?, wanted, "{query}");
    }
    let first = support.gets("/v1/admin/users?limit=2").await?;
    let cursor = first.body["next_cursor"].as_str().unwrap_or("none");
    assert_eq!(first.body["data"].as_array().map(Vec::len), Some(2));
    let rest = found(&support, &format!("limit=2&cursor={cursor}")).await?;
    assert_eq!(rest, ["a"]);
    for wrong in [
        "limit=0",
        "limit=101",
        "query=ab",
        "plan=GOLD",
        "status=x",
        "cursor=1",
        "x=1",
    ] {
        let refused = support.gets(&format!("/v1/admin/users?{wrong}")).await?;
        assert_eq!(refused.status, 400, "{wrong}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_auditor_finds_persons_without_their_addresses() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    app.sql(PEOPLE).await?;
    for (role, email) in [
        ("support", json!("Ann%a@example.org")),
        ("auditor", json!(null)),
    ] {
        let operator = Signed::operator(&app, role).await?;
        let answer = operator.gets("/v1/admin/users?plan=BASIC").await?;
        assert_eq!(answer.body["data"][0]["email"], email, "{role}");
        assert!(!answer.body.to_string().contains("\"Ann\""), "{role}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn organizations_are_found_by_the_beginning_of_their_name() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let support = Signed::operator(&app, "support").await?;
    let id = Uuid::now_v7();
    app.sql(&format!(
        "INSERT INTO accounts (id, kind, name) VALUES ('{id}', 'organization', 'Cup & Co');
         INSERT INTO members (account_id, user_id, role) VALUES ('{id}', '{}', 'owner')",
        support.id
    ))
    .await?;
    for (query, count) in [
        ("query=cup", 1),
        ("query=Co", 0),
        ("status=suspended", 0),
        ("", 1),
    ] {
        let answer = support
            .gets(&format!("/v1/admin/organizations?{query}"))
            .await?;
        let rows = answer.body["data"].as_array().map(Vec::len);
        assert_eq!(rows, Some(count), "{query}: {answer:?}");
    }
    let one = support
        .gets(&format!("/v1/admin/organizations/{id}"))
        .await?;
    assert_eq!(
        (&one.body["members"], &one.body["name"]),
        (&json!(1), &json!("Cup & Co"))
    );
    let none = support
        .gets(&format!("/v1/admin/organizations/{}", support.id))
        .await?;
    assert_eq!(none.refusal(), (404, "E601"));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_limit_is_looked_at_before_it_is_changed() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let finance = Signed::operator(&app, "finance").await?;
    // Two have used three and five of the day, a third of a day that is over.
    app.sql(
        "INSERT INTO users (telegram_id) VALUES (1), (2), (3);
         INSERT INTO meters (account_id, unit, day_used, month_used, day_ends_at, month_ends_at)
         SELECT id, 'analyses', CASE telegram_id WHEN 1 THEN 3 ELSE 5 END, 5,
             now() + CASE telegram_id WHEN 3 THEN interval '-1 h' ELSE interval '1 h' END, now() + interval '9 days'
         FROM users WHERE telegram_id IS NOT NULL",
    )
    .await?;
    let path = "/v1/admin/plans/FREE/limits";
    let wish = json!({ "unit": "analyses", "day": 4 });
    let before = finance.gets("/v1/admin/plans").await?;
    let looked = finance
        .does(Method::PATCH, &format!("{path}?preview=true"), wish.clone())
        .await?;
    // The operator has the plan, too.
    assert_eq!(
        looked.body["affected"],
        json!({ "accounts": 4, "over_day": 1, "over_month": 0 })
    );
    assert_eq!(
        (&looked.body["day"], &looked.body["is_changed"]),
        (&json!(4), &json!(false))
    );
    assert_eq!(finance.gets("/v1/admin/plans").await?.body, before.body);
    let changed = finance.does(Method::PATCH, path, wish).await?;
    assert_eq!(
        (&changed.body["day"], &changed.body["is_changed"]),
        (&json!(4), &json!(true))
    );
    let after = finance.gets("/v1/admin/plans").await?;
    assert_eq!(after.body["plans"][0]["daily_analyses_limit"], json!(4));
    assert_eq!(
        after.body["plans"][0]["monthly_analyses_limit"],
        before.body["plans"][0]["monthly_analyses_limit"]
    );
    let none = json!({ "unit": "analyses", "day": null });
    let unlimited = finance.does(Method::PATCH, path, none).await?;
    assert_eq!(unlimited.body["day"], json!(null));
    for (path, wish, status) in [
        (path, json!({ "unit": "analyses", "day": -1 }), 400),
        (path, json!({ "unit": "cups", "day": 1 }), 400),
        (path, json!({ "unit": "analyses" }), 400),
        (
            "/v1/admin/plans/GOLD/limits",
            json!({ "unit": "analyses", "day": 1 }),
            404,
        ),
    ] {
        let refused = finance.does(Method::PATCH, path, wish.clone()).await?;
        assert_eq!(refused.status, status, "{wish}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn lines_of_the_audit_log_are_found_by_each_of_their_parts() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let auditor = Signed::operator(&app, "auditor").await?;
    let thing = Uuid::now_v7();
    app.sql(&format!(
        "INSERT INTO audit_logs (user_id, action, actor, entity_type, entity_id, created_at) VALUES
            ('{}', 'first', 'person', 'cup', '{thing}', '2026-01-01T00:00:00Z'),
            (NULL, 'second', 'worker', 'cup', NULL, '2026-01-02T00:00:00Z'),
            (NULL, 'third', 'worker', 'saucer', NULL, '2026-01-03T00:00:00Z')",
        auditor.id
    ))
    .await?;
    let actions = async |query: &str| {
        let answer = auditor
            .gets(&format!("/v1/admin/audit-log?{query}"))
            .await?;
        anyhow::ensure!(answer.status == 200, "{query}: {answer:?}");
        let rows = answer.body["data"].as_array().cloned().unwrap_or_default();
        let action = |row: &Value| row["action"].as_str().unwrap_or_default().to_owned();
        let cursor = answer.body["next_cursor"].as_str().map(str::to_owned);
        anyhow::Ok((rows.iter().map(action).collect::<Vec<_>>(), cursor))
    };
    let by_thing = format!("entity_id={thing}");
    let by_person = format!("person={}&entity=cup", auditor.id);
    for (query, wanted) in [
        ("actor=worker", vec!["third", "second"]),
        ("action=first", vec!["first"]),
        ("entity=cup", vec!["second", "first"]),
        (by_thing.as_str(), vec!["first"]),
        (by_person.as_str(), vec!["first"]),
        (
            "from=2026-01-01T00:00:00Z&to=2026-01-02T00:00:00Z",
            vec!["second"],
        ),
    ] {
        assert_eq!(actions(query).await?.0, wanted, "{query}");
    }
    let (first, cursor) = actions("to=2026-02-01T00:00:00Z&limit=2").await?;
    assert_eq!(first, ["third", "second"]);
    let query = format!(
        "to=2026-02-01T00:00:00Z&limit=2&cursor={}",
        cursor.unwrap_or_default()
    );
    assert_eq!(actions(&query).await?, (vec!["first".to_owned()], None));
    // That it was read is written down.
    assert_eq!(
        actions("action=audit_log_read&limit=1").await?.0,
        ["audit_log_read"]
    );
    Ok(())
}

/// Of hexadecimal digits.
fn bytes(text: &str) -> anyhow::Result<Vec<u8>> {
    let pairs = (0..text.len()).step_by(2);
    let read = |at: usize| {
        Ok(u8::from_str_radix(
            text.get(at..at + 2).unwrap_or_default(),
            16,
        )?)
    };
    pairs.map(read).collect()
}

/// Computes the links again, as the description of the path says.
#[tokio::test(flavor = "multi_thread")]
async fn the_exported_lines_prove_their_chain() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let auditor = Signed::operator(&app, "auditor").await?;
    app.sql(
        "INSERT INTO audit_logs (action, actor, user_agent) SELECT 'n' || n, 'worker', '=1+\"1'
         FROM generate_series(1, 1005) AS n",
    )
    .await?;
    // Lines wait for all transactions that are older, those of other tests too.
    testkit::eventually(async || {
        app.sql("SELECT audit_logs_seal(5000)").await?;
        let sealed = "SELECT count(*) AS count FROM audit_seals";
        Ok((app.count(sealed).await? >= 1005).then_some(()))
    })
    .await?;
    let path = "/v1/admin/audit-log/export";
    let call = app.request(Method::GET, path).bearer_auth(&auditor.token);
    let text = call.send().await?.error_for_status()?.text().await?;
    let mut link: Vec<u8> = Vec::new();
    let mut count = 0;
    for line in text.lines() {
        let line: Value = serde_json::from_str(line)?;
        let number = |name: &str| line[name].as_i64().unwrap_or_default().to_be_bytes();
        let digest = |name: &str| bytes(line[name].as_str().unwrap_or_default());
        let mut next = Sha256::new();
        next.update(&link);
        next.update(number("seq"));
        next.update(number("made_at_micros"));
        next.update(digest("lasting")?);
        next.update(digest("whole")?);
        link = next.finalize().to_vec();
        assert_eq!(link, digest("link")?, "{line}");
        count += 1;
    }
    assert!(count >= 1005, "{count}");
    let call = app.request(Method::GET, &format!("{path}?format=csv"));
    let csv = call
        .bearer_auth(&auditor.token)
        .send()
        .await?
        .text()
        .await?;
    assert!(csv.starts_with("seq,id,made_at_micros,"), "{csv}");
    assert_eq!(csv.matches("\"'=1+\"\"1\"").count(), 1005);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn support_changes_what_a_person_has_chosen_and_the_line_says_why() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let support = Signed::operator(&app, "support").await?;
    let ann = Person::new(&app, 7).await?;
    let path = format!("/v1/admin/users/{}", ann.id);
    let body =
        json!({ "first_name": " Anna ", "language_code": "ru", "timezone": "Asia/Shanghai" });
    let changed = support.does(Method::PATCH, &path, body).await?;
    assert_eq!(
        (changed.status, &changed.body["first_name"]),
        (200, &json!("Anna")),
        "{changed:?}"
    );
    let me = ann.gets("/v1/users/me").await?;
    assert_eq!(
        (&me.body["language_code"], &me.body["timezone_chosen"]),
        (&json!("ru"), &json!(true))
    );
    for wrong in [
        json!({ "timezone": "Mars/Base" }),
        json!({ "first_name": " " }),
        json!({ "notices": { "trial_ending": false } }),
    ] {
        let refused = support.does(Method::PATCH, &path, wrong.clone()).await?;
        assert_eq!(refused.status, 400, "{wrong}");
    }
    let line = format!(
        "SELECT count(*) AS count FROM audit_logs WHERE action = 'user_updated' AND user_id = '{}'
           AND actor = 'operator:{}' AND old_value ->> 'language_code' <> 'ru'
           AND new_value ->> 'language_code' = 'ru' AND new_value ->> 'reason' = '{WHY}'",
        ann.id, support.id
    );
    assert_eq!(app.count(&line).await?, 1);
    Ok(())
}
