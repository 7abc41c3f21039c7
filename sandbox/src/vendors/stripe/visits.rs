//! Pages of Stripe's, and what their buttons do.

use std::sync::Arc;

use hyper::header::{HeaderValue, LOCATION};
use hyper::{Method, StatusCode};

use super::acts::Act;
use super::{NAME, Stripe, page, portal};
use crate::http::{Reply, Req, html, refused};
use crate::router::not_found;

/// What a form wants done.
pub async fn wanted(req: &Req) -> Act {
    let form = req.form().await.unwrap_or_default();
    let mut act = Act {
        name: form.text("act").unwrap_or_default(),
        amount: form.int("amount"),
        code: form.text("code"),
        method: form.text("method"),
    };
    if act.name == "pay_by_debit" {
        "pay".clone_into(&mut act.name);
        act.method = Some("sepa_debit".to_owned());
    }
    act
}

/// `/pay/<session>`, `/pay/<intent>`, `/portal/<session>`: the page, and its buttons.
pub async fn visit(stripe: &Arc<Stripe>, id: &str, req: &Req) -> Reply {
    let session = stripe.account().get(id).cloned();
    let Some(session) = session else {
        return not_found(&req.path);
    };
    if req.method == Method::GET {
        return html(match session["object"] == "billing_portal.session" {
            true => portal::page(&stripe.account(), &session),
            false => page::of(&session),
        });
    }
    let own = match id.starts_with("bps_") {
        true => format!("/{NAME}/portal/{id}"),
        false => format!("/{NAME}/pay/{id}"),
    };
    let back = session["next_action"]["redirect_to_url"]["return_url"].clone();
    let act = wanted(req).await;
    if act.name == "leave" {
        return away(
            session["cancel_url"]
                .as_str()
                .or(session["success_url"].as_str())
                .or(session["return_url"].as_str()),
            &own,
        );
    }
    match stripe.act(id, &act) {
        Ok(now) if now["status"] == "complete" => away(now["success_url"].as_str(), &own),
        // The bank has asked: back to the shop.
        Ok(now) if now["object"] == "payment_intent" && now["status"] != "requires_action" => {
            away(back.as_str(), &own)
        }
        Ok(_) => away(None, &own),
        Err(why) => refused(StatusCode::CONFLICT, why),
    }
}

/// Sends the browser on, or back to its page.
fn away(to: Option<&str>, own: &str) -> Reply {
    let id = own.rsplit('/').next().unwrap_or_default();
    let to = to.map(|to| to.replace("{CHECKOUT_SESSION_ID}", id));
    let mut reply = html("");
    *reply.status_mut() = StatusCode::SEE_OTHER;
    if let Ok(to) = HeaderValue::from_str(&to.unwrap_or_else(|| own.to_owned())) {
        reply.headers_mut().insert(LOCATION, to);
    }
    reply
}
