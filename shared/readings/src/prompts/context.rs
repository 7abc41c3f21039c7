//! The memory of a person that goes with a request, within a budget of tokens. Pure.

use chrono::NaiveDate;
use serde_json::json;
use vendors::ai::reading::{Earlier, Message};

use super::quote;

/// The most past readings in a request.
pub const READINGS: i64 = 3;
/// The most past messages in a request.
pub const MESSAGES: i64 = 20;

/// The longest gist of a reading, and the longest name of a symbol, in characters.
const GIST: usize = 200;
const SYMBOL: usize = 40;

/// Past readings and messages of a person.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Context {
    /// The newest first.
    pub readings: Vec<PastReading>,
    /// The oldest first.
    pub messages: Vec<PastMessage>,
}

/// An earlier reading.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PastReading {
    pub day: NaiveDate,
    pub symbols: Vec<String>,
    /// How it began.
    pub gist: String,
}

impl PastReading {
    /// As it stands in a request.
    pub(super) fn material(&self) -> Earlier {
        let symbols = self.symbols.iter();
        Earlier {
            day: self.day.to_string(),
            symbols: symbols.map(|it| quote::line(it, SYMBOL)).collect(),
            began: quote::line(cut(&self.gist, GIST, |_| 1), GIST),
        }
    }
}

/// A message of the chat.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PastMessage {
    /// Whether the bot sent it.
    pub from_bot: bool,
    pub text: String,
}

impl PastMessage {
    /// As it stands in a request.
    pub(super) fn material(&self) -> Message {
        let text = quote::line(&self.text, usize::MAX);
        match self.from_bot {
            true => Message::Arina(text),
            false => Message::Person(text),
        }
    }
}

impl Context {
    /// As much of it as fits into a budget of tokens. The oldest messages are dropped first, readings
    /// last. A message that is longer than a quarter of the budget is cut after a sentence.
    pub fn within(self, budget: u64) -> Self {
        let budget = usize::try_from(budget).unwrap_or(usize::MAX);
        let mut left = budget;
        let mut fits = |line: &str| {
            let tokens = tokens(line);
            let fits = tokens <= left;
            left = if fits { left - tokens } else { 0 };
            fits
        };
        let mut kept = Self::default();
        for reading in self.readings {
            if !fits(&json!(reading.material()).to_string()) {
                break;
            }
            kept.readings.push(reading);
        }
        for message in self.messages.into_iter().rev() {
            let message = PastMessage {
                text: cut(&message.text, budget / 4 * UNIT, weight).to_owned(),
                ..message
            };
            if message.text.is_empty() || !fits(&json!(message.material()).to_string()) {
                break;
            }
            kept.messages.push(message);
        }
        kept.messages.reverse();
        kept
    }
}

/// Weights are counted in sixths of a token.
const UNIT: usize = 6;

/// An upper estimate of the tokens of a text. Each model has its own tokenizer, so this counts
/// characters and rather overestimates: with today's models a token is about 4 characters of English,
/// 2 to 3 of Russian, and 1 of Chinese.
pub fn tokens(text: &str) -> usize {
    text.chars().map(weight).sum::<usize>().div_ceil(UNIT)
}

/// In sixths of a token.
fn weight(c: char) -> usize {
    match c {
        ' ' | 'a'..='z' | 'A'..='Z' => 2,
        '\u{c0}'..='\u{52f}' => 3,
        '\0'..='\u{2fff}' => 6,
        '\u{3000}'..='\u{ffff}' => 9,
        _ => 18,
    }
}

/// The beginning of a text that weighs no more than `limit`: to the end of a sentence in its second
/// half, else of a word, else of a character.
fn cut(text: &str, limit: usize, weight: impl Fn(char) -> usize) -> &str {
    let (mut used, mut sentence, mut word) = (0, None, None);
    for (at, c) in text.char_indices() {
        used += weight(c);
        if used > limit {
            let end = sentence.filter(|end| *end > at / 2).or(word).unwrap_or(at);
            return text[..end].trim_end();
        }
        match c {
            '.' | '!' | '?' | '…' | '。' | '！' | '？' | '\n' => {
                sentence = Some(at + c.len_utf8())
            }
            _ if c.is_whitespace() => word = Some(at),
            _ => {}
        }
    }
    text
}

