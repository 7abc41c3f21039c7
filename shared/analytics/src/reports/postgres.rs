//! The sums in Postgres.

use diesel::sql_types::{
    Array, BigInt, Date, Integer, Nullable, Text, Timestamptz, Uuid as SqlUuid,
};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use kernel::Error;

use super::question::Question;
use super::rows::{
    ActiveDay, Activity, Cohort, Conversations, Converted, Count, Health, Heat, Lately, ModelUse,
    ModelUsers, Movement, Payers, PlanUsers, Reached, Retained, Revenue, Signups, Times, Tokens,
    TopUser,
};
use super::store::Store;

/// By a connection.
pub struct Postgres<'c>(pub &'c mut AsyncPgConnection);

/// The rows of a statement, asked with these values.
macro_rules! rows {
    ($store:ident, $statement:literal $(, $value:expr => $kind:ty)*) => {
        Ok(diesel::sql_query(include_str!($statement))$(.bind::<$kind, _>($value))*.load(&mut *$store.0).await?)
    };
}

fn count(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// How many of the buckets have cohorts.
fn cohorts(question: &Question) -> i32 {
    let all = question.span.len().saturating_sub(question.periods);
    i32::try_from(all).unwrap_or(i32::MAX)
}

const HEALTH: &str =
    "SELECT provider, state::text AS state, opened_at FROM provider_health ORDER BY provider";

impl Store for Postgres<'_> {
    const NAME: &'static str = "postgres";

    async fn reached(&mut self) -> Result<Reached, Error> {
        Ok(diesel::sql_query(include_str!("sql/reached.sql"))
            .get_result(&mut *self.0)
            .await?)
    }

    async fn health(&mut self) -> Result<Vec<Health>, Error> {
        Ok(diesel::sql_query(HEALTH).load(&mut *self.0).await?)
    }

    async fn lately(&mut self, question: &Question) -> Result<Lately, Error> {
        let asked =
            diesel::sql_query(include_str!("sql/lately.sql")).bind::<Timestamptz, _>(question.now);
        let asked = asked.bind::<Nullable<SqlUuid>, _>(question.filter.organization);
        Ok(asked.get_result(&mut *self.0).await?)
    }

    async fn signups(&mut self, question: &Question) -> Result<Vec<Signups>, Error> {
        rows!(
            self,
            "sql/signups.sql",
            &question.span.edges => Array<Timestamptz>,
            question.filter.organization => Nullable<SqlUuid>,
            question.filter.plan.as_deref() => Nullable<Text>
        )
    }

    async fn people_before(&mut self, question: &Question) -> Result<Vec<Count>, Error> {
        rows!(
            self,
            "sql/people_before.sql",
            question.span.begins() => Timestamptz,
            question.filter.organization => Nullable<SqlUuid>,
            question.filter.plan.as_deref() => Nullable<Text>
        )
    }

    async fn counted_days(&mut self, question: &Question) -> Result<Vec<ActiveDay>, Error> {
        rows!(
            self,
            "sql/counted_days.sql",
            question.span.start => Date,
            question.span.end => Date,
            question.filter.organization => Nullable<SqlUuid>
        )
    }

    async fn active_days(&mut self, question: &Question) -> Result<Vec<ActiveDay>, Error> {
        rows!(
            self,
            "sql/active_days.sql",
            question.span.start => Date,
            question.span.end => Date,
            question.filter.organization => Nullable<SqlUuid>,
            question.filter.plan.as_deref() => Nullable<Text>
        )
    }

    async fn active_days_raw(&mut self, question: &Question) -> Result<Vec<ActiveDay>, Error> {
        rows!(
            self,
            "sql/active_days_raw.sql",
            question.span.start => Date,
            question.span.end => Date,
            question.filter.organization => Nullable<SqlUuid>,
            question.span.zone.name() => Text
        )
    }

    async fn active(&mut self, question: &Question) -> Result<Vec<Count>, Error> {
        rows!(
            self,
            "sql/active.sql",
            &question.span.days => Array<Date>,
            question.filter.organization => Nullable<SqlUuid>,
            question.filter.plan.as_deref() => Nullable<Text>
        )
    }

    async fn active_raw(&mut self, question: &Question) -> Result<Vec<Count>, Error> {
        rows!(
            self,
            "sql/active_raw.sql",
            &question.span.edges => Array<Timestamptz>,
            question.filter.organization => Nullable<SqlUuid>
        )
    }

    async fn writers(&mut self, question: &Question) -> Result<Vec<Count>, Error> {
        rows!(
            self,
            "sql/writers.sql",
            &question.span.days => Array<Date>,
            question.filter.organization => Nullable<SqlUuid>
        )
    }

    async fn writers_raw(&mut self, question: &Question) -> Result<Vec<Count>, Error> {
        rows!(
            self,
            "sql/writers_raw.sql",
            &question.span.edges => Array<Timestamptz>,
            question.filter.organization => Nullable<SqlUuid>
        )
    }

    async fn top(&mut self, question: &Question) -> Result<Vec<TopUser>, Error> {
        rows!(
            self,
            "sql/top.sql",
            question.span.start => Date,
            question.span.end => Date,
            question.filter.organization => Nullable<SqlUuid>,
            question.by.as_str() => Text,
            question.filter.plan.as_deref() => Nullable<Text>,
            count(question.limit) => BigInt,
            count(question.offset) => BigInt
        )
    }

    async fn retained(&mut self, question: &Question) -> Result<Vec<Retained>, Error> {
        rows!(
            self,
            "sql/retained.sql",
            &question.span.edges => Array<Timestamptz>,
            &question.span.days => Array<Date>,
            cohorts(question) => Integer,
            question.filter.organization => Nullable<SqlUuid>,
            question.filter.plan.as_deref() => Nullable<Text>
        )
    }

    async fn by_plan(&mut self, question: &Question) -> Result<Vec<PlanUsers>, Error> {
        rows!(
            self,
            "sql/by_plan.sql",
            &question.span.edges => Array<Timestamptz>,
            &question.span.days => Array<Date>,
            question.filter.organization => Nullable<SqlUuid>,
            question.filter.plan.as_deref() => Nullable<Text>
        )
    }

    async fn chat(&mut self, question: &Question) -> Result<Vec<Activity>, Error> {
        rows!(
            self,
            "sql/chat.sql",
            &question.span.edges => Array<Timestamptz>,
            question.filter.organization => Nullable<SqlUuid>
        )
    }

    async fn heat(&mut self, question: &Question) -> Result<Vec<Heat>, Error> {
        rows!(
            self,
            "sql/heat.sql",
            &question.span.edges => Array<Timestamptz>,
            question.filter.organization => Nullable<SqlUuid>,
            question.span.zone.name() => Text
        )
    }

    async fn tokens(&mut self, question: &Question) -> Result<Vec<Tokens>, Error> {
        rows!(
            self,
            "sql/tokens.sql",
            &question.span.edges => Array<Timestamptz>,
            question.filter.organization => Nullable<SqlUuid>,
            question.filter.plan.as_deref() => Nullable<Text>
        )
    }

    async fn models(&mut self, question: &Question) -> Result<Vec<ModelUse>, Error> {
        rows!(
            self,
            "sql/models.sql",
            &question.span.edges => Array<Timestamptz>,
            question.filter.organization => Nullable<SqlUuid>,
            question.filter.provider.as_deref() => Nullable<Text>,
            question.filter.model.as_deref() => Nullable<Text>
        )
    }

    async fn model_users(&mut self, question: &Question) -> Result<Vec<ModelUsers>, Error> {
        rows!(
            self,
            "sql/model_users.sql",
            question.span.start => Date,
            question.span.end => Date,
            question.filter.organization => Nullable<SqlUuid>,
            question.filter.provider.as_deref() => Nullable<Text>,
            question.filter.model.as_deref() => Nullable<Text>
        )
    }

    async fn conversations(&mut self, question: &Question) -> Result<Vec<Conversations>, Error> {
        rows!(
            self,
            "sql/conversations.sql",
            &question.span.edges => Array<Timestamptz>,
            question.filter.organization => Nullable<SqlUuid>
        )
    }

    async fn times(&mut self, question: &Question) -> Result<Vec<Times>, Error> {
        rows!(
            self,
            "sql/times.sql",
            &question.span.edges => Array<Timestamptz>,
            question.filter.organization => Nullable<SqlUuid>,
            question.filter.provider.as_deref() => Nullable<Text>,
            question.filter.model.as_deref() => Nullable<Text>
        )
    }

    async fn performance(&mut self, question: &Question) -> Result<Vec<Times>, Error> {
        rows!(
            self,
            "sql/performance.sql",
            &question.span.edges => Array<Timestamptz>,
            question.filter.organization => Nullable<SqlUuid>,
            question.filter.provider.as_deref() => Nullable<Text>,
            question.filter.model.as_deref() => Nullable<Text>
        )
    }

    async fn outcomes(&mut self, question: &Question) -> Result<Vec<Times>, Error> {
        rows!(
            self,
            "sql/outcomes.sql",
            &question.span.edges => Array<Timestamptz>,
            question.filter.organization => Nullable<SqlUuid>,
            question.filter.provider.as_deref() => Nullable<Text>,
            question.filter.model.as_deref() => Nullable<Text>
        )
    }

    async fn revenue(&mut self, question: &Question) -> Result<Vec<Revenue>, Error> {
        rows!(
            self,
            "sql/revenue.sql",
            &question.span.edges => Array<Timestamptz>,
            question.filter.organization => Nullable<SqlUuid>,
            question.filter.plan.as_deref() => Nullable<Text>,
            question.filter.currency.as_deref() => Nullable<Text>
        )
    }

    async fn movements(&mut self, question: &Question) -> Result<Vec<Movement>, Error> {
        rows!(
            self,
            "sql/movements.sql",
            &question.span.edges => Array<Timestamptz>,
            question.filter.organization => Nullable<SqlUuid>,
            question.filter.plan.as_deref() => Nullable<Text>,
            question.filter.currency.as_deref() => Nullable<Text>
        )
    }

    async fn payers(&mut self, question: &Question) -> Result<Vec<Payers>, Error> {
        rows!(
            self,
            "sql/payers.sql",
            &question.span.edges => Array<Timestamptz>,
            question.filter.organization => Nullable<SqlUuid>,
            question.filter.plan.as_deref() => Nullable<Text>,
            question.filter.currency.as_deref() => Nullable<Text>
        )
    }

    async fn converted(&mut self, question: &Question) -> Result<Vec<Converted>, Error> {
        rows!(
            self,
            "sql/converted.sql",
            &question.span.edges => Array<Timestamptz>,
            question.filter.organization => Nullable<SqlUuid>,
            question.filter.plan.as_deref() => Nullable<Text>
        )
    }

    async fn cohorts(&mut self, question: &Question) -> Result<Vec<Cohort>, Error> {
        rows!(
            self,
            "sql/cohorts.sql",
            question.span.zone.name() => Text,
            question.filter.organization => Nullable<SqlUuid>,
            question.filter.plan.as_deref() => Nullable<Text>,
            question.filter.currency.as_deref() => Nullable<Text>
        )
    }

    async fn minutes(&mut self, question: &Question) -> Result<Vec<Count>, Error> {
        rows!(
            self,
            "sql/minutes.sql",
            question.now => Timestamptz,
            question.filter.organization => Nullable<SqlUuid>
        )
    }
}
