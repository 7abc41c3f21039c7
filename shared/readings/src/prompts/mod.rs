//! The requests to the AI. The instructions are files in `workflows/prompts/` (its `README.md` says how
//! they are written); the material goes into a message of its own, as one block of data. Called by the steps of a reading.

pub mod context;
mod files;
mod library;
mod material;
mod quote;
mod request;

pub use files::Prompts;
pub use library::Library;
pub use material::PromptInput;
pub use request::PreparedRequest;

#[cfg(test)]
mod tests;