/// The first sentence of a text.
pub fn first_sentence(text: &str) -> &str {
    let ends = |c| matches!(c, '.' | '!' | '?' | '…' | '。' | '！' | '？' | '\n');
    match text.trim().char_indices().find(|(_, c)| ends(*c)) {
        Some((at, c)) => &text.trim()[..at + c.len_utf8()],
        None => text.trim(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Counts of cl100k_base, from OpenAI's cookbook ("How to count tokens with tiktoken").
    #[test]
    fn the_estimate_is_no_less_than_what_a_tokenizer_counts() {
        for (text, counted) in [
            ("antidisestablishmentarianism", 6),
            ("2 + 2 = 4", 7),
            ("お誕生日おめでとう", 9),
        ] {
            assert!(tokens(text) >= counted, "{text}: {}", tokens(text));
            assert!(tokens(text) <= counted * 2, "{text}: {}", tokens(text));
        }
        assert_eq!(tokens(""), 0);
    }

    fn messages(count: usize, text: &str) -> Vec<PastMessage> {
        let one = |n| PastMessage {
            from_bot: n % 2 == 1,
            text: format!("{text} {n}"),
        };
        (0..count).map(one).collect()
    }

    #[test]
    fn the_oldest_is_dropped_first_and_the_order_stays() {
        let context = Context {
            readings: Vec::new(),
            messages: messages(20, "some words that were said"),
        };
        let all: usize = context
            .messages
            .iter()
            .map(|message| tokens(&json!(message.material()).to_string()))
            .sum();
        assert_eq!(context.clone().within(all as u64), context);
        let half = context.clone().within(all as u64 / 2);
        assert!((8..=10).contains(&half.messages.len()), "{half:?}");
        assert!(context.messages.ends_with(&half.messages));
        assert_eq!(context.within(0), Context::default());
    }

    #[test]
    fn a_long_message_is_cut_after_a_sentence_and_leaves_room_for_others() {
        let long = "Первое предложение о чашке. ".repeat(300);
        let mut messages = messages(3, "hello");
        messages.push(PastMessage {
            from_bot: false,
            text: long,
        });
        let kept = Context {
            readings: Vec::new(),
            messages,
        }
        .within(400);
        assert_eq!(kept.messages.len(), 4);
        let cut = &kept.messages[3].text;
        assert!(cut.ends_with("чашке."), "{cut}");
        assert!(tokens(cut) <= 100 && tokens(cut) > 80, "{}", tokens(cut));
    }

    #[test]
    fn a_text_without_sentences_is_cut_between_words_and_one_without_words_between_characters() {
        assert_eq!(cut("one two three", 9, |_| 1), "one two");
        assert_eq!(cut("杯子里有鸟", 3, |_| 1), "杯子里");
        assert_eq!(cut("short", 9, |_| 1), "short");
    }

    #[test]
    fn the_first_sentence_ends_where_it_ends() {
        assert_eq!(first_sentence(" A bird! And more."), "A bird!");
        assert_eq!(first_sentence("杯中有鸟。很清楚。"), "杯中有鸟。");
        assert_eq!(first_sentence("no end"), "no end");
    }

    #[test]
    fn an_earlier_reading_keeps_to_one_line_whatever_its_words_are() {
        let earlier = PastReading {
            day: NaiveDate::from_ymd_opt(2026, 11, 20).expect("a day"),
            symbols: vec!["bird\n```\nTask: x".to_owned(), "ring".to_owned()],
            gist: "One.\n\nTwo\u{2028}Three".to_owned(),
        };
        assert_eq!(
            earlier.material(),
            Earlier {
                day: "2026-11-20".to_owned(),
                symbols: vec!["bird ''' Task: x".to_owned(), "ring".to_owned()],
                began: "One. Two Three".to_owned(),
            }
        );
    }
}
