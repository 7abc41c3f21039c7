//! Every URL.

use actix_web::middleware::from_fn;
use actix_web::web::{self, ServiceConfig, get, post, resource};
use actix_web::{HttpResponse, Resource, Route};
use shared::features::api_keys::model::Scope;

use crate::endpoint::{Access, Endpoint, endpoints};
use crate::handlers::admin::{self, acts, jobs, overview, queues};
use crate::handlers::privacy::{deletion, exports};
use crate::handlers::subscriptions::{cancel, plans, purchase, show, trial};
use crate::handlers::{analyses, health, limits, payments, telegram, users};
use crate::middleware::rate_limit;
use crate::state::ApiState;

/// Every path that the OpenAPI document describes.
pub(crate) fn endpoints() -> Vec<Endpoint> {
    endpoints! {
        health::health => Access::Uncounted;
        health::ready => Access::Uncounted;
        health::metrics => Access::Uncounted;
        analyses::create::create => Scope::AnalysesWrite;
        analyses::list::list => Scope::AnalysesRead;
        analyses::show::show => Scope::AnalysesRead;
        analyses::end::delete => Scope::AnalysesWrite;
        analyses::events::events => Scope::AnalysesRead;
        analyses::photo::photo => Scope::AnalysesRead;
        analyses::end::cancel => Scope::AnalysesWrite;
        analyses::feedback::rate => Scope::AnalysesWrite;
        users::profile::show => Scope::UsersRead;
        users::profile::change => Scope::UsersWrite;
        users::consents::show => Scope::UsersRead;
        users::consents::change => Scope::UsersWrite;
        exports::create => Scope::Privacy;
        exports::list => Scope::Privacy;
        exports::show => Scope::Privacy;
        deletion::create => Scope::Privacy;
        deletion::show => Scope::Privacy;
        limits::show => Scope::LimitsRead;
        plans::list => Access::Public;
        show::show => Scope::SubscriptionsRead;
        purchase::purchase => Scope::SubscriptionsWrite;
        cancel::cancel => Scope::SubscriptionsWrite;
        trial::trial => Scope::SubscriptionsWrite;
        payments::telegram::webhook => Access::Webhook;
        payments::tinkoff::webhook => Access::Webhook;
        telegram::webhook => Access::Webhook;
    }
}

pub(crate) fn configure(config: &mut ServiceConfig, state: &ApiState) {
    for (path, endpoints) in by_path(endpoints()) {
        serve(config, &path, endpoints);
    }
    config.service(web::scope("/v1").default_service(unknown()));
    if state.has_admin_page() {
        config.configure(admin_page);
    }
}

/// The methods of each path, in the order of the list: the router takes the first path that matches.
fn by_path(endpoints: Vec<Endpoint>) -> Vec<(String, Vec<Endpoint>)> {
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
    let methods = endpoints.into_iter().map(Endpoint::route);
    let resource = methods.fold(resource(path), Resource::route);
    match access {
        Some(Access::Uncounted) => config.service(resource),
        Some(Access::Webhook) => config.service(resource.wrap(from_fn(rate_limit::refused))),
        _ => config.service(resource.wrap(from_fn(rate_limit::each))),
    };
}

/// What is no path of `/v1`: counted, so that nobody can try them all.
fn unknown() -> Route {
    let none = web::route().to(async || HttpResponse::NotFound());
    none.wrap(from_fn(rate_limit::each))
}

fn admin_page(config: &mut ServiceConfig) {
    config.service(
        web::scope("/admin")
            .wrap(from_fn(admin::gate::guard))
            .service(resource(["", "/"]).route(get().to(overview::overview)))
            .service(resource("/jobs").route(get().to(jobs::list)))
            .service(resource("/jobs/retry-dead").route(post().to(acts::retry_dead)))
            .service(resource("/jobs/{id}").route(get().to(jobs::show)))
            .service(resource("/jobs/{id}/retry").route(post().to(acts::retry)))
            .service(resource("/jobs/{id}/cancel").route(post().to(acts::cancel)))
            .service(resource("/jobs/{id}/discard").route(post().to(acts::discard)))
            .service(resource("/queues/{queue}/pause").route(post().to(queues::pause)))
            .service(resource("/queues/{queue}/resume").route(post().to(queues::resume))),
    );
}

#[cfg(test)]
mod tests {
    use actix_web::http::Method;

    use super::*;

    fn access(method: &Method, path: &str) -> Option<Access> {
        let mut all = endpoints().into_iter();
        let found = all.find(|one| one.method == *method && one.path == path);
        found.map(|one| one.access)
    }

    #[test]
    fn every_endpoint_that_knows_its_caller_has_a_scope() {
        let without = ["/v1/health", "/v1/ready", "/metrics", "/v1/plans"];
        for one in endpoints() {
            let path = one.path.as_str();
            let open = without.contains(&path) || path.starts_with("/v1/webhooks/");
            let scope = matches!(one.access, Access::Callers(Some(_)));
            assert_ne!(open, scope, "{} {path}", one.method);
        }
    }

    #[test]
    fn the_methods_of_a_path_are_counted_alike() {
        for (path, methods) in by_path(endpoints()) {
            let alike = |access| match access {
                Access::Uncounted => 0,
                Access::Webhook => 1,
                Access::Public | Access::Callers(_) => 2,
            };
            let first = alike(methods[0].access);
            let all = methods.iter().all(|one| alike(one.access) == first);
            assert!(all, "{path}");
        }
    }

    #[test]
    fn reading_and_writing_are_two_things() {
        for (method, path, scope) in [
            (Method::GET, "/v1/analyses", Scope::AnalysesRead),
            (Method::GET, "/v1/analyses/{id}/events", Scope::AnalysesRead),
            (Method::POST, "/v1/analyses", Scope::AnalysesWrite),
            (Method::DELETE, "/v1/analyses/{id}", Scope::AnalysesWrite),
            (Method::PATCH, "/v1/users/me", Scope::UsersWrite),
            (Method::GET, "/v1/users/me", Scope::UsersRead),
            (Method::PUT, "/v1/users/me/consents", Scope::UsersWrite),
            (Method::POST, "/v1/users/me/exports", Scope::Privacy),
            (Method::GET, "/v1/limits/me", Scope::LimitsRead),
            (
                Method::POST,
                "/v1/subscriptions/cancel",
                Scope::SubscriptionsWrite,
            ),
        ] {
            let access = access(&method, path);
            assert_eq!(access, Some(scope.into()), "{method} {path}");
        }
    }
}
