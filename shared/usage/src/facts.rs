//! What is recorded about usage.

use chrono::{DateTime, Utc};
use events::Fact;
use kernel::facts::FactKind;
use serde::Serialize;

pub(crate) const FACTS: &[FactKind] = &[QuotaReached::KIND];

#[derive(Clone, Debug, Serialize)]
pub(crate) struct QuotaReached<'a> {
    pub unit: &'a str,
    /// `day` or `month`.
    pub period: &'a str,
    /// 80 or 100.
    pub percent: i16,
    pub used: i64,
    pub limit: i64,
    pub resets_at: DateTime<Utc>,
}

impl Fact for QuotaReached<'_> {
    const KIND: FactKind = FactKind {
        name: "quota.reached",
        version: 1,
        about: "An account has used 80 or 100 per cent of what its plan allows of a unit; once a window each.",
    };
}
