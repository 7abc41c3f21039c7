//! `symancy plans show`, `set-limit`, `set-rate` and `reset-limit`.

use std::io::Write;

use audit::model::Origin;
use diesel_async::AsyncConnection;
use money::meters::change::LimitWish;
use money::meters::model::{PlanLimit, Unit};
use money::meters::{change, preview, queries};
use money::subscriptions::model::SubscriptionTier;
use money::subscriptions::queries::plans;
use people::users;
use serde_json::json;

use super::Output;
use crate::failure::Failure;
use crate::operator::{Operator, current_operator_name};
use crate::plans_args::{Rate, SetLimit, Whose};
use crate::table::{self, Side};

const COLUMNS: [(&str, Side); 5] = [
    ("PLAN", Side::Left),
    ("UNIT", Side::Left),
    ("DAY", Side::Right),
    ("MONTH", Side::Right),
    ("REQUESTS A MINUTE", Side::Right),
];

/// `symancy plans show`
pub(super) async fn show(
    operator: &mut Operator,
    output: &mut Output<'_, impl Write>,
) -> Result<(), Failure> {
    let limits = queries::plan_limits(&mut operator.conn).await?;
    let plans = plans(&mut operator.conn).await?;
    let rate = |limit: &PlanLimit| {
        let plan = plans.iter().find(|plan| plan.tier == limit.tier);
        plan.and_then(|plan| plan.requests_per_minute)
    };
    if output.json {
        return limits.iter().try_for_each(|limit| {
            let mut object = json!(limit);
            object["requests_per_minute"] = json!(rate(limit));
            output.object(&object)
        });
    }
    let row = |limit: &PlanLimit| {
        let (day, month) = (words(limit.day_limit), words(limit.month_limit));
        vec![
            limit.tier.as_str().to_owned(),
            limit.unit.clone(),
            day,
            month,
            rate_words(rate(limit)),
        ]
    };
    let rows: Vec<Vec<String>> = limits.iter().map(row).collect();
    table::write(output.writer, &COLUMNS, &rows)
}

fn words(limit: Option<i64>) -> String {
    limit.map_or_else(|| "no quota".to_owned(), |limit| limit.to_string())
}

fn rate_words(rate: Option<i32>) -> String {
    rate.map_or_else(|| "as all".to_owned(), |rate| rate.to_string())
}

/// `symancy plans set-limit`
pub(super) async fn set_limit(
    operator: &mut Operator,
    output: &mut Output<'_, impl Write>,
    wanted: SetLimit,
) -> Result<(), Failure> {
    let wish = LimitWish {
        tier: wanted.tier,
        unit: wanted.unit.as_str().to_owned(),
        day: wanted.day.map(|quota| quota.0),
        month: wanted.month.map(|quota| quota.0),
    };
    let limit = change::wished(&mut operator.conn, &wish).await?;
    let limit = limit.ok_or_else(|| no_plan(wish.tier))?;
    let told = format!(
        "{} {}: {} a day, {} a month",
        limit.tier.as_str(),
        limit.unit,
        words(limit.day_limit),
        words(limit.month_limit)
    );
    if wanted.preview {
        let of = preview::affected(&mut operator.conn, &limit).await?;
        let sentence = format!(
            "{told}\nNothing is changed. {} accounts have the plan; {} have used more today, {} this month.",
            of.accounts, of.over_day, of.over_month
        );
        return output.line(&sentence, &json!({ "limit": limit, "affected": of }));
    }
    let (origin, by) = (Origin::own("operator"), current_operator_name());
    let conn = &mut operator.conn;
    conn.transaction(async |conn| change::set_limit(conn, &limit, (&origin, &by)).await)
        .await?;
    output.line(&told, &limit)
}

fn no_plan(tier: SubscriptionTier) -> Failure {
    let name = tier.as_str();
    Failure::Refused(format!(
        "There is no plan {name}; `symancy plans show` lists them."
    ))
}

/// `symancy plans set-rate`
pub(super) async fn set_rate(
    operator: &mut Operator,
    output: &mut Output<'_, impl Write>,
    tier: SubscriptionTier,
    Rate(rate): Rate,
) -> Result<(), Failure> {
    let (origin, by) = (Origin::own("operator"), current_operator_name());
    let conn = &mut operator.conn;
    let set = conn
        .transaction(async |conn| change::set_rate(conn, tier, rate, (&origin, &by)).await)
        .await?;
    if !set {
        return Err(no_plan(tier));
    }
    let sentence = format!("{}: {} requests a minute", tier.as_str(), rate_words(rate));
    output.line(
        &sentence,
        &json!({ "tier": tier, "requests_per_minute": rate }),
    )
}

/// `symancy plans reset-limit`
pub(super) async fn reset_limit(
    operator: &mut Operator,
    output: &mut Output<'_, impl Write>,
    (whose, unit): (Whose, Unit),
) -> Result<(), Failure> {
    let account = match whose {
        Whose::Account(id) => id,
        Whose::Telegram(telegram_id) => {
            let found = users::queries::id_of_telegram(&mut operator.conn, telegram_id).await?;
            found.ok_or_else(|| {
                Failure::Refused(format!(
                    "There is no person with the Telegram id {telegram_id}."
                ))
            })?
        }
    };
    let (origin, by) = (Origin::own("operator"), current_operator_name());
    let conn = &mut operator.conn;
    let used = conn
        .transaction(async |conn| change::reset(conn, account, unit, (&origin, &by)).await)
        .await?;
    let Some([day, month]) = used else {
        return Err(Failure::Refused(format!(
            "Of {account} no {} were counted yet.",
            unit.as_str()
        )));
    };
    let object =
        json!({ "account_id": account, "unit": unit, "day_used": day, "month_used": month });
    let sentence = format!("{account}: {day} of the day and {month} of the month are given again");
    output.line(&sentence, &object)
}
