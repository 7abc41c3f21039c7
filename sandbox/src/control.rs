//! The JSON API for programs that act as people and for those that break things; README.md lists it.
//! What is a vendor's alone, the vendor answers. Called by `router` for everything under `/control/`.

use std::sync::Arc;

use hyper::{Method, StatusCode};
use serde_json::json;

use crate::http::{Reply, Req, json as reply, refused};
use crate::router::not_found;
use crate::vendors::Vendors;
use crate::world::World;

/// `rest` is the path after `/control/`.
pub async fn answer(world: &Arc<World>, vendors: &Arc<Vendors>, rest: &str, req: Req) -> Reply {
    if let Some(vendor) = vendors.controlling(rest) {
        return vendor.control(rest, req).await;
    }
    match (req.method.as_str(), rest.trim_end_matches('/')) {
        (_, "faults") => faults(world, vendors, &req),
        ("GET", "calls") => reply(
            &world
                .calls
                .report(req.query("service"), req.query("method")),
        ),
        ("DELETE", "calls") => {
            world.calls.clear();
            reply(&json!({"ok": true}))
        }
        ("POST", "reset") => reset(world, vendors).await,
        ("GET", "health") => reply(&json!({"status": "ok", "version": env!("CARGO_PKG_VERSION")})),
        _ => not_found(&req.path),
    }
}

fn faults(world: &World, vendors: &Vendors, req: &Req) -> Reply {
    let (faults, services) = (&world.faults, vendors.services());
    let outcome = match req.method {
        Method::GET => Ok(()),
        Method::PUT => req.json().and_then(|plan| faults.replace(plan, &services)),
        Method::PATCH => req.json().and_then(|patch| faults.patch(patch, &services)),
        Method::DELETE => {
            faults.clear();
            Ok(())
        }
        _ => return refused(StatusCode::METHOD_NOT_ALLOWED, "GET, PUT, PATCH or DELETE"),
    };
    match outcome {
        Ok(()) => reply(&faults.plan(&services)),
        Err(why) => refused(StatusCode::BAD_REQUEST, why),
    }
}

/// Chats, payments, faults and calls as on the first day; what programs have set up stays.
async fn reset(world: &World, vendors: &Arc<Vendors>) -> Reply {
    world.faults.clear();
    world.calls.clear();
    let vendors = vendors.clone();
    let clearing = tokio::task::spawn_blocking(move || vendors.iter().for_each(|it| it.reset()));
    if let Err(why) = clearing.await {
        return refused(StatusCode::INTERNAL_SERVER_ERROR, why);
    }
    world.touched();
    reply(&json!({"ok": true}))
}
