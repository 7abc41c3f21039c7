//! Bad answers: the call succeeds and what comes back is spoilt. Read by the wires of the AI.

use serde::{Deserialize, Serialize};

/// Ways in which an answer can be spoilt; several may hold at once.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Twist {
    /// A stream breaks with its connection after so many pieces.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cut_stream_after: Option<usize>,
    /// A stream ends in the vendor's error event after some pieces.
    #[serde(skip_serializing_if = "is_off")]
    pub error_in_stream: bool,
    /// Status 200 with an error inside.
    #[serde(skip_serializing_if = "is_off")]
    pub error_in_200: bool,
    /// The content stops in the middle, as if the limit of tokens had been reached.
    #[serde(skip_serializing_if = "is_off")]
    pub half_json: bool,
    /// Nothing is said about tokens.
    #[serde(skip_serializing_if = "is_off")]
    pub no_usage: bool,
    /// The model refuses.
    #[serde(skip_serializing_if = "is_off")]
    pub refuse: bool,
    /// The content is JSON, and something besides.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wrap: Option<Wrap>,
}

/// What models put around JSON, or leave in it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Wrap {
    /// A thought in front, with a draft of the answer in it.
    Thought,
    /// Words in front and behind.
    Words,
    /// A Markdown fence.
    Fence,
    /// A comma behind the last field.
    TrailingComma,
}

impl Wrap {
    /// The content with it; of content that is no object, the content.
    pub fn around(self, content: &str) -> String {
        let Some(fields) = content.strip_suffix('}') else {
            return content.to_owned();
        };
        match self {
            Self::Thought => format!("<think>Perhaps {{\"a\":1}}? No.</think>\n{content}"),
            Self::Words => format!("Here is what you asked for:\n{content}\nEnjoy!"),
            Self::Fence => format!("```json\n{content}\n```"),
            Self::TrailingComma => format!("{fields},\n}}"),
        }
    }
}

impl Twist {
    /// As the fault plan spells them.
    pub const NAMES: [&str; 7] = [
        "cut_stream_after",
        "error_in_stream",
        "error_in_200",
        "half_json",
        "no_usage",
        "refuse",
        "wrap",
    ];

    /// How the call log names it; the first one that holds.
    pub fn name(&self) -> Option<&'static str> {
        let holds = [
            self.cut_stream_after.is_some(),
            self.error_in_stream,
            self.error_in_200,
            self.half_json,
            self.no_usage,
            self.refuse,
            self.wrap.is_some(),
        ];
        let at = holds.iter().position(|holds| *holds)?;
        Some(Self::NAMES[at])
    }
}

fn is_off(value: &bool) -> bool {
    !value
}
