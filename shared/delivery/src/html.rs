//! HTML as Telegram parses it (<https://core.telegram.org/bots/api#html-style>).

/// Escapes a text for HTML. Telegram supports these three entities and `&quot;`.
pub fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}
