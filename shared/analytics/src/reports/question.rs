//! What is asked of the sums.

use chrono::{DateTime, NaiveDate, Utc};
use kernel::Error;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::span::{Interval, Span};

/// Which of what happened is counted; what is left out does not narrow.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// The nil UUID stands for all personal accounts.
    pub organization: Option<Uuid>,
    pub plan: Option<String>,
    pub provider: Option<String>,
    pub model: Option<String>,
    /// As ISO 4217 has it, in capitals.
    pub currency: Option<String>,
}

/// By what persons are ranked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    #[default]
    Tokens,
    Messages,
    Cost,
}

impl Measure {
    /// Its spelling.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Tokens => "tokens",
            Self::Messages => "messages",
            Self::Cost => "cost",
        }
    }
}

/// The most days of which different persons are counted from the events.
const RAW_DAYS_MAX: i64 = 31;

/// A time, and what is counted of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Question {
    pub span: Span,
    pub filter: Filter,
    /// Whether days of the zone are those by which different persons are counted; else they are counted from the events.
    pub reporting_zone: bool,
    /// The first day of which is known who was active.
    pub active_since: Option<NaiveDate>,
    /// Whether the plans of persons may be told: to an organization its members' own are not.
    pub tells_plans: bool,
    pub now: DateTime<Utc>,
    pub limit: usize,
    pub offset: usize,
    pub by: Measure,
    /// How long the periods of cohorts are: a day, a week or a month.
    pub cohort: Interval,
    pub periods: usize,
    /// What is left of a unit of revenue, where that is not computed from the cost of AI.
    pub gross_margin: Option<f64>,
}

impl Question {
    /// The same about another time.
    #[must_use]
    pub fn about(&self, span: Span) -> Self {
        Self {
            span,
            ..self.clone()
        }
    }

    /// The same about as many days before.
    #[must_use]
    pub fn before(&self) -> Self {
        self.about(self.span.before())
    }

    /// The same about all days at once.
    #[must_use]
    pub fn whole(&self) -> Self {
        self.about(self.span.whole())
    }

    /// Checks that different persons can be counted.
    ///
    /// # Errors
    /// E105 where they are counted from the events and that are too many, or of a plan; as [`Self::may_tell_plans`].
    pub fn may_count_persons(&self) -> Result<(), Error> {
        self.may_tell_plans()?;
        if self.counts_days() {
            return Ok(());
        }
        let field = match self.reporting_zone {
            true => "interval",
            false => "timezone",
        };
        if (self.span.end - self.span.start).num_days() >= RAW_DAYS_MAX {
            let why = format!(
                "different persons are counted by days of the reporting zone; by hours or in another zone for at most \
                 {RAW_DAYS_MAX} days"
            );
            return Err(Error::invalid(field, why));
        }
        match self.filter.plan {
            Some(_) => Err(Error::invalid(
                "plan",
                "different persons of a plan are counted by days of the reporting zone alone",
            )),
            None => Ok(()),
        }
    }

    /// Checks that no plan of persons is asked for by one who may not know it.
    ///
    /// # Errors
    /// E105 if it is.
    pub fn may_tell_plans(&self) -> Result<(), Error> {
        match self.filter.plan {
            Some(_) if !self.tells_plans => Err(Error::invalid(
                "plan",
                "the plans of members are their own: an organization cannot ask for persons of a plan",
            )),
            _ => Ok(()),
        }
    }

    /// Checks that the days asked for are those of the reporting zone.
    ///
    /// # Errors
    /// E105 if not.
    pub fn needs_reporting_zone(&self) -> Result<(), Error> {
        match self.reporting_zone {
            true => Ok(()),
            false => Err(Error::invalid(
                "timezone",
                "this is counted by days of the reporting zone alone",
            )),
        }
    }

    /// Checks that buckets are whole days.
    ///
    /// # Errors
    /// E105 if not.
    pub fn needs_days(&self) -> Result<(), Error> {
        match self.span.interval {
            Interval::Hour => Err(Error::invalid(
                "interval",
                "this is counted by days: day, week or month",
            )),
            _ => Ok(()),
        }
    }

    /// Whether different persons are counted from the sums by days.
    pub fn counts_days(&self) -> bool {
        self.reporting_zone && self.span.interval != Interval::Hour
    }
}
