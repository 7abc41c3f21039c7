//! `GET /v1/usage/summary` and `/v1/usage/monthly`.

use actix_web::web::{self, Json};
use chrono::{Datelike, NaiveDate};
use kernel::Error;
use money::meters::queries as meters;
use serde::{Deserialize, Serialize};
use usage::day::{Period, Sums};
use usage::queries;
use utoipa::{IntoParams, ToSchema};

use super::quota::Quotas;
use crate::http::extract::{Acting, QueryFields};
use crate::http::problem::{Problem, Refused};
use crate::state::ApiState;

/// Over how long.
#[derive(Clone, Copy, Default, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = UsagePeriod)]
pub(crate) enum Over {
    Day,
    #[default]
    Month,
    All,
}

/// Which sums.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Wanted {
    /// The day or the month that runs by the account's clock, or all time.
    #[param(inline)]
    period: Option<Over>,
}

/// What an account has used.
#[derive(Serialize, ToSchema)]
#[schema(as = UsageSummary)]
pub(crate) struct Summary {
    period: Over,
    /// The first day that counts; null: of all time.
    since: Option<NaiveDate>,
    /// By which days are told; of an organization UTC.
    #[schema(example = "Europe/Moscow")]
    timezone: String,
    #[serde(flatten)]
    sums: Sums,
    quota: Quotas,
}

/// What the account has used
///
/// To the minute: requests are counted within seconds, readings and their costs within a minute.
#[utoipa::path(get, path = "/v1/usage/summary", operation_id = "get_usage_summary", tag = "Usage", params(Wanted),
    responses((status = 200, description = "The sums", body = Summary), Refused))]
pub(crate) async fn summary(
    acting: Acting,
    state: web::Data<ApiState>,
    QueryFields(wanted): QueryFields<Wanted>,
) -> Result<Json<Summary>, Problem> {
    let (account, now) = (acting.account, state.core.clock.now());
    let mut conn = state.db().await?;
    let today = queries::today(&mut conn, account, now).await?;
    let period = wanted.period.unwrap_or_default();
    let since = match period {
        Over::Day => Some(today.day),
        Over::Month => today.day.with_day(1),
        Over::All => None,
    };
    let sums = queries::sums(&mut conn, account, since).await?;
    let meters = meters::all(&mut conn, account).await?;
    Ok(Json(Summary {
        period,
        since,
        timezone: today.timezone,
        sums,
        quota: Quotas::of(&meters)?,
    }))
}

/// As long as this is asked for.
const MONTHS_MAX: i32 = 36;

/// How many months.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Months {
    /// The last so many, with the one that runs.
    #[param(minimum = 1, maximum = 36, default = 12)]
    months: Option<i32>,
}

/// What an account has used in each month.
#[derive(Serialize, ToSchema)]
#[schema(as = UsageMonthly)]
pub(crate) struct Monthly {
    #[schema(example = "Europe/Moscow")]
    timezone: String,
    /// The oldest first; `day` is the first of the month. Months without anything are there.
    data: Vec<Period>,
}

/// What the account has used, month by month
#[utoipa::path(get, path = "/v1/usage/monthly", operation_id = "get_usage_monthly", tag = "Usage", params(Months),
    responses((status = 200, description = "The months", body = Monthly), Refused))]
pub(crate) async fn monthly(
    acting: Acting,
    state: web::Data<ApiState>,
    QueryFields(wanted): QueryFields<Months>,
) -> Result<Json<Monthly>, Problem> {
    let months = wanted.months.unwrap_or(12);
    if !(1..=MONTHS_MAX).contains(&months) {
        let why = format!("must be from 1 to {MONTHS_MAX}");
        return Err(Error::invalid("months", why).into());
    }
    let (account, now) = (acting.account, state.core.clock.now());
    let mut conn = state.db().await?;
    let today = queries::today(&mut conn, account, now).await?;
    let data = queries::months(&mut conn, account, today.day, months).await?;
    Ok(Json(Monthly {
        timezone: today.timezone,
        data,
    }))
}
