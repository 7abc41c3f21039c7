//! Answers a question about a reading: takes up its topic, turns to the sign of the cup that is
//! nearest to it, says when and whether if that is asked, and ends in a small thing to try.

use super::pen::Pen;
use super::sign::Sign;
use super::topic::{Topic, asks_yes_or_no, speaks_of};
use crate::lexicon::{Lexicon, Symbol, Theme};
use crate::{Focus, Pattern, Question, Reading};

/// Words by which a person asks what a sign means.
const MEANS: &[&str] = &[
    "mean",
    "sign",
    "symbol",
    "знач",
    "означ",
    "знак",
    "символ",
    "意思",
    "代表",
    "象征",
    "意味",
];
/// Below this many characters (Chinese counts double) a second sign is brought in.
const SHORT: usize = 560;

struct Answerer<'a> {
    pen: Pen,
    question: &'a Question<'a>,
    topic: Topic,
    focus: Focus,
}

/// The answer to a question about a reading.
pub fn answer(question: &Question<'_>) -> Reading {
    let seed = format!(
        "{:?} {:?} {}",
        question.focus, question.patterns, question.words
    );
    let pen = Pen::new(question.language, &seed);
    let topic = Topic::of(question.words, &pen.book.answers);
    let mut answerer = Answerer {
        pen,
        question,
        topic,
        focus: topic.focus(question.focus),
    };
    Reading {
        intro: answerer.write(),
        sections: Vec::new(),
    }
}

