//! `symancy migrate`.

use world::World;

use crate::stage::type_in_group;

/// As many as were added since the table of the definitions, which holds rows, and that one.
fn since_the_definitions() -> anyhow::Result<usize> {
    let all = concat!(env!("CARGO_MANIFEST_DIR"), "/../migrations");
    let names = std::fs::read_dir(all)?.map(|entry| Ok(entry?.file_name()));
    let names: Vec<_> = names.collect::<std::io::Result<_>>()?;
    Ok(names
        .iter()
        .filter(|name| *name >= "20261129110000")
        .count())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_way_up_and_down_is_shown_before_it_is_gone() -> anyhow::Result<()> {
    let world = World::new().await?;
    let type_in = async |words: &str| type_in_group(&world, "migrate", words).await;
    let plan = type_in("plan").await?;
    assert_eq!((plan.code, plan.err.as_str()), (Some(0), ""), "{plan:?}");
    assert!(plan.out.ends_with(" applied, 0 pending.\n"), "{plan:?}");

    let count = since_the_definitions()?;
    let asked = type_in(&format!("down {count}")).await?;
    assert_eq!(asked.code, Some(1), "{asked:?}");
    assert!(asked.out.contains("would be taken back: 2026"), "{asked:?}");
    assert!(
        asked.out.contains("would be lost: sql_definitions ("),
        "{asked:?}"
    );
    assert!(asked.err.starts_with("Nothing was changed."), "{asked:?}");
    assert_eq!(type_in("plan").await?.out, plan.out);

    let back = type_in(&format!("down {count} --yes")).await?;
    assert_eq!(
        (back.code, back.out.lines().count()),
        (Some(0), count),
        "{back:?}"
    );
    let pending = type_in("plan").await?;
    assert_eq!(
        pending.out.matches("pending: 2026").count(),
        count,
        "{pending:?}"
    );
    // No command migrates by itself.
    let keys = type_in_group(&world, "keys", "list").await?;
    let is_told = keys.err.contains("not those of this version");
    assert_eq!((keys.code, is_told), (Some(1), true), "{keys:?}");

    let up = type_in("up").await?;
    assert_eq!(up.out.matches("applied: 2026").count(), count, "{up:?}");
    assert_eq!(type_in("plan").await?.out, plan.out);
    Ok(())
}
