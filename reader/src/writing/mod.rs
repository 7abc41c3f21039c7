//! Writes a reading: an intro, a section for each main sign, a piece of advice. Pure and
//! deterministic: chance is a hash of the task. The words are in `en`, `ru` and `zh`.

mod en;
mod phrases;
mod ru;
mod zh;

use sha2::{Digest, Sha256};

use crate::lexicon::{Lexicon, Symbol};
use crate::{Focus, Language, Pattern, Question, Reading, Section, Task};
use phrases::{Phrases, Variants};

/// More would be a list, not a reading.
const SIGNS: usize = 5;
/// Quoted words are cut here, in characters.
const QUOTE: usize = 120;

/// The task, its optional parts filled in.
#[derive(Debug)]
struct Brief<'a> {
    tongue: Language,
    focus: Focus,
    seen: &'a [Pattern],
    not_a_cup: bool,
    words: &'a str,
}

struct Writer<'a> {
    brief: &'a Brief<'a>,
    lexicon: &'a Lexicon,
    words: &'static Phrases,
    chance: u64,
}

/// The reading for a task.
pub fn read(task: &Task<'_>) -> Reading {
    let brief = Brief {
        tongue: task.language,
        focus: task.focus,
        seen: task.sight.map_or(&[], |sight| &sight.patterns),
        not_a_cup: task.sight.is_some_and(|sight| !sight.is_cup),
        words: task.words.unwrap_or_default(),
    };
    compose(&brief, Lexicon::whole())
}

/// The answer to a question about a reading.
pub fn answer(question: &Question<'_>) -> Reading {
    let brief = Brief {
        tongue: question.language,
        focus: question.focus,
        seen: question.patterns,
        not_a_cup: false,
        words: question.words,
    };
    let whole = compose(&brief, Lexicon::whole());
    let sections = whole.sections.into_iter().take(2).collect();
    Reading {
        intro: whole.intro,
        sections,
    }
}

/// The sentence that says what this reader is.
pub fn notice(language: Language) -> &'static str {
    match language {
        Language::En => "No AI was asked: the grounds were measured and looked up in a lexicon.",
        Language::Ru => {
            "Искусственный интеллект не спрашивали: гуща измерена и сверена со словарём символов."
        }
        Language::Zh => "这里没有请教人工智能：咖啡渣经过测量，再从图案词典中查得。",
    }
}

fn compose(brief: &Brief<'_>, lexicon: &Lexicon) -> Reading {
    let words = match brief.tongue {
        Language::En => &en::PHRASES,
        Language::Ru => &ru::PHRASES,
        Language::Zh => &zh::PHRASES,
    };
    let digest = Sha256::digest(format!("{brief:?}"));
    let chance = digest
        .iter()
        .take(8)
        .fold(0, |sum, byte| sum << 8 | u64::from(*byte));
    let writer = Writer {
        brief,
        lexicon,
        words,
        chance,
    };
    match brief.seen.is_empty() {
        false => writer.of_patterns(),
        true => writer.of_words(),
    }
}

