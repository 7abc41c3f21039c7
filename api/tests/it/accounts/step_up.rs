//! What changes most asks for a proof of the last ten minutes.

use std::collections::BTreeSet;

use people::factors::step_up::StepUp;
use uuid::Uuid;

use super::factors::{Timed, text};
use super::*;
use crate::organizations::Person;

/// Written by hand, from what the issue says: keys, factors, owners, deletion, address and password.
const ASKING: [(&str, &str); 28] = [
    ("DELETE", "/v1/api-keys/{key}"),
    ("DELETE", "/v1/auth/2fa/totp"),
    ("DELETE", "/v1/auth/link/email"),
    ("DELETE", "/v1/auth/link/telegram"),
    ("DELETE", "/v1/auth/passkeys/{id}"),
    ("DELETE", "/v1/organizations/{organization}"),
    ("DELETE", "/v1/organizations/{organization}/members/{user}"),
    ("PATCH", "/v1/api-keys/{key}"),
    ("PATCH", "/v1/organizations/{organization}/members/{user}"),
    ("PATCH", "/v1/webhook-endpoints/{id}"),
    ("POST", "/v1/admin/payments/{id}/refunds"),
    ("POST", "/v1/api-keys"),
    ("POST", "/v1/api-keys/{key}/revoke"),
    ("POST", "/v1/api-keys/{key}/rotate"),
    ("POST", "/v1/auth/2fa/recovery-codes"),
    ("POST", "/v1/auth/2fa/totp"),
    ("POST", "/v1/auth/change-email"),
    ("POST", "/v1/auth/change-password"),
    ("POST", "/v1/auth/link/email"),
    ("POST", "/v1/auth/link/telegram"),
    ("POST", "/v1/auth/passkeys/options"),
    ("POST", "/v1/organizations/{organization}/invitations"),
    (
        "POST",
        "/v1/organizations/{organization}/invitations/{invitation}/resend",
    ),
    ("POST", "/v1/organizations/{organization}/transfer"),
    ("POST", "/v1/users/me/deletion"),
    ("POST", "/v1/webhook-endpoints"),
    ("POST", "/v1/webhook-endpoints/{id}/rotate-secret"),
    ("PUT", "/v1/admin/payments/{id}/refunds/{refund}"),
];

/// A call of each endpoint that asks, with nothing in its body.
async fn call_all(
    accounts: &Accounts,
    token: &str,
    organization: &str,
) -> anyhow::Result<Vec<(StepUp, String, Answer)>> {
    let mut answers = Vec::new();
    for one in api::http::roles::stepped_up() {
        // Operators show that in `desk/refunds.rs`.
        if one.path.starts_with("/v1/admin/") {
            continue;
        }
        let none = Uuid::nil().to_string();
        let path = one.path.replace("{organization}", organization);
        let path = path.replace("{user}", &none).replace("{key}", &none);
        let path = path.replace("{invitation}", &none).replace("{id}", &none);
        let method = Method::from_bytes(one.method.as_bytes())?;
        let answer = accounts
            .as_ann(method, &path, token, Some(json!({})))
            .await?;
        answers.push((one.step_up, path, answer));
    }
    Ok(answers)
}

async fn founds(accounts: &Accounts, token: &str) -> anyhow::Result<String> {
    let body = json!({ "name": "Cup & Co" });
    let made = accounts.as_ann(Method::POST, "/v1/organizations", token, Some(body));
    made.await?.id()
}

#[test]
fn what_asks_for_a_fresh_proof_is_all_that_the_issue_names() {
    let asking = api::http::roles::stepped_up();
    let found: BTreeSet<_> = asking
        .iter()
        .map(|one| (one.method.as_str(), one.path.as_str()))
        .collect();
    assert_eq!(found, BTreeSet::from(ASKING));
}

