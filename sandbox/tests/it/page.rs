//! The chat page is whole and loads nothing from elsewhere.

use crate::stage::Stage;

#[tokio::test]
async fn the_page_and_everything_it_names_is_served_here() {
    let stage = Stage::new().await;
    let get = async |path: &str| {
        let response = stage
            .client
            .get(stage.url(path))
            .send()
            .await
            .expect("an answer");
        assert_eq!(response.status(), 200, "{path}");
        response.text().await.expect("text")
    };
    let page = get("/").await;
    let named = page.split(['=', '>']).filter_map(|it| {
        let path = it.strip_prefix('"')?.split('"').next()?;
        path.starts_with('/').then_some(path)
    });
    let named: Vec<_> = named.filter(|path| !path.ends_with(".png")).collect();
    assert!(named.len() > 7, "{named:?}");
    for path in named {
        let file = get(path).await;
        assert!(!file.contains("https://"), "{path} reaches outside");
    }
    assert!(!page.contains("http://") && !page.contains("https://"));
    get("/sample.png").await;
    let response = stage
        .client
        .get(stage.url("/nowhere"))
        .send()
        .await
        .expect("an answer");
    assert_eq!(response.status(), 404);
}
