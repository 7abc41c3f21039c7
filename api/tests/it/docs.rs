//! The documentation that is made from the code, and the page that shows it.

use reqwest::Method;
use serde_json::Value;
use world::TestApp;

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
        product::error_codes::markdown() == include_str!("../../../docs/ERRORS.md"),
        "{HOW}"
    );
}

#[test]
fn the_table_of_roles_is_that_of_the_code() {
    assert!(
        api::http::roles::markdown() == include_str!("../../../docs/ROLES.md"),
        "{HOW}"
    );
}

#[test]
fn the_table_of_reports_is_that_of_the_code() {
    assert!(
        analytics::reports::catalogue::markdown() == include_str!("../../../docs/ANALYTICS.md"),
        "{HOW}"
    );
}

#[test]
fn the_schemas_of_events_are_those_of_the_code() -> anyhow::Result<()> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/events");
    let mut files = std::fs::read_dir(folder)?
        .map(|file| {
            let path = file?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            Ok((name.into_owned(), std::fs::read_to_string(&path)?))
        })
        .collect::<std::io::Result<Vec<_>>>()?;
    let mut expected = product::event_schemas();
    files.sort_unstable();
    expected.sort_unstable();
    assert!(files == expected, "{HOW}");
    Ok(())
}

#[test]
fn the_guide_lists_every_path_of_the_document() -> anyhow::Result<()> {
    let guide = include_str!("../../../docs/API.md");
    let document: Value = serde_json::from_str(include_str!("../../../docs/openapi.json"))?;
    let paths = document["paths"].as_object().into_iter().flatten();
    for (path, _) in paths {
        assert!(guide.contains(&format!(" {path}` |")), "{path}: {HOW}");
    }
    assert!(api::http::paths::in_guide(guide) == guide, "{HOW}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn every_path_of_the_document_is_there() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    for (path, methods) in crate::spellings::described()? {
        let answer = app.request(Method::TRACE, &path).send().await?;
        assert_eq!(answer.status(), 405, "{path}");
        let allowed = answer.headers()["allow"].to_str()?.to_owned();
        for method in methods {
            let known = allowed.split(", ").any(|one| one == method.as_str());
            assert!(known, "{method} {path}: {allowed}");
        }
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
