//! Writes a renewal, and what follows from its state for the plan and for the person.

use audit::model::{Change, Origin};
use chrono::{DateTime, Utc};
use diesel::QueryResult;
use diesel_async::AsyncPgConnection;
use jobs::ledger::Ticket;
use serde_json::json;
use uuid::Uuid;

use super::model::{Renewal, RenewalState};
use super::queries;
use super::rules::GRACE;
use crate::accounts;
use crate::news::{self, News};
use crate::payments::queries as payments;
use crate::subscriptions::history::{self, Note};
use crate::subscriptions::model::{Subscription, SubscriptionStatus, is_for_sale};
use crate::subscriptions::queries as subscriptions;
use crate::subscriptions::rules as time;

/// Writes a renewal, and what follows for the plan: it is kept while it is past due, and ends with that; and tells the
/// person. `why`: the action of the audit log, and the payment.
///
/// # Errors
/// Those of the database.
pub(super) async fn apply(
    conn: &mut AsyncPgConnection,
    before: &Renewal,
    after: Renewal,
    why: (&'static str, Option<Uuid>),
    origin: &Origin,
    now: DateTime<Utc>,
) -> QueryResult<Vec<Ticket>> {
    queries::put(conn, &after).await?;
    let Some(plan) = subscriptions::of_account(conn, after.user_id).await? else {
        return Ok(Vec::new());
    };
    note(conn, (before, &after), &plan, why, origin).await?;
    match (before.state, after.state) {
        (_, RenewalState::PastDue) => {
            keep_plan(conn, &plan, &after, origin, now).await?;
            match after.tries > before.tries {
                true => {
                    let account = after.user_id;
                    news::tell(conn, account, &News::RenewalFailed { account }).await
                }
                false => Ok(Vec::new()),
            }
        }
        (RenewalState::PastDue, RenewalState::Ended) => {
            crate::metrics::renewed(after.provider.as_str(), "ended");
            end_plan(conn, &plan, why.1, origin, now).await
        }
        _ => Ok(Vec::new()),
    }
}

async fn note(
    conn: &mut AsyncPgConnection,
    (before, after): (&Renewal, &Renewal),
    plan: &Subscription,
    (action, payment_id): (&'static str, Option<Uuid>),
    origin: &Origin,
) -> QueryResult<()> {
    let line = Note {
        user_id: after.user_id,
        action,
        from: before.tier,
        to: after.tier,
        ends_at: Some(after.access_until.unwrap_or(after.paid_until)),
        payment_id,
    };
    history::note(conn, &line, origin).await?;
    let shown = |one: &Renewal| {
        json!({
            "state": one.state, "tier": one.tier, "amount": one.amount.to_string(), "currency": one.currency,
            "paid_until": one.paid_until, "next_at": one.next_at, "tries": one.tries,
        })
    };
    let change = Change {
        user_id: accounts::person(conn, Some(after.user_id)).await?,
        action,
        entity_type: "subscription",
        entity_id: Some(plan.id),
        old_value: Some(shown(before)),
        new_value: Some(shown(after)),
    };
    audit::queries::record(conn, origin, change).await
}

/// The plan that runs is kept for the time of grace.
async fn keep_plan(
    conn: &mut AsyncPgConnection,
    plan: &Subscription,
    renewal: &Renewal,
    origin: &Origin,
    now: DateTime<Utc>,
) -> QueryResult<()> {
    // Also if it was over a moment ago, and no chore has ended it. Not after a pause, whose chore may be late, too.
    let was_paused = renewal
        .paused_until
        .is_some_and(|pause| pause > renewal.paid_until + GRACE);
    let is_over = renewal.access_until.is_none_or(|end| end <= now);
    if !is_for_sale(plan.tier) || is_over || was_paused {
        return Ok(());
    }
    let kept = Subscription {
        status: SubscriptionStatus::PastDue,
        current_period_end: renewal.access_until.max(plan.current_period_end),
        ..plan.clone()
    };
    let action = "subscription_past_due";
    subscriptions::write(conn, plan, &kept, origin, action, None).await
}

/// The plan that was kept ends, but for what else is paid for.
async fn end_plan(
    conn: &mut AsyncPgConnection,
    plan: &Subscription,
    payment_id: Option<Uuid>,
    origin: &Origin,
    now: DateTime<Utc>,
) -> QueryResult<Vec<Ticket>> {
    if plan.status != SubscriptionStatus::PastDue {
        return Ok(Vec::new());
    }
    let bought = payments::windows(conn, plan.user_id, now).await?;
    let standing = time::standing(&bought, now);
    let ended = time::ended(plan, standing, SubscriptionStatus::Canceled, now);
    let action = "subscription_unpaid";
    subscriptions::write(conn, plan, &ended, origin, action, payment_id).await?;
    if !is_for_sale(plan.tier) || ended.tier == plan.tier {
        return Ok(Vec::new());
    }
    let (account, tier) = (plan.user_id, plan.tier);
    news::tell(conn, account, &News::PlanEnded { account, tier }).await
}
