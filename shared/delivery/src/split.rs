//! Splits a text into messages. Pure functions.

use super::html::escape;

/// The longest text of one message, in UTF-16 code units after entity parsing, as Telegram
/// counts them (<https://core.telegram.org/bots/api#sendmessage>).
pub const MESSAGE_MAX_UNITS: usize = 4_096;

/// Writes paragraphs, each with or without a title, as Telegram HTML, in as few messages as
/// possible. Deterministic.
pub fn split<'a>(paragraphs: impl IntoIterator<Item = (Option<&'a str>, &'a str)>) -> Vec<String> {
    let mut messages = Messages::default();
    for (title, content) in paragraphs {
        messages.paragraph(title, content);
    }
    messages.finish()
}

/// The length of a text, as Telegram counts.
pub fn units(text: &str) -> usize {
    text.encode_utf16().count()
}

#[derive(Default)]
struct Messages {
    done: Vec<String>,
    html: String,
    units: usize,
}

impl Messages {
    fn paragraph(&mut self, title: Option<&str>, content: &str) {
        let title = title.map(str::trim).filter(|title| !title.is_empty());
        let title = title.map(|title| cut(title, MESSAGE_MAX_UNITS / 2).0);
        let mut rest = content.trim();
        let mut head = title.map(|title| (format!("<b>{}</b>\n", escape(title)), units(title) + 1));
        while !rest.is_empty() || head.is_some() {
            let (html, used) = head.take().unwrap_or_default();
            // A paragraph that does not fit starts the next message; one longer than a message is
            // cut.
            if self.units > 0 && self.units + 2 + used + units(rest) > MESSAGE_MAX_UNITS {
                self.flush();
            }
            let gap = if self.units > 0 { 2 } else { 0 };
            let (piece, left) = cut(rest, MESSAGE_MAX_UNITS - self.units - gap - used);
            self.html.push_str(&"\n".repeat(gap));
            self.html.push_str(&html);
            self.html.push_str(&escape(piece));
            self.units += gap + used + units(piece);
            rest = left.trim_start();
        }
    }

    fn flush(&mut self) {
        self.units = 0;
        self.done.push(std::mem::take(&mut self.html));
    }

    fn finish(mut self) -> Vec<String> {
        if self.units > 0 {
            self.flush();
        }
        self.done
    }
}

/// Splits within `limit` units, at the last white space in their second half if there is one.
fn cut(text: &str, limit: usize) -> (&str, &str) {
    if units(text) <= limit {
        return (text, "");
    }
    let mut used = 0;
    let mut end = 0;
    let mut space = None;
    for (at, c) in text.char_indices() {
        if used + c.len_utf16() > limit {
            break;
        }
        used += c.len_utf16();
        end = at + c.len_utf8();
        if c.is_whitespace() && used > limit / 2 {
            space = Some(at);
        }
    }
    text.split_at(space.unwrap_or(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn visible(html: &str) -> String {
        let text = html.replace("<b>", "").replace("</b>", "");
        text.replace("&lt;", "<")
            .replace("&gt;", ">")
            .replace("&amp;", "&")
    }

    #[test]
    fn short_paragraphs_are_one_message_with_bold_titles() {
        let messages = split([
            (None, "Hello."),
            (Some("Bird"), "News."),
            (Some(" "), "Rest."),
        ]);
        assert_eq!(messages, ["Hello.\n\n<b>Bird</b>\nNews.\n\nRest."]);
    }

    #[test]
    fn markup_in_the_text_is_only_text() {
        let messages = split([(None, "<script>&"), (Some("a<b"), "c>d")]);
        assert_eq!(messages, ["&lt;script&gt;&amp;\n\n<b>a&lt;b</b>\nc&gt;d"]);
    }

    #[test]
    fn a_long_text_is_split_between_paragraphs_and_loses_nothing() {
        let long = "слово ".repeat(400);
        let titles = [None, Some("Один"), Some("Два"), Some("Три")];
        let messages = split(titles.map(|title| (title, long.as_str())));
        assert!(messages.len() > 1);
        let words: usize = messages
            .iter()
            .map(|m| visible(m).matches("слово").count())
            .sum();
        assert_eq!(words, 1_600);
        for message in &messages {
            assert!(units(&visible(message)) <= MESSAGE_MAX_UNITS);
        }
    }

    #[test]
    fn a_paragraph_without_a_space_is_cut_between_characters() {
        let emoji = "☕🔮".repeat(3_000);
        let messages = split([(None, emoji.as_str()), (Some("t"), "c")]);
        assert!(
            messages
                .iter()
                .all(|m| units(&visible(m)) <= MESSAGE_MAX_UNITS)
        );
        assert_eq!(messages.concat().matches('🔮').count(), 3_000);
    }
}
