//! The documentation that is made from the code, and the page that shows it.

use reqwest::Method;
use testkit::TestApp;

const HOW: &str = "the code has changed: run `make docs`";

#[tokio::test(flavor = "multi_thread")]
async fn the_served_document_is_the_committed_one() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let served = app
        .request(Method::GET, "/openapi.json")
        .send()
        .await?
        .text()
        .await?;
    assert!(
        served == include_str!("../../../docs/openapi.json"),
        "{HOW}"
    );
    Ok(())
}

#[test]
fn the_table_of_error_codes_is_that_of_the_code() {
    assert!(
        shared::error_catalogue::markdown() == include_str!("../../../docs/ERRORS.md"),
        "{HOW}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn every_route_is_in_the_document() -> anyhow::Result<()> {
    let document: serde_json::Value =
        serde_json::from_str(include_str!("../../../docs/openapi.json"))?;
    let paths = document["paths"].as_object().cloned().unwrap_or_default();
    // Whatever the router knows under /v1, from its own source: paths are literals there.
    let router = include_str!("../../src/routes.rs");
    let scope = router.split("fn admin_page").next().unwrap_or_default();
    for piece in scope.split("resource(\"").skip(1) {
        let path = piece.split('"').next().unwrap_or_default();
        if path.starts_with("/docs") || path == "/openapi.json" {
            continue;
        }
        let known = paths.contains_key(path) || paths.contains_key(&format!("/v1{path}"));
        assert!(known, "{path} is not in the document");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_comes_whole_from_here() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let page = app.request(Method::GET, "/docs").send().await?;
    assert_eq!(page.status(), 200, "the redirect leads to the page");
    let html = page.text().await?;
    for link in html
        .split(['"', '\''])
        .filter(|part| part.ends_with(".js") || part.ends_with(".css"))
    {
        let path = format!("/docs/{}", link.trim_start_matches("./"));
        assert_eq!(
            app.request(Method::GET, &path).send().await?.status(),
            200,
            "{path}"
        );
    }
    assert!(
        !html.contains("http://") && !html.contains("//cdn"),
        "{html}"
    );
    Ok(())
}
