//! `GET /v1/admin/slos`: what is promised of the service, and what it does.

use actix_web::web::{self, Json};
use chrono::{DateTime, TimeDelta, Utc};
use jobs::stats::{self, QueueStats};
use kernel::Error;
use operators::slos::{self, Measured, OBJECTIVES, Objective};
use product::{JOBS, error_codes};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::http::extract::QueryFields;
use crate::http::problem::{Problem, Refused};
use crate::state::ApiState;

/// The longest window: letters are kept for 30 days.
const HOURS_MAX: i64 = 720;

/// How far to look back.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct Window {
    #[param(minimum = 1, maximum = 720, default = 24)]
    hours: Option<i64>,
}

/// An objective, and what was measured.
#[derive(Serialize, ToSchema)]
#[schema(as = ServiceLevel)]
pub(crate) struct ObjectiveView {
    name: &'static str,
    description: &'static str,
    /// The share that is to go well, from 0 to 1.
    target: f64,
    good: i64,
    total: i64,
    /// What goes well of all; `null` without any.
    share: Option<f64>,
    /// Whether the share is the target or more; `null` without any.
    met: Option<bool>,
    /// Milliseconds; `null` for what has no duration, and without any.
    p50_ms: Option<f64>,
    p95_ms: Option<f64>,
    p99_ms: Option<f64>,
}

/// What waits in a queue now.
#[derive(Serialize, ToSchema)]
#[schema(as = QueueLevel)]
pub(crate) struct QueueView {
    queue: String,
    /// Due, and not held up by a throttle.
    waiting: i64,
    /// Held up by a throttle.
    blocked: i64,
    /// How long the oldest of both has been due; 0 if there is none.
    oldest_seconds: f64,
    dead: i64,
}

/// How well the service does.
#[derive(Serialize, ToSchema)]
pub(crate) struct ServiceLevels {
    from: DateTime<Utc>,
    to: DateTime<Utc>,
    objectives: Vec<ObjectiveView>,
    queues: Vec<QueueView>,
}

impl ObjectiveView {
    fn of(objective: &'static Objective, all: &[Measured]) -> Self {
        let measured = all.iter().find(|one| one.name == objective.name);
        let share = measured.and_then(Measured::share);
        let percentiles = measured.and_then(|one| one.percentiles.as_deref());
        let at = |place: usize| percentiles.and_then(|all| all.get(place).copied());
        Self {
            name: objective.name,
            description: objective.about,
            target: objective.target,
            good: measured.map_or(0, |one| one.good),
            total: measured.map_or(0, |one| one.total),
            share,
            met: share.map(|share| share >= objective.target),
            p50_ms: at(0),
            p95_ms: at(1),
            p99_ms: at(2),
        }
    }
}

impl From<QueueStats> for QueueView {
    fn from(queue: QueueStats) -> Self {
        Self {
            queue: queue.queue,
            waiting: queue.waiting,
            blocked: queue.blocked,
            oldest_seconds: queue.oldest_age_seconds,
            dead: queue.dead,
        }
    }
}

/// The service levels, of what was accepted in the last hours.
#[utoipa::path(get, path = "/v1/admin/slos", operation_id = "get_slos", tag = "Operators", params(Window),
    responses((status = 200, description = "All objectives, and all queues", body = ServiceLevels), Refused),
    security(("AccessToken" = [])))]
pub(crate) async fn show(
    state: web::Data<ApiState>,
    QueryFields(window): QueryFields<Window>,
) -> Result<Json<ServiceLevels>, Problem> {
    let hours = window.hours.unwrap_or(24);
    if !(1..=HOURS_MAX).contains(&hours) {
        let why = format!("must be from 1 to {HOURS_MAX}");
        return Err(Error::invalid("hours", why).into());
    }
    let to = state.core.clock.now();
    let from = to - TimeDelta::hours(hours);
    let excused = error_codes::by_person();
    let excused: Vec<_> = excused.iter().map(|code| code.as_str()).collect();
    let mut conn = state.reader().await?;
    let measured = slos::measured(&mut conn, from, to, &excused).await?;
    let queues = stats::queues(&mut conn, &JOBS).await?;
    let objectives = OBJECTIVES.iter();
    Ok(Json(ServiceLevels {
        from,
        to,
        objectives: objectives
            .map(|one| ObjectiveView::of(one, &measured))
            .collect(),
        queues: queues.into_iter().map(Into::into).collect(),
    }))
}
