//! The server: handlers, middleware and limits put together.

use std::net::TcpListener;
use std::time::Duration;

use actix_web::dev::Server;
use actix_web::middleware::from_fn;
use actix_web::{App, HttpServer, web};

use crate::aliases;
use crate::http::cors;
use crate::http::docs;
use crate::http::middleware::{bodies, compress, door, methods, request_context};
use crate::routes;
use crate::state::ApiState;

/// Serves until the handle of the server stops it; then running requests are finished. Signals are the caller's.
///
/// # Errors
/// A listener that cannot be used.
pub fn serve(state: ApiState, listener: TcpListener) -> std::io::Result<Server> {
    let (threads, grace) = (state.config.threads, state.config.grace);
    // Once for each thread.
    let server = HttpServer::new(move || {
        let state = state.for_thread();
        App::new()
            .app_data(web::Data::new(state.clone()))
            .app_data(web::PayloadConfig::new(1024 * 1024))
            // The last one is the outermost.
            .wrap(from_fn(bodies::wrap))
            .wrap(from_fn(methods::wrap))
            .wrap(cors::cors(&state.config.cors_origins))
            .wrap(from_fn(request_context::wrap))
            .wrap(from_fn(aliases::wrap))
            .wrap(from_fn(compress::wrap))
            .wrap(from_fn(door::wrap))
            .configure(|config| routes::configure(config, &state))
            .configure(|config| docs::configure(config, &state))
    });
    Ok(server
        .workers(threads)
        .disable_signals()
        .shutdown_timeout(grace.as_secs())
        .client_request_timeout(Duration::from_secs(10))
        .listen(listener)?
        .run())
}
