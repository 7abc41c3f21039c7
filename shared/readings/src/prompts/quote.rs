//! Makes words of people, and texts of an AI about them, safe to stand in a request as data.
//!
//! A block of words is fenced with three backticks. A quoted text has no backtick and nothing that
//! looks like one, so it cannot end its fence; it has no invisible characters, so it cannot tell the
//! AI what a person cannot read; and none of its lines looks like a heading of the request.

/// The headings of a request.
pub(super) const HEADINGS: [&str; 8] = [
    "task",
    "focus area",
    "language",
    "seen in the cup",
    "their reading",
    "earlier readings",
    "earlier messages",
    "person's words",
];

/// Quotes a text of any number of lines.
pub(super) fn block(text: &str) -> String {
    let text = clean(text);
    let lines = text.trim().lines().map(|line| match is_heading(line) {
        true => format!("> {line}"),
        false => line.to_owned(),
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// Quotes a text on one line, cut to so many characters.
pub(super) fn line(text: &str, longest: usize) -> String {
    let text = clean(text);
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match text.char_indices().nth(longest) {
        None => text,
        Some((end, _)) => format!("{}…", text[..end].trim_end()),
    }
}

/// Removes backticks and invisible characters.
pub(super) fn clean(text: &str) -> String {
    text.replace("\r\n", "\n")
        .chars()
        .filter_map(|c| match c {
            '`' | '\u{2cb}' | '\u{55d}' | '\u{2035}' | '\u{1fef}' | '\u{ff40}' => Some('\''),
            '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}' => Some('\n'),
            '\n' | '\t' => Some(c),
            _ if c.is_control() || is_invisible(c) => None,
            _ => Some(c),
        })
        .collect()
}

/// Characters that people do not see and models do: zero-width spaces, controls of the writing
/// direction, and the tags that spell invisible ASCII. The joiners, which emoji and some scripts
/// need, stay: they cannot end a fence.
fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}' | '\u{200e}' | '\u{200f}'
        | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
        | '\u{e0000}'..='\u{e0fff}')
}

fn is_heading(line: &str) -> bool {
    let Some((name, _)) = line.split_once([':', '：']) else {
        return false;
    };
    let name = name.replace(['’', 'ʼ', '\u{200c}', '\u{200d}'], "'");
    let name = name.trim_matches(|c: char| !c.is_alphanumeric());
    HEADINGS
        .iter()
        .any(|heading| name.eq_ignore_ascii_case(heading))
}
