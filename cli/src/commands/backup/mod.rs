//! `symancy backup`: the core tools of Postgres (`pg_basebackup`, `archive_command`), encrypted by age, into a bucket
//! (docs/BACKUPS.md, ADR 19).

mod age;
mod expire;
mod list;
mod now;
mod place;
pub(super) mod postgres;
mod unpack;
pub(super) mod wal;

pub(super) use place::Place;
pub(super) use unpack::{Unpacked, unpack};

use std::io::Write;

use super::Output;
use crate::backup_args::Backup;
use crate::failure::Failure;

/// `symancy backup`
pub(super) async fn backup(
    output: &mut Output<'_, impl Write>,
    command: Backup,
) -> Result<(), Failure> {
    match command {
        Backup::Now => now::now(output, &Place::open()?).await,
        Backup::List => list::list(output, &Place::open()?).await,
        Backup::Verify { id } => list::verify(output, &Place::open()?, id).await,
        Backup::WalPush { path } => wal::push(&Place::open()?, &path).await,
        Backup::WalFetch { name, target } => match Place::open() {
            Ok(place) => wal::fetch(&place, &name, &target).await,
            Err(Failure::Refused(why)) => Err(Failure::Aborted(why)),
            Err(why) => Err(why),
        },
    }
}
