//! `GET /v1/usage/by-endpoint` and `/v1/usage/by-model`.

use std::collections::BTreeMap;

use actix_web::web::{self, Json};
use chrono::{DateTime, Utc};
use serde::Serialize;
use usage::queries::{self, Bucket, ModelUse};
use usage::rules::quantile;
use utoipa::ToSchema;

use super::since::Since;
use crate::http::extract::{Acting, QueryFields};
use crate::http::problem::{Problem, Refused};
use crate::state::ApiState;

/// The requests of an endpoint.
#[derive(Serialize, ToSchema)]
#[schema(as = UsageOfEndpoint)]
pub(crate) struct EndpointView {
    #[schema(example = "GET /v1/analyses/{id}")]
    endpoint: String,
    requests: i64,
    /// Those that were answered with 4xx.
    client_errors: i64,
    /// Those that were answered with 5xx.
    server_errors: i64,
    /// Half of them were answered within so many milliseconds; at most a tenth too many.
    p50_ms: Option<f64>,
    p95_ms: Option<f64>,
    p99_ms: Option<f64>,
}

/// The requests of an account by endpoint.
#[derive(Serialize, ToSchema)]
#[schema(as = UsageByEndpoint)]
pub(crate) struct ByEndpoint {
    since: DateTime<Utc>,
    /// The most used first.
    data: Vec<EndpointView>,
}

impl EndpointView {
    fn of(endpoint: String, buckets: &[Bucket]) -> Self {
        let sum = |wanted: Option<i16>| {
            let of = |one: &&Bucket| wanted.is_none_or(|class| one.status_class == class);
            buckets.iter().filter(of).map(|one| one.requests).sum()
        };
        let counts: Vec<_> = buckets
            .iter()
            .map(|one| (one.latency_bucket, one.requests))
            .collect();
        Self {
            endpoint,
            requests: sum(None),
            client_errors: sum(Some(4)),
            server_errors: sum(Some(5)),
            p50_ms: quantile(&counts, 0.5),
            p95_ms: quantile(&counts, 0.95),
            p99_ms: quantile(&counts, 0.99),
        }
    }
}

/// By endpoint, the most used first.
pub(super) fn endpoints(buckets: Vec<Bucket>) -> Vec<EndpointView> {
    let mut by_name: BTreeMap<String, Vec<Bucket>> = BTreeMap::new();
    for bucket in buckets {
        let name = bucket.endpoint.clone();
        by_name.entry(name).or_default().push(bucket);
    }
    let mut views: Vec<_> = by_name
        .into_iter()
        .map(|(name, buckets)| EndpointView::of(name, &buckets))
        .collect();
    views.sort_by_key(|view| std::cmp::Reverse(view.requests));
    views
}

/// The account's requests by endpoint
#[utoipa::path(get, path = "/v1/usage/by-endpoint", operation_id = "get_usage_by_endpoint", tag = "Usage", params(Since),
    responses((status = 200, description = "The endpoints", body = ByEndpoint), Refused))]
pub(crate) async fn by_endpoint(
    acting: Acting,
    state: web::Data<ApiState>,
    QueryFields(wanted): QueryFields<Since>,
) -> Result<Json<ByEndpoint>, Problem> {
    let since = wanted.moment(state.core.clock.now())?;
    let mut conn = state.db().await?;
    let buckets = queries::endpoints(&mut conn, acting.account, None, since).await?;
    Ok(Json(ByEndpoint {
        since,
        data: endpoints(buckets),
    }))
}

/// The calls of models for an account.
#[derive(Serialize, ToSchema)]
#[schema(as = UsageByModel)]
pub(crate) struct ByModel {
    since: DateTime<Utc>,
    /// The dearest first.
    data: Vec<ModelUse>,
}

/// What models were asked for the account, and what that has cost
#[utoipa::path(get, path = "/v1/usage/by-model", operation_id = "get_usage_by_model", tag = "Usage", params(Since),
    responses((status = 200, description = "The models", body = ByModel), Refused))]
pub(crate) async fn by_model(
    acting: Acting,
    state: web::Data<ApiState>,
    QueryFields(wanted): QueryFields<Since>,
) -> Result<Json<ByModel>, Problem> {
    let since = wanted.moment(state.core.clock.now())?;
    let data = queries::models(&mut *state.db().await?, acting.account, since).await?;
    Ok(Json(ByModel { since, data }))
}
