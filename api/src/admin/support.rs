//! `GET /admin/support`: the open requests of persons, and the forms that answer and close them.

use actix_web::{HttpRequest, HttpResponse, web};
use bot::support::{self, ANSWER_MAX, Outcome, Request};
use chrono::{DateTime, Utc};
use kernel::Error;
use maud::{Markup, html};
use money::payments::model::Payment;
use money::payments::queries::newest;
use money::payments::texts::price;
use serde::Deserialize;

use super::acts::{Back, operator};
use super::notice::NoticeQuery;
use super::page::Page;
use super::parts::{button, moment, sure};
use crate::http::extract::QueryFields;
use crate::http::problem::Problem;
use crate::state::ApiState;

/// Requests of the page, the oldest first.
const SHOWN: i64 = 50;

/// At most so many payments stand under a request.
const PAYMENTS: i64 = 5;

const HERE: &str = "/admin/support";

pub(crate) async fn list(
    request: HttpRequest,
    state: web::Data<ApiState>,
    QueryFields(notice): QueryFields<NoticeQuery>,
) -> Result<HttpResponse, Problem> {
    let now = state.core.clock.now();
    let mut conn = state.db().await?;
    let mut requests = Vec::new();
    for one in support::list(&mut conn, false, SHOWN).await? {
        let payments = newest(&mut conn, one.user_id, None, PAYMENTS).await?;
        requests.push((one, payments));
    }
    // People's words are read.
    let (origin, by) = operator(&request);
    let numbers: Vec<i64> = requests.iter().map(|(one, _)| one.number).collect();
    support::note_read(&mut conn, &numbers, (&origin, &by)).await?;
    drop(conn);
    let page = Page {
        title: "Support",
        now,
        notice: notice.notice(),
        refresh: None,
    };
    Ok(page.around(html! {
        h1 { "Requests " span.muted { (requests.len()) } }
        @if requests.is_empty() { p.muted { "None is open." } }
        @for (one, payments) in &requests { (article(one, payments, now)) }
    }))
}

fn article(one: &Request, payments: &[Payment], now: DateTime<Utc>) -> Markup {
    let action = |act: &str| format!("{HERE}/{}/{act}", one.number);
    html! {
        article {
            div.line {
                b { (one.number) }
                span.muted { (moment(one.created_at, now)) " · Telegram id " (one.chat_id) }
            }
            pre { (one.words) }
            @for payment in payments { (line(payment)) }
            form method="post" action=(action("answer")) {
                textarea name="answer" rows="4" maxlength=(ANSWER_MAX) required placeholder="The answer, in the person's language" {}
                button class="primary" { "Answer and close" }
            }
            div.buttons { (sure("Close", button(&action("close"), "Really close without an answer", "danger", &[]))) }
        }
    }
}

fn line(payment: &Payment) -> Markup {
    html! {
        code.args {
            (price(payment.amount, &payment.currency)) " " (payment.tier.as_str()) " " (payment.status.as_str())
            " " (payment.provider.as_str()) " " (payment.external_id.as_deref().unwrap_or("no charge"))
            @if let Some(payer) = payment.payer { " paid by " (payer) }
        }
    }
}

/// The form of an answer.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Written {
    answer: String,
}

/// `POST /admin/support/{number}/answer`
pub(crate) async fn answer(
    request: HttpRequest,
    state: web::Data<ApiState>,
    number: web::Path<String>,
    written: web::Form<Written>,
) -> Result<HttpResponse, Problem> {
    let answer = kernel::text::without_nul(written.answer.trim()).into_owned();
    let length = answer.chars().count();
    if length == 0 || length > ANSWER_MAX {
        let why = format!("must have 1 to {ANSWER_MAX} characters");
        return Err(Error::invalid("answer", why).into());
    }
    carry_out(&request, &state, &number, Some(&answer)).await
}

/// `POST /admin/support/{number}/close`
pub(crate) async fn close(
    request: HttpRequest,
    state: web::Data<ApiState>,
    number: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    carry_out(&request, &state, &number, None).await
}

async fn carry_out(
    request: &HttpRequest,
    state: &ApiState,
    number: &str,
    answer: Option<&str>,
) -> Result<HttpResponse, Problem> {
    let number: i64 = number.parse().map_err(|_| Error::NotFound("request"))?;
    let (origin, by) = operator(request);
    let mut conn = state.db().await?;
    let closed = support::close(&mut conn, number, answer, (&origin, &by)).await?;
    drop(conn);
    let (outcome, ticket) = closed;
    state.core.pusher.wake(ticket.as_slice()).await;
    let code = match (outcome, answer) {
        (Outcome::Done, Some(_)) => "answered",
        (Outcome::Done, None) => "closed",
        (Outcome::Closed, _) => "was-closed",
        (Outcome::NotFound, _) => "no-request",
    };
    Ok(Back::to(HERE).with(code, None))
}
