//! The ledger and other rows of a test's database.

use ::jobs::{Job, JobState};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use schema::{analysis_history, jobs, users};
use testkit::{database, eventually, ledger};

use crate::app::TestApp;

impl TestApp {
    /// The arguments of all queued jobs of a kind, oldest first.
    pub async fn enqueued<J: Job>(&self) -> anyhow::Result<Vec<J>> {
        ledger::enqueued(&mut *self.db().await?).await
    }

    /// Asserts that this job is the only queued job of its kind.
    pub async fn assert_enqueued<J: Job + PartialEq + std::fmt::Debug>(&self, job: J) {
        let enqueued = self.enqueued::<J>().await.expect("the ledger can be read");
        assert_eq!(enqueued, [job]);
    }

    /// Runs workers until no job is left to run, without waiting for delays.
    pub async fn drain_jobs(&self) -> anyhow::Result<()> {
        let worker = self.worker()?;
        let drained = eventually(async || {
            let mut conn = self.db().await?;
            diesel::update(jobs::table.filter(jobs::state.eq(JobState::Queued)))
                .filter(jobs::run_at.gt(diesel::dsl::now))
                .set(jobs::run_at.eq(diesel::dsl::now))
                .execute(&mut conn)
                .await?;
            Ok((self.live(&mut conn).await? == 0).then_some(()))
        })
        .await;
        worker.stop().await;
        drained
    }

    async fn live(&self, conn: &mut diesel_async::AsyncPgConnection) -> anyhow::Result<i64> {
        let live = jobs::state.eq_any([JobState::Queued, JobState::Running]);
        Ok(jobs::table.filter(live).count().get_result(conn).await?)
    }

    /// Waits until a message of a chat has reached the API, and runs all jobs.
    pub async fn drain_chat(&self) -> anyhow::Result<()> {
        eventually(async || Ok((self.rows().await?.2 > 0).then_some(()))).await?;
        self.drain_jobs().await
    }

    /// The id of the row of a person.
    pub async fn user_id(&self, telegram_id: i64) -> anyhow::Result<uuid::Uuid> {
        let person = users::table.filter(users::telegram_id.eq(telegram_id));
        Ok(person
            .select(users::id)
            .first(&mut self.db().await?)
            .await?)
    }

    /// Removes this test's wake-ups from Redis.
    pub async fn empty_redis(&self) -> anyhow::Result<()> {
        self.world.empty_redis().await
    }

    /// State and attempts of all jobs of a kind, oldest first.
    pub async fn states<J: Job>(&self) -> anyhow::Result<Vec<(JobState, i32)>> {
        Ok(ledger::states::<J>(&mut *self.db().await?).await?)
    }

    /// Numbers of people, readings and jobs: a refused request leaves none.
    pub async fn rows(&self) -> anyhow::Result<(i64, i64, i64)> {
        let mut conn = self.db().await?;
        let people = users::table.count().get_result(&mut conn).await?;
        let readings = analysis_history::table
            .count()
            .get_result(&mut conn)
            .await?;
        let jobs = jobs::table.count().get_result(&mut conn).await?;
        Ok((people, readings, jobs))
    }

    /// The result of a `SELECT count(*) AS count ...`.
    pub async fn count(&self, query: &str) -> anyhow::Result<i64> {
        Ok(database::count(&mut *self.db().await?, query).await?)
    }
}
