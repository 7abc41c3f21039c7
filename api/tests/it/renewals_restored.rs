//! Charges that a restored database does not know.

use anyhow::Context;
use chrono::{DateTime, TimeDelta, Utc};
use diesel_async::AsyncConnection;
use money::payments::reconcile::Away;
use money::payments::rules::charge_id;
use money::renewals::turn::{self, Turn};
use money::renewals::{queries, rules};
use serde_json::json;
use uuid::Uuid;

use crate::hinting::{of, set};
use crate::keeping::{Ends, Renewing};

const HOUR: TimeDelta = TimeDelta::hours(1);

/// The database knows nothing of charges any more, as one that was restored to before them.
const RESTORED: &str = "UPDATE renewals SET underway = NULL, next_at = before.next_at
        FROM before_charge AS before WHERE before.user_id = renewals.user_id;
    DELETE FROM payments WHERE charge = 'renewal' AND status = 'pending'";

#[tokio::test(flavor = "multi_thread")]
async fn a_month_that_was_charged_after_the_moment_of_a_restore_is_not_charged_again()
-> anyhow::Result<()> {
    let kept = Renewing::start().await?;
    kept.subscribes("BASIC").await?;
    let until = kept.paid_until().await?;
    kept.is_at(until - HOUR);
    kept.app
        .sql("CREATE TABLE before_charge AS TABLE renewals")
        .await?;
    set(&kept.vendor.ends, Ends::Lost);
    kept.renews().await?;
    let charged = of(&kept.vendor.asked)[0].order;
    kept.app.sql(RESTORED).await?;
    // As `symancy restore finish` takes the turn of what is due.
    let person = kept.app.user_id(7).await?;
    let now = kept.app.core.clock.now();
    let mut conn = kept.app.db().await?;
    let turn = conn.transaction(async |conn| turn::take(conn, person, now).await);
    let Turn::Charge(due) = turn.await? else {
        panic!("it is due");
    };
    drop(conn);
    assert_eq!(due.payment.id, charged, "the vendor knows the order");
    set(&kept.vendor.ends, Ends::Paid);
    kept.is_at(until - TimeDelta::minutes(45));
    kept.renews().await?;
    assert_eq!(of(&kept.vendor.asked).len(), 1);
    assert_eq!(kept.vendor.takings(), 2, "the first month and this one");
    assert!(kept.paid_until().await? > until);
    Ok(())
}

/// A plan whose next month was refused, and the moment of that; what the database knows then is kept in `before_charge`.
async fn refused_once() -> anyhow::Result<(Renewing, DateTime<Utc>)> {
    let kept = Renewing::start().await?;
    kept.subscribes("BASIC").await?;
    let first = kept.paid_until().await? - HOUR * 23;
    kept.is_at(first);
    set(&kept.vendor.ends, Ends::Refused(None));
    kept.renews().await?;
    kept.app
        .sql("CREATE TABLE before_charge AS TABLE renewals")
        .await?;
    Ok((kept, first))
}

