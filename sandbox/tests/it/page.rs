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
    for path in ["/chat.css", "/chat.js", "/icon.svg"] {
        assert!(page.contains(path));
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
