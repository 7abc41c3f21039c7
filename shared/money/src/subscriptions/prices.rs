//! SQL over `plan_prices`, and what a plan costs in any money.

use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use rust_decimal::Decimal;

use super::queries::plan;
use crate::subscriptions::model::SubscriptionTier;
use schema::plan_prices;

/// A price of a plan, in other money than roubles and Stars.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = plan_prices, check_for_backend(diesel::pg::Pg))]
pub struct Price {
    pub tier: SubscriptionTier,
    pub currency: String,
    /// For one month, in whole units.
    pub amount: Decimal,
}

/// All prices in other money than roubles and Stars.
///
/// # Errors
/// Those of the database.
pub async fn prices(conn: &mut AsyncPgConnection) -> QueryResult<Vec<Price>> {
    plan_prices::table
        .order((plan_prices::tier, plan_prices::currency))
        .select(Price::as_select())
        .load(conn)
        .await
}

/// What a month of a plan costs, in whole units of a currency; `None`: it is not for sale for it.
///
/// # Errors
/// Those of the database.
pub async fn price(
    conn: &mut AsyncPgConnection,
    tier: SubscriptionTier,
    currency: &str,
) -> QueryResult<Option<Decimal>> {
    let plan = plan(conn, tier).await?;
    match currency {
        "XTR" => Ok(plan.and_then(|plan| plan.price_stars).map(Decimal::from)),
        "RUB" => Ok(plan.and_then(|plan| plan.price_rub)),
        _ => {
            let price = plan_prices::table.find((tier, currency));
            let price = price.select(plan_prices::amount);
            price.first(conn).await.optional()
        }
    }
}
