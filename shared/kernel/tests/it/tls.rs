//! Postgres and Redis over TLS, against real servers. What each `sslmode` accepts is table 34.1 of
//! Postgres' manual (section 34.19.3).

use std::path::Path;
use std::time::Duration;

use diesel::QueryableByName;
use diesel::sql_types::Bool;
use diesel_async::RunQueryDsl;
use kernel::db::Address;
use kernel::env::Env;
use kernel::redis::RedisConfig;
use kernel::tls::Roots;
use testkit::servers::{Authority, TlsPostgres, TlsRedis};

/// The name on the certificates; `127.0.0.1`, where the servers listen as well, is not on them.
const NAME: &str = "localhost";
const OTHER_NAME: &str = "127.0.0.1";

#[derive(QueryableByName)]
struct Secured {
    #[diesel(sql_type = Bool)]
    ssl: bool,
}

/// Whether the connection is encrypted, as the server sees it; or why there is none.
async fn connect(address: &Address) -> Result<bool, String> {
    let mut conn = address.connect().await.map_err(|why| why.to_string())?;
    let query = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()";
    let row: Secured = diesel::sql_query(query)
        .get_result(&mut conn)
        .await
        .map_err(|why| why.to_string())?;
    Ok(row.ssl)
}

fn pem(folder: &Path, name: &str, authority: &Authority) -> anyhow::Result<String> {
    let file = folder.join(name);
    std::fs::write(&file, authority.pem())?;
    Ok(file.display().to_string())
}

#[tokio::test(flavor = "multi_thread")]
async fn each_sslmode_of_postgres_accepts_what_libpq_accepts() -> anyhow::Result<()> {
    let (right, wrong) = (Authority::new()?, Authority::new()?);
    let mut server = TlsPostgres::start(&right, &[NAME]).await?;
    let folder = tempfile::tempdir()?;
    let (right, wrong) = (
        pem(folder.path(), "right.pem", &right)?,
        pem(folder.path(), "wrong.pem", &wrong)?,
    );
    const UNKNOWN: Result<bool, &str> = Err("UnknownIssuer");
    const OTHER: Result<bool, &str> = Err("not valid for name");
    // The mode; whether it is encrypted or refused with the right authority, with the right one under
    // another name, with another authority, and with Mozilla's list.
    let cases = [
        ("disable", [Ok(false), Ok(false), Ok(false), Ok(false)]),
        ("prefer", [Ok(true), Ok(true), Ok(true), Ok(true)]),
        // With an authority of one's own it is verify-ca.
        ("require", [Ok(true), Ok(true), UNKNOWN, Ok(true)]),
        ("verify-ca", [Ok(true), Ok(true), UNKNOWN, UNKNOWN]),
        ("verify-full", [Ok(true), OTHER, UNKNOWN, UNKNOWN]),
    ];
    let ways = [
        (NAME, Some(&right)),
        (OTHER_NAME, Some(&right)),
        (NAME, Some(&wrong)),
        (NAME, None),
    ];
    for (mode, expected) in cases {
        for ((host, file), expected) in ways.into_iter().zip(expected) {
            let named = file
                .map(|file| format!("&sslrootcert={file}"))
                .unwrap_or_default();
            let url = server.url(host, &format!("sslmode={mode}{named}"));
            let found = connect(&url.parse().map_err(anyhow::Error::msg)?).await;
            let same = match (&found, expected) {
                (Ok(found), Ok(expected)) => *found == expected,
                (Err(why), Err(part)) => why.contains(part),
                _ => false,
            };
            assert!(same, "{url}: {found:?}, expected {expected:?}");
        }
    }
    // The setting stands where the address names no file.
    let roots = Roots::from_file(Path::new(&right)).map_err(anyhow::Error::msg)?;
    let url = server.url(NAME, "sslmode=verify-full");
    let address = Address::parse(&url, &roots).map_err(anyhow::Error::msg)?;
    assert_eq!(connect(&address).await, Ok(true));

    server.restart(false).await?;
    for mode in ["disable", "prefer", "require", "verify-ca", "verify-full"] {
        let url = server.url(NAME, &format!("sslmode={mode}"));
        let found = connect(&url.parse().map_err(anyhow::Error::msg)?).await;
        match mode {
            "disable" | "prefer" => assert_eq!(found, Ok(false), "{mode}"),
            _ => assert!(
                found
                    .clone()
                    .is_err_and(|why| why.contains("does not support TLS")),
                "{mode}: {found:?}"
            ),
        }
    }
    Ok(())
}

/// A client of Redis with these settings.
fn redis(url: &str, roots: Option<&str>) -> anyhow::Result<RedisConfig> {
    let lookup = |name: &str| match name {
        "REDIS_URL" => Some(url.to_owned()),
        "TLS_ROOT_CERTIFICATES" => roots.map(str::to_owned),
        _ => None,
    };
    let mut env = Env::new(&lookup);
    let config = RedisConfig::read(&mut env);
    Ok(env.finish(config)?)
}

