//! The table of operators' roles, cell by cell.

use super::*;

const ROLES: [&str; 4] = ["admin", "support", "finance", "auditor"];

/// Which of them may: written by hand, from what the issue says of each role.
fn may(permission: &str) -> [bool; 4] {
    match permission {
        "people.find" | "organizations.read" | "plans.read" | "settings.read"
        | "announcements.read" | "payments.read" | "analytics.read" => [true, true, true, true],
        "people.read" | "people.help" | "announcements.write" | "emails.read" | "emails.write" => {
            [true, true, false, false]
        }
        "plans.write" | "payments.refund" => [true, false, true, false],
        "audit.read" | "operators.read" => [true, false, false, true],
        "people.write" | "organizations.write" | "operators.write" | "settings.write" => {
            [true, false, false, false]
        }
        other => panic!("no endpoint asked for {other} when this was written: add its line"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_endpoint_opens_to_the_operators_of_the_table_and_to_no_others() -> anyhow::Result<()>
{
    let app = TestApp::start().await?;
    let cells = api::http::roles::for_operators();
    assert!(cells.len() >= 20);
    for (at, role) in ROLES.into_iter().enumerate() {
        let operator = Signed::operator(&app, role).await?;
        for one in &cells {
            let path = one.path.replace("{id}", &Uuid::nil().to_string());
            let method = Method::from_bytes(one.method.as_bytes())?;
            let answer = operator.does(method, &path, None).await?;
            let permission = one.permission.as_str();
            let opens = may(permission)[at];
            assert_eq!(
                answer.status != 403,
                opens,
                "{role}: {} {path}: {answer:?}",
                one.method
            );
            assert!(answer.status < 500, "{path}: {answer:?}");
        }
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_admin_makes_operators_and_the_last_admin_stays_one() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let (ann, bob) = (
        Signed::operator(&app, "admin").await?,
        Signed::new(&app).await?,
    );
    let own = format!("/v1/admin/operators/{}", ann.id);
    let refused = ann.does(Method::DELETE, &own, None).await?;
    assert_eq!(refused.refusal(), (409, "E612"));
    let lesser = serde_json::json!({ "user_id": ann.id, "role": "support" });
    let refused = ann.posts("/v1/admin/operators", lesser).await?;
    assert_eq!(refused.refusal(), (409, "E612"));
    let wish = serde_json::json!({ "user_id": bob.id, "role": "admin" });
    let made = ann.posts("/v1/admin/operators", wish).await?;
    assert_eq!(
        (made.status, &made.body["made_by"]),
        (200, &serde_json::json!(ann.id))
    );
    bob.shows_factor(Utc::now()).await?;
    // Each ends the other at once: one of them is left.
    let other = format!("/v1/admin/operators/{}", bob.id);
    let (one, two) = futures_util::future::join(
        ann.does(Method::DELETE, &other, None),
        bob.does(Method::DELETE, &own, None),
    )
    .await;
    let mut statuses = [one?.status, two?.status];
    statuses.sort_unstable();
    assert_eq!(statuses[0], 204);
    assert!([403, 404, 409].contains(&statuses[1]), "{statuses:?}");
    let left = "SELECT count(*) AS count FROM operators WHERE ended_at IS NULL AND role = 'admin'";
    assert_eq!(app.count(left).await?, 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_who_was_ended_is_none_with_the_next_request() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let (ann, bob) = (
        Signed::operator(&app, "admin").await?,
        Signed::operator(&app, "finance").await?,
    );
    assert_eq!(bob.gets("/v1/admin/plans").await?.status, 200);
    let path = format!("/v1/admin/operators/{}", bob.id);
    assert_eq!(ann.does(Method::DELETE, &path, None).await?.status, 204);
    assert_eq!(bob.gets("/v1/admin/plans").await?.refusal(), (403, "E204"));
    assert_eq!(
        ann.does(Method::DELETE, &path, None).await?.refusal(),
        (404, "E601")
    );
    let listed = ann.gets("/v1/admin/operators").await?;
    let all = listed.body["operators"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    let ended = all.iter().filter(|one| one["ended_at"].is_string()).count();
    assert_eq!((all.len(), ended), (2, 1));
    Ok(())
}
