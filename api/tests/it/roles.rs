//! The table of roles, cell by cell, through the front door.

use reqwest::Method;
use uuid::Uuid;
use world::TestApp;
use world::app::Answer;

use crate::organizations::Person;

const ROLES: [&str; 5] = ["owner", "admin", "billing", "member", "viewer"];

/// Which of them may: written by hand, from what the issue says of each permission.
fn may(permission: &str) -> [bool; 5] {
    match permission {
        "org.read" | "members.read" => [true, true, true, true, true],
        "org.write" | "members.write" | "invitations.write" | "keys.write" | "analytics.read"
        | "webhooks.read" | "webhooks.write" => [true, true, false, false, false],
        "content.write" => [true, true, false, true, false],
        "org.delete" => [true, false, false, false, false],
        "keys.read" => [true, true, false, true, false],
        "billing.read" | "billing.write" => [true, true, true, false, false],
        "usage.read" => [true, true, true, true, false],
        other => panic!("no endpoint asked for {other} when this was written: add its line"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_endpoint_opens_to_the_roles_of_the_table_and_to_no_others() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let cells = api::http::roles::for_members();
    assert!(cells.len() >= 20);
    for (at, role) in ROLES.into_iter().enumerate() {
        let telegram_id = 100 + i64::try_from(at)?;
        let person = Person::new(&app, telegram_id).await?;
        let init_data = app.world.chat(telegram_id).init_data().await?;
        for one in &cells {
            // Each cell has an organization of its own: some end it.
            let account = organization(&app, person.id, role).await?;
            let nobody = Uuid::nil().to_string();
            let path = one.path.replace("{organization}", &account.to_string());
            let parts = ["{user}", "{invitation}", "{key}"];
            let path = parts
                .iter()
                .fold(path, |path, part| path.replace(part, &nobody));
            let call = app
                .request(Method::from_bytes(one.method.as_bytes())?, &path)
                .header("X-Telegram-Init-Data", &init_data)
                .header("X-Account-Id", account.to_string());
            let answer = Answer::of(call.send().await?).await?;
            let opens = answer.status != 403;
            let permission = one.permission.as_str();
            assert_eq!(
                opens,
                may(permission)[at],
                "{role}: {} {path}: {answer:?}",
                one.method
            );
            assert!(answer.status < 500, "{path}: {answer:?}");
        }
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn no_endpoint_of_an_organization_opens_to_a_stranger() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let owner = Person::new(&app, 7).await?;
    Person::new(&app, 8).await?;
    let init_data = app.world.chat(8).init_data().await?;
    let account = organization(&app, owner.id, "owner").await?.to_string();
    for one in api::http::roles::for_members() {
        let path = one.path.replace("{organization}", &account);
        let call = app
            .request(Method::from_bytes(one.method.as_bytes())?, &path)
            .header("X-Telegram-Init-Data", &init_data)
            .header("X-Account-Id", &account);
        let answer = Answer::of(call.send().await?).await?;
        assert_eq!(answer.refusal(), (404, "E601"), "{} {path}", one.method);
    }
    Ok(())
}

/// An organization with an owner whom nobody plays, and this member.
async fn organization(app: &TestApp, person: Uuid, role: &str) -> anyhow::Result<Uuid> {
    let id = Uuid::now_v7();
    app.sql(&format!(
        "INSERT INTO users (telegram_id) VALUES (999) ON CONFLICT DO NOTHING;
         INSERT INTO accounts (id, kind, name) VALUES ('{id}', 'organization', 'x');
         INSERT INTO members (account_id, user_id, role) SELECT '{id}', id, 'owner' FROM users WHERE telegram_id = 999;
         INSERT INTO members (account_id, user_id, role) VALUES ('{id}', '{person}', '{role}')"
    ))
    .await?;
    Ok(id)
}
