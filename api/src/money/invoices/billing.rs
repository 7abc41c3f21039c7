//! `GET` and `PUT /v1/billing/details`.

use actix_web::web::{self, Json};
use diesel_async::AsyncConnection;
use kernel::Error;
use mail::address::Address;
use money::invoices::billing;
use money::invoices::config::is_country;
use money::invoices::model::BillingDetails;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::http::extract::{JsonBody, Paying};
use crate::http::problem::{Problem, Refused};
use crate::state::ApiState;

/// What stands on the invoices that are issued from now on. What is left out, null or blank, stands on none.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewBillingDetails {
    #[schema(max_length = 200)]
    name: Option<String>,
    #[schema(max_length = 200)]
    company: Option<String>,
    /// In as many lines as it has.
    #[schema(max_length = 500)]
    address: Option<String>,
    /// ISO 3166-1, two capital letters. The tax of the price is that of this country.
    #[schema(pattern = "^[A-Z]{2}$", example = "CZ")]
    country: Option<String>,
    #[schema(max_length = 50)]
    tax_id: Option<String>,
    #[schema(max_length = 254)]
    email: Option<String>,
}

/// Shows the billing details
///
/// All are null until they are written.
#[utoipa::path(
    get,
    path = "/v1/billing/details",
    operation_id = "get_billing_details",
    tag = "Subscriptions",
    responses((status = 200, description = "As they are", body = BillingDetails), Refused),
)]
pub(crate) async fn show(
    paying: Paying,
    state: web::Data<ApiState>,
) -> Result<Json<BillingDetails>, Problem> {
    let details = billing::find(&mut *state.db().await?, paying.account).await?;
    Ok(Json(details.unwrap_or_default()))
}

/// Replaces the billing details
///
/// What is issued already stays as it is.
#[utoipa::path(
    put,
    path = "/v1/billing/details",
    operation_id = "replace_billing_details",
    tag = "Subscriptions",
    request_body = NewBillingDetails,
    responses((status = 200, description = "As they are now", body = BillingDetails), Refused),
)]
pub(crate) async fn replace(
    paying: Paying,
    state: web::Data<ApiState>,
    JsonBody(new): JsonBody<NewBillingDetails>,
) -> Result<Json<BillingDetails>, Problem> {
    let details = checked(new)?;
    let mut conn = state.db().await?;
    conn.transaction(async |conn| {
        billing::put(conn, paying.account, &details, &paying.origin).await
    })
    .await?;
    Ok(Json(details))
}

fn checked(new: NewBillingDetails) -> Result<BillingDetails, Error> {
    let country = text("country", new.country, 2)?;
    if country.as_deref().is_some_and(|code| !is_country(code)) {
        return Err(Error::invalid(
            "country",
            "must be two capital letters, like CZ",
        ));
    }
    let email = text("email", new.email, 254)?;
    if let Some(email) = &email {
        Address::parse(email).map_err(|why| Error::invalid("email", why))?;
    }
    Ok(BillingDetails {
        name: text("name", new.name, 200)?,
        company: text("company", new.company, 200)?,
        address: text("address", new.address, 500)?,
        tax_id: text("tax_id", new.tax_id, 50)?,
        country,
        email,
    })
}

/// A text without the blanks around it; a blank one is none.
fn text(field: &'static str, given: Option<String>, max: usize) -> Result<Option<String>, Error> {
    let text = given.map(|text| text.trim().to_owned());
    let text = text.filter(|text| !text.is_empty());
    match &text {
        Some(text) if text.chars().count() > max => Err(Error::invalid(
            field,
            format!("must have at most {max} characters"),
        )),
        _ => Ok(text),
    }
}
