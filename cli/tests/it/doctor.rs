//! `symancy doctor`.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use tokio::process::Command;
use world::World;

/// A program that answers `--check` with these lines.
fn program(folder: &Path, name: &str, faults: &[&str]) -> anyhow::Result<()> {
    let lines: String = faults
        .iter()
        .map(|fault| format!("echo '{fault}'\n"))
        .collect();
    let script = format!(
        "#!/bin/sh\n[ \"$1\" = --check ] || exit 9\n{lines}exit {}\n",
        i32::from(!faults.is_empty())
    );
    let file = folder.join(name);
    std::fs::write(&file, script)?;
    Ok(std::fs::set_permissions(
        file,
        PermissionsExt::from_mode(0o755),
    )?)
}

/// Exit code and output of the doctor beside these programs.
async fn doctor(world: &World, folder: &Path) -> anyhow::Result<(Option<i32>, String)> {
    let symancy = folder.join("symancy");
    if !symancy.exists() {
        std::fs::copy(env!("CARGO_BIN_EXE_symancy"), &symancy)?;
    }
    let mut command = Command::new(symancy);
    command
        .env_clear()
        .envs(&world.env)
        .env("PATH", "/bin:/usr/bin")
        .arg("doctor");
    let ended = command.kill_on_drop(true).output().await?;
    Ok((ended.status.code(), String::from_utf8(ended.stdout)?))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deployment_is_looked_over_and_each_fault_is_told_once() -> anyhow::Result<()> {
    let mut world = World::new().await?;
    world.set("ENCRYPTED_AT_REST", "postgres:disk,bucket:disk,backups:age");
    let folder = tempfile::tempdir()?;
    let (code, out) = doctor(&world, folder.path()).await?;
    assert_eq!(code, Some(1), "{out}");
    assert!(out.contains("FAULT  settings: api was not asked"), "{out}");

    program(folder.path(), "api", &[])?;
    program(folder.path(), "worker", &[])?;
    let (code, out) = doctor(&world, folder.path()).await?;
    assert_eq!(code, Some(0), "{out}");
    for part in [
        "ok     settings: those of api and worker have no fault",
        "ok     postgres: version 1",
        "ok     migrations: all ",
        "ok     role: ",
        "ok     redis: answers",
        "ok     bucket: answers",
        "ok     telegram: @",
        "ok     at rest: backups is encrypted by age",
    ] {
        assert!(out.contains(part), "{part}: {out}");
    }

    world.set("ENCRYPTED_AT_REST", "postgres:disk");
    world.set("S3_SECRET_ACCESS_KEY", "another");
    world.set("TELEGRAM_BOT_TOKEN", "4242:another");
    program(folder.path(), "api", &["ADMIN_KEY: it is short", "of both"])?;
    program(folder.path(), "worker", &["of both"])?;
    let (code, out) = doctor(&world, folder.path()).await?;
    assert_eq!(code, Some(1), "{out}");
    for part in [
        "settings: ADMIN_KEY: it is short",
        "settings: of both",
        "at rest: ENCRYPTED_AT_REST does not say by whom bucket",
        "at rest: ENCRYPTED_AT_REST does not say by whom backups",
        "bucket: ",
    ] {
        assert_eq!(
            out.matches(&format!("FAULT  {part}")).count(),
            1,
            "{part}: {out}"
        );
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_reached_is_a_fault_and_the_rest_is_asked_all_the_same() -> anyhow::Result<()>
{
    let mut world = World::new().await?;
    world.set("DATABASE_URL", "postgres://u:hunter2@127.0.0.1:1/d");
    world.set("REDIS_URL", "redis://127.0.0.1:1");
    let folder = tempfile::tempdir()?;
    program(folder.path(), "api", &[])?;
    program(folder.path(), "worker", &[])?;
    let (code, out) = doctor(&world, folder.path()).await?;
    assert_eq!(code, Some(1), "{out}");
    for about in ["postgres", "redis"] {
        assert!(out.contains(&format!("FAULT  {about}: ")), "{out}");
    }
    assert!(
        out.contains("ok     bucket: answers") && !out.contains("hunter2"),
        "{out}"
    );
    Ok(())
}
