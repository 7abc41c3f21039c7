//! What models and their vendors send, and what is sent to them.

use fuzz::Target;
use reader::request::Request;
use readings::growing::Growing;
use serde_json::Value;
use vendors::ai::inside::{Frames, Framing};
use vendors::ai::{Answer, Finish};

use crate::{TEXT, ended, targets};

targets! {
    a_stream_is_cut_into_the_same_frames_however_it_comes: Target {
        name: "streams",
        words: &["data:", "data: ", "event:", ":", "\n\n", "\r", "[DONE]", "retry: 1"],
        run: frames,
        ..TEXT
    },
    json_of_a_model_is_mended_or_refused: Target {
        name: "json",
        words: &["<think>", "</think>", "```json\n", "\n```", ",}", ",]", "\\\"", "{", "}"],
        largest: 64 * 1024,
        run: json,
        ..TEXT
    },
    a_reading_grows_the_same_however_it_comes: Target {
        name: "growing",
        words: &["\"appropriate\":true,", "\"intro\":\"", "\"sections\":[", "\"title\":\"", "\"content\":\"",
                 "\\ud83d\\ude00", "\\ud83d", "```json\n"],
        run: growing,
        ..TEXT
    },
    the_block_of_a_request_is_read_as_it_was_printed: Target {
        name: "blocks",
        words: &["```json reading-request\n", "\n```", "\"words\":", "\"language\":\"ru\"", "\\u0060"],
        run: block,
        ..TEXT
    },
}

fn frames(bytes: &[u8]) -> String {
    let mut endings = Vec::new();
    for framing in [Framing::Events, Framing::Lines] {
        let cut = |size: usize| {
            let mut frames = Frames::new(framing);
            let mut all: Vec<String> = bytes
                .chunks(size)
                .flat_map(|chunk| frames.push(chunk))
                .collect();
            all.extend(frames.rest());
            all
        };
        let whole = cut(bytes.len().max(1));
        for size in [1, 2, 3, 7] {
            assert_eq!(cut(size), whole, "in pieces of {size}");
        }
        endings.push(format!("{framing:?} {}", "x".repeat(whole.len().min(8))));
    }
    endings.concat()
}

fn json(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let read = |text: &str| {
        let answer = Answer {
            text: text.to_owned(),
            model: String::new(),
            finish: Finish::Stop,
            usage: None,
        };
        answer.json()
    };
    let found = read(&text);
    // What is JSON is not changed, and what was mended is JSON.
    if let Ok(value) = serde_json::from_str::<Value>(text.trim()) {
        assert_eq!(found, Ok(value));
    }
    if let Ok(value) = &found {
        // Not the same to the last digit of a number.
        assert!(read(&value.to_string()).is_ok());
    }
    ended(found)
}

fn growing(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let mut shapes = Vec::new();
    for needs_approval in [false, true] {
        let mut whole = Growing::new(needs_approval);
        whole.push(&text);
        let mut pieces = Growing::new(needs_approval);
        let mut shown = String::new();
        for c in text.chars() {
            pieces.push(c.encode_utf8(&mut [0; 4]));
            let intro = pieces.partial().intro;
            // What is shown only grows, or is taken back.
            assert!(
                intro.starts_with(&shown) || intro.is_empty(),
                "{shown:?} became {intro:?}"
            );
            shown = intro;
        }
        assert_eq!(pieces.partial(), whole.partial());
        let partial = whole.partial();
        shapes.push(format!(
            "{} {}",
            partial.intro.is_empty(),
            "x".repeat(partial.sections.len().min(9))
        ));
    }
    shapes.concat()
}

/// Without the last digits of its numbers, which serde_json does not read exactly.
fn rounded(mut request: Request) -> Request {
    let patterns = request
        .vision
        .iter_mut()
        .flat_map(|vision| &mut vision.patterns);
    for pattern in patterns {
        let digits = format!("{:.9e}", pattern.confidence);
        pattern.confidence = digits.parse().expect("a number");
    }
    request
}

fn block(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let found = Request::find(&text);
    if let Ok(Some(request)) = &found {
        let printed = request.to_string();
        let again = Request::find(&printed).map(|request| request.map(rounded));
        assert_eq!(again, Ok(Some(rounded(request.clone()))));
        let fences = printed.lines().filter(|line| line.contains("```")).count();
        assert_eq!(fences, 2, "{printed}");
        drop(request.answer());
    }
    match found {
        Ok(request) => request.is_some().to_string(),
        Err(why) => why,
    }
}
