//! A person's words inside our own text: data on one line, without what could be markup.

/// Quoted words are cut here, in characters.
const QUOTE: usize = 120;

/// The words on one line, cut at a word.
pub fn quote(words: &str) -> String {
    let clean: String = words
        .chars()
        .map(|c| if marks(c) { ' ' } else { c })
        .collect();
    let line = clean.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= QUOTE {
        return line.trim_end_matches(['.', '。']).to_owned();
    }
    let cut: String = line.chars().take(QUOTE).collect();
    let end = cut
        .rfind(' ')
        .filter(|end| *end > cut.len() / 2)
        .unwrap_or(cut.len());
    format!(
        "{}…",
        cut[..end].trim_end_matches([',', '.', ';', ':', '，'])
    )
}

fn marks(c: char) -> bool {
    c.is_control() || "<>{}[]*_`«»“”\"「」".contains(c)
}
