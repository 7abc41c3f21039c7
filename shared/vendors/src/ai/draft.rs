//! An answer that is still coming, filled by the vendors' files.

use serde_json::Value;

use super::{Answer, Call, Finish, Piece, Pieces, Usage};

/// What is there of an answer.
#[derive(Default)]
pub(super) struct Draft {
    text: String,
    model: Option<String>,
    finish: Option<Finish>,
    /// The figures that the vendor reported last.
    pub input: Option<u32>,
    pub output: Option<u32>,
    pub cost_micro_usd: Option<i64>,
    /// Nothing follows.
    pub over: bool,
    pieces: Option<Pieces>,
}

impl Draft {
    pub(super) fn new(call: &Call) -> Self {
        Self {
            pieces: call.pieces.clone(),
            ..Self::default()
        }
    }

    /// The next characters.
    pub(super) fn append(&mut self, text: &Value) {
        let Some(text) = text.as_str().filter(|text| !text.is_empty()) else {
            return;
        };
        self.text.push_str(text);
        if let Some(pieces) = &self.pieces {
            // The receiver may be gone; the answer is still needed.
            let _ = pieces.send(Piece::Text(text.to_owned()));
        }
    }

    /// The model that answers.
    pub(super) fn model(&mut self, name: &Value) {
        if let Some(name) = name.as_str().filter(|name| !name.is_empty()) {
            self.model = Some(name.to_owned());
        }
    }

    /// The text is complete, or will not become so. A refusal stays one.
    pub(super) fn finish(&mut self, finish: Finish) {
        if self.finish != Some(Finish::Refused) {
            self.finish = Some(finish);
        }
    }

    /// Whether the text is complete; figures about it may follow.
    pub(super) fn is_finished(&self) -> bool {
        self.finish.is_some()
    }

    /// Whether any text has come.
    pub(super) fn has_text(&self) -> bool {
        !self.text.is_empty()
    }

    /// The answer; `None` if it has no end, or nothing in it.
    pub(super) fn answer(self, asked: &str) -> Option<Answer> {
        let finish = self.finish?;
        let usage = match (self.input, self.output) {
            // Our instructions alone are more than nothing.
            (Some(input_tokens), Some(output_tokens)) if input_tokens > 0 => Some(Usage {
                input_tokens,
                output_tokens,
                cost_micro_usd: self.cost_micro_usd,
            }),
            _ => None,
        };
        (finish != Finish::Stop || !self.text.is_empty()).then(|| Answer {
            text: self.text,
            model: self.model.unwrap_or_else(|| asked.to_owned()),
            finish,
            usage,
        })
    }
}
