//! `/v1/admin/payments`: finding payments, and the story of one.

use actix_web::HttpRequest;
use actix_web::web::{self, Json};
use chrono::{DateTime, Utc};
use diesel_async::AsyncConnection;
use kernel::Error;
use kernel::currencies::minor;
use money::books::show::Posting;
use money::payments::find;
use money::payments::model::{Payment, PaymentProvider, PaymentStatus};
use money::payments::reports::{self, Astray};
use money::payments::story::{self, Saying, Story};
use money::subscriptions::model::SubscriptionTier;
use operators::model::Act;
use operators::roles::Permission;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::gate::Operator;
use super::pages::{limit, page};
use super::refunds::RefundView;
use crate::http::extract::{QueryFields, id_in_path};
use crate::http::problem::{ErrorBody, Problem, Refused};
use crate::state::ApiState;

/// Which payments; what is left out: all.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct Wanted {
    status: Option<PaymentStatus>,
    provider: Option<PaymentProvider>,
    /// The person who has ordered.
    person: Option<Uuid>,
    /// Ordered later than this.
    from: Option<DateTime<Utc>>,
    /// Not ordered later than this.
    to: Option<DateTime<Utc>>,
    /// Whose money came and bought nothing, and has not gone back. The answer lists that money besides.
    #[param(default = false)]
    astray: Option<bool>,
    /// Whose person asks for the money, and nothing was given back.
    #[param(default = false)]
    wished: Option<bool>,
    /// `next_cursor` of the page before.
    cursor: Option<Uuid>,
    #[param(minimum = 1, maximum = 100, default = 50)]
    limit: Option<i64>,
}

/// A payment, as operators see it.
#[derive(Serialize, ToSchema)]
#[schema(as = SeenPayment)]
pub(crate) struct PaymentView {
    id: Uuid,
    /// `null`: their data was deleted.
    user_id: Option<Uuid>,
    provider: PaymentProvider,
    /// The vendor's number of the charge.
    charge: Option<String>,
    tier: SubscriptionTier,
    /// In the smallest unit of the currency.
    amount: i64,
    /// What has gone back of it, as far as the sum is known.
    refunded_amount: i64,
    /// What its vendor holds because of a dispute.
    disputed_amount: i64,
    currency: String,
    status: PaymentStatus,
    /// The payment of the same order that came first.
    repeats: Option<Uuid>,
    /// The Telegram id of the person who paid.
    payer: Option<i64>,
    created_at: DateTime<Utc>,
    paid_at: Option<DateTime<Utc>>,
    refunded_at: Option<DateTime<Utc>>,
    /// The time that it has bought.
    period_start: Option<DateTime<Utc>>,
    period_end: Option<DateTime<Utc>>,
    error_code: Option<String>,
}

impl From<Payment> for PaymentView {
    fn from(payment: Payment) -> Self {
        let of = |sum| minor(sum, &payment.currency).unwrap_or_default();
        Self {
            id: payment.id,
            user_id: payment.user_id,
            provider: payment.provider,
            tier: payment.tier,
            amount: of(payment.amount),
            refunded_amount: of(payment.gone()),
            disputed_amount: of(payment.disputed),
            status: payment.status,
            repeats: payment.repeats,
            payer: payment.payer,
            created_at: payment.created_at,
            paid_at: payment.paid_at(),
            refunded_at: payment.refunded_at(),
            period_start: payment.period_start,
            period_end: payment.period_end,
            charge: payment.external_id,
            error_code: payment.error_code,
            currency: payment.currency,
        }
    }
}

/// Money that came and bought nothing, also for no payment that is known here.
#[derive(Serialize, ToSchema)]
pub(crate) struct MoneyAstray {
    provider: String,
    charge: String,
    /// What the vendor says our order is.
    order: String,
    /// In the smallest unit of the currency.
    amount: i64,
    currency: String,
    payer: Option<i64>,
    /// `mismatched`, `unknown` or `ownerless`.
    why: String,
    came_at: DateTime<Utc>,
}

impl From<Astray> for MoneyAstray {
    fn from(one: Astray) -> Self {
        Self {
            amount: minor(one.amount, &one.currency).unwrap_or_default(),
            provider: one.provider,
            charge: one.charge,
            order: one.order,
            currency: one.currency,
            payer: one.payer,
            why: one.why,
            came_at: one.came_at,
        }
    }
}

/// Some payments.
#[derive(Serialize, ToSchema)]
pub(crate) struct FoundPayments {
    data: Vec<PaymentView>,
    /// With `astray` alone: the newest money of this kind.
    astray: Option<Vec<MoneyAstray>>,
    next_cursor: Option<Uuid>,
}

/// Payments, the newest first. Without names.
#[utoipa::path(get, path = "/v1/admin/payments", operation_id = "find_payments", tag = "Operators", params(Wanted),
    responses((status = 200, description = "A page", body = FoundPayments), Refused),
    security(("AccessToken" = [])))]
