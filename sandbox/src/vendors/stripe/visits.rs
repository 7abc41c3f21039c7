//! Pages of Stripe's, and what their buttons do.

use std::sync::Arc;

use super::account::{Account, shown};
use super::acts::Act;
use super::{NAME, Stripe, page, portal};
use crate::http::Req;
use crate::payments::till::Acted;

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

/// `/pay/<session>`, `/pay/<intent>`, `/portal/<session>`.
pub fn page(account: &Account, id: &str) -> Option<String> {
    let visited = account.get(id)?;
    Some(match is_portal(id) {
        true => portal::page(account, visited),
        false => page::of(visited),
    })
}

/// Does what a button says, and says where the browser goes on to.
pub fn acts(stripe: &Arc<Stripe>, id: &str, wanted: &Act) -> Result<Acted, String> {
    let before = stripe.account().get(id).map(shown);
    let before = before.ok_or("there is no such page")?;
    if wanted.name == "leave" {
        let to = ["cancel_url", "success_url", "return_url"];
        let to = to.iter().find_map(|field| before[*field].as_str());
        let then = away(to, id);
        return Ok(Acted { now: before, then });
    }
    let now = stripe.act(id, wanted)?;
    let to = match () {
        () if now["status"] == "complete" => now["success_url"].as_str(),
        // The bank has asked: back to the shop.
        () if now["object"] == "payment_intent" && now["status"] != "requires_action" => {
            before["next_action"]["redirect_to_url"]["return_url"].as_str()
        }
        () => None,
    };
    let then = away(to, id);
    Ok(Acted { now, then })
}

fn is_portal(id: &str) -> bool {
    id.starts_with("bps_")
}

/// Where the browser goes on to, or back to its page.
fn away(to: Option<&str>, id: &str) -> String {
    let to = to.map(|to| to.replace("{CHECKOUT_SESSION_ID}", id));
    let folder = if is_portal(id) { "portal" } else { "pay" };
    to.unwrap_or_else(|| format!("/{NAME}/{folder}/{id}"))
}
