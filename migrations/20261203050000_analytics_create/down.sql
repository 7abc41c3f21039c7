DROP VIEW IF EXISTS model_usage_daily, mrr_movements_daily, revenue_daily, tokens_by_plan_daily, user_signups_daily;
DROP FUNCTION IF EXISTS analytics_zone;
DROP INDEX events_payments_booked;
DROP TABLE analytics_customers, mrr_movements_quarter, revenue_quarter, provider_performance_quarter, model_users_daily,
    model_usage_quarter, tokens_by_plan_quarter, analytics_conversations, chat_activity_quarter, user_usage_daily,
    active_counts_daily, active_users_daily, user_signups_quarter, analytics_people, analytics_settings;
