//! Who handles the updates of a person while an older workflow of n8n gives way: this API or that workflow.

pub mod queries;
pub mod rules;
