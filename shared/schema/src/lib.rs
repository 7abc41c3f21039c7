//! The tables, in the form of `diesel print-schema`. A test compares them with the database.

pub mod sql_types {
    #[derive(diesel::query_builder::QueryId, diesel::sql_types::SqlType)]
    #[diesel(postgres_type(name = "analysis_status"))]
    pub struct AnalysisStatus;

    #[derive(diesel::query_builder::QueryId, diesel::sql_types::SqlType)]
    #[diesel(postgres_type(name = "cost_source"))]
    pub struct CostSource;

    #[derive(diesel::query_builder::QueryId, diesel::sql_types::SqlType)]
    #[diesel(postgres_type(name = "focus_area"))]
    pub struct FocusArea;

    #[derive(diesel::query_builder::QueryId, diesel::sql_types::SqlType)]
    #[diesel(postgres_type(name = "input_type"))]
    pub struct InputType;

    #[derive(diesel::query_builder::QueryId, diesel::sql_types::SqlType)]
    #[diesel(postgres_type(name = "job_state"))]
    pub struct JobState;

    #[derive(diesel::query_builder::QueryId, diesel::sql_types::SqlType)]
    #[diesel(postgres_type(name = "message_role"))]
    pub struct MessageRole;

    #[derive(diesel::query_builder::QueryId, diesel::sql_types::SqlType)]
    #[diesel(postgres_type(name = "paid_call_state"))]
    pub struct PaidCallState;

    #[derive(diesel::query_builder::QueryId, diesel::sql_types::SqlType)]
    #[diesel(postgres_type(name = "payment_provider"))]
    pub struct PaymentProvider;

    #[derive(diesel::query_builder::QueryId, diesel::sql_types::SqlType)]
    #[diesel(postgres_type(name = "payment_status"))]
    pub struct PaymentStatus;

    #[derive(diesel::query_builder::QueryId, diesel::sql_types::SqlType)]
    #[diesel(postgres_type(name = "privacy_request_kind"))]
    pub struct PrivacyRequestKind;

    #[derive(diesel::query_builder::QueryId, diesel::sql_types::SqlType)]
    #[diesel(postgres_type(name = "privacy_request_status"))]
    pub struct PrivacyRequestStatus;

    #[derive(diesel::query_builder::QueryId, diesel::sql_types::SqlType)]
    #[diesel(postgres_type(name = "subscription_status"))]
    pub struct SubscriptionStatus;

    #[derive(diesel::query_builder::QueryId, diesel::sql_types::SqlType)]
    #[diesel(postgres_type(name = "provider_state"))]
    pub struct ProviderState;

    #[derive(diesel::query_builder::QueryId, diesel::sql_types::SqlType)]
    #[diesel(postgres_type(name = "subscription_tier"))]
    pub struct SubscriptionTier;
}

