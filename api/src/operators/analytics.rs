//! `GET /v1/admin/analytics`: what happened, by day.

use actix_web::web::{self, Json};
use chrono::NaiveDate;
use operators::analytics::{self, Day, Money, Range};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::http::extract::QueryFields;
use crate::http::problem::{Problem, Refused};
use crate::state::ApiState;

/// Which days, by UTC, both included.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct Wanted {
    /// Left out: 29 days before `to`. At most 400 days are counted at once.
    from: Option<NaiveDate>,
    /// Left out: today.
    to: Option<NaiveDate>,
}

/// Money of one provider and currency.
#[derive(Serialize, ToSchema)]
#[schema(as = DayMoney)]
pub(crate) struct MoneyView {
    provider: String,
    currency: String,
    /// Payments that succeeded.
    paid: i64,
    /// Their sum, in the smallest unit of the currency.
    paid_amount: i64,
    /// Payments that were given back as a whole.
    refunded: i64,
    /// Their sum, in the smallest unit of the currency.
    refunded_amount: i64,
}

/// What happened on a day.
#[derive(Serialize, ToSchema)]
#[schema(as = DayCounts)]
pub(crate) struct DayView {
    day: NaiveDate,
    /// Persons who were seen for the first time.
    signed_up: i64,
    /// Persons whose data was deleted.
    deleted: i64,
    /// Different persons who signed in, asked for a reading or used a key; of those whose data was deleted since, none.
    active: i64,
    /// Readings that were accepted.
    readings: i64,
    completed: i64,
    failed: i64,
    /// Only where there was any.
    payments: Vec<MoneyView>,
}

/// Every day of the range, the oldest first.
#[derive(Serialize, ToSchema)]
pub(crate) struct Analytics {
    from: NaiveDate,
    to: NaiveDate,
    days: Vec<DayView>,
}

impl From<Money> for MoneyView {
    fn from(money: Money) -> Self {
        Self {
            provider: money.provider,
            currency: money.currency,
            paid: money.paid,
            paid_amount: money.paid_amount,
            refunded: money.refunded,
            refunded_amount: money.refunded_amount,
        }
    }
}

impl DayView {
    fn of(day: Day, payments: Vec<MoneyView>) -> Self {
        Self {
            day: day.day,
            signed_up: day.signed_up,
            deleted: day.deleted,
            active: day.active,
            readings: day.readings,
            completed: day.completed,
            failed: day.failed,
            payments,
        }
    }
}

/// What happened, counted by day from the outbox, of all persons together.
#[utoipa::path(get, path = "/v1/admin/analytics", operation_id = "get_analytics", tag = "Operators", params(Wanted),
    responses((status = 200, description = "By day, of UTC", body = Analytics), Refused),
    security(("AccessToken" = [])))]
pub(crate) async fn show(
    state: web::Data<ApiState>,
    QueryFields(wanted): QueryFields<Wanted>,
) -> Result<Json<Analytics>, Problem> {
    let today = state.core.clock.now().date_naive();
    let range = Range::of(wanted.from, wanted.to, today)?;
    let mut conn = state.reader().await?;
    let days = analytics::days(&mut conn, range).await?;
    let mut money = analytics::money(&mut conn, range).await?;
    let mut payments = |day: NaiveDate| {
        let of_day = money.extract_if(.., |one| one.day == day);
        of_day.map(Into::into).collect::<Vec<MoneyView>>()
    };
    let view = |day: Day| {
        let payments = payments(day.day);
        DayView::of(day, payments)
    };
    Ok(Json(Analytics {
        from: range.from,
        to: range.to,
        days: days.into_iter().map(view).collect(),
    }))
}