impl Answerer<'_> {
    fn write(&mut self) -> String {
        let book = &self.pen.book.answers;
        let signs = Sign::all(self.question.patterns, &self.pen);
        let named = self.named(&signs);
        let mut sentences = Vec::new();
        let at = self.topic as usize;
        // The beginnings look into the cup. Only the one that sends to a doctor goes without it.
        let opens = !signs.is_empty() || self.topic == Topic::Health;
        if opens && (named.is_none() || self.topic != Topic::Other) {
            sentences.extend(self.pen.fresh(book.leads[at]).map(str::to_owned));
        }
        // A sign they name that is not in their cup; or the lot, when there is no cup at all.
        let foreign: Vec<Pattern> = match (&named, signs.is_empty()) {
            (Some(Err(symbol)), _) => vec![pattern_of(symbol)],
            (None, true) => self.lot(),
            _ => Vec::new(),
        };
        let foreign = Sign::all(&foreign, &self.pen);
        let own = match &named {
            Some(Ok(at)) => *at,
            _ => self.nearest(&signs),
        };
        let (sign, variants) = match (&named, foreign.first(), signs.get(own)) {
            (Some(Err(_)), Some(foreign), _) if signs.is_empty() => (foreign, book.named_alone),
            (Some(Err(_)), Some(foreign), _) => (foreign, book.named_out),
            (_, Some(foreign), None) => (foreign, book.no_signs),
            (Some(Ok(_)), _, Some(sign)) => (sign, book.named_in),
            (_, _, Some(sign)) => (sign, book.signs),
            _ => return self.pen.book.notice_of_words.to_owned(),
        };
        // A sign that is not in their cup has no place either.
        if let Some(template) = sign.fresh(&mut self.pen, variants) {
            sentences.push(sign.say(&self.pen, template, &[]));
        }
        sentences.extend(self.meaning(sign));
        if !signs.is_empty() {
            sentences.extend(self.timing(sign));
        }
        sentences.extend(self.second(&signs, sign, &sentences));
        sentences.extend(self.pen.fresh(book.turns[at]).map(str::to_owned));
        let notice = match signs.is_empty() {
            true => self.pen.book.notice_of_words,
            false => self.pen.book.notice,
        };
        sentences.push(notice.to_owned());
        self.pen.paragraph(sentences)
    }

    /// The sign the person names: its position in their cup, or a symbol that is not in it.
    fn named(&self, signs: &[Sign<'_>]) -> Option<Result<usize, &'static Symbol>> {
        let mentioned = Lexicon::whole().mentioned(self.question.words);
        let at = |symbol: &&Symbol| {
            let key = Some(symbol.key);
            signs
                .iter()
                .position(|sign| sign.symbol.map(|s| s.key) == key)
        };
        let own = mentioned.iter().find_map(at).map(Ok);
        own.or_else(|| {
            let asked = speaks_of(self.question.words, MEANS);
            mentioned.first().copied().filter(|_| asked).map(Err)
        })
    }

    /// The sign whose theme suits the topic, or the strongest.
    fn nearest(&self, signs: &[Sign<'_>]) -> usize {
        use Theme::*;
        let suits: &[Theme] = match self.topic {
            Topic::Love => &[Bond, Rest, Growth, Shelter],
            Topic::Work => &[Courage, Growth, Path, Plenty],
            Topic::Money => &[Plenty, Growth, Path],
            Topic::Health => &[Rest, Shelter, Insight],
            Topic::Travel => &[Path, Change, News],
            Topic::Family => &[Shelter, Bond, News],
            Topic::Doing => &[Path, Insight, Courage, Change],
            Topic::Other => &[],
        };
        let found = suits
            .iter()
            .find_map(|theme| signs.iter().position(|sign| sign.theme() == *theme));
        found.unwrap_or_default()
    }

    /// What it means for the topic, rather something their reading has not said.
    fn meaning(&mut self, sign: &Sign<'_>) -> Vec<String> {
        let order = match self.focus {
            Focus::General => [Focus::General, Focus::Relationships, Focus::Wellbeing],
            focus => [focus, Focus::General, Focus::General],
        };
        let mut sentences = Vec::new();
        for focus in order {
            let sentence = sign.meaning(&mut self.pen, focus);
            let told = |text: &String| {
                let sections = self.question.sections;
                sections
                    .iter()
                    .any(|section| section.content.contains(text))
            };
            // The topic's own meaning is worth repeating; further ones are not.
            let wanted = sentences.is_empty() || !sentence.as_ref().is_some_and(told);
            sentences.extend(sentence.filter(|_| wanted));
            if sentences.len() == 2 {
                break;
            }
        }
        sentences
    }

    fn timing(&mut self, sign: &Sign<'_>) -> Vec<String> {
        let (book, words) = (&self.pen.book.answers, self.question.words);
        let mut sentences = Vec::new();
        if speaks_of(words, book.when) {
            let depth = sign.place.depth.unwrap_or(3);
            sentences.extend(self.pen.fresh(book.whens[depth]));
        } else if asks_yes_or_no(words, book.yes_no) {
            let lean = match sign.pattern.confidence {
                c if c >= 0.5 => 0,
                c if c >= 0.25 => 1,
                _ => 2,
            };
            sentences.extend(self.pen.fresh(book.yes_nos[lean]));
        }
        sentences.into_iter().map(str::to_owned).collect()
    }

    fn second(&mut self, signs: &[Sign<'_>], first: &Sign<'_>, so_far: &[String]) -> Vec<String> {
        let book = &self.pen.book.answers;
        let wide = |c: char| if c > '\u{2e80}' { 3 } else { 1 };
        let length: usize = so_far.iter().flat_map(|s| s.chars()).map(wide).sum();
        let key = |sign: &Sign<'_>| sign.symbol.map(|symbol| symbol.key);
        let other = signs.iter().find(|sign| key(sign) != key(first));
        let Some(other) = other.filter(|_| length < SHORT) else {
            return Vec::new();
        };
        let Some(template) = other.fresh(&mut self.pen, book.second) else {
            return Vec::new();
        };
        let sentence = other.say(&self.pen, template, &[]);
        let meaning = other.meaning(&mut self.pen, self.focus);
        std::iter::once(sentence).chain(meaning).collect()
    }

    fn lot(&mut self) -> Vec<Pattern> {
        let number = self.pen.number();
        let drawn = Lexicon::whole().drawn(number);
        drawn.map(pattern_of).into_iter().collect()
    }
}

fn pattern_of(symbol: &Symbol) -> Pattern {
    Pattern {
        symbol: symbol.key.to_owned(),
        ..Pattern::default()
    }
}
