//! What Telegram does to text.

use serde_json::json;

use crate::stage::Stage;

#[tokio::test]
async fn broken_html_is_refused_in_telegrams_words() {
    let stage = Stage::new().await;
    stage.says(5, "hi").await;
    for (text, why) in [
        (
            "<b>open",
            "Can't find end tag corresponding to start tag \"b\"",
        ),
        (
            "<table>x</table>",
            "Unsupported start tag \"table\" at byte offset 0",
        ),
        ("x</i>", "Unexpected end tag at byte offset 1"),
    ] {
        let body = json!({"chat_id": 5, "text": text, "parse_mode": "HTML"});
        let refusal = stage.refused("sendMessage", body).await;
        assert_eq!(refusal, format!("Bad Request: can't parse entities: {why}"));
    }
    assert_eq!(stage.messages(5).await.len(), 1);
}

#[tokio::test]
async fn the_limit_counts_utf16_units_after_the_markup_is_gone() {
    let stage = Stage::new().await;
    stage.says(5, "hi").await;
    let send = |text: String| json!({"chat_id": 5, "text": text, "parse_mode": "HTML"});
    stage
        .bot("sendMessage", send(format!("<b>{}</b>", "x".repeat(4096))))
        .await;
    stage.bot("sendMessage", send("😀".repeat(2048))).await;
    for long in ["x".repeat(4097), "😀".repeat(2049)] {
        let refusal = stage.refused("sendMessage", send(long)).await;
        assert_eq!(refusal, "Bad Request: message is too long");
    }
}

#[tokio::test]
async fn empty_text_is_refused_however_it_is_dressed() {
    let stage = Stage::new().await;
    stage.says(5, "hi").await;
    for text in ["", "   ", "<b> </b>"] {
        let body = json!({"chat_id": 5, "text": text, "parse_mode": "HTML"});
        let refusal = stage.refused("sendMessage", body).await;
        assert_eq!(refusal, "Bad Request: message text is empty");
    }
}

#[tokio::test]
async fn the_page_gets_html_of_our_own_making_only() {
    let stage = Stage::new().await;
    stage.says(5, "<img src=x onerror=alert(1)>").await;
    let link = "<a href=\"javascript:alert(1)\">x</a> &lt;script&gt;";
    stage
        .bot(
            "sendMessage",
            json!({"chat_id": 5, "text": link, "parse_mode": "HTML"}),
        )
        .await;
    let messages = stage.messages(5).await;
    assert_eq!(messages[0]["html"], "&lt;img src=x onerror=alert(1)&gt;");
    assert_eq!(messages[1]["html"], "<a>x</a> &lt;script&gt;");
}

#[tokio::test]
async fn bad_keyboards_are_refused() {
    let stage = Stage::new().await;
    stage.says(5, "hi").await;
    for (button, why) in [
        (
            json!({"text": "x"}),
            "Text buttons are unallowed in the inline keyboard",
        ),
        (
            json!({"text": "x", "callback_data": "y".repeat(65)}),
            "BUTTON_DATA_INVALID",
        ),
        (json!({"text": "x", "url": "nonsense"}), "Wrong HTTP URL"),
    ] {
        let markup = json!({"inline_keyboard": [[button]]});
        let body = json!({"chat_id": 5, "text": "x", "reply_markup": markup});
        let refusal = stage.refused("sendMessage", body).await;
        assert!(refusal.ends_with(why), "{refusal}");
    }
}

#[tokio::test]
async fn a_person_cannot_send_more_than_telegrams_apps_allow() {
    let stage = Stage::new().await;
    let body = json!({"text": "x".repeat(4097)});
    let (status, answer) = stage.send("POST", "/control/users/5/messages", body).await;
    assert_eq!(status, 400);
    assert!(
        answer["error"]
            .as_str()
            .expect("a sentence")
            .contains("4096"),
        "{answer}"
    );
    assert!(stage.messages(5).await.is_empty());
}
