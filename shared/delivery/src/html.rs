//! HTML as Telegram reads it (<https://core.telegram.org/bots/api#html-style>).

/// Text in HTML: Telegram knows these three entities and the quotation mark.
pub fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}