#[tokio::test(flavor = "multi_thread")]
async fn after_ten_minutes_a_session_proves_itself_anew_before_what_changes_most()
-> anyhow::Result<()> {
    let timed = Timed::start().await?;
    let accounts = &timed.accounts;
    accounts.sign_up(ANN).await?;
    let (token, _) = accounts.signed_in(ANN, PASSWORD).await?;
    let organization = founds(accounts, &token).await?;
    timed.pass(600);
    for (step_up, path, answer) in call_all(accounts, &token, &organization).await? {
        let is_refused = answer.refusal() == (403, "E221");
        assert_eq!(is_refused, step_up == StepUp::Person, "{path}: {answer:?}");
    }
    let wrong = timed.proves(&token, "password", "not it at all").await?;
    assert_eq!(wrong.refusal(), (401, "E210"));
    for body in [json!({}), json!({ "password": PASSWORD, "code": "000000" })] {
        let path = "/v1/auth/reauthenticate";
        let refused = accounts
            .as_ann(Method::POST, path, &token, Some(body))
            .await?;
        assert_eq!(refused.status, 400, "{refused:?}");
    }
    let proved = timed.proves(&token, "password", PASSWORD).await?;
    // The old token as well: the row knows.
    let fresh = text(&proved, "access_token");
    for (token, seconds) in [(&token, 0), (&fresh, 299)] {
        timed.pass(seconds);
        let body = json!({ "name": "for scripts", "scopes": ["analyses:read"] });
        let made = accounts
            .as_ann(Method::POST, "/v1/api-keys", token, Some(body))
            .await?;
        assert_eq!(made.status, 201, "{made:?}");
    }
    let lines = "SELECT count(*) AS count FROM audit_logs WHERE action = 'proved_again'";
    assert_eq!(accounts.app.count(lines).await?, 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_a_second_factor_proves_it_before_all_of_that_however_they_came()
-> anyhow::Result<()> {
    let timed = Timed::start().await?;
    let accounts = &timed.accounts;
    let (secret, token, _) = timed.with_app().await?;
    let organization = founds(accounts, &token).await?;
    timed.pass(300);
    timed.proves(&token, "password", PASSWORD).await?;
    for (_, path, answer) in call_all(accounts, &token, &organization).await? {
        assert_eq!(answer.refusal(), (403, "E221"), "{path}");
    }
    let proved = timed
        .proves(&token, "code", &timed.code(&secret, 0))
        .await?;
    assert_eq!(proved.status, 200, "{proved:?}");
    let body = json!({ "name": "for scripts", "scopes": ["analyses:read"] });
    let path = "/v1/api-keys";
    let made = accounts
        .as_ann(Method::POST, path, &token, Some(body.clone()))
        .await?;
    assert_eq!(made.status, 201, "{made:?}");
    // A key passes: its scopes bound it.
    let key = text(&made, "key");
    timed.pass(3_600);
    let call = accounts.app.request(Method::DELETE, "/v1/api-keys/x");
    let call = call.header("X-API-Key", key);
    let by_key = Answer::of(call.send().await?).await?;
    assert_ne!(by_key.refusal().1, "E221", "{by_key:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn in_the_mini_app_telegram_has_proved_the_person_unless_they_have_a_factor()
-> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let ann = Person::new(&app, 7).await?;
    let path = ann.founds("Cup & Co").await?;
    let wish = json!({ "name": "for scripts", "scopes": ["analyses:read"] });
    assert_eq!(ann.posts("/v1/api-keys", wish.clone()).await?.status, 201);
    app.sql(&format!(
        "INSERT INTO totp_secrets (user_id, key_id, sealed, created_at, confirmed_at)
         VALUES ('{}', 'x', 'x', now(), now())",
        ann.id
    ))
    .await?;
    assert_eq!(
        ann.posts("/v1/api-keys", wish).await?.refusal(),
        (403, "E221")
    );
    let refused = ann.does(Method::DELETE, &path, None).await?;
    assert_eq!(refused.refusal(), (403, "E221"));
    // Nothing that changes less asks.
    let renamed = ann
        .does(Method::PATCH, &path, json!({ "name": "Grounds" }))
        .await?;
    assert_eq!(renamed.status, 200, "{renamed:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_organization_that_asks_for_a_second_factor_is_open_to_sessions_that_proved_one()
-> anyhow::Result<()> {
    let timed = Timed::start().await?;
    let accounts = &timed.accounts;
    accounts.sign_up(ANN).await?;
    let (token, _) = accounts.signed_in(ANN, PASSWORD).await?;
    let id = founds(accounts, &token).await?;
    let path = format!("/v1/organizations/{id}");
    let asks = async |token: &str, required: bool| {
        let body = json!({ "require_second_factor": required });
        accounts
            .as_ann(Method::PATCH, &path, token, Some(body))
            .await
    };
    // Only who has one asks others for it.
    assert_eq!(asks(&token, true).await?.refusal(), (403, "E222"));
    let secret = text(&timed.begin(&token).await?, "secret");
    timed.confirm(&token, &timed.code(&secret, 0)).await?;
    let key = {
        let body = json!({ "name": "for scripts", "scopes": ["organizations:read", "organizations:write"] });
        let call = accounts
            .app
            .request(Method::POST, "/v1/api-keys")
            .bearer_auth(&token);
        let call = call.header("X-Account-Id", &id).json(&body);
        text(&Answer::of(call.send().await?).await?, "key")
    };
    let asked = asks(&token, true).await?;
    assert_eq!(
        (asked.status, &asked.body["require_second_factor"]),
        (200, &json!(true))
    );
    let lines =
        "SELECT count(*) AS count FROM audit_logs WHERE action = 'second_factor_rule_changed'";
    assert_eq!(accounts.app.count(lines).await?, 1);
    // Bob joins, is told, and cannot act.
    let invitation = json!({ "role": "admin" });
    let invitations = format!("{path}/invitations");
    let made = accounts
        .as_ann(Method::POST, &invitations, &token, Some(invitation))
        .await?;
    let invited = text(&made, "token");
    const BOB: &str = "bob@example.org";
    accounts.sign_up(BOB).await?;
    let (bob, refresh) = accounts.signed_in(BOB, PASSWORD).await?;
    let page = format!("/v1/invitations/{invited}");
    let shown = accounts.as_ann(Method::GET, &page, &bob, None).await?;
    assert_eq!(shown.body["require_second_factor"], json!(true));
    let accept = format!("{page}/accept");
    let joined = accounts.as_ann(Method::POST, &accept, &bob, None).await?;
    assert_eq!(
        (joined.status, &joined.body["require_second_factor"]),
        (200, &json!(true))
    );
    for (method, path) in [
        (Method::GET, path.clone()),
        (Method::GET, format!("{path}/members")),
        (Method::POST, format!("{path}/leave")),
    ] {
        let refused = accounts.as_ann(method, &path, &bob, None).await?;
        assert_eq!(refused.refusal(), (403, "E222"), "{path}");
    }
    let elsewhere = accounts
        .as_ann(Method::GET, "/v1/organizations", &bob, None)
        .await?;
    assert_eq!(elsewhere.status, 200);
    let secret = text(&timed.begin(&bob).await?, "secret");
    timed.confirm(&bob, &timed.code(&secret, 0)).await?;
    // His next token says it.
    let (bob, _) = tokens(&accounts.refresh(&refresh).await?)?;
    let opened = accounts.as_ann(Method::GET, &path, &bob, None).await?;
    assert_eq!(opened.status, 200, "{opened:?}");
    // Another session of his has proved none.
    let waits = accounts.login(BOB, PASSWORD).await?;
    assert_eq!(waits.body["mfa_required"], json!(true));
    // A key of the organization goes on, and decides nothing of this.
    let by_key = async |method: Method, body: Value| {
        let call = accounts
            .app
            .request(method, &path)
            .header("X-API-Key", &key);
        Answer::of(call.json(&body).send().await?).await
    };
    assert_eq!(by_key(Method::GET, json!({})).await?.status, 200);
    let refused = by_key(Method::PATCH, json!({ "require_second_factor": false })).await?;
    assert_eq!(refused.refusal(), (403, "E204"));
    // Without the factor the organization is closed again, to the same token and to a new one.
    accounts
        .as_ann(Method::DELETE, "/v1/auth/2fa/totp", &bob, None)
        .await?;
    let refused = accounts.as_ann(Method::GET, &path, &bob, None).await?;
    assert_eq!(refused.refusal(), (403, "E222"));
    timed.pass(900);
    let (bob, _) = accounts.signed_in(BOB, PASSWORD).await?;
    let refused = accounts.as_ann(Method::GET, &path, &bob, None).await?;
    assert_eq!(refused.refusal(), (403, "E222"));
    Ok(())
}
