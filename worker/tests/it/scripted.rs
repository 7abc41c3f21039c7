//! The answers of the scripted vendor in tests about readings, and the requests that it received.

use serde_json::{Value, json};
use testkit::vendor::{Act, ScriptedVendor};

/// Gives this answer.
pub fn says(answer: Value) -> Act {
    Act::Says {
        content: answer.to_string(),
    }
}

/// Sees no cup.
pub fn no_cup() -> Act {
    says(json!({ "is_cup": false, "unsafe_content": "none", "summary": "A cat.", "patterns": [] }))
}

/// Writes a few words without sections.
pub fn short(intro: &str) -> Act {
    says(json!({ "appropriate": true, "intro": intro, "sections": [] }))
}

/// The beginning of the default reading.
pub const INTRO: &str = "A bird flies near the rim.";

/// The default answer.
pub const GOOD: Act = Act::Answer { cost: 100 };

/// Instruction and material of the requests for a text.
pub fn texts(ai: &ScriptedVendor) -> Vec<(String, String)> {
    let part = |body: &Value, at: usize| {
        let content = body["messages"][at]["content"].as_str();
        content.unwrap_or_default().to_owned()
    };
    let all = ai.calls().into_iter().map(|call| call.body);
    let texts = all.filter(|body| body["response_format"]["json_schema"]["name"] == "reading");
    texts.map(|body| (part(&body, 0), part(&body, 1))).collect()
}
