//! Routes from endpoints.

use actix_web::middleware::from_fn;
use actix_web::web::{self, ServiceConfig, resource};
use actix_web::{HttpResponse, Resource, Route};

use super::classes::Classes;
use super::endpoint::{Access, Endpoint};
use super::middleware::rate_limit;

/// Serves these, and refuses unknown paths of `/v1`.
pub(crate) fn configure(config: &mut ServiceConfig, endpoints: Vec<Endpoint>) {
    for (path, endpoints) in by_path(endpoints) {
        serve(config, &path, endpoints);
    }
    config.service(web::scope("/v1").default_service(unknown()));
}

/// The methods of each path, in the order of the list: the router takes the first path that matches.
pub(crate) fn by_path(endpoints: Vec<Endpoint>) -> Vec<(String, Vec<Endpoint>)> {
    let mut paths: Vec<(String, Vec<Endpoint>)> = Vec::new();
    for endpoint in endpoints {
        match paths.iter_mut().find(|(path, _)| *path == endpoint.path) {
            Some((_, methods)) => methods.push(endpoint),
            None => paths.push((endpoint.path.clone(), vec![endpoint])),
        }
    }
    paths
}

/// One path. All its methods are counted alike, also those that it does not have.
fn serve(config: &mut ServiceConfig, path: &str, endpoints: Vec<Endpoint>) {
    let access = endpoints.first().map(|endpoint| endpoint.access);
    let classes = Classes::of(&endpoints);
    let methods = endpoints.into_iter().map(Endpoint::route);
    let resource = methods.fold(resource(path), Resource::route);
    match access {
        Some(Access::Uncounted) => config.service(resource),
        Some(Access::Webhook) => config.service(resource.wrap(from_fn(rate_limit::refused))),
        Some(Access::SignedWebhook) => config.service(resource.wrap(from_fn(rate_limit::signed))),
        _ => config.service(resource.wrap(from_fn(move |request, next| {
            rate_limit::each_of(classes.clone(), request, next)
        }))),
    };
}

/// An unknown path of `/v1`: counted, so that a client cannot try them all.
fn unknown() -> Route {
    let not_found = web::route().to(async || HttpResponse::NotFound());
    not_found.wrap(from_fn(rate_limit::each))
}
