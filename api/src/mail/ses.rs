//! `POST /v1/webhooks/ses`: what became of letters that Amazon SES has taken, by a topic of SNS.

use actix_web::{HttpResponse, web};
use diesel_async::AsyncConnection;
use kernel::Error;
use mail::address::Address;
use mail::events::{Taken, take};
use vendors::mailer::ses;
use vendors::mailer::sns::{Disbelief, Event, Notice};

use crate::http::middleware::bodies;
use crate::http::problem::{ErrorBody, Problem};
use crate::state::ApiState;

/// The largest message that is read, in bytes: that of SNS.
const BODY_MAX: usize = 256 * 1024;

/// Takes a message of Amazon SNS
///
/// Of a topic of `SES_TOPIC_ARNS`, signed by SNS (SignatureVersion 2). A subscription is confirmed; a bounce or a
/// complaint ends letters to the address. The same message may come any number of times and in any order.
#[utoipa::path(post, path = "/v1/webhooks/ses", operation_id = "ses_webhook", tag = "Webhooks",
    request_body(content = Object, content_type = "text/plain", description = "A message of SNS"),
    responses(
        (status = 204, description = "Taken"),
        (status = 400, description = "Not a message of SNS", body = ErrorBody),
        (status = 401, description = "Not signed by SNS, or of another topic", body = ErrorBody),
        (status = 503, description = "Temporarily unavailable: send it again", body = ErrorBody),
    ),
    security(()))]
pub(crate) async fn webhook(
    body: web::Payload,
    state: web::Data<ApiState>,
) -> Result<HttpResponse, actix_web::Error> {
    let body = body.to_bytes_limited(BODY_MAX).await;
    let body = body.map_err(|_| Problem(bodies::too_large(BODY_MAX)))??;
    let notice = state.core.providers.sns.read(&body).await;
    match notice.map_err(|why| Problem(refusal(why)))? {
        Notice::Confirm(url) => {
            let confirmed = state.core.providers.sns.confirm(url).await;
            confirmed.map_err(|why| Problem(why.into()))?;
            tracing::info!("the topic of SES may send its notices");
        }
        Notice::About(event) => note(&state, &event).await.map_err(Problem)?,
        Notice::Other => {}
    }
    Ok(HttpResponse::NoContent().finish())
}

fn refusal(why: Disbelief) -> Error {
    match why {
        Disbelief::Malformed(what) => {
            Error::invalid("body", format!("{what} is not as SNS has it"))
        }
        Disbelief::Forged(what) => {
            tracing::warn!(what, "a message in the name of SNS is not believed");
            Error::Unauthenticated(kernel::codes::INVALID_TOKEN)
        }
        // Which code it has decides nothing: SNS sends it again.
        Disbelief::Unknown(why) => Error::Unavailable {
            code: why.code(),
            source: Box::new(why),
        },
    }
}

async fn note(state: &ApiState, event: &Event) -> Result<(), Error> {
    let secret = &state.core.config.memory_secret;
    let key = |address: &Address| secret.key("email", &address.key);
    let now = state.core.clock.now();
    let mut conn = state.db().await?;
    let taken = conn
        .transaction(async |conn| take(conn, ses::NAME, event, key, now).await)
        .await?;
    if taken == Taken::Unknown {
        tracing::info!(
            message = event.message_id,
            "a notice about a letter that is not ours"
        );
    }
    Ok(())
}
