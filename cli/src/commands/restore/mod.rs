//! `symancy restore`: the database as it was at a moment, beside what is there; and what must follow before it is served.

mod finish;
mod physical;
mod server;
mod swap;

use std::io::Write;
use std::path::PathBuf;

use super::Output;
use super::backup::Place;
use crate::backup_args::{Moment, Restore, Then};
use crate::failure::Failure;

/// What is to be restored.
#[derive(Debug)]
struct Wanted {
    moment: Moment,
    /// The id of the backup to begin with; `None`: the newest that fits.
    backup: Option<String>,
}

/// `symancy restore`
pub(super) async fn restore(
    output: &mut Output<'_, impl Write>,
    command: Restore,
) -> Result<(), Failure> {
    if let Some(Then::Finish { since }) = command.then {
        return finish::finish(output, since).await;
    }
    let wanted = Wanted {
        moment: command.what.at.unwrap_or(Moment::Latest),
        backup: command.what.backup,
    };
    let place = Place::open()?;
    match (command.what.into, command.what.swap) {
        (_, Some(data)) => swap::swap(output, &place, &wanted, &data).await,
        (into, None) => {
            let into: PathBuf = into.unwrap_or_default();
            let restored = physical::restore(&place, &wanted, &into).await?;
            physical::tell(
                output,
                &restored,
                "A drill, unless you use it: then archive its history first.",
            )
        }
    }
}
