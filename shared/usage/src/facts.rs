//! What is recorded about usage.

use chrono::{DateTime, Utc};
use events::{Fact, shape};
use kernel::facts::{FactKind, Field, Holds, Shape};
use serde::Serialize;

pub(crate) const FACTS: &[FactKind] = &[QuotaReached::KIND];

pub(crate) const SHAPES: &[Shape] = &[shape::<QuotaReached<'_>>()];

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
        about: "An account has used 80 or 100 per cent of what its plan allows of a unit; once a window and limit each.",
    };
    const FIELDS: &'static [Field] = &[
        Field {
            name: "unit",
            holds: Holds::Text,
            about: "What is counted.",
        },
        Field {
            name: "period",
            holds: Holds::OneOf(&["day", "month"]),
            about: "In which window.",
        },
        Field {
            name: "percent",
            holds: Holds::Integer,
            about: "80 or 100.",
        },
        Field {
            name: "used",
            holds: Holds::Integer,
            about: "In the window, until now.",
        },
        Field {
            name: "limit",
            holds: Holds::Integer,
            about: "Of the plan.",
        },
        Field {
            name: "resets_at",
            holds: Holds::Moment,
            about: "When the next window begins.",
        },
    ];
}
