//! `GET /v1/event-types`.

use actix_web::web::Json;
use kernel::facts::Shape;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use webhooks::types::{EventType, TYPES};

use crate::http::extract::Acting;
use crate::http::problem::{Problem, Refused};

/// A type of events.
#[derive(Serialize, ToSchema)]
#[schema(as = EventType)]
pub(crate) struct TypeView {
    #[schema(example = "reading.ended")]
    name: &'static str,
    /// That of its data. Fields may be added without a new one.
    version: i16,
    /// When it happens.
    description: &'static str,
    /// Whether an endpoint can subscribe to it.
    can_be_subscribed_to: bool,
    /// The JSON Schema of its data.
    #[schema(value_type = Object)]
    schema: Value,
}

impl TypeView {
    fn of(told: &EventType, shapes: &[Shape]) -> Option<Self> {
        let shape = shapes.iter().find(|shape| shape.kind.name == told.name)?;
        Some(Self {
            name: told.name,
            version: told.version,
            description: told.about,
            can_be_subscribed_to: told.is_offered,
            schema: shape.schema(),
        })
    }
}

/// The types of events.
#[derive(Serialize, ToSchema)]
pub(crate) struct EventTypes {
    event_types: Vec<TypeView>,
}

/// What webhooks can tell.
#[utoipa::path(get, path = "/v1/event-types", operation_id = "list_event_types", tag = "Events",
    responses((status = 200, description = "All of them", body = EventTypes), Refused))]
pub(crate) async fn list(_: Acting) -> Result<Json<EventTypes>, Problem> {
    let shapes = product::shapes();
    let views = TYPES.iter().filter_map(|told| TypeView::of(told, &shapes));
    let event_types = views.collect();
    Ok(Json(EventTypes { event_types }))
}
