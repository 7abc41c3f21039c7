//! Every URL.

use actix_web::middleware::from_fn;
use actix_web::web::{self, ServiceConfig, delete, get, patch, post, put, resource};

use crate::handlers::admin::{self, acts, jobs, overview, queues};
use crate::handlers::privacy::{deletion, exports};
use crate::handlers::subscriptions::{cancel, plans, purchase, show, trial};
use crate::handlers::{analyses, docs, health, limits, payments, telegram, users};
use crate::middleware::rate_limit;
use crate::state::ApiState;

pub(crate) fn configure(config: &mut ServiceConfig, state: &ApiState) {
    config
        .service(
            web::scope("/v1")
                .wrap(from_fn(rate_limit::wrap))
                .service(resource("/health").route(get().to(health::health)))
                .service(resource("/ready").route(get().to(health::ready)))
                .service(
                    resource("/analyses")
                        .route(post().to(analyses::create::create))
                        .route(get().to(analyses::list::list)),
                )
                .service(
                    resource("/analyses/{id}")
                        .route(get().to(analyses::show::show))
                        .route(delete().to(analyses::end::delete)),
                )
                .service(
                    resource("/analyses/{id}/events").route(get().to(analyses::events::events)),
                )
                .service(resource("/analyses/{id}/cancel").route(post().to(analyses::end::cancel)))
                .service(
                    resource("/analyses/{id}/feedback").route(post().to(analyses::feedback::rate)),
                )
                .service(
                    resource("/users/me")
                        .route(get().to(users::profile::show))
                        .route(patch().to(users::profile::change)),
                )
                .service(
                    resource("/users/me/consents")
                        .route(get().to(users::consents::show))
                        .route(put().to(users::consents::change)),
                )
                .service(resource("/limits/me").route(get().to(limits::show)))
                .service(resource("/plans").route(get().to(plans::list)))
                .service(resource("/subscriptions/me").route(get().to(show::show)))
                .service(resource("/subscriptions/purchase").route(post().to(purchase::purchase)))
                .service(resource("/subscriptions/cancel").route(post().to(cancel::cancel)))
                .service(resource("/subscriptions/trial").route(post().to(trial::trial)))
                .service(
                    resource("/webhooks/payments/telegram")
                        .route(post().to(payments::telegram::webhook)),
                )
                .service(
                    resource("/webhooks/payments/tinkoff")
                        .route(post().to(payments::tinkoff::webhook)),
                )
                .service(resource("/analyses/{id}/photo").route(get().to(analyses::photo::photo)))
                .service(
                    resource("/users/me/exports")
                        .route(post().to(exports::create))
                        .route(get().to(exports::list)),
                )
                .service(resource("/users/me/exports/{id}").route(get().to(exports::show)))
                .service(
                    resource("/users/me/deletion")
                        .route(post().to(deletion::create))
                        .route(get().to(deletion::show)),
                )
                .service(resource("/webhooks/telegram").route(post().to(telegram::webhook))),
        )
        .service(resource("/metrics").route(get().to(health::metrics)))
        .service(resource("/openapi.json").route(get().to(docs::openapi)))
        .service(resource("/docs").route(get().to(docs::entrance)))
        .service(docs::page());
    if state.has_admin_page() {
        config.configure(admin_page);
    }
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
