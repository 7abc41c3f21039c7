//! SQL over `usage_leases`.

use chrono::{DateTime, TimeDelta, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl};
use kernel::Error;
use money::meters::model::{Taken, Unit, Usage};
use money::meters::queries as meters;
use money::meters::rules as plans;
use uuid::Uuid;

use crate::rules;
use schema::usage_leases as leases;

/// Units that this process may spend.
#[derive(Clone, Copy, Debug)]
pub(super) struct Block {
    pub lease: Uuid,
    pub taken: Taken,
    pub taken_at: DateTime<Utc>,
    /// How many are not spent yet.
    pub left: i64,
}

impl Block {
    /// When its window ends: after that they are worth nothing. `None`: never, of bonus units.
    pub fn ends_at(&self) -> Option<DateTime<Utc>> {
        self.taken.month_ends_at
    }
}

/// What an account has.
pub(super) enum Fresh {
    Block(Block),
    Unlimited,
    /// When there are units again.
    UsedUp(DateTime<Utc>),
    /// The account is gone.
    Gone,
}

/// Takes a block of an account's requests, and ends the lease of the block that is spent.
pub(super) async fn take(
    conn: &mut AsyncPgConnection,
    account: Uuid,
    spent: Option<Uuid>,
    now: DateTime<Utc>,
) -> Result<Fresh, Error> {
    conn.transaction(async |conn| {
        let usage = meters::usage_of(conn, account, Unit::ApiRequests).await;
        let fresh = match usage.optional()? {
            None => Fresh::Gone,
            Some(usage) => match plans::left(&usage, now) {
                None => Fresh::Unlimited,
                Some(left) => of_what_is_left(conn, (account, &usage), left, now).await?,
            },
        };
        // Behind the meter, as where the account is deleted.
        if let Some(spent) = spent {
            let lease = leases::table.find(spent);
            diesel::delete(lease).execute(conn).await?;
        }
        Ok(fresh)
    })
    .await
}

async fn of_what_is_left(
    conn: &mut AsyncPgConnection,
    (account, usage): (Uuid, &Usage),
    left: i64,
    now: DateTime<Utc>,
) -> Result<Fresh, Error> {
    // Others may have taken what a moment ago was left: then one by one.
    let mut amounts = vec![rules::block(left), 1];
    amounts.dedup();
    for amount in amounts {
        if let Some(taken) = meters::take(conn, account, Unit::ApiRequests, amount).await? {
            let block = Block {
                lease: Uuid::now_v7(),
                taken,
                taken_at: now,
                left: amount,
            };
            note(conn, &block).await?;
            return Ok(Fresh::Block(block));
        }
    }
    // What was left is taken by others since: their window is this one.
    let free_at = plans::free_at(usage, now);
    Ok(Fresh::UsedUp(free_at.unwrap_or(usage.month_ends_at)))
}

async fn note(conn: &mut AsyncPgConnection, block: &Block) -> QueryResult<()> {
    diesel::insert_into(leases::table)
        .values((
            leases::id.eq(block.lease),
            leases::account_id.eq(block.taken.account_id),
            leases::amount.eq(block.taken.amount),
            leases::taken_at.eq(block.taken_at),
        ))
        .execute(conn)
        .await
        .map(drop)
}

/// Gives back what is left of a block, and ends its lease. One that counts as used already stays so.
pub(super) async fn give_back(conn: &mut AsyncPgConnection, block: &Block) -> QueryResult<()> {
    conn.transaction(async |conn| {
        // The meter first, as where a block is taken and where an account is deleted.
        let left = Taken {
            amount: block.left,
            ..block.taken
        };
        let lease = leases::table.find(block.lease).select(leases::id);
        let is_ours: Option<Uuid> = lease.first(conn).await.optional()?;
        if is_ours.is_some() && block.left > 0 {
            meters::give_back(conn, &left, None).await?;
        }
        let ended = diesel::delete(leases::table.find(block.lease))
            .execute(conn)
            .await?;
        // Meanwhile it was counted as used.
        match ended {
            0 if is_ours.is_some() => Err(diesel::result::Error::RollbackTransaction),
            _ => Ok(()),
        }
    })
    .await
    .or_else(|why| match why {
        diesel::result::Error::RollbackTransaction => Ok(()),
        why => Err(why),
    })
}

/// A process gives back each block within a minute or two: the process of an older one is dead.
const ALIVE: TimeDelta = TimeDelta::minutes(15);

/// Ends the leases of processes that have died; returns how many units they had taken. These count as used: some were
/// perhaps served.
///
/// # Errors
/// Those of the database.
pub async fn reap(conn: &mut AsyncPgConnection, now: DateTime<Utc>) -> QueryResult<i64> {
    let amounts: Vec<i64> = diesel::delete(leases::table.filter(leases::taken_at.lt(now - ALIVE)))
        .returning(leases::amount)
        .get_results(conn)
        .await?;
    Ok(amounts.into_iter().sum())
}
