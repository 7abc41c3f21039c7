//! Workflows of an operator that say to persons what the worker would say: those of n8n.

mod config;
pub mod n8n;

pub use config::{N8nConfig, SETTINGS, WorkflowConfig};

use kernel::Language;
use kernel::error::ErrorCode;
use serde::Serialize;
use uuid::Uuid;

use crate::{ProviderErrorKind, Service};

/// The service of workflows in errors.
pub const SERVICE: &Service = &Service::new("workflow", code);

fn code(_: ProviderErrorKind) -> ErrorCode {
    crate::codes::MESSENGER_ERROR
}

/// A message to a person that a workflow is to send, as it is called with (docs/N8N.md).
#[derive(Clone, Debug, Serialize)]
pub struct Callback<'a> {
    /// The same for every try.
    pub delivery_id: Uuid,
    #[serde(rename = "type")]
    pub kind: CallbackKind,
    pub telegram_id: i64,
    pub chat_id: i64,
    /// The message that the first part answers.
    pub message_id: Option<i64>,
    pub language: Language,
    /// The parts of the text in Telegram's HTML, each at most as long as one message may be.
    pub html: &'a [String],
}

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CallbackKind {
    AnalysisComplete,
    AnalysisFailed,
    PaymentSuccess,
}
