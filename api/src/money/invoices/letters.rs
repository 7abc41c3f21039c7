//! `POST /v1/invoices/{id}/send`.

use actix_web::{HttpResponse, web};
use diesel_async::AsyncConnection;
use kernel::Error;
use money::invoices::letters;

use super::show::found;
use crate::http::extract::Paying;
use crate::http::problem::{ErrorBody, Problem, Refused};
use crate::state::ApiState;

/// Sends an invoice by letter again
///
/// To the person, or to the owners and billing members of the organization: to each who has proved an address. It went to them
/// when it was issued, too. While a letter waits to be written, the same again changes nothing.
#[utoipa::path(
    post,
    path = "/v1/invoices/{id}/send",
    operation_id = "send_invoice",
    tag = "Subscriptions",
    params(("id" = Uuid, Path, description = "The id of an invoice")),
    responses(
        (status = 202, description = "The letters are on their way"),
        (status = 404, description = "There is no such invoice, or it belongs to another account", body = ErrorBody),
        (status = 409, description = "There is no proved address to send it to", body = ErrorBody),
        Refused,
    ),
)]
pub(crate) async fn send(
    paying: Paying,
    state: web::Data<ApiState>,
    id: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let (invoice, _) = found(&state, &paying, &id).await?;
    let mut conn = state.db().await?;
    let sent = conn
        .transaction(async |conn| letters::send(conn, paying.account, invoice.id).await)
        .await?;
    drop(conn);
    if sent.is_empty() {
        let why = "there is no proved address to send it to".to_owned();
        return Err(Error::Conflict(why).into());
    }
    state.core.pusher.wake(&sent).await;
    Ok(HttpResponse::Accepted().finish())
}
