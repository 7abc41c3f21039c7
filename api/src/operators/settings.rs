//! `/v1/admin/settings`: the switches.

use actix_web::web::{self, Json};
use diesel_async::AsyncConnection;
use kernel::Error;
use operators::switches::queries;
use operators::switches::rules::{ALL, Switch, Values};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::gate::Operator;
use crate::http::extract::JsonBody;
use crate::http::problem::{ErrorBody, Problem, Refused};
use crate::state::ApiState;

/// A switch, as it stands.
#[derive(Serialize, ToSchema)]
#[schema(as = SystemSetting)]
pub(crate) struct SwitchView {
    key: &'static str,
    /// `boolean`, or `percent`.
    #[serde(rename = "type")]
    kind: &'static str,
    #[schema(value_type = Object)]
    value: Value,
    /// Before it is changed.
    #[schema(value_type = Object)]
    default: Value,
    description: &'static str,
}

impl SwitchView {
    fn of(switch: &Switch, values: &Values) -> Self {
        Self {
            key: switch.key,
            kind: switch.kind_name(),
            value: values.get(switch),
            default: switch.initial(),
            description: switch.about,
        }
    }
}

/// All switches.
#[derive(Serialize, ToSchema)]
pub(crate) struct SystemSettings {
    settings: Vec<SwitchView>,
}

/// Another value.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SettingValue {
    /// Of the setting's type.
    #[schema(value_type = Object)]
    value: Value,
}

/// What operators can change while the deployment runs.
#[utoipa::path(get, path = "/v1/admin/settings", operation_id = "list_settings", tag = "Operators",
    responses((status = 200, description = "All of them", body = SystemSettings), Refused),
    security(("AccessToken" = [])))]
pub(crate) async fn list(state: web::Data<ApiState>) -> Result<Json<SystemSettings>, Problem> {
    let values = queries::read(&mut *state.db().await?).await?;
    let settings = ALL.iter().map(|one| SwitchView::of(one, &values)).collect();
    Ok(Json(SystemSettings { settings }))
}

/// Changes one. All processes see it within 5 seconds.
#[utoipa::path(put, path = "/v1/admin/settings/{key}", operation_id = "put_setting", tag = "Operators",
    params(("key" = String, Path)),
    request_body = SettingValue,
    responses(
        (status = 200, description = "As it is now", body = SwitchView),
        (status = 404, description = "No such setting", body = ErrorBody),
        Refused,
    ),
    security(("AccessToken" = [])))]
pub(crate) async fn turn(
    operator: Operator,
    key: web::Path<String>,
    state: web::Data<ApiState>,
    JsonBody(wanted): JsonBody<SettingValue>,
) -> Result<Json<SwitchView>, Problem> {
    let switch = Switch::find(&key).ok_or(Error::NotFound("setting"))?;
    let (by, now) = (&operator.by, state.core.clock.now());
    let mut conn = state.db().await?;
    let values = conn
        .transaction(async |conn| {
            queries::turn(conn, switch, &wanted.value, by, now).await?;
            Ok::<_, Error>(queries::read(conn).await?)
        })
        .await?;
    state.core.switches.forget();
    Ok(Json(SwitchView::of(switch, &values)))
}
