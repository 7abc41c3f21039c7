//! `POST /v1/events`: events of an account's own.

use actix_web::HttpResponse;
use actix_web::web;
use chrono::{DateTime, Utc};
use kernel::Error;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use usage::custom::{self, Given, Verdict};
use usage::rules;
use utoipa::ToSchema;

use crate::http::extract::{Acting, JsonBody};
use crate::http::problem::{Problem, Refused};
use crate::state::ApiState;

/// The most events of one call.
const EVENTS_MAX: usize = 500;

/// The largest body, in bytes.
const BODY_MAX: usize = 1024 * 1024;

/// Something that has happened at the customer's.
#[derive(Deserialize, ToSchema)]
#[schema(as = OwnEvent)]
pub(crate) struct Event {
    /// By it an event counts once, however often it comes: 1 to 100 characters without spaces.
    #[schema(example = "order-7-paid")]
    id: String,
    /// Lower-case letters, digits, `.` and `_`; at most 100.
    #[schema(example = "order.paid")]
    name: String,
    /// At most 35 days ago; left out: now.
    occurred_at: Option<DateTime<Utc>>,
    /// At most 20: numbers, booleans, and texts of at most 200 characters. No text of a person belongs here.
    #[schema(value_type = Option<Object>)]
    properties: Option<Value>,
}

/// Events, at most 500.
#[derive(Deserialize, ToSchema)]
#[schema(as = OwnEvents)]
pub(crate) struct Wish {
    #[schema(max_items = 500)]
    events: Vec<Event>,
}

/// What became of the events.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = OwnEventsTaken)]
pub(crate) struct Taken {
    accepted: usize,
    /// Came before, as they are.
    duplicates: usize,
    rejected: Vec<Rejected>,
}

/// An event that was not taken.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = OwnEventRejected)]
pub(crate) struct Rejected {
    /// Its place in the call, from 0 on.
    index: usize,
    /// `conflict` (another event came before under its id), `invalid_id`, `invalid_name`, `invalid_properties`, `too_late`,
    /// or `in_the_future`.
    #[schema(example = "conflict")]
    reason: &'static str,
}

/// Records events of the account's own
///
/// Each id counts once: a call whose answer was lost may be sent again as it is. Of a day an account has at most 100,000: a call
/// beyond that is refused as a whole.
#[utoipa::path(post, path = "/v1/events", operation_id = "record_events", tag = "Usage", request_body = Wish,
    responses((status = 202, description = "What became of each", body = Taken), Refused))]
pub(crate) async fn record(
    acting: Acting,
    state: web::Data<ApiState>,
    JsonBody(wish): JsonBody<Wish, BODY_MAX>,
) -> Result<HttpResponse, Problem> {
    if !(1..=EVENTS_MAX).contains(&wish.events.len()) {
        let why = format!("must be 1 to {EVENTS_MAX} events");
        return Err(Error::invalid("events", why).into());
    }
    let now = state.core.clock.now();
    let (mut rejected, mut indices, mut given) = (Vec::new(), Vec::new(), Vec::new());
    for (index, event) in wish.events.into_iter().enumerate() {
        let properties = event.properties.unwrap_or_else(|| json!({}));
        let at = event.occurred_at;
        match rules::fault(&event.id, &event.name, at, &properties, now) {
            Some(reason) => rejected.push(Rejected { index, reason }),
            None => {
                indices.push(index);
                given.push(Given {
                    id: event.id,
                    name: event.name,
                    occurred_at: at,
                    properties,
                });
            }
        }
    }
    let verdicts = custom::record(&mut *state.db().await?, acting.account, &given, now).await?;
    let of = |wanted| verdicts.iter().filter(|one| **one == wanted).count();
    let conflicts = indices.iter().zip(&verdicts);
    let conflicts = conflicts.filter(|(_, verdict)| **verdict == Verdict::Conflict);
    rejected.extend(conflicts.map(|(index, _)| Rejected {
        index: *index,
        reason: "conflict",
    }));
    rejected.sort_by_key(|one| one.index);
    Ok(HttpResponse::Accepted().json(Taken {
        accepted: of(Verdict::Accepted),
        duplicates: of(Verdict::Duplicate),
        rejected,
    }))
}
