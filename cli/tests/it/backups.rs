//! `symancy backup` and `symancy restore`: a real Postgres that archives its log, age, and the bucket of the sandbox.

use std::collections::HashMap;
use std::path::Path;

use anyhow::Context;
use backups::rules;
use chrono::{DateTime, Utc};
use diesel::QueryableByName;
use diesel::sql_types::Text;
use diesel_async::RunQueryDsl;
use serde_json::{Value, json};
use testkit::servers::ArchivedPostgres;
use testkit::{database, eventually};
use vendors::storage::{Body, Storage};
use world::World;

use crate::stage::Printed;

/// Two pairs of keys that age-keygen has made for these tests; the first is that of the backups.
const RECIPIENT: &str = "age1u5x368muuuga90cwef50aj4hc4sj0gfma8hxz5fz6eqmt6f8rvrqafnj6q";
const KEY: &str = "AGE-SECRET-KEY-1VQQKQNYR4JCYXYRT59VTMUMWX79NH6V8GMGG7S3D203A94CCKNMQ8SNS8Q";
const OTHER_KEY: &str =
    "AGE-SECRET-KEY-16LKXUFSZJ7L3HVX8UEZ84QTS9GWP3J3YSF67YZVRR707KRZGCFPQE3NA9E";

/// The settings of backups into the bucket of a world.
pub fn settings(world: &World) -> HashMap<String, String> {
    let of_bucket = |name: &str| world.env[name].clone();
    [
        ("BACKUP_S3_BUCKET", "symancy-photos".to_owned()),
        ("BACKUP_S3_ENDPOINT", of_bucket("S3_ENDPOINT")),
        ("BACKUP_S3_ACCESS_KEY_ID", of_bucket("S3_ACCESS_KEY_ID")),
        (
            "BACKUP_S3_SECRET_ACCESS_KEY",
            of_bucket("S3_SECRET_ACCESS_KEY"),
        ),
        ("BACKUP_RECIPIENT", RECIPIENT.to_owned()),
        ("BACKUP_DATABASE", "postgres".to_owned()),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into()
}

/// A server whose log is archived, a table with a row, and a backup.
struct Stage {
    world: World,
    postgres: ArchivedPostgres,
}

impl Stage {
    async fn new() -> anyhow::Result<Self> {
        let world = World::new().await?;
        let symancy = Path::new(env!("CARGO_BIN_EXE_symancy"));
        let postgres = ArchivedPostgres::start(symancy, settings(&world)).await?;
        let mut stage = Self { world, postgres };
        stage.has_key("key.txt", KEY)?;
        stage
            .postgres
            .sql("CREATE TABLE cups (name TEXT); INSERT INTO cups VALUES ('before the backup')")
            .await?;
        let made = stage.types("backup now --json").await?;
        assert_eq!(made.json()?[0]["archives_log"], true, "{made:?}");
        Ok(stage)
    }

    /// From now on commands find this secret key.
    fn has_key(&mut self, name: &str, key: &str) -> anyhow::Result<()> {
        let file = self.postgres.folder().join(name);
        std::fs::write(&file, key)?;
        self.postgres.set("BACKUP_KEY_FILE", file.display());
        Ok(())
    }

    async fn types(&self, words: &str) -> anyhow::Result<Printed> {
        let ended = self.postgres.types(words).await?;
        Ok(Printed {
            code: ended.status.code(),
            out: String::from_utf8(ended.stdout)?,
            err: String::from_utf8(ended.stderr)?,
        })
    }

    /// What the server says to a question whose answer is one text.
    async fn text(&self, question: &str) -> anyhow::Result<String> {
        #[derive(QueryableByName)]
        struct Said {
            #[diesel(sql_type = Text)]
            said: String,
        }
        let mut conn = self.postgres.connect().await?;
        let said: Said = diesel::sql_query(question).get_result(&mut conn).await?;
        Ok(said.said)
    }

    async fn count(&self, query: &str) -> anyhow::Result<i64> {
        Ok(database::count(&mut self.postgres.connect().await?, query).await?)
    }

    /// Waits until all that was written is in the bucket.
    async fn archived(&self) -> anyhow::Result<()> {
        let file = self
            .text("SELECT pg_walfile_name(pg_switch_wal()) AS said")
            .await?;
        let done = format!(
            "SELECT count(*) AS count FROM pg_stat_archiver WHERE last_archived_wal >= '{file}'"
        );
        eventually(async || Ok((self.count(&done).await? == 1).then_some(()))).await
    }
}

fn object<'a>(answer: &'a [Value], what: &str) -> anyhow::Result<&'a Value> {
    let mut found = answer.iter();
    found
        .find(|one| one.get(what).is_some())
        .with_context(|| format!("no {what} in {answer:?}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_that_was_dropped_is_back_and_what_came_after_the_moment_is_not()
-> anyhow::Result<()> {
    let mut stage = Stage::new().await?;
    for before in [
        "CREATE ROLE cook; ALTER DATABASE postgres OWNER TO cook",
        "INSERT INTO cups VALUES ('before the moment')",
    ] {
        stage.postgres.sql(before).await?;
    }
    let moment = "SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"') AS said";
    let moment = stage.text(moment).await?;
    stage
        .postgres
        .sql("INSERT INTO cups VALUES ('after the moment')")
        .await?;
    stage.postgres.sql("DROP TABLE cups").await?;
    stage.archived().await?;
    let early = stage
        .types("restore --at 2020-01-01T00:00:00Z --into restored")
        .await?;
    assert_eq!(early.code, Some(1), "{early:?}");
    assert!(
        early.err.contains("no backup from before that moment"),
        "{early:?}"
    );

    let restored = stage
        .types(&format!("restore --at {moment} --into restored --json"))
        .await?;
    assert_eq!(restored.code, Some(0), "{restored:?}");
    let said = restored.json()?;
    let found = object(&said, "recovered_to")?;
    let recovered_to: DateTime<Utc> = found["recovered_to"].as_str().unwrap_or_default().parse()?;
    assert!(recovered_to <= moment.parse::<DateTime<Utc>>()?, "{found}");
    let differing = json!([{ "table": "cups", "then": 1, "restored": 2 }]);
    assert_eq!(found["differing"], differing, "{found}");
    let again = stage
        .types(&format!("restore --at {moment} --into restored"))
        .await?;
    assert!(again.err.contains("not empty"), "{again:?}");

    stage.postgres.serve("restored").await?;
    let rows = "SELECT string_agg(name, ', ' ORDER BY name) AS said FROM cups";
    assert_eq!(
        stage.text(rows).await?,
        "before the backup, before the moment"
    );
    let mark = "SELECT current_setting('symancy.restored_to') AS said";
    assert_eq!(
        stage.text(mark).await?.parse::<DateTime<Utc>>()?,
        recovered_to
    );
    let may_lift =
        "SELECT has_parameter_privilege('cook', 'symancy.restored_to', 'SET')::text AS said";
    assert_eq!(stage.text(may_lift).await?, "true");
    let drill = backups::shelf::last_drill(&*stage.world.core()?.providers.storage).await?;
    assert_eq!(
        drill.map(|drill| drill.backup).as_deref(),
        found["backup"].as_str()
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_cut_in_half_a_wrong_key_and_a_gap_in_the_log_are_refused() -> anyhow::Result<()> {
    let mut stage = Stage::new().await?;
    let storage = stage.world.core()?.providers.storage;
    for row in ["second", "third", "fourth"] {
        stage
            .postgres
            .sql(&format!("INSERT INTO cups VALUES ('{row}')"))
            .await?;
        stage.archived().await?;
    }
    let whole = stage.types("backup verify").await?;
    assert_eq!(whole.code, Some(0), "{whole:?}");

    stage.has_key("other.txt", OTHER_KEY)?;
    let wrong = stage.types("backup verify").await?;
    assert_eq!(wrong.code, Some(1), "{wrong:?}");
    assert!(wrong.err.contains("no identity matched"), "{wrong:?}");
    stage.has_key("key.txt", KEY)?;

    let id = stage.types("backup list --json").await?.json()?[0]["backup"].clone();
    let part = rules::part_key(id.as_str().unwrap_or_default(), 0);
    let bytes = storage.get(&part).await?.context("no such part")?;
    let half = bytes.slice(..bytes.len() / 2);
    storage
        .put(&part, Body::Memory(half), "application/octet-stream")
        .await?;
    for words in ["backup verify", "restore --at latest --into half"] {
        let cut = stage.types(words).await?;
        assert_eq!(cut.code, Some(1), "{words}: {cut:?}");
        assert!(
            cut.err.contains("is not what was stored"),
            "{words}: {cut:?}"
        );
    }
    storage
        .put(&part, Body::Memory(bytes), "application/octet-stream")
        .await?;

    let gone = one_of_the_log(&*storage).await?;
    for words in ["backup verify", "restore --at latest --into gap"] {
        let gap = stage.types(words).await?;
        assert_eq!(gap.code, Some(1), "{words}: {gap:?}");
        assert!(gap.err.contains(&gone), "{gone}, {words}: {gap:?}");
    }
    Ok(())
}

/// Takes a file of the log away that others follow; its name.
async fn one_of_the_log(storage: &dyn Storage) -> anyhow::Result<String> {
    let mut files = storage.list(rules::WAL, None).await?;
    let is_segment = |key: &str| rules::of_wal_key(key).is_some_and(|(name, _)| name.len() == 24);
    files.retain(|one| is_segment(&one.key));
    let one = &files[files.len() - 2].key;
    storage.delete(one).await?;
    let (name, _) = rules::of_wal_key(one).context("no file of the log")?;
    Ok(name.to_owned())
}
