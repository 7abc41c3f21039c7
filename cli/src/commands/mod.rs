//! The commands, one file each or a few that are alike.

mod act;
mod ai;
mod ai_health;
mod analytics;
mod announcements;
mod audit;
mod backup;
mod doctor;
mod doctor_postgres;
mod events;
mod finding;
mod give_back;
mod health;
mod import;
mod inbox;
mod keys;
mod list;
mod mail;
mod migrate;
mod money;
mod operators;
mod organizations;
mod payment;
mod payments;
mod plans;
mod probe;
mod queues;
mod restore;
mod rollout;
mod secrets;
mod show;
mod stats;
mod status;
mod support;
mod switches;

use std::io::Write;
use std::time::Duration;

use serde::Serialize;

use crate::ai_args::Ai;
use crate::analytics_args::Analytics;
use crate::args::{Args, Command, CommandGroup};
use crate::audit_args::Audit;
use crate::failure::Failure;
use crate::keys_args::Keys;
use crate::money_args::Money;
use crate::operator::Operator;
use crate::payments_args::Payments;
use crate::plans_args::Plans;
use crate::support_args::Support;

/// Where a command writes, and in which form.
pub(crate) struct Output<'a, W> {
    pub writer: &'a mut W,
    /// JSON for programs instead of text.
    pub json: bool,
}

impl<W: Write> Output<'_, W> {
    /// One line of text, or one object for programs.
    fn line(&mut self, sentence: &str, object: &impl Serialize) -> Result<(), Failure> {
        if self.json {
            self.object(object)
        } else {
            Ok(writeln!(self.writer, "{sentence}")?)
        }
    }

    fn object(&mut self, object: &impl Serialize) -> Result<(), Failure> {
        let text = serde_json::to_string(object)?;
        Ok(writeln!(self.writer, "{text}")?)
    }
}

/// Runs the command.
///
/// # Errors
/// Why it failed.
pub(crate) async fn run(args: Args, writer: &mut impl Write) -> Result<(), Failure> {
    match args.group {
        CommandGroup::Jobs { json, command } => {
            let operator = &mut Operator::connect().await?;
            jobs(operator, &mut Output { writer, json }, command).await
        }
        CommandGroup::Keys { json, command } => {
            let operator = &mut Operator::connect().await?;
            keys(operator, &mut Output { writer, json }, command).await
        }
        CommandGroup::Doctor { json } => doctor::doctor(&mut Output { writer, json }).await,
        CommandGroup::Status { json } => status::status(&mut Output { writer, json }).await,
        CommandGroup::Migrate { json, command } => {
            migrate::migrate(&mut Output { writer, json }, command).await
        }
        CommandGroup::Backup { json, command } => {
            backup::backup(&mut Output { writer, json }, command).await
        }
        CommandGroup::Restore { json, command } => {
            restore::restore(&mut Output { writer, json }, command).await
        }
        CommandGroup::Support { json, command } => {
            let operator = &mut Operator::connect().await?;
            support(operator, &mut Output { writer, json }, command).await
        }
        CommandGroup::Operators { json, command } => {
            let operator = &mut Operator::connect().await?;
            operators::operators(operator, &mut Output { writer, json }, command).await
        }
        CommandGroup::People { json, command } => {
            let operator = &mut Operator::connect().await?;
            operators::people(operator, &mut Output { writer, json }, command).await
        }
        CommandGroup::Organizations { json, command } => {
            let operator = &mut Operator::connect().await?;
            organizations::organizations(operator, &mut Output { writer, json }, command).await
        }
        CommandGroup::Switches { json, command } => {
            let operator = &mut Operator::connect().await?;
            switches::switches(operator, &mut Output { writer, json }, command).await
        }
        CommandGroup::Import { json, command } => {
            let operator = &mut Operator::connect().await?;
            import::import(operator, &mut Output { writer, json }, command).await
        }
        CommandGroup::Rollout { json, command } => {
            let operator = &mut Operator::connect().await?;
            rollout::rollout(operator, &mut Output { writer, json }, command).await
        }
        CommandGroup::Announcements { json, command } => {
            let operator = &mut Operator::connect().await?;
            announcements::announcements(operator, &mut Output { writer, json }, command).await
        }
        CommandGroup::Mail { json, command } => {
            let operator = &mut Operator::connect().await?;
            mail::mail(operator, &mut Output { writer, json }, command).await
        }
        CommandGroup::Payments { json, command } => {
            let operator = &mut Operator::connect().await?;
            let output = &mut Output { writer, json };
            match command {
                Payments::Astray => payments::astray(operator, output).await,
                Payments::Find(wanted) => payments::find(operator, output, wanted).await,
                Payments::Show { id } => payment::show(operator, output, id).await,
                Payments::Refund(wanted) => payment::refund(operator, output, wanted).await,
                Payments::Settle(wanted) => payment::settle(operator, output, wanted).await,
                Payments::Inbox => inbox::list(operator, output).await,
                Payments::Replay { id, .. } => inbox::replay(operator, output, id).await,
            }
        }
        CommandGroup::Audit { json, command } => {
            let operator = &mut Operator::connect().await?;
            let output = &mut Output { writer, json };
            match command {
                Audit::List(filter) => audit::list(operator, output, filter).await,
                Audit::Verify { head } => audit::verify(operator, output, head).await,
            }
        }
        CommandGroup::Analytics { json, command } => {
            let operator = &mut Operator::connect().await?;
            let output = &mut Output { writer, json };
            match command {
                Analytics::Rebuild { zone } => analytics::rebuild(operator, output, zone).await,
                Analytics::Check { day } => analytics::check(operator, output, day).await,
                Analytics::Rebase => analytics::rebase(operator, output).await,
            }
        }
        CommandGroup::Events { json, command } => {
            let operator = &mut Operator::connect().await?;
            events::events(operator, &mut Output { writer, json }, command).await
        }
        CommandGroup::Plans { json, command } => {
            let operator = &mut Operator::connect().await?;
            plans(operator, &mut Output { writer, json }, command).await
        }
        CommandGroup::Money { json, command } => {
            let operator = &mut Operator::connect().await?;
            let output = &mut Output { writer, json };
            match command {
                Money::Balance => money::balance(operator, output).await,
                Money::Trace { payment } => money::trace(operator, output, &payment).await,
                Money::Story { person } => money::story(operator, output, person).await,
                Money::Astray => money::astray(operator, output).await,
                Money::GiveBack { charge, reason } => {
                    give_back::give_back(operator, output, (&charge, &reason)).await
                }
            }
        }
        CommandGroup::Secrets { json, command } => {
            let output = &mut Output { writer, json };
            secrets::secrets(output, command).await
        }
        CommandGroup::Health { program, timeout } => {
            health::health(program, Duration::from_secs(timeout)).await
        }
        CommandGroup::Ai { json, command } => {
            let output = &mut Output { writer, json };
            match command {
                Ai::Models { timeout } => ai::models(output, Duration::from_secs(timeout)).await,
                Ai::Health => {
                    let operator = &mut Operator::connect().await?;
                    ai_health::health(operator, output).await
                }
            }
        }
    }
}

