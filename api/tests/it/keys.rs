//! Keys of services: which open the door, and to what.

use api::people::keys::Keys;
use audit::model::Origin;
use chrono::{DateTime, TimeDelta, Utc};
use people::api_keys::{acts, fresh, model, queries, uses};
use reqwest::Method;
use reqwest::multipart::Form;
use testkit::eventually;
use uuid::Uuid;
use world::app::Answer;
use world::{TestApp, World};

const PATH: &str = "/v1/analyses/00000000-0000-0000-0000-000000000000";

/// What a key is made of, besides chance.
#[derive(Default)]
pub(crate) struct Rights<'a> {
    pub(crate) scopes: &'a [&'a str],
    pub(crate) addresses: &'a [&'a str],
    pub(crate) expires_at: Option<DateTime<Utc>>,
    pub(crate) persons: Option<&'a [i64]>,
}

pub(crate) async fn key_with(app: &TestApp, rights: Rights<'_>) -> anyhow::Result<(Uuid, String)> {
    let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
    let rights = model::Rights {
        name: "a service".to_owned(),
        scopes: texts(rights.scopes),
        allowed_addresses: texts(rights.addresses),
        expires_at: rights.expires_at,
        persons: rights.persons.map(<[i64]>::to_vec),
        ..model::Rights::default()
    };
    let origin = Origin::own("operator");
    let (fresh, key) = acts::create(&mut *app.db().await?, rights, &origin).await?;
    Ok((key.id, fresh.text))
}

async fn get(app: &TestApp, key: &str) -> anyhow::Result<Answer> {
    let call = app.request(Method::GET, PATH).header("X-API-Key", key);
    Answer::of(call.send().await?).await
}

/// Well formed, and of no service.
fn unknown() -> anyhow::Result<String> {
    Ok(fresh::make()?.text)
}

