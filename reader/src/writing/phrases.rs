//! The shape of a phrase book, and how the eye's English measures become its phrases.

use crate::Focus;

/// A sentence with `{}` where something is filled in.
#[derive(Debug, Clone, Copy)]
pub struct Template(pub &'static str);

impl Template {
    /// Fills the gaps in order.
    pub fn fill(self, values: &[&str]) -> String {
        let mut parts = self.0.split("{}");
        let mut text = parts.next().unwrap_or_default().to_owned();
        for (part, value) in parts.zip(values.iter().chain(std::iter::repeat(&""))) {
            text.push_str(value);
            text.push_str(part);
        }
        text
    }
}

/// Ways to say one thing; a reading uses each at most once.
pub type Variants = &'static [&'static str];

/// Everything one language needs.
pub struct Phrases {
    /// Between sentences.
    pub gap: &'static str,
    /// Between items of a list, and before the last.
    pub comma: &'static str,
    /// Before the last item.
    pub and: &'static str,
    /// Name, place.
    pub item: Template,
    /// Name, place.
    pub title: Template,
    /// List of signs.
    pub intros: &'static [Template],
    /// After the intro when the picture shows no cup.
    pub not_a_cup: &'static str,
    /// Bottom, wall, rim.
    pub depths: [&'static str; 3],
    /// Eight sides, in the order of the eye's.
    pub sides: [&'static str; 8],
    /// Between depth and side.
    pub place_gap: &'static str,
    /// Anywhere else.
    pub somewhere: &'static str,
    /// Clear, soft, a hint.
    pub clarity: [Variants; 3],
    /// Large, small.
    pub size: [Variants; 2],
    /// Level, leaning, upright, round.
    pub tilts: [Variants; 4],
    /// What bottom, wall and rim mean in time.
    pub times: [Variants; 3],
    /// Left, right.
    pub hands: [Variants; 2],
    /// A sign the lexicon does not know.
    pub unnamed: &'static str,
    /// What such a sign means.
    pub unnamed_meanings: &'static [&'static str],
    /// General, wellbeing, career, relationships.
    pub focus_lines: [&'static str; 4],
    /// List of signs the person described.
    pub told: Template,
    /// Quote, list of signs drawn for it.
    pub drawn: Template,
    /// List of signs drawn when nothing was said.
    pub drawn_silent: Template,
    /// Title and answer when the words hold a question.
    pub question: [&'static str; 2],
    /// Quote, at the end of a reading of a photo.
    pub heard: Template,
    /// Title and advice for general, wellbeing, career, relationships.
    pub advice: [(&'static str, &'static [&'static str]); 4],
}

fn index(focus: Focus) -> usize {
    match focus {
        Focus::General => 0,
        Focus::Wellbeing => 1,
        Focus::Career => 2,
        Focus::Relationships => 3,
    }
}

/// 0 bottom, 1 wall, 2 rim; also for the words other models use.
fn depth(place: &str) -> Option<usize> {
    let place = place.to_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| place.contains(word));
    if has(&["rim", "edge"]) {
        Some(2)
    } else if has(&["wall", "side of the cup", "middle"]) {
        Some(1)
    } else if has(&["bottom", "centre", "center", "base"]) {
        Some(0)
    } else {
        None
    }
}

/// Eighth of the circle, clockwise from the right.
fn side(place: &str) -> Option<usize> {
    let place = place.to_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| place.contains(word));
    let (left, right) = (has(&["left"]), has(&["right"]));
    let (up, down) = (has(&["upper", "top"]), has(&["lower"]));
    match (left, right, up, down) {
        (false, true, false, false) => Some(0),
        (false, true, false, true) => Some(1),
        (false, false, false, true) => Some(2),
        (true, false, false, true) => Some(3),
        (true, false, false, false) => Some(4),
        (true, false, true, false) => Some(5),
        (false, false, true, false) => Some(6),
        (false, true, true, false) => Some(7),
        _ => None,
    }
}

impl Phrases {
    /// A place in this language.
    pub fn place(&self, place: &str) -> String {
        let depth = depth(place).map(|at| self.depths[at]);
        let side = side(place).map(|at| self.sides[at]);
        match (depth, side) {
            (Some(depth), Some(side)) => [depth, self.place_gap, side].concat(),
            (Some(one), None) | (None, Some(one)) => one.to_owned(),
            (None, None) => self.somewhere.to_owned(),
        }
    }

    /// What the depth says about time.
    pub fn time(&self, place: &str) -> Variants {
        depth(place).map_or(&[], |at| self.times[at])
    }

    /// What left and right say.
    pub fn side(&self, place: &str) -> Variants {
        match side(place) {
            Some(3..=5) => self.hands[0],
            Some(0 | 1 | 7) => self.hands[1],
            _ => &[],
        }
    }

    /// How sure the eye was.
    pub fn clarity(&self, confidence: f64) -> Variants {
        self.clarity[if confidence >= 0.5 {
            0
        } else if confidence >= 0.25 {
            1
        } else {
            2
        }]
    }

    /// Something about the size, when it is remarkable.
    pub fn size(&self, shape: &str) -> Variants {
        match shape.to_lowercase() {
            s if s.contains("large") => self.size[0],
            s if s.contains("small") => self.size[1],
            _ => &[],
        }
    }

    /// How the shape lies, as measured.
    pub fn tilt(&self, shape: &str) -> Variants {
        match shape.to_lowercase() {
            s if s.contains("level") => self.tilts[0],
            s if s.contains("leaning") => self.tilts[1],
            s if s.contains("upright") => self.tilts[2],
            s if s.contains("round") => self.tilts[3],
            _ => &[],
        }
    }

    /// The sentence that turns to the focus.
    pub fn focus_line(&self, focus: Focus) -> &'static str {
        self.focus_lines[index(focus)]
    }

    /// Title and choices of the closing advice.
    pub fn advice(&self, focus: Focus) -> (&'static str, &'static [&'static str]) {
        self.advice[index(focus)]
    }

    /// "a, b and c".
    pub fn join(&self, mut items: Vec<String>) -> String {
        match items.pop() {
            None => String::new(),
            Some(last) if items.is_empty() => last,
            Some(last) => [&items.join(self.comma), self.and, &last].concat(),
        }
    }
}
