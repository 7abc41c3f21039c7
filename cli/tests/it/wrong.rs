//! What is typed wrong, and what is not there.

use world::World;

use crate::stage::type_in;

#[tokio::test(flavor = "multi_thread")]
async fn nonsense_is_answered_with_what_would_make_sense() -> anyhow::Result<()> {
    let world = World::new().await?;
    let queues = "image, analysis, notification, payment, privacy, maintenance";
    for (words, wanted) in [
        ("list --queue imgae", queues),
        ("pause everything", queues),
        ("resume", "<QUEUE>"),
        (
            "list --state asleep",
            "waiting, scheduled, blocked, running, done, dead, cancelled",
        ),
        (
            "show 17",
            "not the id of a job; `symancy jobs list` shows them",
        ),
        ("list --before last", "not the id of a job"),
        ("retry", "<ID>"),
        ("retry --queue image", "--dead"),
        ("cancel", "<ID>"),
        ("list --limit 0", "0 is not in 1..=100000"),
        ("lsit", "list"),
    ] {
        let told = type_in(&world, words).await?;
        assert_eq!((told.code, told.out.as_str()), (Some(2), ""), "{words}");
        assert!(told.err.contains(wanted), "{words}: {}", told.err);
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_is_not_there_cannot_be_shown() -> anyhow::Result<()> {
    let world = World::new().await?;
    let id = uuid::Uuid::now_v7();
    let told = type_in(&world, &format!("show {id}")).await?;
    assert_eq!((told.code, told.out.as_str()), (Some(1), ""));
    assert_eq!(told.err, format!("{id}: there is no such job.\n"));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_that_are_missing_or_wrong_are_all_told_in_plain_words() -> anyhow::Result<()> {
    let mut world = World::new().await?;
    let right = world.env["DATABASE_URL"].clone();
    world.set("DATABASE_URL", "");
    world.set("REDIS_URL", "");
    let told = type_in(&world, "list").await?;
    assert_eq!(told.code, Some(1));
    assert!(
        told.err.starts_with("DATABASE_URL is not set (example: "),
        "{told:?}"
    );
    assert!(
        told.err.contains("\nREDIS_URL is not set (example: "),
        "{told:?}"
    );
    world.set("DATABASE_URL", &right);
    world.set("REDIS_URL", "nonsense");
    let told = type_in(&world, "list").await?;
    assert!(
        told.err.starts_with("REDIS_URL cannot be used: "),
        "{told:?}"
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
        refused.err.contains("does not let us in: password"),
        "{refused:?}"
    );
    assert!(!refused.err.contains("guess"));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_without_our_tables_is_told_so() -> anyhow::Result<()> {
    let mut world = World::new().await?;
    let (server, _) = world.env["DATABASE_URL"].rsplit_once('/').expect("a name");
    world.set("DATABASE_URL", format!("{server}/postgres"));
    let told = type_in(&world, "list").await?;
    assert_eq!(told.code, Some(1));
    assert!(
        told.err.starts_with(
            "The tables in this database are not those of this version (relation \"jobs\" "
        ),
        "{told:?}"
    );
    Ok(())
}
