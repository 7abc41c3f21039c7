//! What a request asks of a report.

use analytics::reports::question::{Filter, Measure, Question};
use analytics::reports::rows::Reached;
use analytics::reports::span::{self, Interval, Span};
use chrono::{DateTime, NaiveDate, Utc};
use kernel::Error;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::gate::Sees;

/// The most entries of a ranking.
const LIMIT_MAX: usize = 100;

/// The most periods of a cohort.
const PERIODS_MAX: usize = 60;

/// With which period to compare.
#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Compare {
    /// As many days, that end where the range begins.
    Previous,
}

/// The form of the answer.
#[derive(Clone, Copy, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Format {
    #[default]
    Json,
    /// RFC 4180, with the names in the first line: the rows, or of several lists the series; without what is compared.
    Csv,
}

/// What is asked. What a report has no use for is read over.
#[derive(Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query, rename_all = "camelCase")]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct Asked {
    /// The first day; also `from`. Left out: 30 days before the last. At most 400 days are counted at once.
    #[serde(alias = "from")]
    start_date: Option<NaiveDate>,
    /// The last day; also `to`. Left out: today.
    #[serde(alias = "to")]
    end_date: Option<NaiveDate>,
    /// How long the buckets are; left out: days. Weeks begin on Monday.
    #[param(inline)]
    interval: Option<Interval>,
    /// IANA name of the zone of the days; left out: the reporting zone.
    pub(super) timezone: Option<String>,
    /// `previous` adds the same figures of as many days before.
    #[param(inline)]
    compare: Option<Compare>,
    plan: Option<String>,
    provider: Option<String>,
    model: Option<String>,
    /// For operators: of one organization alone; the nil UUID: of all personal accounts.
    organization_id: Option<Uuid>,
    /// As ISO 4217 has it.
    currency: Option<String>,
    /// Of rankings.
    #[param(minimum = 1, maximum = 100, default = 10)]
    limit: Option<usize>,
    /// Of rankings.
    #[param(minimum = 0, maximum = 1_000_000, default = 0)]
    offset: Option<usize>,
    #[param(inline)]
    format: Option<Format>,
    /// By what persons are ranked; left out: tokens.
    #[param(inline)]
    by: Option<Measure>,
    /// How long the periods of cohorts are: `day`, `week` or `month`; left out: weeks.
    #[param(inline)]
    cohort: Option<Interval>,
    /// How many periods a cohort is followed.
    #[param(minimum = 1, maximum = 60, default = 12)]
    periods: Option<usize>,
}

impl Asked {
    /// The question, of whose figures the request may see.
    ///
    /// # Errors
    /// E105 for what cannot be asked so; E204 for another organization.
    pub(super) fn question(
        &self,
        sees: Sees,
        zone: &str,
        reached: &Reached,
        (now, gross_margin): (DateTime<Utc>, Option<f64>),
    ) -> Result<Question, Error> {
        let interval = self.interval.unwrap_or_default();
        let cohort = self.cohort.unwrap_or(Interval::Week);
        if cohort == Interval::Hour {
            return Err(Error::invalid("cohort", "must be day, week or month"));
        }
        Ok(Question {
            span: Span::of(
                (self.start_date, self.end_date),
                interval,
                span::zone(zone)?,
                now,
            )?,
            filter: self.filter(sees)?,
            reporting_zone: zone == reached.zone,
            active_since: reached.active_since,
            tells_plans: sees == Sees::All,
            now,
            limit: within("limit", self.limit.unwrap_or(10), 1..=LIMIT_MAX)?,
            offset: within("offset", self.offset.unwrap_or_default(), 0..=1_000_000)?,
            by: self.by.unwrap_or_default(),
            cohort,
            periods: within("periods", self.periods.unwrap_or(12), 1..=PERIODS_MAX)?,
            gross_margin,
        })
    }

    fn filter(&self, sees: Sees) -> Result<Filter, Error> {
        let organization = match (sees, self.organization_id) {
            (Sees::All, asked) => asked,
            (Sees::Organization(own), Some(other)) if own != other => {
                return Err(Error::Forbidden(
                    "these are the figures of another organization",
                ));
            }
            (Sees::Organization(own), _) => Some(own),
        };
        Ok(Filter {
            organization,
            plan: self.plan.clone(),
            provider: self.provider.clone(),
            model: self.model.clone(),
            currency: self.currency.as_deref().map(str::to_ascii_uppercase),
        })
    }

    pub(super) fn compares(&self) -> bool {
        self.compare.is_some()
    }

    pub(super) fn format(&self) -> Format {
        self.format.unwrap_or_default()
    }
}

fn within(
    field: &'static str,
    number: usize,
    range: std::ops::RangeInclusive<usize>,
) -> Result<usize, Error> {
    let (from, to) = (*range.start(), *range.end());
    match range.contains(&number) {
        true => Ok(number),
        false => Err(Error::invalid(
            field,
            format!("must be from {from} to {to}"),
        )),
    }
}
