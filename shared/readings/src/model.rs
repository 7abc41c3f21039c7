//! Rows of `analysis_history`, and the results that the steps store in them.

use chrono::{DateTime, Utc};
use diesel::expression::SqlLiteral;
use diesel::prelude::*;
use diesel::sql_types::{Bool, Jsonb, Nullable};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use crate::archive;
use jobs::Priority;
use kernel::db::raw_json::RawJson;
use kernel::pg_enum;
use schema::analysis_history;

pg_enum! {
    /// The input of a reading.
    InputType as schema::sql_types::InputType { Image = "image", Text = "text" }
}

pg_enum! {
    /// The subject that the person wants to hear about.
    FocusArea as schema::sql_types::FocusArea {
        Wellbeing = "wellbeing",
        Career = "career",
        Relationships = "relationships",
        General = "general",
    }
}

pg_enum! {
    /// The state of a reading.
    AnalysisStatus as schema::sql_types::AnalysisStatus {
        Pending = "pending",
        Processing = "processing",
        Completed = "completed",
        Failed = "failed",
        /// By the person, before a step has begun.
        Canceled = "canceled",
    }
}

impl AnalysisStatus {
    /// Whether the reading has ended.
    pub fn is_final(self) -> bool {
        !matches!(self, Self::Pending | Self::Processing)
    }
}

/// A new reading.
#[derive(Clone, Debug, Insertable)]
#[diesel(table_name = analysis_history)]
pub struct NewAnalysis {
    pub id: Uuid,
    pub user_id: Uuid,
    pub message_id: Option<i64>,
    pub input_type: InputType,
    /// Key of the photo in the bucket.
    pub image_url: Option<String>,
    pub image_size_bytes: Option<i32>,
    pub user_text: Option<String>,
    pub focus_area: FocusArea,
    /// The Telegram chat that the photo came from.
    pub chat_id: Option<i64>,
    /// Telegram's id of the photo, until it is in the bucket.
    pub source_file_id: Option<String>,
}

/// A reading as clients get it.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = analysis_history, check_for_backend(diesel::pg::Pg))]
pub struct Analysis {
    pub id: Uuid,
    pub user_id: Uuid,
    pub status: AnalysisStatus,
    pub input_type: InputType,
    pub focus_area: FocusArea,
    pub message_id: Option<i64>,
    /// A [`Reading`] once it is completed.
    #[diesel(select_expression = archive::text())]
    #[diesel(select_expression_type = SqlLiteral<Jsonb>)]
    pub analysis: RawJson,
    pub model_used: Option<String>,
    pub processing_time_ms: Option<i32>,
    pub tokens_used: Option<i32>,
    pub user_rating: Option<i16>,
    pub error_code: Option<String>,
    pub attempts: i32,
    pub created_at: DateTime<Utc>,
    pub completed_at: Option<DateTime<Utc>>,
    /// When it was delivered to the chat; `None` as long as the person has not opened the bot.
    pub delivered_at: Option<DateTime<Utc>>,
    pub feedback_text: Option<String>,
    /// Grows with every change.
    pub revision: i32,
    /// Keys of the pictures that the steps have stored so far.
    pub image_url: Option<String>,
    pub processed_key: Option<String>,
    /// Whether the unit of the plan was given back.
    pub unit_returned: bool,
    /// The words that it was asked for with.
    pub user_text: Option<String>,
    /// Of the answer to a question: the reading that was asked about.
    pub about_id: Option<Uuid>,
    pub source_file_id: Option<String>,
    /// Whether the AI has looked at the cup, and what it saw is still there.
    #[diesel(select_expression = archive::is_seen())]
    #[diesel(select_expression_type = SqlLiteral<Bool>)]
    pub is_seen: bool,
}

/// A reading as its steps need it.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = analysis_history, check_for_backend(diesel::pg::Pg))]
pub struct Steps {
    pub id: Uuid,
    pub user_id: Uuid,
    pub status: AnalysisStatus,
    pub message_id: Option<i64>,
    pub chat_id: Option<i64>,
    pub image_url: Option<String>,
    pub source_file_id: Option<String>,
    pub user_text: Option<String>,
    pub focus_area: FocusArea,
    pub processed_key: Option<String>,
    #[diesel(select_expression = archive::vision())]
    #[diesel(select_expression_type = SqlLiteral<Nullable<Jsonb>>)]
    pub vision: Option<Value>,
    #[diesel(select_expression = archive::text())]
    #[diesel(select_expression_type = SqlLiteral<Jsonb>)]
    pub analysis: Value,
    pub error_code: Option<String>,
    pub delivery_message_ids: Vec<i64>,
    pub queue_priority: i16,
    pub delivered_at: Option<DateTime<Utc>>,
    /// When the person was told last in the chat that it takes longer.
    pub delay_told_at: Option<DateTime<Utc>>,
    pub input_type: InputType,
    pub created_at: DateTime<Utc>,
    /// Whether the unit of the plan was given back.
    pub unit_returned: bool,
    pub user_rating: Option<i16>,
    /// Of the answer to a question: the reading that was asked about.
    pub about_id: Option<Uuid>,
    /// The message in the chat that says how far it is.
    pub announcement_id: Option<i64>,
}

impl Steps {
    /// The priority of its steps.
    pub fn priority(&self) -> Priority {
        Priority::of_number(self.queue_priority)
    }
}

/// The result of the vision step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Vision {
    pub is_cup: bool,
    pub summary: String,
    /// The clearest first.
    pub patterns: Vec<Pattern>,
}

/// One shape of the grounds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pattern {
    pub shape: String,
    pub symbol: String,
    pub place: String,
    /// From 0 to 1.
    pub confidence: f64,
}

/// The finished text, in plain words without markup.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Reading {
    pub intro: String,
    pub sections: Vec<Section>,
}

/// One part of a reading.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Section {
    pub title: String,
    pub content: String,
}
