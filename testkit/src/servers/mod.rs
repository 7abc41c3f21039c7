//! Servers of a test's own, with TLS: a Postgres and a Redis on free ports of this machine, in a
//! temporary folder, with certificates made for the test. The programs are those that `make test` uses
//! (deploy/local/postgres.sh, redis.sh).

mod archived;
mod certificates;
mod postgres;
mod redis;

use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::Context;

pub use archived::ArchivedPostgres;
pub use certificates::Authority;
pub use postgres::TlsPostgres;
pub use redis::{ClusterRedis, TlsRedis};

/// A server program that is killed when this is dropped.
struct Server(std::process::Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A folder that the servers' user can work in.
fn folder() -> anyhow::Result<tempfile::TempDir> {
    let folder = tempfile::tempdir()?;
    std::fs::set_permissions(folder.path(), PermissionsExt::from_mode(0o755))?;
    Ok(folder)
}

/// A command as the user that runs servers. `folder` becomes that user's.
fn command(program: &Path, folder: &Path) -> anyhow::Result<Command> {
    if rustix::process::geteuid().is_root() {
        let (user, group) = debians_postgres()?;
        give(folder, user, group)?;
    }
    command_in(program, folder)
}

/// A command as the user that runs servers, in a folder of that user: Postgres refuses to run as root, who lends it
/// Debian's `postgres`.
fn command_in(program: &Path, folder: &Path) -> anyhow::Result<Command> {
    let mut command = Command::new(program);
    command
        .env_clear()
        .env("LC_ALL", "C.UTF-8")
        .current_dir(folder);
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    if rustix::process::geteuid().is_root() {
        let (user, group) = debians_postgres()?;
        command.uid(user).gid(group);
    }
    Ok(command)
}

fn give(path: &Path, user: u32, group: u32) -> anyhow::Result<()> {
    std::os::unix::fs::chown(path, Some(user), Some(group))?;
    if path.is_dir() {
        for entry in std::fs::read_dir(path)? {
            give(&entry?.path(), user, group)?;
        }
    }
    Ok(())
}

fn debians_postgres() -> anyhow::Result<(u32, u32)> {
    let users = std::fs::read_to_string("/etc/passwd")?;
    let line = users
        .lines()
        .find_map(|line| line.strip_prefix("postgres:"));
    let line = line.context("there is no user `postgres`: install postgresql")?;
    let mut numbers = line.split(':').skip(1).map(str::parse);
    let mut next = || numbers.next().context("a short line in /etc/passwd");
    Ok((next()??, next()??))
}

/// A port that is free now.
///
/// # Errors
/// There is none.
pub fn free_port() -> anyhow::Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}