pub(crate) async fn list(
    state: web::Data<ApiState>,
    QueryFields(wanted): QueryFields<Wanted>,
) -> Result<Json<FoundPayments>, Problem> {
    let limit = limit(wanted.limit)?;
    let is_astray = wanted.astray == Some(true);
    let wanted = find::Wanted {
        status: wanted.status,
        provider: wanted.provider,
        person: wanted.person,
        since: wanted.from,
        until: wanted.to,
        is_astray,
        is_wished: wanted.wished == Some(true),
        after: wanted.cursor,
        limit: limit + 1,
    };
    let mut conn = state.reader().await?;
    let found = find::find(&mut conn, &wanted).await?;
    let astray = match is_astray {
        true => Some(reports::astray(&mut conn, limit).await?),
        false => None,
    };
    let (rows, next_cursor) = page(found, limit, |row| row.id);
    Ok(Json(FoundPayments {
        data: rows.into_iter().map(Into::into).collect(),
        astray: astray.map(|all| all.into_iter().map(Into::into).collect()),
        next_cursor,
    }))
}

/// What a vendor said of a charge, and what became of it.
#[derive(Serialize, ToSchema)]
pub(crate) struct SayingView {
    /// The vendor's number of the charge.
    charge: String,
    /// The vendor's own word.
    status: String,
    /// What it means: `paid`, `returned`, `disputed`, ...
    happened: String,
    /// What followed: `granted`, `returned`, `noted`, ...
    outcome: String,
    /// In the smallest unit of the currency.
    amount: i64,
    currency: String,
    /// What had gone back in all, if the vendor said it.
    returned: Option<i64>,
    payer: Option<i64>,
    /// How often it was said.
    times: i32,
    first_at: DateTime<Utc>,
    last_at: DateTime<Utc>,
    /// As the vendor said it, without what is about a card or a person; for 90 days.
    #[schema(value_type = Option<Object>)]
    words: Option<Value>,
}

impl From<Saying> for SayingView {
    fn from(one: Saying) -> Self {
        let of = |sum| minor(sum, &one.currency).unwrap_or_default();
        Self {
            charge: one.external_id,
            status: one.status,
            happened: one.happened,
            outcome: one.outcome,
            amount: of(one.amount),
            returned: one.returned.map(of),
            payer: one.payer,
            times: one.seen,
            first_at: one.created_at,
            last_at: one.last_seen_at,
            words: one.body,
            currency: one.currency,
        }
    }
}

/// A posting of the books.
#[derive(Serialize, ToSchema)]
#[schema(as = BookPosting)]
pub(crate) struct PostingView {
    happened_at: DateTime<Utc>,
    /// Of the entry.
    kind: String,
    source: String,
    account: String,
    currency: String,
    /// In the smallest unit of the currency.
    minor: i64,
}

impl From<Posting> for PostingView {
    fn from(one: Posting) -> Self {
        Self {
            happened_at: one.happened_at,
            kind: one.kind,
            source: one.source,
            account: one.account,
            currency: one.currency,
            minor: one.minor,
        }
    }
}

/// That a person asks for their money.
#[derive(Serialize, ToSchema)]
pub(crate) struct WishView {
    /// `null` also for operators who may not see persons.
    words: Option<String>,
    created_at: DateTime<Utc>,
}

/// All that is known of a payment.
#[derive(Serialize, ToSchema)]
pub(crate) struct PaymentStory {
    #[serde(flatten)]
    payment: PaymentView,
    said: Vec<SayingView>,
    refunds: Vec<RefundView>,
    refund_wish: Option<WishView>,
    postings: Vec<PostingView>,
}

impl PaymentStory {
    fn of(story: Story, operator: &Operator) -> Self {
        let sees_persons = operator.role.may(Permission::PeopleRead);
        let wish = story.wish.map(|wish| WishView {
            words: Some(wish.words).filter(|_| sees_persons),
            created_at: wish.created_at,
        });
        Self {
            payment: story.payment.into(),
            said: story.said.into_iter().map(Into::into).collect(),
            refunds: story.refunds.into_iter().map(Into::into).collect(),
            refund_wish: wish,
            postings: story.postings.into_iter().map(Into::into).collect(),
        }
    }
}

/// The story of one payment: what its vendor said, what was given back, what is booked. It is written down who has looked.
#[utoipa::path(get, path = "/v1/admin/payments/{id}", operation_id = "see_payment", tag = "Operators",
    params(("id" = Uuid, Path)),
    responses(
        (status = 200, description = "The payment", body = PaymentStory),
        (status = 404, description = "No such payment", body = ErrorBody),
        Refused,
    ),
    security(("AccessToken" = [])))]
pub(crate) async fn show(
    operator: Operator,
    request: HttpRequest,
    state: web::Data<ApiState>,
) -> Result<Json<PaymentStory>, Problem> {
    let id = id_in_path(&request, "id", "payment")?;
    let mut conn = state.db().await?;
    let story = conn.transaction(async |conn| {
        let story = story::of(conn, id).await?;
        let story = story.ok_or(Error::NotFound("payment"))?;
        let act = Act {
            action: "payment_viewed",
            entity: ("payment", Some(id)),
            person: story.payment.user_id,
            was: None,
            is: json!({}),
        };
        operator.by.note(conn, act).await?;
        Ok::<_, Error>(story)
    });
    Ok(Json(PaymentStory::of(story.await?, &operator)))
}
