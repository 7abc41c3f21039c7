//! What people said, fenced off in the prompt: it is taken out before anything is looked for, from
//! the top, so that no block can open another one.

use super::{OPENERS, bare};

const FENCE: &str = "```";
const MESSAGES: &str = "earlier messages:";

/// The prompt without fenced speech, and the person's words if they stood in a fence.
pub fn without_speech(whole: &str) -> (String, Option<String>) {
    let lines: Vec<&str> = whole.lines().collect();
    let (mut prompt, mut words, mut at) = (String::with_capacity(whole.len()), None, 0);
    while let Some(line) = lines.get(at) {
        let block = fenced(&lines[at + 1..]);
        let begins = |names: &[&str]| names.iter().any(|name| bare(line).starts_with(name));
        match block {
            Some(block) if words.is_none() && begins(&OPENERS) => {
                words = Some(spoken(block));
                at += block.len() + 3;
            }
            Some(block) if begins(&[MESSAGES]) => at += block.len() + 3,
            _ => {
                prompt.push_str(line);
                prompt.push('\n');
                at += 1;
            }
        }
    }
    (prompt, words.filter(|words| !words.is_empty()))
}

/// The lines inside a fence that begins right here and is closed.
fn fenced<'a, 'b>(lines: &'a [&'b str]) -> Option<&'a [&'b str]> {
    let (first, rest) = lines.split_first()?;
    if !first.starts_with(FENCE) {
        return None;
    }
    let end = rest.iter().position(|line| line.trim() == FENCE)?;
    Some(&rest[..end])
}

/// On one line; a mark of quotation before a line is not theirs.
fn spoken(lines: &[&str]) -> String {
    let lines = lines
        .iter()
        .map(|line| line.strip_prefix("> ").unwrap_or(line).trim());
    let lines: Vec<&str> = lines.filter(|line| !line.is_empty()).collect();
    lines.join(" ")
}
