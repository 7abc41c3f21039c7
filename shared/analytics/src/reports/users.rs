//! Persons: how many, who comes, and who comes again.

use std::collections::BTreeMap;

use chrono::Days;
use kernel::Error;
use uuid::Uuid;

use super::grid::Grid;
use super::question::{Measure, Question};
use super::rows;
use super::rules::{growth, masked, share};
use super::store::Store;

answers! {
    /// How many persons came and went.
    UserGrowthBucket {
        bucket: String,
        new: i64,
        deleted: i64,
        net: i64,
        /// At the end of the bucket.
        total: i64,
    }

    /// How many persons there are.
    UserGrowth {
        series: Vec<UserGrowthBucket>,
        /// How much more there are at the end than at the start; `null` if there was none.
        growth_rate: Option<f64>,
    }

    /// Different active persons, on the last day of the bucket and in the 7 and 30 days that end with it.
    ActiveUsers {
        bucket: String,
        dau: i64,
        wau: i64,
        mau: i64,
        stickiness: Option<f64>,
    }

    /// Persons who signed up.
    SignupBucket {
        bucket: String,
        signups: i64,
        verified: i64,
        verification_rate: Option<f64>,
    }

    /// Persons who signed up, by plan.
    PlanSignups {
        plan: String,
        signups: i64,
        verified: i64,
        verification_rate: Option<f64>,
    }

    /// Persons who signed up.
    UserSignups {
        series: Vec<SignupBucket>,
        by_plan: Vec<PlanSignups>,
    }

    /// A person, and what they have used.
    TopUser {
        rank: usize,
        user_id: Uuid,
        /// The first letter and the domain.
        email_masked: Option<String>,
        plan: Option<String>,
        messages: i64,
        tokens: i64,
        /// In millionths of a US dollar.
        cost_micro_usd: i64,
        /// Of what all persons together have used, by what the ranking is by.
        share: Option<f64>,
    }

    /// Persons who signed up in one period, and which share of them came again.
    RetentionCohort {
        cohort: String,
        size: i64,
        /// From the period of the sign-up on; `null`: not over yet, from before it is known who
        /// was active, or of no one.
        retained: Vec<Option<f64>>,
    }

    /// Persons of a plan.
    PlanUsers {
        bucket: String,
        plan: String,
        users: i64,
        active: i64,
    }
}

/// How many persons there are (no. 1).
///
/// # Errors
/// Those of the store.
pub async fn growth_of(store: &mut impl Store, question: &Question) -> Result<UserGrowth, Error> {
    let before = store.people_before(question).await?;
    let start = before.first().map_or(0, |row| row.count);
    let mut buckets: Grid<(), (i64, i64)> = Grid::new(question.span.len());
    for row in store.signups(question).await? {
        let cell = buckets.cell(row.at, ());
        *cell = (cell.0 + row.signups, cell.1 + row.deleted);
    }
    let mut total = start;
    let bucket = |(at, (new, deleted)): (usize, (i64, i64))| {
        total += new - deleted;
        UserGrowthBucket {
            bucket: question.span.label(at),
            new,
            deleted,
            net: new - deleted,
            total,
        }
    };
    let series: Vec<_> = buckets
        .buckets()
        .into_iter()
        .enumerate()
        .map(bucket)
        .collect();
    Ok(UserGrowth {
        growth_rate: growth(start, total),
        series,
    })
}

/// Different active persons (no. 2).
///
/// # Errors
/// E105 if they cannot be counted so; those of the store.
pub async fn active(
    store: &mut impl Store,
    question: &Question,
) -> Result<Vec<ActiveUsers>, Error> {
    question.needs_days()?;
    question.may_count_persons()?;
    let days = match question.reporting_zone {
        true => active_days(store, question).await?,
        false => store.active_days_raw(question).await?,
    };
    let days: BTreeMap<_, _> = days.into_iter().map(|row| (row.day, row)).collect();
    let ends = question.span.days.iter().skip(1).enumerate();
    let bucket = |(at, after): (usize, &chrono::NaiveDate)| {
        let last = days.get(&(*after - Days::new(1)));
        let [dau, wau, mau] = last.map_or([0; 3], |row| [row.dau, row.wau, row.mau]);
        ActiveUsers {
            bucket: question.span.label(at),
            dau,
            wau,
            mau,
            stickiness: share(dau, mau),
        }
    };
    Ok(ends.map(bucket).collect())
}

/// Those of the first days are counted already, unless a plan is asked for.
async fn active_days(
    store: &mut impl Store,
    question: &Question,
) -> Result<Vec<rows::ActiveDay>, Error> {
    let mut days = match question.filter.plan {
        Some(_) => Vec::new(),
        None => store.counted_days(question).await?,
    };
    let mut rest = question.clone();
    if let Some(last) = days.last() {
        rest.span.start = last.day + Days::new(1);
    }
    if rest.span.start <= rest.span.end {
        days.extend(store.active_days(&rest).await?);
    }
    Ok(days)
}