async fn keys(
    operator: &mut Operator,
    output: &mut Output<'_, impl Write>,
    command: Keys,
) -> Result<(), Failure> {
    match command {
        Keys::List { all } => keys::list(operator, output, all).await,
        Keys::Create(wanted) => keys::create(operator, output, wanted).await,
        Keys::Rotate { prefix, grace } => keys::rotate(operator, output, &prefix, grace).await,
        Keys::Revoke { prefix } => keys::revoke(operator, output, &prefix).await,
    }
}

async fn support(
    operator: &mut Operator,
    output: &mut Output<'_, impl Write>,
    command: Support,
) -> Result<(), Failure> {
    match command {
        Support::List { all } => support::list(operator, output, all).await,
        Support::Show { number } => support::show(operator, output, number).await,
        Support::Answer { number, answer } => {
            support::close(operator, output, number, Some(&answer)).await
        }
        Support::Close { number } => support::close(operator, output, number, None).await,
    }
}

async fn plans(
    operator: &mut Operator,
    output: &mut Output<'_, impl Write>,
    command: Plans,
) -> Result<(), Failure> {
    match command {
        Plans::Show => plans::show(operator, output).await,
        Plans::SetLimit(wanted) => plans::set_limit(operator, output, wanted).await,
        Plans::SetRate { tier, rate } => plans::set_rate(operator, output, tier, rate).await,
        Plans::ResetLimit { account, unit } => {
            plans::reset_limit(operator, output, (account, unit)).await
        }
    }
}

async fn jobs(
    operator: &mut Operator,
    output: &mut Output<'_, impl Write>,
    command: Command,
) -> Result<(), Failure> {
    match command {
        Command::List(list) => list::list(operator, output, list).await,
        Command::Show { id } => show::show(operator, output, id).await,
        Command::Retry(retry) if retry.dead => act::retry_dead(operator, output, retry).await,
        Command::Retry(retry) => act::each(operator, output, act::Action::Retry, retry.ids).await,
        Command::Cancel { ids } => act::each(operator, output, act::Action::Cancel, ids).await,
        Command::Discard { ids } => act::each(operator, output, act::Action::Discard, ids).await,
        Command::Pause { queue, by } => queues::pause(operator, output, queue, by).await,
        Command::Resume { queue } => queues::resume(operator, output, queue).await,
        Command::Stats { watch } => stats::stats(operator, output, watch).await,
        Command::Probe { timeout } => probe::probe(operator, output, timeout).await,
    }
}
