//! The prompt files of a deployment: edited without a build, and checked at start.

use std::path::Path;

use tempfile::TempDir;
use testkit::pictures::coffee_cup;
use testkit::vendor::ScriptedVendor;
use world::app::{photo_form, words_form};
use world::{TestApp, World};

use crate::scripted::texts;

/// A copy of `workflows/` to edit.
fn copied() -> anyhow::Result<TempDir> {
    let copy = tempfile::tempdir()?;
    let source = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../workflows"));
    let mut folders = vec![source.to_owned()];
    while let Some(folder) = folders.pop() {
        std::fs::create_dir_all(copy.path().join(folder.strip_prefix(source)?))?;
        for entry in std::fs::read_dir(&folder)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else {
                std::fs::copy(&path, copy.path().join(path.strip_prefix(source)?))?;
            }
        }
    }
    Ok(copy)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edited_prompt_is_used_by_the_next_worker_and_remembered_with_the_reading()
-> anyhow::Result<()> {
    let (workflows, ai) = (copied()?, ScriptedVendor::start([]).await?);
    let mut world = World::new().await?;
    world.set("WORKFLOWS_DIR", workflows.path().display());
    world.set("OPENROUTER_BASE_URL", &ai.url);
    let app = TestApp::start_in(world).await?;
    app.post_as_service(photo_form(coffee_cup())).await?.id()?;
    app.drain_jobs().await?;
    let focus = workflows
        .path()
        .join("prompts/interpretation/focus/general.ru.md");
    std::fs::write(focus, "---\nversion: 2\n---\nТема — урожай.")?;
    app.post_as_service(photo_form(coffee_cup())).await?.id()?;
    app.drain_jobs().await?;
    let texts = texts(&ai);
    assert!(!texts[0].0.contains("урожай") && texts[1].0.contains("\nТема — урожай.\n"));
    for version in ["general.1", "general.2"] {
        let kept = format!(
            "SELECT count(*) AS count FROM analysis_steps WHERE step = 'interpretation'
             AND prompt_version LIKE 'interpretation.ru.1+voice.2+{version}#________'
             AND vendor = 'openrouter' AND model <> ''"
        );
        assert_eq!(app.count(&kept).await?, 1, "{version}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_prompt_keeps_a_worker_from_starting_and_all_faults_are_reported()
-> anyhow::Result<()> {
    let workflows = copied()?;
    let mut world = World::new().await?;
    world.set("WORKFLOWS_DIR", workflows.path().display());
    let app = TestApp::start_in(world).await?;
    let prompts = workflows.path().join("prompts");
    std::fs::write(prompts.join("vision.md"), "Look at the cup.")?;
    std::fs::remove_file(prompts.join("answer/zh.md"))?;
    let id = app.post_as_service(words_form("a bird")).await?.id()?;
    let why = format!("{:#}", app.worker().err().expect("it does not start"));
    for message in [
        "prompts/vision.md: must begin",
        "prompts/answer/zh.md: cannot be read",
        "WORKFLOWS_DIR",
    ] {
        assert!(why.contains(message), "{message} is not in {why}");
    }
    let waits = app
        .get_as_service(&format!("/v1/analyses/{id}"))
        .await?
        .body;
    assert_eq!(waits["status"], "pending");
    Ok(())
}
