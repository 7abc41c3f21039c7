//! The commands, one file each or a few that are alike.

mod act;
mod ai;
mod keys;
mod list;
mod probe;
mod queues;
mod show;
mod stats;

use std::io::Write;
use std::time::Duration;

use serde::Serialize;

use crate::ai_args::Ai;
use crate::args::{Args, Command, Room};
use crate::failure::Failure;
use crate::keys_args::Keys;
use crate::operator::Operator;

/// Where a command writes, and for whom.
pub(crate) struct Paper<'a, W> {
    pub out: &'a mut W,
    /// For programs.
    pub json: bool,
}

impl<W: Write> Paper<'_, W> {
    /// One line for people, or one object for programs.
    fn line(&mut self, sentence: &str, object: &impl Serialize) -> Result<(), Failure> {
        if self.json {
            self.object(object)
        } else {
            Ok(writeln!(self.out, "{sentence}")?)
        }
    }

    fn object(&mut self, object: &impl Serialize) -> Result<(), Failure> {
        let text = serde_json::to_string(object)?;
        Ok(writeln!(self.out, "{text}")?)
    }
}

/// Does what was typed.
///
/// # Errors
/// Why it could not be done.
pub(crate) async fn run(args: Args, out: &mut impl Write) -> Result<(), Failure> {
    match args.room {
        Room::Jobs { json, command } => {
            let operator = &mut Operator::connect().await?;
            jobs(operator, &mut Paper { out, json }, command).await
        }
        Room::Keys { json, command } => {
            let operator = &mut Operator::connect().await?;
            keys(operator, &mut Paper { out, json }, command).await
        }
        Room::Ai { json, command } => {
            let Ai::Models { timeout } = command;
            ai::models(&mut Paper { out, json }, Duration::from_secs(timeout)).await
        }
    }
}

async fn keys(
    operator: &mut Operator,
    paper: &mut Paper<'_, impl Write>,
    command: Keys,
) -> Result<(), Failure> {
    match command {
        Keys::List { all } => keys::list(operator, paper, all).await,
        Keys::Create(wanted) => keys::create(operator, paper, wanted).await,
        Keys::Rotate { prefix, grace } => keys::rotate(operator, paper, &prefix, grace).await,
        Keys::Revoke { prefix } => keys::revoke(operator, paper, &prefix).await,
    }
}

async fn jobs(
    operator: &mut Operator,
    paper: &mut Paper<'_, impl Write>,
    command: Command,
) -> Result<(), Failure> {
    match command {
        Command::List(list) => list::list(operator, paper, list).await,
        Command::Show { id } => show::show(operator, paper, id).await,
        Command::Retry(retry) if retry.dead => act::retry_dead(operator, paper, retry).await,
        Command::Retry(retry) => act::each(operator, paper, act::Wish::Retry, retry.ids).await,
        Command::Cancel { ids } => act::each(operator, paper, act::Wish::Cancel, ids).await,
        Command::Discard { ids } => act::each(operator, paper, act::Wish::Discard, ids).await,
        Command::Pause { queue, by } => queues::pause(operator, paper, queue, by).await,
        Command::Resume { queue } => queues::resume(operator, paper, queue).await,
        Command::Stats { watch } => stats::stats(operator, paper, watch).await,
        Command::Probe { timeout } => probe::probe(operator, paper, timeout).await,
    }
}
