//! `POST /v1/billing/portal`: the vendor's page at which people change what it keeps of them. Ours follows by the vendor's
//! webhook (`money::renewals::elsewhere`).

use actix_web::web;
use actix_web::web::Json;
use kernel::Error;
use money::payments::model::PaymentProvider;
use money::renewals::elsewhere::{self, Whose};
use serde::{Deserialize, Serialize};
use url::Url;
use utoipa::ToSchema;

use crate::http::extract::{JsonBody, Paying};
use crate::http::problem::{ErrorBody, Problem, Refused};
use crate::money::begun::of_vendor;
use crate::money::checkout;
use crate::money::order::return_url;
use crate::state::ApiState;

/// The one provider that has such a page.
const PROVIDER: PaymentProvider = PaymentProvider::Stripe;

/// Where the page sends people back to.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PortalRequest {
    /// https, and a host that is allowed here. Not given: the page at which plans are paid for.
    #[schema(format = "uri", max_length = 2000)]
    return_url: Option<String>,
}

/// A page for one person.
#[derive(Serialize, ToSchema)]
pub(crate) struct Portal {
    /// For a short time, and for this person alone.
    #[schema(format = "uri")]
    url: String,
}

/// Opens Stripe's page for the person's cards
///
/// There they add and remove cards and accounts, choose the one that is charged, and change their address. It does not
/// cancel a subscription: `DELETE /v1/subscriptions/{id}` does.
#[utoipa::path(
    post,
    path = "/v1/billing/portal",
    operation_id = "open_billing_portal",
    tag = "Subscriptions",
    request_body = PortalRequest,
    responses(
        (status = 200, description = "The address of the page", body = Portal),
        (status = 404, description = "Stripe keeps nothing for this person: buy a plan with `renew` first", body = ErrorBody),
        (status = 502, description = "Stripe refuses, or is not understood", body = ErrorBody),
        Refused,
    ),
)]
pub(crate) async fn create(
    paying: Paying,
    JsonBody(body): JsonBody<PortalRequest>,
    state: web::Data<ApiState>,
) -> Result<Json<Portal>, Problem> {
    let back = match &body.return_url {
        Some(written) => return_url(written, &state.config.payment_return_hosts)?,
        None => Url::parse(&checkout::address(&state)).map_err(Error::internal)?,
    };
    let gateway = state.core.providers.gateways.get(PROVIDER.as_str())?;
    let nothing = || Error::NotFound("payment method");
    let elements = gateway.elements().ok_or_else(nothing)?;
    let whose = Whose {
        person: paying.account,
        provider: PROVIDER,
        elements,
        vault: &state.core.config.vault,
    };
    let now = state.core.clock.now();
    let customer = elsewhere::customer(&mut *state.db().await?, whose, now).await?;
    let customer = customer.ok_or_else(nothing)?;
    let page = elements.portal(&customer, paying.language, &back).await;
    Ok(Json(Portal {
        url: page.map_err(of_vendor)?.into(),
    }))
}
