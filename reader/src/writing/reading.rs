//! Writes a reading: an intro, a section for each main sign, a piece of advice.

use super::book::{Variants, focus_at, theme_at};
use super::fill::{capital, fill};
use super::pen::Pen;
use super::place::Place;
use super::quote::quote;
use super::sign::Sign;
use super::whole::{leading, main, weight};
use crate::lexicon::{Lexicon, Symbol, Theme};
use crate::{Focus, Pattern, Reading, Section, Task};

/// As many as a person can be expected to speak of.
const TOLD: usize = 4;

struct Writer<'a> {
    pen: Pen,
    task: &'a Task<'a>,
    quote: String,
}

/// The reading for a task.
pub fn read(task: &Task<'_>) -> Reading {
    let words = task.words.unwrap_or_default().trim();
    let patterns: &[Pattern] = task.sight.map_or(&[], |sight| &sight.patterns);
    // Earlier readings change one sentence, not the choice of all others.
    let seed = format!("{:?} {patterns:?} {words}", task.focus);
    let mut writer = Writer {
        pen: Pen::new(task.language, &seed),
        task,
        quote: quote(words),
    };
    match patterns {
        [] => writer.of_words(words),
        patterns => writer.of_patterns(patterns),
    }
}

impl Writer<'_> {
    fn of_patterns(&mut self, patterns: &[Pattern]) -> Reading {
        let signs = main(Sign::all(patterns, &self.pen));
        let theme = leading(&signs);
        let intro = self.intro(patterns, &signs, theme);
        let mut sections: Vec<Section> = (0..signs.len())
            .map(|at| self.section(&signs, at))
            .collect();
        let sign = signs.get(self.pen.below(signs.len()));
        let heard = sign.and_then(|sign| self.heard(sign));
        sections.push(self.advice(theme, heard));
        Reading { intro, sections }
    }

    fn intro(&mut self, patterns: &[Pattern], signs: &[Sign<'_>], theme: Theme) -> String {
        let book = &self.pen.book.reading;
        let mut sentences = Vec::new();
        if let Some(first) = signs.first() {
            let opening = first.fresh(&mut self.pen, book.openings);
            sentences.extend(opening.map(|opening| first.say(&self.pen, opening, &[])));
            let others = signs.iter().skip(1);
            let others: Vec<_> = others.map(|sign| self.item(sign)).collect();
            let rest = self.pen.book.join(others);
            let template = self.pen.fresh(book.rest).filter(|_| !rest.is_empty());
            sentences.extend(template.map(|t| fill(t, &first.noun, &[("rest", &rest)])));
        }
        if self.task.sight.is_some_and(|sight| !sight.is_cup) {
            sentences.push(book.not_a_cup.to_owned());
        }
        match self.earlier(signs) {
            Some(sentence) => sentences.push(sentence),
            None => {
                sentences.extend(self.said(weight(patterns).map_or(&[], |at| book.weights[at])))
            }
        }
        sentences.extend(self.said(book.moods[theme_at(theme)]));
        sentences.extend(self.said(book.focus[focus_at(self.task.focus)]));
        self.pen.paragraph(sentences)
    }

    /// A sign in a list, with its place where that is known.
    fn item(&self, sign: &Sign<'_>) -> String {
        let book = &self.pen.book;
        let place = sign.place.words(&book.places);
        let item = place.map_or(book.reading.told_item, |_| book.reading.item);
        sign.phrase(&self.pen, item)
    }

    /// What the last readings have to do with this one.
    fn earlier(&mut self, signs: &[Sign<'_>]) -> Option<String> {
        let book = &self.pen.book.reading;
        let lexicon = Lexicon::whole();
        let earlier: Vec<&Symbol> = self
            .task
            .earlier
            .iter()
            .filter_map(|name| lexicon.named(name))
            .collect();
        let last = earlier.first()?;
        let back = |sign: &&Sign<'_>| {
            let key = sign.symbol.map(|symbol| symbol.key);
            earlier.iter().any(|symbol| Some(symbol.key) == key)
        };
        if let Some(sign) = signs.iter().find(back) {
            let template = self.pen.fresh(book.returning)?;
            return Some(sign.say(&self.pen, template, &[]));
        }
        let template = self.pen.fresh(book.before)?;
        let other = &last.noun(self.pen.language).known;
        signs
            .first()
            .map(|sign| sign.say(&self.pen, template, &[("other", other)]))
    }

    /// Look, meaning, time, in an order that changes from section to section.
    fn section(&mut self, signs: &[Sign<'_>], at: usize) -> Section {
        let sign = &signs[at];
        let book = &self.pen.book.reading;
        let (first, second) = self.aspects(at);
        let plan = (self.pen.below(2) + 2 * at) % 4;
        let before = at.checked_sub(1).map(|before| &signs[before]);
        let related = before.and_then(|other| self.relation(sign, other));
        let mut sentences: Vec<String> = Vec::new();
        let look = sign.look(&mut self.pen).or_else(|| self.clarity(sign));
        let (one, two) = (
            sign.meaning(&mut self.pen, first),
            sign.meaning(&mut self.pen, second),
        );
        match plan {
            0 => sentences.extend(look.into_iter().chain(one).chain(two)),
            1 => sentences.extend(one.into_iter().chain(look).chain(two)),
            2 => sentences.extend(related.into_iter().chain(one).chain(look).chain(two)),
            _ => sentences.extend(look.into_iter().chain(related).chain(one).chain(two)),
        }
        if sentences.len() < 4 {
            let time = sign
                .place
                .depth
                .and_then(|depth| self.unsaid(book.times[depth]));
            sentences.extend(time.or_else(|| self.hand(sign.place)));
        }
        Section {
            title: sign.say(&self.pen, book.titles[sign.place.depth.unwrap_or(3)], &[]),
            content: self.pen.paragraph(sentences),
        }
    }

    /// Which two meanings a section gives. Without a focus the areas of life take turns.
    fn aspects(&self, at: usize) -> (Focus, Focus) {
        let turns = [Focus::Relationships, Focus::Career, Focus::Wellbeing];
        match self.task.focus {
            Focus::General => (Focus::General, turns[at % 3]),
            focus => (Focus::General, focus),
        }
    }

    fn relation(&mut self, sign: &Sign<'_>, other: &Sign<'_>) -> Option<String> {
        let variants = self.pen.book.reading.relations[sign.place.relation(other.place)];
        let template = self.pen.fresh(variants)?;
        Some(sign.say(&self.pen, template, &[("other", &other.noun.known)]))
    }

    fn clarity(&mut self, sign: &Sign<'_>) -> Option<String> {
        let clarity = self.pen.book.reading.clarity;
        match sign.pattern.confidence {
            c if c >= 0.6 => self.said(clarity[0]),
            c if c < 0.3 => self.said(clarity[1]),
            _ => None,
        }
    }

    fn hand(&mut self, place: Place) -> Option<String> {
        let hands = self.pen.book.reading.hands;
        match place.hand() {
            -1 => self.said(hands[0]),
            1 => self.said(hands[1]),
            _ => None,
        }
    }

    /// One of the variants, as it stands.
    fn said(&mut self, variants: Variants) -> Option<String> {
        self.pen.fresh(variants).map(capital)
    }

    /// One of the variants, if none of them has been used.
    fn unsaid(&mut self, variants: Variants) -> Option<String> {
        let fresh = !variants.iter().any(|variant| self.pen.said(variant));
        fresh.then(|| self.said(variants)).flatten()
    }

    fn heard(&mut self, sign: &Sign<'_>) -> Option<String> {
        if self.quote.is_empty() {
            return None;
        }
        let template = self.pen.fresh(self.pen.book.reading.heard)?;
        Some(sign.say(&self.pen, template, &[("quote", &self.quote)]))
    }

    fn advice(&mut self, theme: Theme, heard: Option<String>) -> Section {
        let advice = &self.pen.book.advice;
        let at = focus_at(self.task.focus);
        let step = advice.by_theme[theme_at(theme)][at].to_owned();
        let book = self.pen.book;
        let looked = self.task.sight.is_some_and(|s| !s.patterns.is_empty());
        let notice = if looked {
            book.notice
        } else {
            book.notice_of_words
        };
        let sentences = std::iter::once(step)
            .chain(heard)
            .chain([notice.to_owned()]);
        Section {
            title: advice.titles[at].to_owned(),
            content: self.pen.paragraph(sentences),
        }
    }

    /// No cup: the signs the words name, or ones drawn by lot.
    fn of_words(&mut self, words: &str) -> Reading {
        let mut told = Lexicon::whole().mentioned(words);
        told.truncate(TOLD);
        let found = !told.is_empty();
        if !found {
            told = self.lot();
        }
        let patterns: Vec<Pattern> = told.iter().map(|symbol| named(symbol)).collect();
        let signs = Sign::all(&patterns, &self.pen);
        let theme = leading(&signs);
        let intro = self.told(&signs, found, theme);
        let mut sections: Vec<Section> = (0..signs.len())
            .map(|at| self.told_section(&signs[at], at))
            .collect();
        if words.contains(['?', '？']) {
            let [title, content] = self.pen.book.reading.question.map(str::to_owned);
            sections.push(Section { title, content });
        }
        sections.push(self.advice(theme, None));
        Reading { intro, sections }
    }

    /// Two different symbols; the second counts on from the first.
    fn lot(&mut self) -> Vec<&'static Symbol> {
        let lexicon = Lexicon::whole();
        let count = lexicon.symbols().len().max(2);
        let first = self.pen.below(count);
        let second = (first + 1 + self.pen.below(count - 1)) % count;
        let lot = [first, second].into_iter();
        lot.filter_map(|at| lexicon.symbols().get(at)).collect()
    }

    fn told(&mut self, signs: &[Sign<'_>], found: bool, theme: Theme) -> String {
        let book = &self.pen.book.reading;
        let (item, templates): (_, Variants) = match (found, self.quote.is_empty()) {
            (true, _) => (book.told_item, book.told),
            (false, false) => (book.drawn_item, book.drawn),
            (false, true) => (book.drawn_item, book.drawn_silent),
        };
        let items = signs.iter().map(|sign| sign.phrase(&self.pen, item));
        let rest = self.pen.book.join(items.collect());
        let template = self.pen.fresh(templates).unwrap_or_default();
        let values = [("rest", rest.as_str()), ("quote", self.quote.as_str())];
        let intro = fill(template, &self.pen.unnamed(), &values);
        if !found {
            // Moods and focus speak of a cup, and here there is none.
            return intro;
        }
        let more = [
            self.said(book.moods[theme_at(theme)]),
            self.said(book.focus[focus_at(self.task.focus)]),
        ];
        self.pen
            .paragraph(std::iter::once(intro).chain(more.into_iter().flatten()))
    }

    fn told_section(&mut self, sign: &Sign<'_>, at: usize) -> Section {
        let (first, second) = self.aspects(at);
        let sentences = [
            sign.meaning(&mut self.pen, first),
            sign.meaning(&mut self.pen, second),
        ];
        Section {
            title: capital(&sign.phrase(&self.pen, self.pen.book.reading.titles[3])),
            content: self.pen.paragraph(sentences.into_iter().flatten()),
        }
    }
}

fn named(symbol: &Symbol) -> Pattern {
    Pattern {
        symbol: symbol.key.to_owned(),
        ..Pattern::default()
    }
}
