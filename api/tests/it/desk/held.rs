//! Requests that were admitted before something changed, and go on after it.

use audit::model::Origin;
use operators::accounts::{self, Whose};
use operators::model::By;
use operators::roles::Role;
use operators::staff;

use super::*;

fn by(who: &Signed<'_>) -> By {
    By {
        operator: Some(who.id),
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
