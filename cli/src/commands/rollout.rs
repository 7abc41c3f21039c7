//! `symancy rollout`.

use std::io::Write;

use ::operators::rollout::queries;
use ::operators::switches;
use chrono::SecondsFormat;
use diesel_async::AsyncConnection;
use kernel::Error;
use serde_json::json;

use super::Output;
use super::operators::{by, refused};
use crate::failure::Failure;
use crate::import_args::Rollout;
use crate::operator::Operator;

/// `symancy rollout`
pub(super) async fn rollout(
    operator: &mut Operator,
    output: &mut Output<'_, impl Write>,
    command: Rollout,
) -> Result<(), Failure> {
    match command {
        Rollout::Show => show(operator, output).await,
        Rollout::Invited => invited(operator, output).await,
        Rollout::Invite { telegram_ids } => invite(operator, output, &telegram_ids, true).await,
        Rollout::Uninvite { telegram_ids } => invite(operator, output, &telegram_ids, false).await,
    }
}

/// By the switch alone: `N8N_ROLLOUT_PERCENT` is a setting of the API.
async fn show(operator: &mut Operator, output: &mut Output<'_, impl Write>) -> Result<(), Failure> {
    let conn = &mut operator.conn;
    let percent = switches::queries::read(conn).await?.rollout(100);
    let split = queries::split(conn, i32::try_from(percent).unwrap_or(100)).await?;
    let (api, workflow) = (split.api, split.workflow);
    output.line(
        &format!("{percent} %: the API handles {api} of the persons known here, the older workflow {workflow}."),
        &json!({ "percent": percent, "api": api, "workflow": workflow }),
    )
}

async fn invited(
    operator: &mut Operator,
    output: &mut Output<'_, impl Write>,
) -> Result<(), Failure> {
    for (telegram_id, since) in queries::invited(&mut operator.conn).await? {
        let at = since.to_rfc3339_opts(SecondsFormat::Secs, true);
        output.line(
            &format!("{telegram_id}  since {at}"),
            &json!({ "telegram_id": telegram_id, "invited_at": since }),
        )?;
    }
    Ok(())
}

async fn invite(
    operator: &mut Operator,
    output: &mut Output<'_, impl Write>,
    telegram_ids: &[i64],
    is_invited: bool,
) -> Result<(), Failure> {
    let by = by();
    for telegram_id in telegram_ids {
        let turned = operator
            .conn
            .transaction(async |conn| {
                let changed = queries::invite(conn, *telegram_id, is_invited, &by).await?;
                Ok::<_, Error>(changed)
            })
            .await;
        let word = match (turned.map_err(refused)?, is_invited) {
            (true, true) => "invited",
            (true, false) => "not invited any more",
            (false, true) => "was invited already",
            (false, false) => "was not invited",
        };
        let object = json!({ "telegram_id": telegram_id, "invited": is_invited });
        output.line(&format!("{telegram_id}  {word}"), &object)?;
    }
    Ok(())
}
