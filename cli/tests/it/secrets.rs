//! `symancy secrets` and `symancy health`.

use audit::secrets::{self, Used};
use chrono::{TimeDelta, Utc};
use kernel::env::Env;
use people::factors::queries;
use people::factors::vault::Vault;
use testkit::servers::free_port;
use uuid::Uuid;
use world::TestApp;

use crate::stage::{sql, type_in_group};

const PERSON: Uuid = Uuid::from_u128(7);

fn vault(now: &str) -> Vault {
    let lookup = |name: &str| (name == "ENCRYPTION_KEY").then(|| now.to_owned());
    Vault::read(&mut Env::new(&lookup))
}

/// A person with an app for codes, and a token that a vendor is to forget, both sealed.
async fn seal(app: &TestApp, vault: &Vault) -> anyhow::Result<()> {
    sql(
        app,
        &format!("INSERT INTO users (id, telegram_id) VALUES ('{PERSON}', 7)"),
    )
    .await?;
    let secret = vault.seal(PERSON, b"of the app")?;
    queries::put_secret(&mut *app.db().await?, PERSON, &secret, Utc::now()).await?;
    let token = vault.seal(PERSON, b"of the vendor")?;
    let bytes: String = token
        .bytes
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let token = format!(
        "INSERT INTO vendor_requests (provider, person, key_id, sealed)
         VALUES ('stripe', '{PERSON}', '{}', '\\x{bytes}')",
        token.key_id
    );
    sql(app, &token).await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_sealed_with_the_key_before_is_sealed_anew_and_opened_without_it()
-> anyhow::Result<()> {
    let mut app = TestApp::start().await?;
    let (before, now) = ("the-key-before", "the-key-of-now");
    seal(&app, &vault(before)).await?;
    app.world.set("ENCRYPTION_KEY", now);

    let refused = type_in_group(&app.world, "secrets", "reseal").await?;
    assert_eq!(refused.code, Some(1), "{refused:?}");
    assert!(
        refused.err.contains("ENCRYPTION_KEYS_BEFORE"),
        "{refused:?}"
    );

    app.world.set("ENCRYPTION_KEYS_BEFORE", before);
    let sealed = type_in_group(&app.world, "secrets", "reseal").await?;
    assert_eq!(
        (sealed.code, sealed.out.as_str()),
        (
            Some(0),
            "totp_secrets: 1 sealed anew, 0 that cannot be opened\n\
             payment_methods: 0 sealed anew, 0 that cannot be opened\n\
             vendor_requests: 1 sealed anew, 0 that cannot be opened\n\
             webhook_secrets: 0 sealed anew, 0 that cannot be opened\n"
        ),
        "{sealed:?}"
    );
    let secret = queries::secret(&mut *app.db().await?, PERSON).await?;
    let secret = secret.expect("a secret");
    let opened = vault(now).open(PERSON, &secret.key_id, &secret.sealed)?;
    assert_eq!(opened, b"of the app");
    let anew = format!(
        "SELECT count(*) AS count FROM vendor_requests WHERE key_id = '{}'",
        secret.key_id
    );
    assert_eq!(app.count(&anew).await?, 1);

    let again = type_in_group(&app.world, "secrets", "reseal --json").await?;
    for line in again.json()? {
        assert_eq!(
            (&line["resealed"], &line["unreadable"]),
            (&0.into(), &0.into())
        );
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_secret_that_is_in_use_for_longest_is_listed_first() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let now = Utc::now();
    for (name, digest, days) in [
        ("ADMIN_KEY", [1; 32], 400),
        ("ADMIN_KEY", [2; 32], 3),
        ("N8N_API_KEY", [3; 32], 100),
    ] {
        let used = [Used { name, digest }];
        let then = now - TimeDelta::days(days);
        secrets::note(&mut *app.db().await?, &used, then).await?;
        // Seen again: it is as old as it was.
        let seen = secrets::note(&mut *app.db().await?, &used, now).await?;
        assert_eq!((now - seen[0].first_seen_at).num_days(), days, "{name}");
    }
    let listed = type_in_group(&app.world, "secrets", "list --json").await?;
    let listed = listed.json()?;
    let listed: Vec<_> = listed
        .iter()
        .map(|one| (one["name"].as_str(), one["days"].as_i64()))
        .collect();
    assert_eq!(
        listed,
        [
            (Some("N8N_API_KEY"), Some(100)),
            (Some("ADMIN_KEY"), Some(3))
        ]
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_that_answers_is_healthy_and_one_that_is_not_there_is_not() -> anyhow::Result<()>
{
    let mut app = TestApp::start().await?;
    let port = app.addr().port();
    app.world.set("PORT", port);
    let nowhere = format!("0.0.0.0:{}", free_port()?);
    app.world.set("WORKER_METRICS_ADDR", nowhere);
    for (words, code) in [("", 0), ("api", 0), ("worker", 1)] {
        let asked = type_in_group(&app.world, "health", words).await?;
        assert_eq!(asked.code, Some(code), "{words}: {asked:?}");
        assert_eq!(asked.err.is_empty(), code == 0, "{words}: {asked:?}");
    }
    // Where it should be is another one, which does not know the question.
    let sandbox = app.world.outside("/");
    let place = sandbox.trim_start_matches("http://").trim_end_matches('/');
    app.world.set("WORKER_METRICS_ADDR", place);
    let asked = type_in_group(&app.world, "health", "worker").await?;
    assert_eq!(asked.code, Some(1), "{asked:?}");
    assert!(asked.err.contains("and not 200"), "{asked:?}");
    Ok(())
}
