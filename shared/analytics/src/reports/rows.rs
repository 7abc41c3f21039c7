//! What a store answers. `at` is the number of a bucket of the question, from 0.

use chrono::{DateTime, NaiveDate, Utc};
use diesel::QueryableByName;
use diesel::sql_types::{
    BigInt, Date, Double, Int2, Int4, Nullable, Text, Timestamptz, Uuid as SqlUuid,
};
use uuid::Uuid;

macro_rules! rows {
    ($($(#[$meta:meta])* $row:ident { $($(#[$field_meta:meta])* $name:ident: $kind:ty as $sql:ty,)* })*) => {
        $($(#[$meta])*
        #[derive(Clone, Debug, PartialEq, QueryableByName)]
        pub struct $row {
            $($(#[$field_meta])* #[diesel(sql_type = $sql)] pub $name: $kind,)*
        })*
    };
}

rows! {
    /// How far facts are counted.
    Reached {
        /// The newest fact that is counted.
        as_of: Option<DateTime<Utc>> as Nullable<Timestamptz>,
        /// When the oldest fact happened that is not counted yet.
        unread_since: Option<DateTime<Utc>> as Nullable<Timestamptz>,
        /// When the state of a provider changed last.
        states_at: Option<DateTime<Utc>> as Nullable<Timestamptz>,
        /// The first day of which is known who was active.
        active_since: Option<NaiveDate> as Nullable<Date>,
        /// When everything was counted anew.
        rebuilt_at: Option<DateTime<Utc>> as Nullable<Timestamptz>,
        /// The zone of the days by which different persons are counted.
        zone: String as Text,
    }

    /// Persons who came and went.
    Signups {
        at: i32 as Int4,
        plan: String as Text,
        signups: i64 as BigInt,
        verified: i64 as BigInt,
        deleted: i64 as BigInt,
    }

    /// Different persons who were active on a day, and in the 7 and 30 days that end with it.
    ActiveDay {
        day: NaiveDate as Date,
        dau: i64 as BigInt,
        wau: i64 as BigInt,
        mau: i64 as BigInt,
    }

    /// A count of a bucket.
    Count {
        at: i32 as Int4,
        count: i64 as BigInt,
    }

    /// Persons of a plan.
    PlanUsers {
        at: i32 as Int4,
        plan: String as Text,
        users: i64 as BigInt,
        active: i64 as BigInt,
    }

    /// What a person has used.
    TopUser {
        user_id: Uuid as SqlUuid,
        /// In the clear.
        email: Option<String> as Nullable<Text>,
        plan: Option<String> as Nullable<Text>,
        messages: i64 as BigInt,
        tokens: i64 as BigInt,
        cost_micro_usd: i64 as BigInt,
        /// Of all persons, of what the ranking is by.
        total: i64 as BigInt,
    }

    /// How many of a cohort were active so many periods after they had signed up; period 0: all of them.
    Retained {
        at: i32 as Int4,
        period: i32 as Int4,
        users: i64 as BigInt,
    }

    /// What was asked and answered.
    Activity {
        at: i32 as Int4,
        messages: i64 as BigInt,
        replies: i64 as BigInt,
        failures: i64 as BigInt,
    }

    /// What was asked in an hour of the week.
    Heat {
        /// 1 is Monday.
        weekday: i32 as Int4,
        hour: i32 as Int4,
        messages: i64 as BigInt,
    }

    /// Tokens of completed replies.
    Tokens {
        at: i32 as Int4,
        plan: String as Text,
        replies: i64 as BigInt,
        tokens_in: i64 as BigInt,
        tokens_out: i64 as BigInt,
    }

    /// What a model did.
    ModelUse {
        at: i32 as Int4,
        provider: String as Text,
        model: String as Text,
        calls: i64 as BigInt,
        answered: i64 as BigInt,
        replies: i64 as BigInt,
        tokens: i64 as BigInt,
        tokens_out: i64 as BigInt,
        cost_micro_usd: i64 as BigInt,
        unknown_outcomes: i64 as BigInt,
        fallback_in: i64 as BigInt,
        fallback_out: i64 as BigInt,
    }

    /// Different persons whom a model has answered.
    ModelUsers {
        provider: String as Text,
        model: String as Text,
        users: i64 as BigInt,
    }

    /// Conversations that began.
    Conversations {
        at: i32 as Int4,
        created: i64 as BigInt,
        messages: i64 as BigInt,
        single: i64 as BigInt,
        median_minutes: Option<f64> as Nullable<Double>,
    }

    /// How many calls ended so, in a bucket of durations.
    Times {
        at: i32 as Int4,
        provider: String as Text,
        model: String as Text,
        kind: String as Text,
        phase: String as Text,
        histogram: i16 as Int2,
        calls: i64 as BigInt,
    }

    /// Money that moved, in the smallest unit of the currency.
    Revenue {
        at: i32 as Int4,
        currency: String as Text,
        plan: String as Text,
        gross: i64 as BigInt,
        refunded: i64 as BigInt,
        payments: i64 as BigInt,
        failures: i64 as BigInt,
    }

    /// What recurs, and how it moved; `at` is -1 for all that was before.
    Movement {
        at: i32 as Int4,
        currency: String as Text,
        plan: String as Text,
        movement: String as Text,
        delta: i64 as BigInt,
        customers: i64 as BigInt,
    }

    /// Different accounts that paid.
    Payers {
        at: i32 as Int4,
        currency: String as Text,
        payers: i64 as BigInt,
    }

    /// Of those who signed up, who have paid until now.
    Converted {
        at: i32 as Int4,
        signups: i64 as BigInt,
        paid: i64 as BigInt,
    }

    /// Customers by the month of their first payment.
    Cohort {
        /// `2026-03`.
        month: String as Text,
        currency: String as Text,
        customers: i64 as BigInt,
        paid: i64 as BigInt,
    }

    /// How a provider is.
    Health {
        provider: String as Text,
        state: String as Text,
        opened_at: Option<DateTime<Utc>> as Nullable<Timestamptz>,
    }

    /// The last half hour.
    Lately {
        active_5m: i64 as BigInt,
        active_30m: i64 as BigInt,
        tokens: i64 as BigInt,
        requests: i64 as BigInt,
        errors: i64 as BigInt,
        queue_depth: i64 as BigInt,
        lag_seconds: i64 as BigInt,
    }
}
