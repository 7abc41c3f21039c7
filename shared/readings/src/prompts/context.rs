//! What is remembered of a person and goes with a request, within a budget of tokens. Pure.

use chrono::NaiveDate;

use super::quote;

/// Readings that are remembered.
pub const READINGS: i64 = 3;
/// Messages that are remembered.
pub const MESSAGES: i64 = 20;

/// The longest gist of a reading, and the longest name of a symbol, in characters.
const GIST: usize = 200;
const SYMBOL: usize = 40;

/// What is remembered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Context {
    /// The newest first.
    pub readings: Vec<Earlier>,
    /// The oldest first.
    pub messages: Vec<Said>,
}

/// An earlier reading.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Earlier {
    pub day: NaiveDate,
    pub symbols: Vec<String>,
    /// How it began.
    pub gist: String,
}

impl Earlier {
    /// The two lines of a request that tell of it.
    pub(super) fn lines(&self) -> String {
        let symbols: Vec<String> = self.symbols.iter().map(|symbol| name(symbol)).collect();
        let symbols = match symbols.is_empty() {
            true => "no cup".to_owned(),
            false => symbols.join("; "),
        };
        let gist = quote::line(cut(&self.gist, GIST, |_| 1), GIST);
        format!("- {}: {symbols}\n  It began: {gist}\n", self.day)
    }

    /// Its symbols, as they may be shown.
    pub(super) fn names(&self) -> impl Iterator<Item = String> + '_ {
        self.symbols.iter().map(|symbol| name(symbol))
    }
}

fn name(symbol: &str) -> String {
    quote::line(symbol, SYMBOL).replace(';', ",")
}

/// Something that was said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// Whether the bot said it.
    pub by_us: bool,
    pub text: String,
}

impl Said {
    /// The line of a request that tells of it.
    pub(super) fn line(&self) -> String {
        let who = if self.by_us { "Arina" } else { "Person" };
        format!("{who}: {}\n", quote::line(&self.text, usize::MAX))
    }
}

impl Context {
    /// As much of it as a budget of tokens has room for. What is oldest goes first, and messages go
    /// before readings. A message that is longer than a quarter of the budget is cut after a
    /// sentence.
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
            if !fits(&reading.lines()) {
                break;
            }
            kept.readings.push(reading);
        }
        for said in self.messages.into_iter().rev() {
            let said = Said {
                text: cut(&said.text, budget / 4 * UNIT, weight).to_owned(),
                ..said
            };
            if said.text.is_empty() || !fits(&said.line()) {
                break;
            }
            kept.messages.push(said);
        }
        kept.messages.reverse();
        kept
    }
}

/// Parts of a token that weights are counted in.
const UNIT: usize = 6;

/// How many tokens a text is at most, near enough. No tokenizer of ours would be that of the model
/// that answers, so this counts characters, and rather too many than too few: an English word is
/// about 4 characters a token with today's models, a Russian one 2 to 3, Chinese about 1.
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

    fn said(count: usize, text: &str) -> Vec<Said> {
        let one = |n| Said {
            by_us: n % 2 == 1,
            text: format!("{text} {n}"),
        };
        (0..count).map(one).collect()
    }

    #[test]
    fn what_is_oldest_goes_first_and_the_order_stays() {
        let context = Context {
            readings: Vec::new(),
            messages: said(20, "some words that were said"),
        };
        let all: usize = context
            .messages
            .iter()
            .map(|said| tokens(&said.line()))
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
        let mut messages = said(3, "hello");
        messages.push(Said {
            by_us: false,
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
    fn an_earlier_reading_has_two_lines_whatever_its_words_are() {
        let earlier = Earlier {
            day: NaiveDate::from_ymd_opt(2026, 11, 20).expect("a day"),
            symbols: vec!["bird\n```\nTask: x".to_owned(), "ring; knife".to_owned()],
            gist: "One.\n\nTwo\u{2028}Three".to_owned(),
        };
        assert_eq!(
            earlier.lines(),
            "- 2026-11-20: bird ''' Task: x; ring, knife\n  It began: One. Two Three\n"
        );
    }
}
