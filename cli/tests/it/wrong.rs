//! Wrong arguments and settings, and rows that do not exist.

use world::World;

use crate::stage::type_in;

#[tokio::test(flavor = "multi_thread")]
async fn wrong_arguments_are_answered_with_the_right_ones() -> anyhow::Result<()> {
    let world = World::new().await?;
    let queues = "image, analysis, notification, payment, privacy, exports, webhooks, maintenance";
    for (words, wanted) in [
        ("list --queue imgae", queues),
        ("pause everything", queues),
        ("resume", "<QUEUE>"),
        (
            "list --state asleep",
            "waiting, scheduled, blocked, running, done, dead, cancelled",
        ),
        ("show 17", "not the id of a job (example: "),
        ("list --before last", "not the id of a job"),
        ("retry", "<ID>"),
        ("retry --queue image", "--dead"),
        ("cancel", "<ID>"),
        ("list --limit 0", "0 is not in 1..=100000"),
        ("lsit", "list"),
    ] {
        let printed = type_in(&world, words).await?;
        assert_eq!(
            (printed.code, printed.out.as_str()),
            (Some(2), ""),
            "{words}"
        );
        assert!(printed.err.contains(wanted), "{words}: {}", printed.err);
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_does_not_exist_cannot_be_shown() -> anyhow::Result<()> {
    let world = World::new().await?;
    let id = uuid::Uuid::now_v7();
    let printed = type_in(&world, &format!("show {id}")).await?;
    assert_eq!((printed.code, printed.out.as_str()), (Some(1), ""));
    assert_eq!(printed.err, format!("{id}: no such job.\n"));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn all_missing_and_wrong_settings_are_printed() -> anyhow::Result<()> {
    let mut world = World::new().await?;
    let right = world.env["DATABASE_URL"].clone();
    world.set("DATABASE_URL", "");
    world.set("REDIS_URL", "");
    let printed = type_in(&world, "list").await?;
    assert_eq!(printed.code, Some(1));
    assert!(
        printed
            .err
            .starts_with("DATABASE_URL is not set (example: "),
        "{printed:?}"
    );
    assert!(
        printed.err.contains("\nREDIS_URL is not set (example: "),
        "{printed:?}"
    );
    world.set("DATABASE_URL", &right);
    world.set("REDIS_URL", "nonsense");
    let printed = type_in(&world, "list").await?;
    assert!(
        printed.err.starts_with("REDIS_URL cannot be used: "),
        "{printed:?}"
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_postgres_that_is_away_or_refuses_is_named_without_its_password() -> anyhow::Result<()> {
    let mut world = World::new().await?;
    let right = world.env["DATABASE_URL"].clone();
    world.set("DATABASE_URL", "postgres://ann:secret@127.0.0.1:1/symancy");
    let away = type_in(&world, "stats").await?;
    assert_eq!(away.code, Some(1));
    assert_eq!(away.err, "Postgres at 127.0.0.1:1 does not answer.\n");
    let (head, tail) = right.rsplit_once('@').expect("a password");
    let (head, _) = head.rsplit_once(':').expect("a password");
    world.set("DATABASE_URL", format!("{head}:guess@{tail}"));
    let refused = type_in(&world, "stats").await?;
    assert!(
        refused.err.contains("refused the connection: password"),
        "{refused:?}"
    );
    assert!(!refused.err.contains("guess"));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_without_our_tables_is_an_error() -> anyhow::Result<()> {
    let mut world = World::new().await?;
    let (server, _) = world.env["DATABASE_URL"].rsplit_once('/').expect("a name");
    world.set("DATABASE_URL", format!("{server}/postgres"));
    let printed = type_in(&world, "list").await?;
    assert_eq!(printed.code, Some(1));
    assert!(
        printed.err.starts_with(
            "The tables in this database are not those of this version (relation \"jobs\" "
        ),
        "{printed:?}"
    );
    Ok(())
}