#[tokio::test(flavor = "multi_thread")]
async fn garbage_never_reaches_the_database() -> anyhow::Result<()> {
    let mut world = World::new().await?;
    world.set("DATABASE_URL", "postgres://nobody:nothing@127.0.0.1:1/none");
    world.set("DATABASE_WAIT_MS", 500);
    let app = TestApp::start_in(world).await?;
    let good = unknown()?;
    let mistyped = good.replacen('_', "-", 1);
    let cut = &good[..50];
    let bad_sum = format!("{}{}", cut, if good.ends_with('0') { '1' } else { '0' });
    for garbage in [
        "",
        "x",
        "sym_",
        &mistyped,
        cut,
        &bad_sum,
        &"a".repeat(4_000),
    ] {
        assert_eq!(
            get(&app, garbage).await?.refusal(),
            (401, "E202"),
            "{garbage}"
        );
    }
    assert_eq!(get(&app, &good).await?.refusal(), (503, "E901"));
    assert_eq!(get(&app, "n8n-key").await?.refusal(), (503, "E901"));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_opens_what_its_scopes_name_and_no_more() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let reader = Rights {
        scopes: &["analyses:read"],
        ..Rights::default()
    };
    let (_, reader) = key_with(&app, reader).await?;
    assert_eq!(get(&app, &reader).await?.refusal(), (404, "E601"));
    let form = Form::new()
        .text("text", "a bird")
        .text("telegram_user_id", "7");
    let call = app
        .request(Method::POST, "/v1/analyses")
        .header("X-API-Key", &reader);
    let refused = Answer::of(call.multipart(form).send().await?).await?;
    assert_eq!(refused.refusal(), (403, "E204"));
    assert_eq!(app.rows().await?, (0, 0, 0));
    let (_, nothing) = key_with(&app, Rights::default()).await?;
    assert_eq!(get(&app, &nothing).await?.refusal(), (403, "E204"));
    let (_, all) = key_with(
        &app,
        Rights {
            scopes: &["*"],
            ..Rights::default()
        },
    )
    .await?;
    assert_eq!(get(&app, &all).await?.refusal(), (404, "E601"));
    assert_eq!(get(&app, &unknown()?).await?.refusal(), (401, "E202"));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_refused_when_it_is_over_and_from_other_networks() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    for (addresses, ends_in, wanted) in [
        (&[][..], 3_600, (404, "E601")),
        (&[], -1, (401, "E203")),
        (&["127.0.0.0/8"], 3_600, (404, "E601")),
        (&["192.0.2.0/24", "2001:db8::/32"], 3_600, (403, "E204")),
    ] {
        let rights = Rights {
            scopes: &["*"],
            addresses,
            expires_at: Some(Utc::now() + TimeDelta::seconds(ends_in)),
            ..Rights::default()
        };
        let (_, key) = key_with(&app, rights).await?;
        assert_eq!(
            get(&app, &key).await?.refusal(),
            wanted,
            "{addresses:?} {ends_in}"
        );
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_key_is_refused_everywhere_within_seconds() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let (id, key) = key_with(
        &app,
        Rights {
            scopes: &["*"],
            ..Rights::default()
        },
    )
    .await?;
    assert_eq!(get(&app, &key).await?.status, 404);
    queries::revoke(
        &mut *app.db().await?,
        id,
        Utc::now(),
        (&Origin::own("operator"), None),
    )
    .await?;
    let revoked = std::time::Instant::now();
    let refused = eventually(async || {
        let answer = get(&app, &key).await?;
        Ok((answer.status != 404).then_some(answer))
    });
    assert_eq!(refused.await?.refusal(), (401, "E202"));
    assert!(revoked.elapsed() < std::time::Duration::from_secs(15));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_key_of_the_environment_is_a_row_like_any_other() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    assert_eq!(get(&app, "n8n-key").await?.status, 404);
    assert_eq!(get(&app, "n8n-key").await?.status, 404);
    let row = "SELECT count(*) AS count FROM api_keys WHERE name = 'n8n' AND scopes = '{*}'
               AND prefix = 'env:N8N_API_KEY' AND hash = sha256('n8n-key')";
    assert_eq!(app.count(row).await?, 1);
    let audit = "SELECT count(*) AS count FROM audit_logs WHERE action = 'api_key_created'
                 AND actor = 'operator' AND new_value->>'name' = 'n8n'";
    assert_eq!(app.count(audit).await?, 1);
    let mut conn = app.db().await?;
    let id = queries::live_of(&mut conn, queries::N8N_PREFIX).await?[0].id;
    queries::revoke(&mut conn, id, Utc::now(), (&Origin::own("operator"), None)).await?;
    drop(conn);
    // A process that starts afterwards does not bring it back to life.
    let later = app.sibling()?;
    let url = format!("http://{}{PATH}", later.addr);
    let answer = app
        .world
        .http
        .get(url)
        .header("X-API-Key", "n8n-key")
        .send()
        .await?;
    assert_eq!(answer.status(), 401);
    assert_eq!(app.count(row).await?, 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_key_of_the_environment_has_its_row_from_the_start_and_only_one() -> anyhow::Result<()>
{
    let app = TestApp::start().await?;
    for _ in 0..2 {
        Keys::new(&app.core.db, [Some("n8n-key"), None])
            .register()
            .await;
    }
    assert_eq!(
        app.count("SELECT count(*) AS count FROM api_keys").await?,
        1
    );
    assert_eq!(
        app.count("SELECT count(*) AS count FROM audit_logs")
            .await?,
        1
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_database_is_away_nobody_is_counted_for_it() -> anyhow::Result<()> {
    let mut world = World::new().await?;
    world.set("DATABASE_URL", "postgres://nobody:nothing@127.0.0.1:1/none");
    world.set("DATABASE_WAIT_MS", 200);
    world.set("RATE_LIMIT_IP", 1);
    let app = TestApp::start_in(world).await?;
    for _ in 0..3 {
        assert_eq!(get(&app, "n8n-key").await?.refusal(), (503, "E901"));
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_use_of_a_key_is_written_down_with_the_address_at_most_once_a_minute()
-> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let (id, key) = key_with(
        &app,
        Rights {
            scopes: &["*"],
            ..Rights::default()
        },
    )
    .await?;
    assert_eq!(get(&app, &key).await?.status, 404);
    let noted = format!(
        "SELECT count(*) AS count FROM api_keys WHERE id = '{id}'
         AND last_used_at > now() - interval '1 minute' AND last_used_address = '127.0.0.1'"
    );
    eventually(async || Ok((app.count(&noted).await? == 1).then_some(()))).await?;
    let mut conn = app.db().await?;
    let mut at = async |seconds| {
        let now = Utc::now() + TimeDelta::seconds(seconds);
        uses::note(&mut conn, id, None, now).await
    };
    assert_eq!((at(30).await?, at(61).await?), (0, 1));
    Ok(())
}
