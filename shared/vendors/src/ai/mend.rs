//! Finds the JSON in an answer of a model, and mends what models get wrong, so that an answer that is
//! paid for is not bought again. Pure.
//!
//! Of our own: what is mended is little, and must never turn a truncated answer into a whole one, which
//! the crates that repair JSON do.

use serde_json::Value;

/// The most places at which an object is looked for: an answer has one, the words in front some.
const BEGINNINGS_MAX: usize = 16;

/// The longest text that is mended, in bytes: several times a reading.
const TEXT_MAX: usize = 256 * 1024;

/// The end of a thought; some models leave its beginning out.
const THOUGHT_ENDS: [&str; 3] = ["</think>", "</thinking>", "</thought>"];

/// The JSON of an answer: all of it; or else the longest object behind the thought, of which trailing
/// commas and control characters in strings are mended.
///
/// # Errors
/// Why there is none.
pub(super) fn json(text: &str) -> Result<Value, String> {
    let text = text.trim_start_matches('\u{feff}').trim();
    let why = match serde_json::from_str(text) {
        Ok(value) => return Ok(value),
        Err(why) => format!("the answer is not JSON: {why}"),
    };
    if text.len() > TEXT_MAX {
        return Err(why);
    }
    let found = objects(behind_thought(text)).max_by_key(|object| object.len());
    found
        .and_then(|object| serde_json::from_str(&object).ok())
        .ok_or(why)
}

fn behind_thought(text: &str) -> &str {
    let ends = THOUGHT_ENDS.iter();
    let end = ends.filter_map(|end| text.rfind(end).map(|at| at + end.len()));
    end.max().map_or(text, |at| &text[at..])
}

/// The objects that stand in a text side by side, mended, if they are JSON then.
fn objects(text: &str) -> impl Iterator<Item = String> {
    let (mut rest, mut left) = (text, BEGINNINGS_MAX);
    std::iter::from_fn(move || {
        while left > 0 {
            left -= 1;
            rest = &rest[rest.find('{')?..];
            match object(rest) {
                Some((mended, length)) if serde_json::from_str::<Value>(&mended).is_ok() => {
                    rest = &rest[length..];
                    return Some(mended);
                }
                // A brace among the words.
                _ => rest = &rest[1..],
            }
        }
        None
    })
}

/// The object at the beginning of a text, mended, and its length in bytes; `None` if it has no end.
fn object(text: &str) -> Option<(String, usize)> {
    let mut mended = String::new();
    let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
    for (at, c) in text.char_indices() {
        match c {
            '"' if !escaped => in_string = !in_string,
            '{' | '[' if !in_string => depth += 1,
            '}' | ']' if !in_string => {
                drop_comma(&mut mended);
                depth = depth.checked_sub(1)?;
            }
            _ => {}
        }
        escaped = in_string && c == '\\' && !escaped;
        match c {
            control if in_string && control < ' ' => {
                mended.push_str(&format!("\\u{:04x}", u32::from(control)));
            }
            other => mended.push(other),
        }
        if depth == 0 {
            return Some((mended, at + c.len_utf8()));
        }
    }
    None
}

/// Drops a comma behind the last element.
fn drop_comma(json: &mut String) {
    if let Some(elements) = json.trim_end().strip_suffix(',')
        && !elements.trim_end().ends_with(['{', '[', ','])
    {
        json.truncate(elements.len());
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_models_put_around_json_and_get_wrong_in_it_is_mended() {
        let table = [
            ("bare", r#"{"a":[1,2]}"#),
            (
                "white space and a byte order mark",
                "\u{feff}\n {\"a\":[1,2]} \n",
            ),
            ("a fence", "```json\n{\"a\":[1,2]}\n```"),
            ("a fence without its end", "```json\n{\"a\":[1,2]}"),
            ("a fence of another name", "~~~\n{\"a\":[1,2]}\n~~~"),
            (
                "a thought",
                "<think>A heart? {\"a\":[0,0,0,0]}</think>\n{\"a\":[1,2]}",
            ),
            (
                "a thought without its beginning",
                "A heart?</think>{\"a\":[1,2]}",
            ),
            (
                "a thought and a fence",
                "<thinking>so</thinking>\n```json\n{\"a\":[1,2]}\n```",
            ),
            (
                "words around it",
                "Here it is: {\"a\":[1,2]} I hope it helps :-}",
            ),
            ("a brace in the words", "By {your} wish: {\"a\":[1,2]}"),
            ("trailing commas", "{\"a\":[1,2,],}"),
            ("trailing commas and white space", "{\"a\":[1,2 , ] ,\n}"),
        ];
        for (name, text) in table {
            assert_eq!(json(text), Ok(json!({ "a": [1, 2] })), "{name}");
        }
    }

    #[test]
    fn strings_are_kept_as_they_are() {
        for text in [
            "a ,} b",
            "{",
            "\"}",
            "\\",
            "\\\"",
            "line\nline\u{1}",
            "``` \u{2028}",
        ] {
            let value = json!({ "a": text, "b": [text] });
            assert_eq!(json(&format!("So: {value}")), Ok(value.clone()), "{text}");
        }
        let thought = r#"{"a":"</think>{}"}"#;
        assert_eq!(json(thought), Ok(json!({ "a": "</think>{}" })));
        // A line that ends inside a string.
        assert_eq!(json("{\"a\":\"b\nc\"}"), Ok(json!({ "a": "b\nc" })));
    }

    #[test]
    fn what_is_cut_or_is_no_json_stays_unusable() {
        for text in [
            "",
            "I cannot see a cup.",
            "{\"a\":[1,2",
            "{\"a\":\"b",
            "<think>{\"a\":1}</think>",
            "<think>{\"a\":1}</think> {\"a\":",
            "{\"a\":[1,2}",
            "{,}}",
        ] {
            assert!(json(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_long_answer_of_braces_costs_no_time() {
        for long in [TEXT_MAX, 4 * 1024 * 1024] {
            let begun = std::time::Instant::now();
            assert!(json(&"{".repeat(long)).is_err());
            assert!(begun.elapsed() < std::time::Duration::from_secs(10));
        }
    }
}
