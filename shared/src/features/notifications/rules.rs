//! How a reading becomes messages. Pure.

use crate::features::analyses::growing::Partial;
use crate::features::analyses::model::Reading;

/// The longest text of one message, in UTF-16 code units after entity parsing, as Telegram
/// counts (<https://core.telegram.org/bots/api#sendmessage>).
pub const MESSAGE_MAX_UNITS: usize = 4_096;

/// Writes a reading as Telegram HTML, in as few messages as it fits into. Always the same
/// messages for the same reading.
pub fn render(reading: &Reading) -> Vec<String> {
    let mut messages = Messages::default();
    messages.paragraph(None, &reading.intro);
    for section in &reading.sections {
        messages.paragraph(Some(&section.title), &section.content);
    }
    messages.finish()
}

/// Writes what there is of a reading as its first message will begin; `None` while there is nothing
/// to see. What belongs into a second message is not shown before that comes.
pub fn draft(partial: Partial) -> Option<String> {
    render(&partial.into()).into_iter().next()
}

/// Text in HTML: Telegram knows these three entities and the quotation mark.
pub fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
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
            // A paragraph that does not fit goes into the next message, one that fits into no
            // message is cut.
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

fn units(text: &str) -> usize {
    text.encode_utf16().count()
}

/// Splits before `limit` units, at the last white space in the second half of them if there is
/// one.
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
    use crate::features::analyses::model::Section;

    fn reading(intro: &str, sections: &[(&str, &str)]) -> Reading {
        let section = |(title, content): &(&str, &str)| Section {
            title: (*title).to_owned(),
            content: (*content).to_owned(),
        };
        Reading {
            intro: intro.to_owned(),
            sections: sections.iter().map(section).collect(),
        }
    }

    fn visible(html: &str) -> String {
        let text = html.replace("<b>", "").replace("</b>", "");
        text.replace("&lt;", "<")
            .replace("&gt;", ">")
            .replace("&amp;", "&")
    }

    #[test]
    fn a_short_reading_is_one_message_with_bold_titles() {
        let messages = render(&reading(
            "Hello.",
            &[("Bird", "News."), ("Advice", "Rest.")],
        ));
        assert_eq!(
            messages,
            ["Hello.\n\n<b>Bird</b>\nNews.\n\n<b>Advice</b>\nRest."]
        );
    }

    #[test]
    fn a_draft_looks_as_the_message_will_begin() {
        let whole = reading(
            "Hello & welcome.",
            &[("Bird", "News."), ("Advice", "Rest.")],
        );
        let partial = |intro: &str, sections: &[(&str, &str)]| {
            let Reading { intro, sections } = reading(intro, sections);
            draft(Partial { intro, sections })
        };
        assert_eq!(partial(" \n", &[]), None);
        let message = render(&whole).remove(0);
        for begun in [
            partial("Hello &", &[]),
            partial("Hello & welcome.", &[("Bird", "N")]),
            partial(
                "Hello & welcome.",
                &[("Bird", "News."), ("Advice", "Rest.")],
            ),
        ] {
            let begun = begun.expect("something to see");
            assert!(message.starts_with(&begun), "{begun}");
        }
        let long = partial(&"слово ".repeat(1_000), &[("t", "c")]).expect("something to see");
        assert!(units(&long) <= MESSAGE_MAX_UNITS);
    }

    #[test]
    fn markup_in_the_text_is_only_text() {
        let messages = render(&reading("<script>&", &[("a<b", "c>d")]));
        assert_eq!(messages, ["&lt;script&gt;&amp;\n\n<b>a&lt;b</b>\nc&gt;d"]);
    }

    #[test]
    fn a_long_reading_is_split_between_paragraphs_and_loses_nothing() {
        let long = "слово ".repeat(400);
        let source = reading(&long, &[("Один", &long), ("Два", &long), ("Три", &long)]);
        let messages = render(&source);
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
        let messages = render(&reading(&emoji, &[("t", "c")]));
        assert!(
            messages
                .iter()
                .all(|m| units(&visible(m)) <= MESSAGE_MAX_UNITS)
        );
        assert_eq!(messages.concat().matches('🔮').count(), 3_000);
    }
}
