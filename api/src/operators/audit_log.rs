//! `GET /v1/admin/audit-log`.

use actix_web::web::{self, Json};
use audit::queries::{self, Entry};
use chrono::{DateTime, Utc};
use operators::model::Act;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::gate::Operator;
use super::pages::{limit, page};
use crate::http::extract::QueryFields;
use crate::http::problem::{Problem, Refused};
use crate::state::ApiState;

/// Which lines; what is left out: all.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct Wanted {
    /// Who did it: `person`, `key:<prefix>`, `operator`, `operator:<id>`, `worker`, ...
    #[param(max_length = 100)]
    actor: Option<String>,
    /// The person whom it is about.
    person: Option<Uuid>,
    /// What was done, such as `consents_updated`.
    #[param(max_length = 100)]
    action: Option<String>,
    /// The kind of what was changed, such as `organization`, and its id.
    #[param(max_length = 50)]
    entity: Option<String>,
    entity_id: Option<Uuid>,
    /// Later than this.
    from: Option<DateTime<Utc>>,
    /// Not later than this.
    to: Option<DateTime<Utc>>,
    /// `next_cursor` of the page before.
    cursor: Option<Uuid>,
    #[param(minimum = 1, maximum = 100, default = 50)]
    limit: Option<i64>,
}

/// A line.
#[derive(Serialize, ToSchema)]
#[schema(as = AuditLine)]
pub(crate) struct LineView {
    id: Uuid,
    created_at: DateTime<Utc>,
    action: String,
    actor: String,
    user_id: Option<Uuid>,
    entity_type: Option<String>,
    entity_id: Option<Uuid>,
    #[schema(value_type = Option<Object>)]
    old_value: Option<Value>,
    #[schema(value_type = Option<Object>)]
    new_value: Option<Value>,
    ip_address: Option<String>,
    user_agent: Option<String>,
}

impl From<Entry> for LineView {
    fn from(line: Entry) -> Self {
        Self {
            id: line.id,
            created_at: line.created_at,
            action: line.action,
            actor: line.actor,
            user_id: line.user_id,
            entity_type: line.entity_type,
            entity_id: line.entity_id,
            old_value: line.old_value,
            new_value: line.new_value,
            ip_address: line.ip_address.map(|address| address.addr().to_string()),
            user_agent: line.user_agent,
        }
    }
}

/// Some lines.
#[derive(Serialize, ToSchema)]
pub(crate) struct AuditLines {
    data: Vec<LineView>,
    next_cursor: Option<Uuid>,
}

/// Lines of the audit log, the newest first. That they were read is a line, too.
#[utoipa::path(get, path = "/v1/admin/audit-log", operation_id = "list_audit_log", tag = "Operators",
    params(Wanted),
    responses((status = 200, description = "A page", body = AuditLines), Refused),
    security(("AccessToken" = [])))]
pub(crate) async fn list(
    operator: Operator,
    state: web::Data<ApiState>,
    QueryFields(wanted): QueryFields<Wanted>,
) -> Result<Json<AuditLines>, Problem> {
    let limit = limit(wanted.limit)?;
    let is = json!({
        "actor": wanted.actor, "person": wanted.person, "action": wanted.action, "entity": wanted.entity,
        "entity_id": wanted.entity_id, "from": wanted.from, "to": wanted.to,
    });
    let wanted = queries::Wanted {
        action: wanted.action,
        actor: wanted.actor,
        person: wanted.person,
        since: wanted.from,
        until: wanted.to,
        entity: (wanted.entity, wanted.entity_id),
        after: wanted.cursor,
        limit: limit + 1,
    };
    let mut conn = state.db().await?;
    let found = queries::list(&mut conn, &wanted).await?;
    operator
        .by
        .note(&mut conn, read("audit_log_read", is))
        .await?;
    let (rows, next_cursor) = page(found, limit, |row| row.id);
    let data = rows.into_iter().map(Into::into).collect();
    Ok(Json(AuditLines { data, next_cursor }))
}

/// That the log was read.
pub(super) fn read(action: &'static str, is: Value) -> Act {
    Act {
        action,
        entity: ("audit_log", None),
        person: None,
        was: None,
        is,
    }
}
