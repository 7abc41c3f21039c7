//! `symancy switches`, `announcements`, `organizations` and `mail`.

use serde_json::json;
use world::TestApp;

use crate::stage::{Printed, command, sql, type_in_group};

const CUP: &str = "00000000-0000-4000-8000-0000000000c0";
const WHY: &str = "--reason=ticket 4711 of the owner";

/// The command with words that have blanks.
async fn types(app: &TestApp, words: &[&str]) -> anyhow::Result<Printed> {
    let ended = command(&app.world).args(words).output().await?;
    Ok(Printed {
        code: ended.status.code(),
        out: String::from_utf8(ended.stdout)?,
        err: String::from_utf8(ended.stderr)?,
    })
}

async fn lines(app: &TestApp, action: &str) -> anyhow::Result<i64> {
    app.count(&format!(
        "SELECT count(*) AS count FROM audit_logs WHERE action = '{action}' AND actor = 'operator'
         AND new_value ->> 'by' LIKE 'tester@%'"
    ))
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_switch_is_turned_by_its_key_to_a_value_of_its_kind() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let switches = async |words: &str| type_in_group(&app.world, "switches", words).await;
    let set = switches("set sign_up_open false").await?;
    assert_eq!(
        (set.code, set.out.as_str()),
        (Some(0), "sign_up_open  false\n")
    );
    let listed = switches("list --json").await?.json()?;
    let one = listed.iter().find(|one| one["key"] == "sign_up_open");
    let one = one.cloned().unwrap_or_default();
    assert_eq!(
        (&one["value"], &one["default"]),
        (&json!(false), &json!(true))
    );
    assert!(switches("list").await?.out.starts_with("KEY"));
    for (words, code) in [
        ("set sign_up_open 3", 1),
        ("set rollout_percent 101", 1),
        ("set rollout_percent many", 2),
        ("set of_another true", 2),
    ] {
        assert_eq!(switches(words).await?.code, Some(code), "{words}");
    }
    assert_eq!(lines(&app, "switch_turned").await?, 1);
    let call = app.request(reqwest::Method::POST, "/v1/auth/register");
    let body = json!({ "email": "ann@example.org", "password": "four unusual words hang here" });
    assert_eq!(call.json(&body).send().await?.status(), 403);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_announced_here_is_shown_until_it_is_ended() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let texts = [
        "--en=Tonight at ten",
        "--ru=Сегодня в десять",
        "--zh=今晚十点",
    ];
    let mut words = vec!["announcements", "add", "--json", "--for=2h"];
    words.extend(texts);
    let made = types(&app, &words).await?.json()?;
    let id = made[0]["id"].as_str().unwrap_or_default().to_owned();
    let shown = async || {
        let call = app
            .request(reqwest::Method::GET, "/v1/announcements")
            .send();
        let body: serde_json::Value = call.await?.json().await?;
        anyhow::Ok(
            body["announcements"]
                .as_array()
                .cloned()
                .unwrap_or_default(),
        )
    };
    assert_eq!(shown().await?[0]["texts"]["ru"], "Сегодня в десять");
    let listed = types(&app, &["announcements", "list"]).await?;
    assert!(listed.out.contains("Tonight at ten"), "{listed:?}");
    let ended = types(&app, &["announcements", "end", &id]).await?;
    assert_eq!((ended.code, ended.out), (Some(0), format!("{id}  ended\n")));
    assert_eq!(
        types(&app, &["announcements", "end", &id]).await?.code,
        Some(1)
    );
    assert!(shown().await?.is_empty());
    // In three languages, and for some time.
    words.pop();
    assert_eq!(types(&app, &words).await?.code, Some(2));
    let blank = [
        "announcements",
        "add",
        "--for=2h",
        "--en=a",
        "--ru= ",
        "--zh=c",
    ];
    assert_eq!(types(&app, &blank).await?.code, Some(1));
    let never = [
        "announcements",
        "add",
        "--for=0",
        "--en=a",
        "--ru=b",
        "--zh=c",
    ];
    assert_eq!(types(&app, &never).await?.code, Some(1));
    assert_eq!(
        (
            lines(&app, "banner_made").await?,
            lines(&app, "banner_ended").await?
        ),
        (1, 1)
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_organization_is_found_by_its_name_and_suspended_with_a_reason() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    sql(
        &app,
        &format!(
            "INSERT INTO accounts (id, kind, name) VALUES ('{CUP}', 'organization', 'Cup & Co'),
                 (gen_random_uuid(), 'organization', 'Saucer')"
        ),
    )
    .await?;
    let found = types(&app, &["organizations", "find", "cup", "--json"]).await?;
    let found = found.json()?;
    assert_eq!((found.len(), &found[0]["id"]), (1, &json!(CUP)));
    let short = ["organizations", "suspend", CUP, "--reason=short"];
    assert_eq!(types(&app, &short).await?.code, Some(1));
    let suspend = ["organizations", "suspend", CUP, WHY, "--for", "30d"];
    let done = types(&app, &suspend).await?;
    assert_eq!(
        (done.code, done.out),
        (Some(0), format!("{CUP}  suspended\n"))
    );
    let suspended = types(&app, &["organizations", "find", "--suspended"]).await?;
    assert!(suspended.out.contains("Cup & Co") && !suspended.out.contains("Saucer"));
    let restore = ["organizations", "restore", CUP, WHY];
    assert_eq!(types(&app, &restore).await?.code, Some(0));
    assert_eq!(types(&app, &restore).await?.code, Some(1));
    let shown = types(&app, &["organizations", "show", CUP, "--json"]).await?;
    assert_eq!(shown.json()?[0]["suspended_since"], json!(null));
    let none = "00000000-0000-4000-8000-0000000000c1";
    assert_eq!(
        types(&app, &["organizations", "show", none]).await?.code,
        Some(1)
    );
    for action in ["organization_suspended", "organization_restored"] {
        assert_eq!(lines(&app, action).await?, 1, "{action}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn letters_are_listed_and_the_suppression_of_an_address_is_lifted() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let secret = &app.core.config.memory_secret;
    let key = secret.key("email", "ann@example.org");
    let key: String = key.iter().map(|byte| format!("{byte:02x}")).collect();
    sql(
        &app,
        &format!(
            "INSERT INTO emails (id, to_address, template, language, status) VALUES
                 (gen_random_uuid(), 'Ann@example.org', 'welcome', 'en', 'suppressed'),
                 (gen_random_uuid(), 'bob@example.org', 'welcome', 'en', 'accepted');
             INSERT INTO email_suppressions (address_key, complained_at, changed_at)
             VALUES ('\\x{key}', now(), now())"
        ),
    )
    .await?;
    let found = types(&app, &["mail", "list", "--to=ann@example.org", "--json"]).await?;
    let found = found.json()?;
    assert_eq!(
        (found.len(), &found[0]["status"]),
        (1, &json!("suppressed"))
    );
    let accepted = types(&app, &["mail", "list", "--status=accepted"]).await?;
    assert!(accepted.out.contains("bob@example.org") && !accepted.out.contains("Ann@"));
    let lift = ["mail", "lift", "Ann@Example.org", WHY];
    let lifted = types(&app, &lift).await?;
    assert_eq!(
        (lifted.code, lifted.out.as_str()),
        (Some(0), "ann@example.org  lifted\n")
    );
    assert_eq!(types(&app, &lift).await?.code, Some(1));
    assert_eq!(
        types(&app, &["mail", "lift", "ann", WHY]).await?.code,
        Some(2)
    );
    let kept = "SELECT count(*) AS count FROM email_suppressions WHERE complained_at IS NOT NULL";
    assert_eq!(app.count(kept).await?, 0);
    assert_eq!(lines(&app, "suppression_lifted").await?, 1);
    Ok(())
}
