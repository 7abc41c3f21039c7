//! Phrases of the lists, and looking for them in the words of a text. `lists/README.md` describes how
//! they are written.

/// A phrase of words.
pub(super) struct Phrase {
    parts: Vec<Part>,
    before: Vec<Pattern>,
    after: Vec<Pattern>,
    with: Vec<Pattern>,
}

enum Part {
    /// Up to two other words.
    Gap,
    End,
    Word(Vec<Pattern>),
}

/// A word, or the beginning of words.
enum Pattern {
    Word(&'static str),
    Stem(&'static str),
}

/// A run of characters that stand together, and longer runs in which it means something else.
pub(super) struct Run {
    text: &'static str,
    except: Vec<&'static str>,
}

/// The lines of a list, without comments.
fn lines(list: &'static str) -> impl Iterator<Item = &'static str> {
    let lines = list.lines().map(str::trim);
    lines.filter(|line| !line.is_empty() && !line.starts_with('#'))
}

/// The phrases of a list of words.
pub(super) fn phrases(list: &'static str) -> Vec<Phrase> {
    lines(list).map(Phrase::parse).collect()
}

/// The phrases of a list of characters.
pub(super) fn runs(list: &'static str) -> Vec<Run> {
    let run = |line: &'static str| {
        let (text, except) = line.split_once("; except").unwrap_or((line, ""));
        Run {
            text: text.trim(),
            except: except.split_whitespace().collect(),
        }
    };
    lines(list).map(run).collect()
}

impl Run {
    /// Whether a text without spaces contains it, elsewhere than in the longer runs.
    pub(super) fn is_in(&self, text: &str) -> bool {
        if !text.contains(self.text) {
            return false;
        }
        let longer = self.except.iter();
        let rest = longer.fold(text.to_owned(), |rest, longer| rest.replace(longer, " "));
        rest.contains(self.text)
    }
}

impl Pattern {
    fn parse(text: &'static str) -> Self {
        match text.strip_suffix('*') {
            Some(stem) => Self::Stem(stem),
            None => Self::Word(text),
        }
    }

    fn fits(&self, word: &str) -> bool {
        match self {
            Self::Word(text) => word == *text,
            Self::Stem(stem) => word.starts_with(stem),
        }
    }
}

fn any(patterns: &[Pattern], word: &str) -> bool {
    patterns.iter().any(|pattern| pattern.fits(word))
}

impl Phrase {
    fn parse(line: &'static str) -> Self {
        let mut pieces = line.split(';').map(str::trim);
        let parts = pieces.next().unwrap_or_default().split_whitespace();
        let mut phrase = Self {
            parts: parts.map(Part::parse).collect(),
            before: Vec::new(),
            after: Vec::new(),
            with: Vec::new(),
        };
        for piece in pieces {
            let (name, words) = piece.split_once(':').unwrap_or((piece, ""));
            let patterns = words.split_whitespace().map(Pattern::parse);
            match name {
                "before" => phrase.before = patterns.collect(),
                "after" => phrase.after = patterns.collect(),
                "with" => phrase.with = patterns.collect(),
                other => unreachable!("{other:?} in a list of moderation: {line}"),
            }
        }
        phrase
    }

    /// Whether these words contain it, and no words that make it harmless.
    pub(super) fn is_in(&self, words: &[String]) -> bool {
        (0..words.len()).any(|start| {
            let mut ends = Vec::new();
            find_ends(&self.parts, words, start, &mut ends);
            ends.into_iter()
                .any(|end| !self.is_harmless(words, start, end))
        })
    }

    fn is_harmless(&self, words: &[String], start: usize, end: usize) -> bool {
        let before = start.checked_sub(1).and_then(|at| words.get(at));
        let mut after = words[end..].iter().take(2);
        before.is_some_and(|word| any(&self.before, word))
            || after.any(|word| any(&self.after, word))
            || words.iter().any(|word| any(&self.with, word))
    }
}

impl Part {
    fn parse(text: &'static str) -> Self {
        match text {
            "~" => Self::Gap,
            "$" => Self::End,
            words => Self::Word(words.split('|').map(Pattern::parse).collect()),
        }
    }
}

/// Collects where matches end that begin at `at`. `$` is a word behind the last one, so that it can be
/// one of several words.
fn find_ends(parts: &[Part], words: &[String], at: usize, ends: &mut Vec<usize>) {
    match parts {
        [] => ends.push(at.min(words.len())),
        [Part::Gap, rest @ ..] => (0..=2).for_each(|gap| find_ends(rest, words, at + gap, ends)),
        [Part::End, rest @ ..] if at == words.len() => find_ends(rest, words, at + 1, ends),
        [Part::Word(patterns), rest @ ..] => {
            let word = match words.get(at) {
                Some(word) => word,
                None if at == words.len() => "$",
                None => return,
            };
            if any(patterns, word) {
                find_ends(rest, words, at + 1, ends);
            }
        }
        [Part::End, ..] => {}
    }
}