/// What Redis answers, in a connection of each of the two kinds that the programs use.
async fn ping(config: &RedisConfig) -> Result<String, String> {
    let ping = redis::cmd("PING");
    let mut manager = config
        .connection(Duration::from_secs(5), 0)
        .map_err(|why| why.to_string())?;
    let managed: redis::RedisResult<String> = ping.query_async(&mut manager).await;
    let client = config.client().map_err(|why| why.to_string())?;
    let alone = client.get_multiplexed_async_connection().await;
    assert_eq!(managed.is_ok(), alone.is_ok(), "{managed:?}");
    managed.map_err(|why| format!("{why:?}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn redis_over_tls_is_the_one_that_the_authority_has_signed() -> anyhow::Result<()> {
    let (right, wrong) = (Authority::new()?, Authority::new()?);
    let server = TlsRedis::start(&right, &[NAME]).await?;
    let folder = tempfile::tempdir()?;
    let (right, wrong) = (
        pem(folder.path(), "right.pem", &right)?,
        pem(folder.path(), "wrong.pem", &wrong)?,
    );
    let pong = ping(&redis(&server.url(NAME), Some(&right))?).await;
    assert_eq!(pong, Ok("PONG".to_owned()));
    for (host, roots, part) in [
        (OTHER_NAME, Some(right.as_str()), "not valid for name"),
        (NAME, Some(wrong.as_str()), "UnknownIssuer"),
        (NAME, None, "UnknownIssuer"),
    ] {
        let refused = ping(&redis(&server.url(host), roots)?).await;
        assert!(
            refused.clone().is_err_and(|why| why.contains(part)),
            "{host}: {refused:?}"
        );
    }
    let plain = server.url(NAME).replace("rediss:", "redis:");
    assert!(ping(&redis(&plain, Some(&right))?).await.is_err());
    Ok(())
}

/// The faults of the two addresses with these settings.
fn faults(set: &[(&str, &str)]) -> Vec<String> {
    let lookup = |name: &str| {
        let found = set.iter().find(|(known, _)| *known == name);
        found.map(|(_, value)| (*value).to_owned())
    };
    let mut env = Env::new(&lookup);
    let read = (
        kernel::db::DbConfig::read(&mut env),
        RedisConfig::read(&mut env),
    );
    env.finish(read)
        .map_or_else(|kernel::env::ConfigError(all)| all, |_| Vec::new())
}

#[test]
fn over_a_network_both_are_refused_without_tls_unless_a_setting_allows_it() {
    const NEAR: (&str, &str) = ("postgres://u:p@127.0.0.1/d", "redis://[::1]:6379");
    for (postgres, redis, refused) in [
        (NEAR.0, NEAR.1, &[][..]),
        (
            "postgres:///d?host=/run/postgresql",
            "redis+unix:///run/redis.sock",
            &[],
        ),
        ("postgres://u:p@db.internal/d", NEAR.1, &["DATABASE_URL"]),
        (
            "postgres://u:p@db.internal/d?sslmode=disable",
            NEAR.1,
            &["DATABASE_URL"],
        ),
        (
            "postgres://u:p@db.internal/d?sslmode=prefer",
            NEAR.1,
            &["DATABASE_URL"],
        ),
        ("postgres://u:p@db.internal/d?sslmode=require", NEAR.1, &[]),
        (
            "postgres://u:p@db.internal/d?sslmode=verify-full",
            "rediss://cache.internal",
            &[],
        ),
        (NEAR.0, "redis://cache.internal", &["REDIS_URL"]),
        (NEAR.0, "rediss://cache.internal/#insecure", &["REDIS_URL"]),
        (
            "postgres://u:p@10.0.0.7/d",
            "redis://10.0.0.7",
            &["DATABASE_URL", "REDIS_URL"],
        ),
    ] {
        let set = [("DATABASE_URL", postgres), ("REDIS_URL", redis)];
        let found = faults(&set);
        assert_eq!(found.len(), refused.len(), "{postgres} {redis}: {found:?}");
        for (fault, name) in found.iter().zip(refused) {
            assert!(fault.starts_with(name), "{fault}");
        }
        if !redis.contains('#') {
            let allowed = [set[0], set[1], ("ALLOW_PLAINTEXT", "true")];
            assert_eq!(faults(&allowed), [""; 0], "{postgres} {redis}");
        }
    }
    let file = [
        ("TLS_ROOT_CERTIFICATES", "/not/there.pem"),
        ("DATABASE_URL", NEAR.0),
        ("REDIS_URL", NEAR.1),
    ];
    let found = faults(&file);
    assert!(found[0].contains("TLS_ROOT_CERTIFICATES"), "{found:?}");
}
