//! The admin page: what is wrong, what the queues and jobs are doing, and buttons for what an operator does about
//! it; and the requests of persons. Written by the server, without scripts, over `jobs::{operate, stats}` and
//! `product::status`, as the commands `symancy jobs` and `symancy status` are. Needs `ADMIN_KEY`; without it the page does not exist.

mod acts;
pub(crate) mod addresses;
mod filter;
mod findings;
pub(crate) mod gate;
mod health;
mod job;
mod jobs;
pub(crate) mod lately;
mod notice;
mod overview;
mod page;
mod parts;
mod queue_table;
mod queues;
mod runbook;
mod support;

use actix_web::middleware::from_fn;
use actix_web::web::{self, ServiceConfig, get, post, resource};

pub(crate) fn configure(config: &mut ServiceConfig) {
    config.service(
        web::scope("/admin")
            .wrap(from_fn(gate::guard))
            .service(resource(["", "/"]).route(get().to(overview::overview)))
            .service(resource("/jobs").route(get().to(jobs::list)))
            .service(resource("/jobs/retry-dead").route(post().to(acts::retry_dead)))
            .service(resource("/jobs/{id}").route(get().to(jobs::show)))
            .service(resource("/jobs/{id}/retry").route(post().to(acts::retry)))
            .service(resource("/jobs/{id}/cancel").route(post().to(acts::cancel)))
            .service(resource("/jobs/{id}/discard").route(post().to(acts::discard)))
            .service(resource("/runbook").route(get().to(runbook::show)))
            .service(resource("/support").route(get().to(support::list)))
            .service(resource("/support/{number}/answer").route(post().to(support::answer)))
            .service(resource("/support/{number}/close").route(post().to(support::close)))
            .service(resource("/queues/{queue}/pause").route(post().to(queues::pause)))
            .service(resource("/queues/{queue}/resume").route(post().to(queues::resume))),
    );
}