/// Different active persons of each bucket.
///
/// # Errors
/// E105 if they cannot be counted so; those of the store.
pub(super) async fn active_in(
    store: &mut impl Store,
    question: &Question,
) -> Result<Vec<i64>, Error> {
    question.may_count_persons()?;
    let found = match question.counts_days() {
        true => store.active(question).await?,
        false => store.active_raw(question).await?,
    };
    Ok(counts(question, found))
}

/// The counts of all buckets.
pub(super) fn counts(question: &Question, found: Vec<rows::Count>) -> Vec<i64> {
    let mut grid: Grid<(), i64> = Grid::new(question.span.len());
    for row in found {
        *grid.cell(row.at, ()) += row.count;
    }
    grid.buckets()
}

/// Who signed up (no. 3).
///
/// # Errors
/// Those of the store.
pub async fn signups(store: &mut impl Store, question: &Question) -> Result<UserSignups, Error> {
    let mut buckets: Grid<(), (i64, i64)> = Grid::new(question.span.len());
    let mut plans: BTreeMap<String, (i64, i64)> = BTreeMap::new();
    for row in store.signups(question).await? {
        for sum in [buckets.cell(row.at, ()), plans.entry(row.plan).or_default()] {
            *sum = (sum.0 + row.signups, sum.1 + row.verified);
        }
    }
    let bucket = |(at, (signups, verified))| SignupBucket {
        bucket: question.span.label(at),
        signups,
        verified,
        verification_rate: share(verified, signups),
    };
    let of_plan = |(plan, (signups, verified))| PlanSignups {
        plan,
        signups,
        verified,
        verification_rate: share(verified, signups),
    };
    Ok(UserSignups {
        series: buckets
            .buckets()
            .into_iter()
            .enumerate()
            .map(bucket)
            .collect(),
        by_plan: plans.into_iter().map(of_plan).collect(),
    })
}

/// Who has used most (no. 4).
///
/// # Errors
/// E105 in another zone; those of the store.
pub async fn top(store: &mut impl Store, question: &Question) -> Result<Vec<TopUser>, Error> {
    let question = question.whole();
    question.needs_reporting_zone()?;
    question.may_tell_plans()?;
    let found = store.top(&question).await?;
    let person = |(place, row): (usize, rows::TopUser)| {
        let part = match question.by {
            Measure::Tokens => row.tokens,
            Measure::Messages => row.messages,
            Measure::Cost => row.cost_micro_usd,
        };
        TopUser {
            rank: question.offset + place + 1,
            user_id: row.user_id,
            email_masked: row.email.as_deref().map(masked),
            plan: row.plan.filter(|_| question.tells_plans),
            messages: row.messages,
            tokens: row.tokens,
            cost_micro_usd: row.cost_micro_usd,
            share: share(part, row.total),
        }
    };
    Ok(found.into_iter().enumerate().map(person).collect())
}

/// Who comes again (no. 5).
///
/// # Errors
/// E105 in another zone; those of the store.
pub async fn retention(
    store: &mut impl Store,
    question: &Question,
) -> Result<Vec<RetentionCohort>, Error> {
    question.needs_reporting_zone()?;
    let span = question.span.periods(question.cohort, question.periods);
    let question = question.about(span);
    let mut found: BTreeMap<(usize, usize), i64> = BTreeMap::new();
    for row in store.retained(&question).await? {
        let place = usize::try_from(row.at)
            .ok()
            .zip(usize::try_from(row.period).ok());
        if let Some(place) = place {
            found.insert(place, row.users);
        }
    }
    let span = &question.span;
    let cohort = |at: usize| {
        let size = found.get(&(at, 0)).copied().unwrap_or_default();
        let part = |period: usize| {
            let over = span
                .edges
                .get(at + period + 1)
                .is_some_and(|end| *end <= question.now);
            let begins = span.days.get(at + period);
            let since = question.active_since.as_ref();
            let known = since
                .zip(begins)
                .is_some_and(|(since, begins)| since <= begins);
            let users = found.get(&(at, period)).copied().unwrap_or_default();
            share(users, size).filter(|_| period == 0 || over && known)
        };
        RetentionCohort {
            cohort: span.label(at),
            size,
            retained: (0..=question.periods).map(part).collect(),
        }
    };
    Ok((0..span.len().saturating_sub(question.periods))
        .map(cohort)
        .collect())
}

/// How many there are of each plan (no. 6).
///
/// # Errors
/// E105 by hours or in another zone; those of the store.
pub async fn by_plan(store: &mut impl Store, question: &Question) -> Result<Vec<PlanUsers>, Error> {
    question.needs_days()?;
    question.needs_reporting_zone()?;
    let mut grid: Grid<String, (i64, i64)> = Grid::new(question.span.len());
    for row in store.by_plan(question).await? {
        *grid.cell(row.at, row.plan) = (row.users, row.active);
    }
    let bucket = |(at, plan, (users, active))| PlanUsers {
        bucket: question.span.label(at),
        plan,
        users,
        active,
    };
    Ok(grid.all().into_iter().map(bucket).collect())
}
