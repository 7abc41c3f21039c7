//! Every URL: the endpoints of each feature, and the admin page.

use actix_web::web::ServiceConfig;

use crate::http::endpoint::Endpoint;
use crate::http::{health, router};
use crate::state::ApiState;
use crate::{
    admin, analytics, bot, mail, money, operators, people, readings, usage, web, webhooks,
};

/// Every path that the OpenAPI document describes.
pub(crate) fn endpoints() -> Vec<Endpoint> {
    let features = [
        health::endpoints(),
        readings::endpoints(),
        people::endpoints(),
        money::endpoints(),
        usage::endpoints(),
        mail::endpoints(),
        bot::endpoints(),
        operators::endpoints(),
        analytics::endpoints(),
        webhooks::endpoints(),
    ];
    features.into_iter().flatten().collect()
}

pub(crate) fn configure(config: &mut ServiceConfig, state: &ApiState) {
    router::configure(config, endpoints());
    web::configure(config);
    people::accounts::pages::configure(config);
    money::checkout::configure(config);
    if state.has_admin_page() {
        config.configure(admin::configure);
    }
    if state.config.metrics_in_public {
        config.configure(health::public_metrics);
    }
}

#[cfg(test)]
mod tests {
    use ::people::api_keys::model::Scope;
    use ::people::organizations::roles::Permission;
    use actix_web::http::Method;

    use super::*;
    use crate::http::endpoint::Access;

    fn access(method: &Method, path: &str) -> Option<Access> {
        let mut all = endpoints().into_iter();
        let found = all.find(|one| one.method == *method && one.path == path);
        found.map(|one| one.access)
    }

    #[test]
    fn every_endpoint_that_knows_its_caller_has_a_scope() {
        let without = [
            "/v1/health",
            "/v1/ready",
            "/v1/plans",
            "/v1/app",
            "/.well-known/jwks.json",
            "/v1/contact",
            "/v1/announcements",
            "/v1/shares/{id}/card.jpg",
            "/v1/invitations/{token}",
            "/v1/invoices/linked/{secret}/pdf",
        ];
        let below = ["/v1/webhooks/", "/v1/auth/", "/v1/documents/"];
        for one in endpoints() {
            let path = one.path.as_str();
            let open = without.contains(&path) || below.iter().any(|it| path.starts_with(it));
            let scope = matches!(
                one.access,
                Access::Callers(Some(_))
                    | Access::Members(..)
                    | Access::Operators(_)
                    | Access::Reports
            );
            assert_ne!(open, scope, "{} {path}", one.method);
        }
    }

    #[test]
    fn the_methods_of_a_path_are_counted_alike() {
        for (path, methods) in router::by_path(endpoints()) {
            let alike = |access| match access {
                Access::Uncounted => 0,
                Access::Webhook => 1,
                Access::SignedWebhook => 2,
                Access::Public
                | Access::Callers(_)
                | Access::Members(..)
                | Access::Operators(_)
                | Access::Reports => 3,
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
        ] {
            let access = access(&method, path);
            assert_eq!(access, Some(scope.into()), "{method} {path}");
        }
        for (method, path, scope, permission) in [
            (
                Method::GET,
                "/v1/limits/me",
                Scope::LimitsRead,
                Permission::UsageRead,
            ),
            (
                Method::GET,
                "/v1/subscriptions",
                Scope::SubscriptionsRead,
                Permission::BillingRead,
            ),
            (
                Method::POST,
                "/v1/subscriptions/cancel",
                Scope::SubscriptionsWrite,
                Permission::BillingWrite,
            ),
        ] {
            let access = access(&method, path);
            assert_eq!(access, Some((scope, permission).into()), "{method} {path}");
        }
    }
}
