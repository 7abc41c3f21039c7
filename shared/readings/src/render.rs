//! Renders a reading as messages. Pure.

use crate::growing::Partial;
use crate::model::Reading;
use delivery::split::split;

/// Renders a reading as Telegram HTML, in as few messages as possible. Deterministic, so that a
/// repeated delivery edits the same messages.
pub fn render(reading: &Reading) -> Vec<String> {
    let sections = reading.sections.iter();
    let sections = sections.map(|section| (Some(&*section.title), &*section.content));
    split(std::iter::once((None, &*reading.intro)).chain(sections))
}

/// Renders an unfinished reading as its first message will begin; `None` while it is empty. Text for
/// further messages is not part of a draft.
pub fn draft(partial: Partial) -> Option<String> {
    render(&partial.into()).into_iter().next()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Section;
    use delivery::split::{MESSAGE_MAX_UNITS, units};

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
            let begun = begun.expect("a draft");
            assert!(message.starts_with(&begun), "{begun}");
        }
        let long = partial(&"слово ".repeat(1_000), &[("t", "c")]).expect("a draft");
        assert!(units(&long) <= MESSAGE_MAX_UNITS);
    }
}
