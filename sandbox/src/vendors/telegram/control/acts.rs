//! What one person does in one chat, private or not.

use hyper::StatusCode;
use serde_json::{Value, json};

use super::{Act, apps, created, writing};
use crate::http::{Reply, refused, status_json};
use crate::vendors::telegram::model::Standing;
use crate::vendors::telegram::{acts, payments, people, stars, taps, view};

/// Does `what` of the person; none is no such act.
pub(super) async fn answer(act: &Act<'_>, verb: &str, what: &[&str]) -> Option<Reply> {
    Some(match (verb, what) {
        ("POST", ["messages"]) => created(write(act).await),
        ("POST", ["albums"]) => created(album(act).await),
        ("PATCH", ["messages", id]) => created(edit(act, id).await),
        ("POST", ["callbacks"]) => created(tap(act)),
        ("POST", ["reactions"]) => created(react(act)),
        ("POST", ["membership"]) => created(membership(act)),
        ("POST", ["stops"]) => created(stop(act)),
        ("POST", ["payments"]) => pay(act).await,
        ("POST", ["app", "methods"]) => created(apps::method(act)),
        ("POST", ["prepared", id]) => apps::send(act, id).await,
        ("POST", ["subscriptions"]) => created(subscription(act)),
        _ => return None,
    })
}

async fn write(act: &Act<'_>) -> Result<Value, String> {
    let writing = writing::one(&act.form)?;
    let written = people::write(act.telegram, &act.token, &act.scene, vec![writing]).await?;
    Ok(view::message(&act.token, &written[0]))
}

async fn album(act: &Act<'_>) -> Result<Value, String> {
    let writings = writing::album(&act.form)?;
    let written = people::write(act.telegram, &act.token, &act.scene, writings).await?;
    let views = written
        .iter()
        .map(|message| view::message(&act.token, message));
    Ok(json!({ "messages": views.collect::<Vec<_>>() }))
}

async fn edit(act: &Act<'_>, id: &str) -> Result<Value, String> {
    let id = id.parse().map_err(|_| "a message id is a whole number")?;
    let writing = writing::content(&act.form)?;
    let edited = acts::edit(act.telegram, &act.token, &act.scene, id, writing).await?;
    Ok(view::message(&act.token, &edited))
}

fn tap(act: &Act<'_>) -> Result<Value, String> {
    let (message, data) = (act.int("message_id")?, act.text("data")?);
    let id = taps::tap(act.telegram, &act.token, &act.scene, message, &data)?;
    Ok(json!({ "callback_query_id": id }))
}

fn react(act: &Act<'_>) -> Result<Value, String> {
    let (id, emoji) = (act.int("message_id")?, act.form.text("emoji"));
    let message = acts::react(act.telegram, &act.token, &act.scene, id, emoji.as_deref())?;
    Ok(view::message(&act.token, &message))
}

fn membership(act: &Act<'_>) -> Result<Value, String> {
    let status = act.text("status")?;
    let standing: Standing = serde_json::from_value(status.clone().into())
        .map_err(|_| "status is member, kicked, left or deactivated")?;
    acts::set_standing(act.telegram, &act.token, &act.scene, standing)?;
    Ok(json!({ "status": status }))
}

fn stop(act: &Act<'_>) -> Result<Value, String> {
    let draft = act.int("draft_id")?;
    acts::stop_draft(act.telegram, &act.token, &act.scene, draft)?;
    Ok(json!({ "draft_id": draft }))
}

fn subscription(act: &Act<'_>) -> Result<Value, String> {
    let number = act.text("telegram_payment_charge_id")?;
    let turn = serde_json::from_value(act.text("event")?.into())
        .map_err(|_| "event is renew, cancel, resume or fail")?;
    let user = act.scene.person.id;
    let charge = stars::turn(act.telegram, &act.token, user, &number, turn)?;
    Ok(json!({ "telegram_payment_charge_id": charge.unwrap_or(number) }))
}

async fn pay(act: &Act<'_>) -> Reply {
    let (telegram, token) = (act.telegram, &act.token);
    let invoice = match act.form.int("message_id") {
        Some(id) => payments::of_message(telegram, token, act.scene.chat_id(), id),
        None => payments::find(
            telegram,
            token,
            &act.form.text("invoice").unwrap_or_default(),
        ),
    };
    let paid = match invoice {
        Some(invoice) => payments::pay(telegram, token, &act.scene, invoice).await,
        None => Err("there is no such invoice".into()),
    };
    match paid {
        Ok(charge) => {
            let charge = json!({ "telegram_payment_charge_id": charge });
            status_json(StatusCode::CREATED, &charge)
        }
        Err(why) => refused(StatusCode::CONFLICT, why),
    }
}
