//! `POST /v1/n8n/errors`: a workflow has failed, maybe with an update of Telegram that nothing else holds.

use actix_web::{HttpRequest, HttpResponse, web};
use kernel::Error;
use kernel::telemetry;
use serde::Deserialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::webhook;
use crate::http::extract::{Caller, JsonBody, acts_for};
use crate::http::problem::{ErrorBody, Problem, Refused};
use crate::state::ApiState;

/// The most characters of a text that are written down.
const TEXT_MAX: usize = 500;

/// What failed, as n8n's error trigger has it.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct WorkflowError {
    /// The name of the workflow.
    workflow: String,
    /// The name of the node.
    node: Option<String>,
    message: String,
    /// n8n's number of the run.
    execution_id: Option<String>,
    /// The `Update` of the Bot API that was at work: taken as `/v1/webhooks/telegram` takes it.
    #[schema(value_type = Option<Object>)]
    update: Option<Map<String, Value>>,
}

/// Takes the report of a failed workflow, which an operator finds in the log and at Sentry, and the update that it
/// could not handle: once, also if it was taken before.
#[utoipa::path(post, path = "/v1/n8n/errors", operation_id = "report_workflow_error", tag = "Workflows",
    request_body = WorkflowError,
    responses(
        (status = 204, description = "It is written down, and the update is taken"),
        (status = 503, description = "Temporarily unavailable: send it again", body = ErrorBody),
        Refused))]
pub(crate) async fn report(
    request: HttpRequest,
    caller: Caller,
    state: web::Data<ApiState>,
    JsonBody(error): JsonBody<WorkflowError>,
) -> Result<HttpResponse, Problem> {
    if acts_for(&request, &caller)?.is_some() {
        // An update may be of any person.
        return Err(Error::Forbidden("this needs a key that may act for all persons").into());
    }
    write_down(&state, &error);
    if let Some(update) = error.update {
        let update = serde_json::to_vec(&update).map_err(Error::internal)?;
        webhook::handle(&state, &update).await?;
    }
    Ok(HttpResponse::NoContent().finish())
}

fn write_down(state: &ApiState, error: &WorkflowError) {
    // n8n may name the address of a call that failed, and that of the Bot API holds the token.
    let token = &state.core.config.messenger.bot_token;
    let shown_of = |text: &Option<String>| text.as_deref().map(|text| shown(text, token));
    let (workflow, message) = (shown(&error.workflow, token), shown(&error.message, token));
    let (node, run) = (shown_of(&error.node), shown_of(&error.execution_id));
    let why = format!("n8n: {workflow:?}, node {node:?}, run {run:?}: {message:?}");
    telemetry::report(&Error::internal(why), &[("workflow", &workflow)]);
}

/// A text for the log.
fn shown(text: &str, secret: &str) -> String {
    let text = text.replace(secret, "(token)");
    text.chars().take(TEXT_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_token_of_the_bot_is_not_written_down() {
        let message = "getaddrinfo ENOTFOUND api.telegram.org/bot1:secret/sendMessage";
        assert_eq!(
            shown(message, "1:secret"),
            "getaddrinfo ENOTFOUND api.telegram.org/bot(token)/sendMessage"
        );
        assert_eq!(shown(&"я".repeat(501), "1:secret").chars().count(), 500);
    }
}
