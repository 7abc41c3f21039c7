//! The binary `symancy`: the operator's command for the job ledger, the keys of services and the AI
//! vendors. It needs Postgres alone, so it works while every api and worker is down; Redis only wakes
//! workers sooner.

mod ai_args;
mod analytics_args;
mod args;
mod audit_args;
mod backup_args;
mod commands;
mod desk_args;
mod events_args;
mod failure;
mod import_args;
mod keys_args;
mod migrate_args;
mod money_args;
mod operator;
mod operators_args;
mod payments_args;
mod plans_args;
mod secrets_args;
mod support_args;
mod table;

use std::io::Write;
use std::process::ExitCode;

use clap::Parser;

use args::Args;
use failure::Failure;

/// Exit status of a command that failed. That of wrong arguments, 2, is clap's.
const REFUSED: u8 = 1;
/// Exit status by which Postgres ends a recovery, where a smaller one would mean that the log has ended
/// (its manual, section 26.3.4).
const ABORTED: u8 = 200;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let args = Args::parse();
    let mut out = std::io::stdout().lock();
    let ended = commands::run(args, &mut out).await;
    match ended.and_then(|()| Ok(out.flush()?)) {
        // The reader has seen enough: `symancy jobs list | head`.
        Ok(()) | Err(Failure::BrokenPipe) => ExitCode::SUCCESS,
        Err(Failure::Reported) => ExitCode::from(REFUSED),
        Err(Failure::Aborted(why)) => {
            failure::to_stderr(&why);
            ExitCode::from(ABORTED)
        }
        Err(Failure::Refused(why)) => {
            failure::to_stderr(&why);
            ExitCode::from(REFUSED)
        }
    }
}
