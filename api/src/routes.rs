//! Every URL.

use actix_web::web::{self, ServiceConfig, get, post, resource};

use crate::handlers::{analyses, health, telegram};

pub(crate) fn configure(config: &mut ServiceConfig) {
    config
        .service(
            web::scope("/v1")
                .service(resource("/health").route(get().to(health::health)))
                .service(resource("/ready").route(get().to(health::ready)))
                .service(resource("/analyses").route(post().to(analyses::create::create)))
                .service(resource("/analyses/{id}").route(get().to(analyses::show::show)))
                .service(resource("/webhooks/telegram").route(post().to(telegram::webhook))),
        )
        .service(resource("/metrics").route(get().to(health::metrics)));
}
