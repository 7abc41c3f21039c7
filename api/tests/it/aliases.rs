//! The spellings of the design documents, through the front door.

use reqwest::Method;
use serde_json::json;
use world::TestApp;

#[tokio::test(flavor = "multi_thread")]
async fn a_path_of_document_004_answers_in_its_envelope() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let me = app.world.chat(7).init_data().await?;
    let (path, canonical) = ("/api/users/profile", "/v1/users/me");
    let known = app.as_person(&me, Method::GET, canonical, None).await?;
    let shown = app.as_person(&me, Method::GET, path, None).await?;
    assert_eq!(shown.status, 200);
    assert_eq!(shown.body["success"], true);
    assert_eq!(shown.body["data"], known.body);
    assert_eq!(shown.body["meta"], json!({}));
    // It says PUT where the API says PATCH.
    let patch = json!({ "first_name": "Ann" });
    let changed = app.as_person(&me, Method::PUT, path, Some(patch)).await?;
    assert_eq!(changed.body["data"]["first_name"], "Ann");
    let wrong = json!({ "first_name": "" });
    let refused = app.as_person(&me, Method::PUT, path, Some(wrong)).await?;
    assert_eq!(refused.status, 400);
    assert_eq!(refused.body["success"], false);
    assert_eq!(refused.body["error"]["code"], "E105");
    assert_eq!(refused.body["error"]["details"]["field"], "first_name");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_path_without_an_envelope_answers_as_the_canonical_one_and_names_it() -> anyhow::Result<()>
{
    let app = TestApp::start().await?;
    let me = app.world.chat(7).init_data().await?;
    let by = |path: &'static str| app.as_person(&me, Method::GET, path, None);
    let canonical = by("/v1/analyses?limit=3").await?;
    assert_eq!(by("/api/v1/analyses?limit=3").await?.body, canonical.body);
    // What the query says goes with it.
    assert_eq!(by("/api/v1/analyses?limit=x").await?.status, 400);
    assert_eq!(by("/api/subscriptions").await?.body["tier"], "FREE");
    let health = app.request(Method::GET, "/health").send().await?;
    assert_eq!(health.status(), 200);
    assert_eq!(health.headers()["link"], "</v1/health>; rel=\"canonical\"");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_has_the_form_of_the_document_too() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let refused = |method: Method, path: &'static str| app.request(method, path).send();
    let of_004 = refused(Method::GET, "/api/subscription/current").await?;
    assert_eq!(of_004.status(), 401);
    let of_004: serde_json::Value = of_004.json().await?;
    assert_eq!(of_004["success"], false);
    assert_eq!(of_004["error"]["code"], "E201");
    let of_001 = refused(Method::GET, "/api/subscriptions").await?;
    let of_001: serde_json::Value = of_001.json().await?;
    assert_eq!(of_001["code"], "E201");
    // Neither spelling of what does not exist is there.
    for none in ["/api/conversations", "/api/v1/none", "/api"] {
        assert_eq!(refused(Method::GET, none).await?.status(), 404, "{none}");
    }
    Ok(())
}