diesel::table! {
    use diesel::sql_types::*;
    use super::sql_types::{AnalysisStatus, FocusArea, InputType};

    analysis_history (id) {
        id -> Uuid,
        user_id -> Uuid,
        message_id -> Nullable<Int8>,
        input_type -> InputType,
        image_url -> Nullable<Text>,
        image_size_bytes -> Nullable<Int4>,
        user_text -> Nullable<Text>,
        focus_area -> FocusArea,
        analysis -> Jsonb,
        model_used -> Nullable<Varchar>,
        processing_time_ms -> Nullable<Int4>,
        tokens_used -> Nullable<Int4>,
        cost_usd -> Nullable<Numeric>,
        user_rating -> Nullable<Int2>,
        feedback_text -> Nullable<Text>,
        created_at -> Timestamptz,
        status -> AnalysisStatus,
        error_code -> Nullable<Varchar>,
        attempts -> Int4,
        completed_at -> Nullable<Timestamptz>,
        chat_id -> Nullable<Int8>,
        source_file_id -> Nullable<Text>,
        processed_key -> Nullable<Text>,
        vision -> Nullable<Jsonb>,
        delivery_message_ids -> Array<Int8>,
        delivered_at -> Nullable<Timestamptz>,
        thumbnail_key -> Nullable<Text>,
        queue_priority -> Int2,
        revision -> Int4,
        unit_daily_reset_at -> Nullable<Timestamptz>,
        unit_monthly_reset_at -> Nullable<Timestamptz>,
        unit_returned -> Bool,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::sql_types::JobState;

    jobs (id) {
        id -> Uuid,
        kind -> Text,
        queue -> Text,
        args -> Jsonb,
        state -> JobState,
        attempt -> Int4,
        max_attempts -> Int4,
        run_at -> Timestamptz,
        fence -> Int8,
        lease_until -> Nullable<Timestamptz>,
        worker -> Nullable<Text>,
        dedupe_key -> Nullable<Text>,
        errors -> Jsonb,
        created_at -> Timestamptz,
        started_at -> Nullable<Timestamptz>,
        finished_at -> Nullable<Timestamptz>,
        priority -> Int2,
        limit_keys -> Array<Text>,
        blocked_on -> Nullable<Text>,
        slotted -> Bool,
        cancel_requested -> Bool,
        redrives -> Int4,
    }
}

diesel::table! {
    use diesel::sql_types::*;

    job_keys (key) {
        key -> Text,
        busy_until -> Timestamptz,
        next_slot -> Timestamptz,
        used_at -> Timestamptz,
    }
}

diesel::table! {
    use diesel::sql_types::*;

    job_pauses (queue) {
        queue -> Text,
        paused_at -> Timestamptz,
        paused_by -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::*;

    cron_ticks (name) {
        name -> Text,
        last_tick -> Timestamptz,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::sql_types::{CostSource, PaidCallState};

    paid_calls (id) {
        id -> Uuid,
        job_id -> Uuid,
        key -> Text,
        provider -> Text,
        attempt -> Int4,
        state -> PaidCallState,
        answer -> Nullable<Jsonb>,
        error -> Nullable<Text>,
        began_at -> Timestamptz,
        ended_at -> Nullable<Timestamptz>,
        doubted_at -> Nullable<Timestamptz>,
        subject_id -> Nullable<Uuid>,
        user_id -> Nullable<Uuid>,
        step -> Nullable<Text>,
        model -> Nullable<Text>,
        reserved_micro_usd -> Int8,
        cost_micro_usd -> Nullable<Int8>,
        cost_source -> Nullable<CostSource>,
        input_tokens -> Nullable<Int4>,
        output_tokens -> Nullable<Int4>,
        subject_kind -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::*;

    ai_budgets (day, scope) {
        scope -> Text,
        day -> Date,
        reserved_micro_usd -> Int8,
        spent_micro_usd -> Int8,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::sql_types::ProviderState;

    provider_health (provider) {
        provider -> Text,
        state -> ProviderState,
        failures -> Int4,
        last_error -> Nullable<Text>,
        opened_at -> Nullable<Timestamptz>,
        open_until -> Nullable<Timestamptz>,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    use diesel::sql_types::*;

    probe_runs (id) {
        id -> Int8,
        probe_id -> Uuid,
        attempt -> Int4,
        worker -> Text,
        began_at -> Timestamptz,
    }
}

diesel::table! {
    use diesel::sql_types::*;

    probe_results (id) {
        id -> Int8,
        probe_id -> Uuid,
        worker -> Text,
        applied_at -> Timestamptz,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::sql_types::MessageRole;

    message_context (id) {
        id -> Uuid,
        user_id -> Uuid,
        message_id -> Int8,
        role -> MessageRole,
        content -> Text,
        metadata -> Jsonb,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    use diesel::sql_types::*;

    telegram_updates (bot_id, update_id) {
        bot_id -> Int8,
        update_id -> Int8,
        received_at -> Timestamptz,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::sql_types::SubscriptionTier;

    usage_limits (id) {
        id -> Uuid,
        user_id -> Uuid,
        tier -> SubscriptionTier,
        daily_analyses_used -> Int4,
        monthly_analyses_used -> Int4,
        daily_limit_reset_at -> Timestamptz,
        monthly_limit_reset_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    use diesel::sql_types::*;

    users (id) {
        id -> Uuid,
        telegram_id -> Int8,
        username -> Nullable<Varchar>,
        first_name -> Nullable<Varchar>,
        last_name -> Nullable<Varchar>,
        language_code -> Varchar,
        timezone -> Varchar,
        consent_terms -> Bool,
        consent_privacy -> Bool,
        consent_date -> Nullable<Timestamptz>,
        metadata -> Jsonb,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        name_chosen -> Bool,
        language_chosen -> Bool,
        consent_terms_at -> Nullable<Timestamptz>,
        consent_privacy_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::sql_types::SubscriptionTier;

    plans (tier) {
        tier -> SubscriptionTier,
        daily_analyses_limit -> Nullable<Int4>,
        monthly_analyses_limit -> Nullable<Int4>,
        price_rub -> Nullable<Numeric>,
        price_stars -> Nullable<Int4>,
        trial_days -> Int4,
        queue_priority -> Int2,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::sql_types::{SubscriptionStatus, SubscriptionTier};

    subscriptions (id) {
        id -> Uuid,
        user_id -> Uuid,
        tier -> SubscriptionTier,
        status -> SubscriptionStatus,
        trial_used -> Bool,
        trial_ends_at -> Nullable<Timestamptz>,
        current_period_start -> Nullable<Timestamptz>,
        current_period_end -> Nullable<Timestamptz>,
        cancel_at_period_end -> Bool,
        canceled_at -> Nullable<Timestamptz>,
        metadata -> Jsonb,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::sql_types::{PaymentProvider, PaymentStatus, SubscriptionTier};

    payments (id) {
        id -> Uuid,
        subscription_id -> Nullable<Uuid>,
        external_id -> Nullable<Varchar>,
        provider -> PaymentProvider,
        amount -> Numeric,
        currency -> Varchar,
        status -> PaymentStatus,
        metadata -> Jsonb,
        error_code -> Nullable<Varchar>,
        error_message -> Nullable<Text>,
        processed_at -> Nullable<Timestamptz>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        user_id -> Nullable<Uuid>,
        tier -> SubscriptionTier,
        period_start -> Nullable<Timestamptz>,
        period_end -> Nullable<Timestamptz>,
        repeats -> Nullable<Uuid>,
        told_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::sql_types::PaymentProvider;

    payment_events (id) {
        id -> Uuid,
        provider -> PaymentProvider,
        external_id -> Varchar,
        status -> Varchar,
        order_id -> Varchar,
        amount -> Numeric,
        currency -> Varchar,
        outcome -> Varchar,
        seen -> Int4,
        created_at -> Timestamptz,
        last_seen_at -> Timestamptz,
    }
}

diesel::table! {
    use diesel::sql_types::*;

    audit_logs (id) {
        id -> Uuid,
        user_id -> Nullable<Uuid>,
        action -> Varchar,
        entity_type -> Nullable<Varchar>,
        entity_id -> Nullable<Uuid>,
        old_value -> Nullable<Jsonb>,
        new_value -> Nullable<Jsonb>,
        ip_address -> Nullable<Inet>,
        user_agent -> Nullable<Text>,
        created_at -> Timestamptz,
        actor -> Varchar,
    }
}

diesel::table! {
    use diesel::sql_types::*;

    api_keys (id) {
        id -> Uuid,
        name -> Varchar,
        prefix -> Varchar,
        hash -> Bytea,
        scopes -> Array<Text>,
        allowed_addresses -> Array<Text>,
        expires_at -> Nullable<Timestamptz>,
        revoked_at -> Nullable<Timestamptz>,
        replaced_by -> Nullable<Uuid>,
        last_used_at -> Nullable<Timestamptz>,
        last_used_address -> Nullable<Inet>,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    use diesel::sql_types::*;

    idempotency_keys (caller, key) {
        caller -> Text,
        key -> Text,
        fingerprint -> Bytea,
        fence -> Int8,
        locked_until -> Nullable<Timestamptz>,
        status -> Nullable<Int2>,
        body -> Nullable<Bytea>,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::sql_types::{PrivacyRequestKind, PrivacyRequestStatus};

    privacy_requests (id) {
        id -> Uuid,
        user_id -> Nullable<Uuid>,
        kind -> PrivacyRequestKind,
        status -> PrivacyRequestStatus,
        error_code -> Nullable<Varchar>,
        archive_key -> Nullable<Text>,
        archive_size_bytes -> Nullable<Int8>,
        expires_at -> Nullable<Timestamptz>,
        created_at -> Timestamptz,
        completed_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::sql_types::SubscriptionTier;

    // A view.
    current_usage (user_id) {
        user_id -> Uuid,
        tier -> SubscriptionTier,
        daily_analyses_used -> Int4,
        daily_analyses_limit -> Nullable<Int4>,
        daily_reset_at -> Timestamptz,
        monthly_analyses_used -> Int4,
        monthly_analyses_limit -> Nullable<Int4>,
        monthly_reset_at -> Timestamptz,
        trial_ends_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    use diesel::sql_types::*;

    analysis_steps (analysis_id, step) {
        analysis_id -> Uuid,
        step -> Text,
        prompt_version -> Text,
        vendor -> Text,
        model -> Text,
        created_at -> Timestamptz,
    }
}

diesel::joinable!(analysis_history -> users (user_id));
diesel::joinable!(analysis_steps -> analysis_history (analysis_id));
diesel::joinable!(message_context -> users (user_id));
diesel::joinable!(payments -> users (user_id));
diesel::joinable!(privacy_requests -> users (user_id));
diesel::joinable!(subscriptions -> users (user_id));
diesel::joinable!(usage_limits -> users (user_id));
diesel::allow_tables_to_appear_in_same_query!(
    ai_budgets,
    analysis_history,
    analysis_steps,
    api_keys,
    audit_logs,
    cron_ticks,
    idempotency_keys,
    job_keys,
    job_pauses,
    jobs,
    message_context,
    paid_calls,
    payment_events,
    payments,
    plans,
    privacy_requests,
    probe_results,
    probe_runs,
    provider_health,
    subscriptions,
    telegram_updates,
    usage_limits,
    users,
);