impl Writer<'_> {
    fn pick<T: Copy>(&self, options: &[T], salt: u64) -> T {
        // Lists in the phrase books are never empty; the modulo keeps the index inside.
        options[(self.chance.rotate_left((7 * salt % 64) as u32) % options.len() as u64) as usize]
    }

    fn of_patterns(&self) -> Reading {
        let signs: Vec<(&Pattern, Option<&Symbol>)> = self
            .brief
            .seen
            .iter()
            .take(SIGNS)
            .map(|seen| (seen, self.lexicon.named(&seen.symbol)))
            .collect();
        let items = signs.iter().take(3).map(|(seen, symbol)| {
            let place = self.words.place(&seen.place);
            self.words.item.fill(&[&self.small_name(*symbol), &place])
        });
        let list = self.words.join(items.collect());
        let mut intro = self.pick(self.words.intros, 0).fill(&[&list]);
        if self.brief.not_a_cup {
            self.add(&mut intro, self.words.not_a_cup);
        }
        self.add(&mut intro, self.words.focus_line(self.brief.focus));
        let mut used = Vec::new();
        let mut sections: Vec<Section> = signs
            .iter()
            .map(|(seen, symbol)| self.section(&mut used, seen, *symbol))
            .collect();
        sections.push(self.advice());
        Reading { intro, sections }
    }

    /// What was measured, what it means, when and where from; no sentence twice in one reading.
    fn section(&self, used: &mut Vec<&str>, seen: &Pattern, symbol: Option<&Symbol>) -> Section {
        let (tongue, focus) = (self.brief.tongue, self.brief.focus);
        let place = self.words.place(&seen.place);
        let name = symbol.map_or(self.words.unnamed, |symbol| symbol.name(tongue));
        let mut sentences = Vec::new();
        sentences.extend(self.fresh(used, self.words.clarity(seen.confidence)));
        sentences.extend(self.fresh(used, self.words.size(&seen.shape)));
        if sentences.len() < 2 {
            sentences.extend(self.fresh(used, self.words.tilt(&seen.shape)));
        }
        match symbol {
            Some(symbol) => sentences.push(symbol.meaning(tongue, focus)),
            None => sentences.extend(self.fresh(used, self.words.unnamed_meanings)),
        }
        let general = symbol.filter(|_| focus != Focus::General);
        sentences.extend(general.map(|symbol| symbol.meaning(tongue, Focus::General)));
        sentences.extend(self.fresh(used, self.words.time(&seen.place)));
        sentences.extend(self.fresh(used, self.words.side(&seen.place)));
        let title = self.words.title.fill(&[name, &place]);
        Section {
            title,
            content: sentences.join(self.words.gap),
        }
    }

    /// A variant that this reading has not used yet.
    fn fresh(&self, used: &mut Vec<&str>, variants: Variants) -> Option<&'static str> {
        let free: Vec<_> = variants
            .iter()
            .copied()
            .filter(|v| !used.contains(v))
            .collect();
        let chosen = (!free.is_empty()).then(|| self.pick(&free, used.len() as u64))?;
        used.push(chosen);
        Some(chosen)
    }

    fn of_words(&self) -> Reading {
        let mut signs = self.lexicon.mentioned(&self.brief.words);
        signs.truncate(SIGNS);
        let quote = self.quote();
        let found = !signs.is_empty();
        if !found {
            signs.extend(self.lexicon.drawn(self.chance));
            let second = self.lexicon.drawn(self.chance.rotate_left(23));
            signs.extend(second.filter(|second| signs.iter().all(|first| first.key != second.key)));
        }
        let names = signs.iter().map(|symbol| self.small_name(Some(symbol)));
        let list = self.words.join(names.collect());
        let mut intro = match (found, quote.is_empty()) {
            (true, _) => self.words.told.fill(&[&list]),
            (false, false) => self.words.drawn.fill(&[&quote, &list]),
            (false, true) => self.words.drawn_silent.fill(&[&list]),
        };
        self.add(&mut intro, self.words.focus_line(self.brief.focus));
        let mut sections: Vec<Section> = signs
            .iter()
            .map(|symbol| self.told_section(symbol))
            .collect();
        if self.brief.words.contains(['?', '？']) {
            let [title, content] = self.words.question;
            sections.push(Section {
                title: title.into(),
                content: content.into(),
            });
        }
        sections.push(self.advice());
        Reading { intro, sections }
    }

    fn told_section(&self, symbol: &Symbol) -> Section {
        let tongue = self.brief.tongue;
        let mut content = symbol.meaning(tongue, self.brief.focus).to_owned();
        let more = match self.brief.focus {
            Focus::General => symbol.meaning(tongue, Focus::Wellbeing),
            _ => symbol.meaning(tongue, Focus::General),
        };
        self.add(&mut content, more);
        Section {
            title: symbol.name(tongue).to_owned(),
            content,
        }
    }

    fn advice(&self) -> Section {
        let (title, advice) = self.words.advice(self.brief.focus);
        let mut content = self.pick(advice, 3).to_owned();
        let quote = self.quote();
        if !quote.is_empty() && !self.brief.seen.is_empty() {
            self.add(&mut content, &self.words.heard.fill(&[&quote]));
        }
        Section {
            title: title.to_owned(),
            content,
        }
    }

    /// A sentence after another, with the language's own gap.
    fn add(&self, text: &mut String, sentence: &str) {
        text.push_str(self.words.gap);
        text.push_str(sentence);
    }

    fn small_name(&self, symbol: Option<&Symbol>) -> String {
        symbol
            .map_or(self.words.unnamed, |s| s.name(self.brief.tongue))
            .to_lowercase()
    }

    /// The person's words on one line, cut at a word, without what could be markup.
    fn quote(&self) -> String {
        let clean: String = self
            .brief
            .words
            .chars()
            .map(|c| {
                if c.is_control() || "<>{}[]*_`«»“”\"".contains(c) {
                    ' '
                } else {
                    c
                }
            })
            .collect();
        let line = clean.split_whitespace().collect::<Vec<_>>().join(" ");
        if line.chars().count() <= QUOTE {
            return line;
        }
        let cut: String = line.chars().take(QUOTE).collect();
        let end = cut
            .rfind(' ')
            .filter(|end| *end > cut.len() / 2)
            .unwrap_or(cut.len());
        format!("{}…", cut[..end].trim_end_matches([',', '.', ';', ':']))
    }
}
