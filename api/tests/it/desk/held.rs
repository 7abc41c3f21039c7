//! Requests that were admitted before something changed, and go on after it.

use audit::model::Origin;
use operators::accounts::{self, Whose};
use operators::model::By;
use operators::roles::{Permission, Role};
use operators::staff;
use serde_json::json;

use super::*;

fn by(who: &Signed<'_>) -> By {
    By {
        operator: Some(who.id),
        needed: Some(Permission::OperatorsWrite),
        at: Utc::now(),
        origin: Origin::own("operator"),
        name: "of the test".to_owned(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_was_ended_or_suspended_meanwhile_makes_and_ends_no_operators() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let (ann, ben) = (
        Signed::operator(&app, "admin").await?,
        Signed::operator(&app, "admin").await?,
    );
    let (conn, now) = (&mut *app.db().await?, Utc::now());
    let wish = || (WHY.to_owned(), None);
    accounts::suspend(conn, Whose::Person(ben.id), wish(), &by(&ann), now).await?;
    let mutual = accounts::suspend(conn, Whose::Person(ann.id), wish(), &by(&ben), now).await;
    assert_eq!(mutual.expect_err("suspended").code().as_str(), "E215");
    // The only other admin cannot act.
    let last = staff::end(conn, ann.id, &by(&ann), now).await;
    assert_eq!(last.expect_err("the last").code().as_str(), "E612");
    accounts::restore(conn, Whose::Person(ben.id), WHY, &by(&ann), now).await?;
    staff::end(conn, ben.id, &by(&ann), now).await?;
    let back = staff::put(conn, (ben.id, Role::Admin), &by(&ben), now).await;
    assert_eq!(back.expect_err("ended").code().as_str(), "E204");
    let other = staff::end(conn, ann.id, &by(&ben), now).await;
    assert_eq!(other.expect_err("ended").code().as_str(), "E204");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_admin_gives_their_own_role_back_while_there_is_another() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let ann = Signed::operator(&app, "admin").await?;
    Signed::operator(&app, "admin").await?;
    let body = json!({ "user_id": ann.id, "role": "auditor" });
    let lowered = ann.posts("/v1/admin/operators", body.clone()).await?;
    assert_eq!(lowered.status, 200, "{lowered:?}");
    let again = ann.posts("/v1/admin/operators", body).await?;
    assert_eq!(again.refusal(), (403, "E204"));
    Ok(())
}

/// The line of the audit log asks again, in the transaction of what it is about.
#[tokio::test(flavor = "multi_thread")]
async fn who_has_lost_their_role_meanwhile_changes_no_plan_and_no_switch_and_announces_nothing()
-> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let texts = json!({ "en": "Closed", "ru": "Закрыто", "zh": "关闭" });
    let until = Utc::now() + hours(1);
    let banner = json!({ "texts": texts, "audience": "everyone", "until": until });
    let limit = json!({ "unit": "analyses", "day": 77 });
    let calls = [
        (Method::PATCH, "plans/FREE/limits", limit, "plan_limits"),
        (
            Method::PUT,
            "settings/readings_open",
            json!({ "value": false }),
            "system_settings",
        ),
        (Method::POST, "announcements", banner, "banners"),
    ];
    for lost in ["ended_at = now()", "role = 'auditor'"] {
        for (method, path, body, table) in &calls {
            let ben = Signed::operator(&app, "admin").await?;
            let lock = format!("LOCK TABLE {table} IN EXCLUSIVE MODE");
            let change = format!("UPDATE operators SET {lost} WHERE user_id = '{}'", ben.id);
            let path = format!("/v1/admin/{path}");
            let held = ben.does(method.clone(), &path, body.clone());
            let refused = app.meanwhile((&lock, &change), 1, held).await??;
            assert_eq!(refused.refusal(), (403, "E204"), "{path}, {lost}");
        }
    }
    let written = "SELECT (SELECT count(*) FROM plan_limits WHERE day_limit = 77)
        + (SELECT count(*) FROM system_settings) + (SELECT count(*) FROM banners)
        + (SELECT count(*) FROM audit_logs) AS count";
    assert_eq!(app.count(written).await?, 0);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_changes_of_one_limit_at_once_both_stay() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let admin = Signed::operator(&app, "admin").await?;
    let sets = async |what: &str, limit: i64| {
        let body = json!({ "unit": "analyses", what: limit });
        let path = "/v1/admin/plans/FREE/limits";
        admin.does(Method::PATCH, path, body).await
    };
    let lock = "SELECT FROM plan_limits WHERE tier = 'FREE' FOR UPDATE";
    let both = async { tokio::join!(sets("day", 71), sets("month", 72)) };
    let (one, other) = app.meanwhile((lock, ""), 2, both).await?;
    assert_eq!((one?.status, other?.status), (200, 200));
    let kept = "SELECT count(*) AS count FROM plan_limits
        WHERE tier = 'FREE' AND unit = 'analyses' AND day_limit = 71 AND month_limit = 72";
    assert_eq!(app.count(kept).await?, 1);
    Ok(())
}
