//! Text with formatting: the parse modes, UTF-16 counting, trimming, and the way back to safe
//! HTML for the chat page. Called by the sending methods and `view`.

use super::error::ApiError;
use super::model::Entity;
use super::{markdown, tags};

/// Telegram's limit for messages, in UTF-16 units after parsing.
pub const MAX_TEXT: usize = 4096;
/// Telegram's limit for captions.
pub const MAX_CAPTION: usize = 1024;

/// Plain text and its formatting.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Rich {
    /// Text without markup.
    pub text: String,
    /// Sorted by offset.
    pub entities: Vec<Entity>,
}

/// UTF-16 length, the unit of all of Telegram's offsets and limits.
pub fn units(text: &str) -> usize {
    text.encode_utf16().count()
}

/// Reads `source` in `mode` (none, HTML, Markdown, MarkdownV2).
pub fn parse(source: &str, mode: Option<&str>) -> Result<Rich, ApiError> {
    let rich = match mode.map(str::to_ascii_lowercase).as_deref() {
        None => Ok(Rich {
            text: source.to_owned(),
            entities: vec![],
        }),
        Some("html") => tags::parse(source),
        Some("markdown") => markdown::parse(source, markdown::Flavour::Legacy),
        Some("markdownv2") => markdown::parse(source, markdown::Flavour::V2),
        Some(_) => return Err(ApiError::bad("unsupported parse_mode")),
    };
    let rich = rich.map_err(|why| ApiError::bad(format!("can't parse entities: {why}")))?;
    Ok(trimmed(rich))
}

/// Telegram cuts white space off both ends.
pub fn trimmed(rich: Rich) -> Rich {
    let start = rich.text.trim_start();
    let lead = units(&rich.text) - units(start);
    let text = start.trim_end().to_owned();
    let end = units(&text);
    let mut entities = Vec::new();
    for mut entity in rich.entities {
        let first = entity.offset.max(lead) - lead;
        let last = (entity.offset + entity.length)
            .saturating_sub(lead)
            .min(end);
        if last > first {
            (entity.offset, entity.length) = (first, last - first);
            entities.push(entity);
        }
    }
    entities.sort_by(|a, b| a.offset.cmp(&b.offset).then(b.length.cmp(&a.length)));
    Rich { text, entities }
}

/// Safe HTML: only tags made here, everything else escaped.
pub fn to_html(text: &str, entities: &[Entity]) -> String {
    let mut html = String::with_capacity(text.len() + 16 * entities.len());
    let mut open: Vec<&Entity> = Vec::new();
    let mut at = 0;
    for c in text.chars() {
        while open.last().is_some_and(|e| e.offset + e.length <= at) {
            open.pop().inspect(|e| html.push_str(close_tag(e)));
        }
        for entity in entities.iter().filter(|e| e.offset == at && e.length > 0) {
            html.push_str(&open_tag(entity));
            open.push(entity);
        }
        escape_into(&mut html, c);
        at += c.len_utf16();
    }
    while let Some(entity) = open.pop() {
        html.push_str(close_tag(entity));
    }
    html
}

fn escape_into(html: &mut String, c: char) {
    match c {
        '&' => html.push_str("&amp;"),
        '<' => html.push_str("&lt;"),
        '>' => html.push_str("&gt;"),
        '"' => html.push_str("&quot;"),
        c => html.push(c),
    }
}

fn open_tag(entity: &Entity) -> String {
    match entity.kind.as_str() {
        "bold" => "<b>".into(),
        "italic" => "<i>".into(),
        "underline" => "<u>".into(),
        "strikethrough" => "<s>".into(),
        "spoiler" => "<span class=\"spoiler\">".into(),
        "code" => "<code>".into(),
        "pre" => "<pre>".into(),
        "blockquote" | "expandable_blockquote" => "<blockquote>".into(),
        "text_link" => match entity.url.as_deref().filter(|url| is_web_address(url)) {
            Some(url) => {
                let mut tag = String::from("<a target=\"_blank\" rel=\"noopener\" href=\"");
                url.chars().for_each(|c| escape_into(&mut tag, c));
                tag + "\">"
            }
            None => "<a>".into(),
        },
        _ => "<span>".into(),
    }
}

fn close_tag(entity: &Entity) -> &'static str {
    match entity.kind.as_str() {
        "bold" => "</b>",
        "italic" => "</i>",
        "underline" => "</u>",
        "strikethrough" => "</s>",
        "code" => "</code>",
        "pre" => "</pre>",
        "blockquote" | "expandable_blockquote" => "</blockquote>",
        "text_link" => "</a>",
        _ => "</span>",
    }
}

fn is_web_address(url: &str) -> bool {
    ["http://", "https://", "tg://", "mailto:"]
        .iter()
        .any(|scheme| url.starts_with(scheme))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn html(source: &str) -> Rich {
        parse(source, Some("HTML")).expect("parses")
    }

    #[test]
    fn offsets_count_utf16_units() {
        let rich = html("☕ 𝒜 <b>чашка</b>");
        assert_eq!(rich.text, "☕ 𝒜 чашка");
        assert_eq!((rich.entities[0].offset, rich.entities[0].length), (5, 5));
    }

    #[test]
    fn white_space_around_is_cut_and_offsets_follow() {
        let rich = html("  <b> hi </b>  ");
        assert_eq!(rich.text, "hi");
        assert_eq!((rich.entities[0].offset, rich.entities[0].length), (0, 2));
    }

    #[test]
    fn html_for_the_page_is_made_of_our_own_tags_only() {
        let rich = html("<b>a&lt;script&gt;<i>b</i></b> <a href=\"javascript:x\">c</a>");
        let page = to_html(&rich.text, &rich.entities);
        assert_eq!(page, "<b>a&lt;script&gt;<i>b</i></b> <a>c</a>");
    }
}
