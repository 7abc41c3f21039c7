//! What an answer says beside its figures.

use analytics::reports::span::Interval;
use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use utoipa::ToSchema;

/// What an answer is about, and how far it goes.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = AnalyticsMeta)]
pub(crate) struct Meta {
    pub(super) start_date: NaiveDate,
    pub(super) end_date: NaiveDate,
    pub(super) interval: Interval,
    pub(super) timezone: String,
    /// The newest fact that is counted; `null`: none is yet.
    #[serde(rename = "as_of")]
    pub(super) as_of: Option<DateTime<Utc>>,
    /// Whether the range is over, and all that happened in it is counted.
    pub(super) complete: bool,
    /// Where the sums are kept.
    pub(super) store: &'static str,
    /// What the figures are, in a sentence.
    pub(super) definition: &'static str,
}
