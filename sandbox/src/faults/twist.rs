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
}

impl Twist {
    /// As the fault plan spells them.
    pub const NAMES: [&str; 6] = [
        "cut_stream_after",
        "error_in_stream",
        "error_in_200",
        "half_json",
        "no_usage",
        "refuse",
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
        ];
        let at = holds.iter().position(|holds| *holds)?;
        Some(Self::NAMES[at])
    }
}

fn is_off(value: &bool) -> bool {
    !value
}
