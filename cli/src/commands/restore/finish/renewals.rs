//! A renewal that is due may have been charged after the restored moment.

use diesel_async::AsyncConnection;
use kernel::Error;
use money::payments::reconcile::Away;
use money::renewals::lost::Sighted;
use money::renewals::model::finds_charges;
use money::renewals::queries;
use money::renewals::turn::{self, Turn};
use product::Core;
use serde_json::json;
use uuid::Uuid;

use super::Step;
use crate::failure::{Failure, to_stderr};

/// The most persons of one query.
const BATCH: i64 = 200;

/// Takes the turn of all that is due, and charges nothing: a charge that is under way is looked for at its vendor before it
/// is asked for, here by the step that follows, and then by the worker.
pub(super) async fn take(core: &Core) -> Result<Step, Failure> {
    let (now, mut away) = (core.clock.now(), Away::new());
    let (mut seen, mut intended, mut by_hand) = (Vec::new(), 0, Vec::new());
    loop {
        let mut conn = core.db.get().await.map_err(Error::from)?;
        let due = queries::perhaps_charged(&mut conn, now, &seen, BATCH).await?;
        // One is needed for each turn.
        drop(conn);
        if due.is_empty() {
            break;
        }
        for person in due {
            seen.push(person);
            for (provider, charge) in charges_of(core, person, &mut away).await? {
                intended += 1;
                if !finds_charges(provider) {
                    to_stderr(&told(charge, provider.as_str()));
                    by_hand.push(charge);
                }
            }
        }
    }
    let away: Vec<&str> = away.into_iter().collect();
    let mut said = format!(
        "{intended} renewals are due: their vendors are asked before anything is charged; {} at vendors that cannot be asked.",
        by_hand.len()
    );
    if !away.is_empty() {
        said.push_str(&format!(
            " No answer of {}: tries of refused periods may be missing. Repeat this, with --since, before the queue of \
             payments goes.",
            away.join(", ")
        ));
    }
    Ok(Step {
        step: "renewals",
        said,
        found: json!({ "renewals_due": intended, "look_by_hand": by_hand, "away": away }),
    })
}

/// What may have been charged since the moment. Tries of a refused period are asked about first: only then is it known whether
/// the plan has ended.
async fn charges_of(core: &Core, person: Uuid, away: &mut Away) -> Result<Vec<Sighted>, Error> {
    let mut charges = core.reconciler().look_for_tries(person, away).await?;
    if let Turn::Charge(charge) = turn_of(core, person).await? {
        charges.push((charge.payment.provider, charge.payment.id));
    }
    Ok(charges)
}

async fn turn_of(core: &Core, person: Uuid) -> Result<Turn, Error> {
    let now = core.clock.now();
    let mut conn = core.db.get().await?;
    // What it has written for the workers, they find without a wake-up.
    conn.transaction(async |conn| turn::take(conn, person, now).await)
        .await
}

fn told(payment: Uuid, provider: &str) -> String {
    format!(
        "{provider} cannot be asked whether the renewal {payment} was charged, so it is not charged: look for this order \
         in the cabinet."
    )
}