/// As `symancy restore finish` looks for tries that the database does not know.
async fn looks_for_tries(kept: &Renewing) -> anyhow::Result<Vec<Uuid>> {
    let person = kept.app.user_id(7).await?;
    let reconciler = kept.app.core.reconciler();
    let found = reconciler.look_for_tries(person, &mut Away::new()).await?;
    Ok(found.into_iter().map(|(_, id)| id).collect())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_whose_second_try_was_paid_after_the_moment_of_a_restore_is_not_ended()
-> anyhow::Result<()> {
    let (kept, first) = refused_once().await?;
    set(&kept.vendor.ends, Ends::Lost);
    kept.is_at(first + TimeDelta::days(1) + HOUR);
    kept.renews().await?;
    let paid = of(&kept.vendor.asked)[1].order;
    kept.app.sql(RESTORED).await?;
    set(&kept.vendor.ends, Ends::Paid);
    kept.is_at(first + TimeDelta::days(20));
    assert_eq!(looks_for_tries(&kept).await?, [paid]);
    kept.renews().await?;
    assert_eq!(of(&kept.vendor.asked).len(), 2);
    assert_eq!(kept.vendor.takings(), 2, "the first month and this one");
    let now = kept.shown().await?;
    assert_eq!(
        (&now["tier"], &now["status"]),
        (&json!("BASIC"), &json!("active"))
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_of_which_its_vendor_knows_no_try_ends_after_a_restore_and_is_not_charged()
-> anyhow::Result<()> {
    let (kept, first) = refused_once().await?;
    set(&kept.vendor.ends, Ends::Paid);
    kept.is_at(first + TimeDelta::days(20));
    assert!(looks_for_tries(&kept).await?.is_empty());
    kept.renews().await?;
    assert_eq!(of(&kept.vendor.asked).len(), 1);
    assert_eq!(kept.vendor.takings(), 1);
    assert_eq!(kept.shown().await?["tier"], "FREE");
    Ok(())
}

/// The charge of a moment, as it would have been made by a database that was lost.
async fn charge_of(kept: &Renewing, due: DateTime<Utc>) -> anyhow::Result<Uuid> {
    let shown = kept.shown().await?;
    let plan = shown["id"].as_str().context("no id")?.parse()?;
    Ok(charge_id(plan, due, 0))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_look_for_tries_that_broke_off_goes_on_behind_one_that_its_vendor_has_refused_and_one_that_was_never_made()
-> anyhow::Result<()> {
    let (kept, first) = refused_once().await?;
    let person = kept.app.user_id(7).await?;
    let renewal = queries::find(&mut *kept.app.db().await?, person).await?;
    let refused_at = renewal.and_then(|one| one.refused_at);
    let refused_at = refused_at.context("it was refused")?;
    let day = |days| refused_at + TimeDelta::days(days);
    let (one, five) = (
        charge_of(&kept, day(1)).await?,
        charge_of(&kept, day(5)).await?,
    );
    kept.vendor.has_charged(one, false);
    kept.vendor.has_charged(five, true);
    kept.is_at(first + TimeDelta::days(20));
    set(&kept.vendor.ends, Ends::Away);
    assert_eq!(
        looks_for_tries(&kept).await?,
        [one],
        "its row holds the plan"
    );
    set(&kept.vendor.ends, Ends::Paid);
    assert_eq!(looks_for_tries(&kept).await?, [five]);
    assert!(looks_for_tries(&kept).await?.is_empty());
    kept.renews().await?;
    assert_eq!(of(&kept.vendor.asked).len(), 1, "nothing more is charged");
    assert_eq!(kept.vendor.takings(), 2, "the first month and this one");
    assert_eq!(kept.shown().await?["status"], "active");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_try_is_known_by_when_the_first_charge_was_due_so_a_database_from_before_both_finds_it()
-> anyhow::Result<()> {
    let kept = Renewing::start().await?;
    kept.subscribes("BASIC").await?;
    let due = kept.paid_until().await? - TimeDelta::days(1);
    let first = charge_of(&kept, due).await?;
    let counted = rules::due_of(first).context("its moment")?;
    let second = charge_of(&kept, counted + TimeDelta::days(1)).await?;
    kept.vendor.has_charged(first, false);
    kept.vendor.has_charged(second, true);
    kept.is_at(due + TimeDelta::days(2));
    assert_eq!(looks_for_tries(&kept).await?, [first, second]);
    kept.renews().await?;
    assert_eq!(of(&kept.vendor.asked).len(), 0, "nothing is charged again");
    assert_eq!(kept.shown().await?["status"], "active");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_second_try_of_a_month_has_the_id_that_follows_from_the_first() -> anyhow::Result<()> {
    let kept = Renewing::start().await?;
    kept.subscribes("BASIC").await?;
    let due = kept.paid_until().await? - TimeDelta::days(1);
    set(&kept.vendor.ends, Ends::Refused(None));
    kept.is_at(due + HOUR);
    kept.renews().await?;
    kept.is_at(due + TimeDelta::days(1));
    kept.renews().await?;
    let asked = of(&kept.vendor.asked);
    let counted = rules::due_of(asked[0].order).context("its moment")?;
    let second = charge_of(&kept, counted + TimeDelta::days(1)).await?;
    assert_eq!(asked[1].order, second);
    Ok(())
}
