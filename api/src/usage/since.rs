//! How far back is asked for.

use chrono::{DateTime, TimeDelta, Utc};
use kernel::Error;
use serde::Deserialize;
use utoipa::IntoParams;

/// As long as sums of quarters of an hour are kept.
const DAYS_MAX: i64 = 400;

/// How many days.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Since {
    /// The last so many days, up to now.
    #[param(minimum = 1, maximum = 400, default = 30)]
    days: Option<i64>,
}

impl Since {
    /// How many days, if that is a number which can be asked for.
    pub(super) fn days(&self) -> Result<i64, Error> {
        let days = self.days.unwrap_or(30);
        match (1..=DAYS_MAX).contains(&days) {
            true => Ok(days),
            false => Err(Error::invalid(
                "days",
                format!("must be from 1 to {DAYS_MAX}"),
            )),
        }
    }

    /// The moment at which they begin.
    pub(super) fn moment(&self, now: DateTime<Utc>) -> Result<DateTime<Utc>, Error> {
        Ok(now - TimeDelta::days(self.days()?))
    }
}
