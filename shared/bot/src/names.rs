//! A person's name in a sentence of the bot. Telegram's names hold any characters: such as turn the sentence
//! round, or show nothing (Unicode Standard Annex 9 and its explicit controls).

use std::ops::RangeInclusive;

use delivery::html::escape;

/// As long as Telegram's own names; a longer one comes through a service.
const SHOWN_MAX: usize = 64;

/// Controls of the direction of text.
const DIRECTIONS: [RangeInclusive<char>; 4] = [
    '\u{61c}'..='\u{61c}',
    '\u{200e}'..='\u{200f}',
    '\u{202a}'..='\u{202e}',
    '\u{2066}'..='\u{2069}',
];

/// Characters that show nothing, besides white space and controls: fillers, joiners, selectors and tags.
const INVISIBLE: [RangeInclusive<char>; 14] = [
    '\u{ad}'..='\u{ad}',
    '\u{34f}'..='\u{34f}',
    '\u{115f}'..='\u{1160}',
    '\u{17b4}'..='\u{17b5}',
    '\u{180b}'..='\u{180f}',
    '\u{200b}'..='\u{200d}',
    '\u{2060}'..='\u{206f}',
    '\u{2800}'..='\u{2800}',
    '\u{3164}'..='\u{3164}',
    '\u{fe00}'..='\u{fe0f}',
    '\u{feff}'..='\u{feff}',
    '\u{ffa0}'..='\u{ffa0}',
    '\u{fff0}'..='\u{fffb}',
    '\u{e0000}'..='\u{e0fff}',
];

/// Letters that are written from right to left.
const LEFTWARDS: [RangeInclusive<char>; 5] = [
    '\u{590}'..='\u{8ff}',
    '\u{fb1d}'..='\u{fdff}',
    '\u{fe70}'..='\u{fefe}',
    '\u{10800}'..='\u{10fff}',
    '\u{1e800}'..='\u{1efff}',
];

fn is_in(ranges: &[RangeInclusive<char>], c: char) -> bool {
    ranges.iter().any(|range| range.contains(&c))
}

fn is_visible(c: char) -> bool {
    !c.is_whitespace() && !c.is_control() && !is_in(&INVISIBLE, c) && !is_in(&DIRECTIONS, c)
}

/// The name in Telegram's HTML; `None` if it shows nothing. One that is written from right to left is isolated,
/// so that the sentence around it stays as it is.
pub(crate) fn shown(name: &str) -> Option<String> {
    let is_kept = |c: &char| !c.is_control() && !is_in(&DIRECTIONS, *c);
    let kept: String = name.chars().filter(is_kept).take(SHOWN_MAX).collect();
    if !kept.chars().any(is_visible) {
        return None;
    }
    let html = escape(kept.trim());
    match kept.chars().any(|c| is_in(&LEFTWARDS, c)) {
        true => Some(format!("\u{2068}{html}\u{2069}")),
        false => Some(html),
    }
}

#[cfg(test)]
mod tests {
    use super::shown;

    #[test]
    fn a_name_neither_turns_the_sentence_round_nor_leaves_a_gap() {
        for (name, expected) in [
            ("Ann", Some("Ann")),
            ("  Ann ", Some("Ann")),
            ("<3", Some("&lt;3")),
            ("< Gabriele", Some("&lt; Gabriele")),
            ("<< Title! >>", Some("&lt;&lt; Title! &gt;&gt;")),
            ("A & B", Some("A &amp; B")),
            ("user_name", Some("user_name")),
            ("\u{202e}nnA", Some("nnA")),
            ("A\u{200f}nn", Some("Ann")),
            ("محمد", Some("\u{2068}محمد\u{2069}")),
            ("נועה\u{202c}", Some("\u{2068}נועה\u{2069}")),
            // A family is one picture, held together by joiners.
            ("👩\u{200d}👧", Some("👩\u{200d}👧")),
            ("", None),
            ("\u{200b}\u{2060}", None),
            ("\u{3164}", None),
            ("\u{2800}\u{2800}", None),
            ("\u{202e}", None),
            ("\u{e0020}\u{fe0f}", None),
        ] {
            assert_eq!(shown(name).as_deref(), expected, "{name:?}");
        }
        let long = shown(&"🔮".repeat(255)).expect("a name");
        assert_eq!(long.chars().count(), 64);
    }
}
