//! Money that came after the moment is granted again: the vendors are asked, as after a lost notification.

use chrono::{DateTime, Utc};
use diesel::QueryableByName;
use diesel::sql_types::BigInt;
use diesel_async::RunQueryDsl;
use kernel::Error;
use money::books::statements;
use money::payments::asking;
use money::payments::model::Payment;
use money::payments::reconcile::Away;
use product::Core;
use serde_json::json;
use uuid::Uuid;
use vendors::payment::Gateway;

use super::Step;
use crate::failure::{Failure, to_stderr};

/// The most payments that are taken at once.
const BATCH: i64 = 200;

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

const PAID: &str = "SELECT count(*) AS count FROM payments WHERE status = 'succeeded'";

/// Asks about every payment that may have moved, and for orders that are not here any more.
pub(super) async fn ask(core: &Core, from: DateTime<Utc>) -> Result<Step, Failure> {
    let before = paid(core).await?;
    let mut away = Away::new();
    let asked = ask_all(core, &mut away).await?;
    let moved = paid(core).await? - before;
    let lost = lost_orders(core, from).await?;
    let away: Vec<&str> = away.into_iter().collect();
    let mut said = format!("{asked} payments were asked about; {moved} more are paid than before.");
    if !away.is_empty() {
        said.push_str(&format!(
            " Not asked, ask again later: {}.",
            away.join(", ")
        ));
    }
    for order in &lost {
        said.push_str(&format!(
            "\nMoney came for the order {order}, which is not here any more: see it at the vendor."
        ));
    }
    Ok(Step {
        step: "money",
        said,
        found: json!({ "asked": asked, "paid": moved, "away": away, "orders_lost": lost }),
    })
}

async fn paid(core: &Core) -> Result<i64, Error> {
    let found: Count = diesel::sql_query(PAID)
        .get_result(&mut *core.db.get().await?)
        .await?;
    Ok(found.count)
}

/// First those that wait for their money, then those that have it: it may have gone back.
async fn ask_all(core: &Core, away: &mut Away) -> Result<usize, Error> {
    let (mut asked, now) = (0, core.clock.now());
    for turn in [Turn::Open, Turn::Ended] {
        let mut after = None;
        loop {
            let mut conn = core.db.get().await?;
            let some: Vec<Payment> = match turn {
                Turn::Open => asking::open(&mut conn, after, BATCH).await?,
                Turn::Ended => asking::to_ask_again(&mut conn, now, after, BATCH).await?,
            };
            drop(conn);
            let Some(last) = some.last() else { break };
            after = Some(last.id);
            asked += some.len();
            core.reconciler().ask(&some, away).await?;
        }
    }
    Ok(asked)
}

#[derive(Clone, Copy)]
enum Turn {
    Open,
    Ended,
}

/// Orders of the vendors' statements since the moment that no row is of.
async fn lost_orders(core: &Core, from: DateTime<Utc>) -> Result<Vec<Uuid>, Error> {
    let mut lost = Vec::new();
    for gateway in core.providers.gateways.all() {
        let orders = statement(core, &**gateway, from).await;
        lost.extend(statements::unknown(&mut *core.db.get().await?, &orders).await?);
    }
    Ok(lost)
}

async fn statement(core: &Core, gateway: &dyn Gateway, from: DateTime<Utc>) -> Vec<Uuid> {
    let today = core.clock.now().date_naive();
    let mut orders = Vec::new();
    for day in from
        .date_naive()
        .iter_days()
        .take_while(|day| *day <= today)
    {
        match gateway.statement(day).await {
            Ok(Some(lines)) => orders.extend(statements::orders(&lines)),
            // The vendor has none.
            Ok(None) => break,
            Err(why) => {
                let name = gateway.terms().provider;
                to_stderr(&format!("The statement of {name} is not known: {why}."));
                break;
            }
        }
    }
    orders
}
