//! Where the sums are asked.

use kernel::Error;

use super::question::Question;
use super::rows::{
    ActiveDay, Activity, Cohort, Conversations, Converted, Count, Health, Heat, Lately, ModelUse,
    ModelUsers, Movement, Payers, PlanUsers, Reached, Retained, Revenue, Signups, Times, Tokens,
    TopUser,
};

/// Sums of what has happened. All stores answer the same of the same facts; what is asked for an organization has its own
/// alone.
///
/// # Errors
/// Of all methods: those of the store.
#[expect(
    async_fn_in_trait,
    reason = "the tasks of requests stay on their threads"
)]
pub trait Store {
    /// Its name, in answers.
    const NAME: &'static str;

    /// How far facts are counted.
    async fn reached(&mut self) -> Result<Reached, Error>;

    /// How the providers are now.
    async fn health(&mut self) -> Result<Vec<Health>, Error>;

    /// The last half hour, from the events.
    async fn lately(&mut self, question: &Question) -> Result<Lately, Error>;

    /// Who came and went, by plan.
    async fn signups(&mut self, question: &Question) -> Result<Vec<Signups>, Error>;

    /// How many there were when the first bucket began.
    async fn people_before(&mut self, question: &Question) -> Result<Vec<Count>, Error>;

    /// Different active persons of the first days, as far as those are counted already.
    async fn counted_days(&mut self, question: &Question) -> Result<Vec<ActiveDay>, Error>;

    /// Different active persons of each day.
    async fn active_days(&mut self, question: &Question) -> Result<Vec<ActiveDay>, Error>;

    /// The same in any zone, from the events.
    async fn active_days_raw(&mut self, question: &Question) -> Result<Vec<ActiveDay>, Error>;

    /// Different active persons of each bucket of whole days.
    async fn active(&mut self, question: &Question) -> Result<Vec<Count>, Error>;

    /// The same of any bucket, from the events.
    async fn active_raw(&mut self, question: &Question) -> Result<Vec<Count>, Error>;

    /// Different persons who asked something, of each bucket of whole days.
    async fn writers(&mut self, question: &Question) -> Result<Vec<Count>, Error>;

    /// The same of any bucket, from the events.
    async fn writers_raw(&mut self, question: &Question) -> Result<Vec<Count>, Error>;

    /// Who has used most.
    async fn top(&mut self, question: &Question) -> Result<Vec<TopUser>, Error>;

    /// How many of those who signed up in the buckets before the last `periods` ones came again.
    async fn retained(&mut self, question: &Question) -> Result<Vec<Retained>, Error>;

    /// How many there are at the end of each bucket, and were active in it, by plan.
    async fn by_plan(&mut self, question: &Question) -> Result<Vec<PlanUsers>, Error>;

    /// What was asked and answered.
    async fn chat(&mut self, question: &Question) -> Result<Vec<Activity>, Error>;

    /// What was asked by hours of the week.
    async fn heat(&mut self, question: &Question) -> Result<Vec<Heat>, Error>;

    /// Tokens of replies, by plan.
    async fn tokens(&mut self, question: &Question) -> Result<Vec<Tokens>, Error>;

    /// What models did.
    async fn models(&mut self, question: &Question) -> Result<Vec<ModelUse>, Error>;

    /// Different persons whom models have answered.
    async fn model_users(&mut self, question: &Question) -> Result<Vec<ModelUsers>, Error>;

    /// Conversations that began.
    async fn conversations(&mut self, question: &Question) -> Result<Vec<Conversations>, Error>;

    /// How long good calls took.
    async fn times(&mut self, question: &Question) -> Result<Vec<Times>, Error>;

    /// How all calls ended and how long they took, of all buckets together, by model.
    async fn performance(&mut self, question: &Question) -> Result<Vec<Times>, Error>;

    /// How calls ended, without durations, by provider.
    async fn outcomes(&mut self, question: &Question) -> Result<Vec<Times>, Error>;

    /// Money that moved.
    async fn revenue(&mut self, question: &Question) -> Result<Vec<Revenue>, Error>;

    /// What recurs, and how it moved.
    async fn movements(&mut self, question: &Question) -> Result<Vec<Movement>, Error>;

    /// Different accounts that paid.
    async fn payers(&mut self, question: &Question) -> Result<Vec<Payers>, Error>;

    /// Of those who signed up, who have paid.
    async fn converted(&mut self, question: &Question) -> Result<Vec<Converted>, Error>;

    /// What customers have paid until now.
    async fn cohorts(&mut self, question: &Question) -> Result<Vec<Cohort>, Error>;

    /// What was asked in each of the last 30 minutes.
    async fn minutes(&mut self, question: &Question) -> Result<Vec<Count>, Error>;
}
