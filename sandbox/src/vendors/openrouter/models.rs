//! OpenRouter's model list.

use serde_json::{Value, json};

/// One that sees and reads; any other name is answered as well.
pub fn models() -> Value {
    json!({"data": [{
        "id": "sandbox/reader", "name": "Sandbox: Reader", "created": 1_760_000_000,
        "description": "Reads coffee grounds offline and deterministically.",
        "context_length": 128_000,
        "architecture": {
            "modality": "text+image->text",
            "input_modalities": ["text", "image"], "output_modalities": ["text"],
            "tokenizer": "Other", "instruct_type": null,
        },
        "pricing": {"prompt": "0.00000015", "completion": "0.0000006", "image": "0", "request": "0"},
        "top_provider": {
            "context_length": 128_000, "max_completion_tokens": 4_096, "is_moderated": false,
        },
        "supported_parameters": ["response_format", "structured_outputs", "stream"],
    }]})
}
