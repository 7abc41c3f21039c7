//! The binary `symancy`: an operator's command over the job ledger and the keys of services. It needs Postgres alone, so it
//! works while every api and worker is down; Redis only makes what it asks for begin sooner.

mod ai_args;
mod args;
mod commands;
mod failure;
mod keys_args;
mod operator;
mod table;

use std::io::Write;
use std::process::ExitCode;

use clap::Parser;

use args::Args;
use failure::Failure;

/// What a wish that could not be carried out ends with. clap ends with 2 when it is told nonsense.
const REFUSED: u8 = 1;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let args = Args::parse();
    let mut out = std::io::stdout().lock();
    let ended = commands::run(args, &mut out).await;
    match ended.and_then(|()| Ok(out.flush()?)) {
        // Whoever read this has seen enough: `symancy jobs list | head`.
        Ok(()) | Err(Failure::NobodyReads) => ExitCode::SUCCESS,
        Err(Failure::Told) => ExitCode::from(REFUSED),
        Err(Failure::Refused(why)) => {
            failure::tell(&why);
            ExitCode::from(REFUSED)
        }
    }
}
