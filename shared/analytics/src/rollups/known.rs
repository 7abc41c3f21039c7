//! What earlier facts said that later ones need: of persons, of customers, of days.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use schema::{analytics_customers, analytics_people};
use serde::Serialize;
use uuid::Uuid;

/// A person.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable, Serialize)]
#[diesel(table_name = analytics_people, check_for_backend(diesel::pg::Pg))]
pub struct Person {
    pub user_id: Uuid,
    pub signed_up_at: DateTime<Utc>,
    pub signup_plan: String,
    pub plan: String,
    pub verified_at: Option<DateTime<Utc>>,
    pub first_paid_at: Option<DateTime<Utc>>,
    pub organization_id: Uuid,
}

/// An account that has paid in a currency, or whose payments recur in it.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable, Serialize)]
#[diesel(table_name = analytics_customers, check_for_backend(diesel::pg::Pg))]
pub struct Customer {
    pub account_id: Uuid,
    pub organization_id: Uuid,
    pub currency: String,
    pub plan: String,
    /// 0 if it does not count now.
    pub mrr: i64,
    pub since: Option<DateTime<Utc>>,
    pub first_paid_at: Option<DateTime<Utc>>,
    pub paid_total: i64,
}

impl Customer {
    /// Of its row.
    pub(super) fn key(&self) -> (Uuid, String) {
        (self.account_id, self.currency.clone())
    }
}

/// What is known while a batch is counted, and what it has changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Known {
    /// Persons and organizations that are there, and stay until the transaction ends.
    pub there: BTreeSet<Uuid>,
    pub people: BTreeMap<Uuid, Person>,
    pub customers: BTreeMap<(Uuid, String), Customer>,
    /// The day of the reporting zone of each quarter hour of the batch.
    pub days: HashMap<DateTime<Utc>, NaiveDate>,
    pub changed_people: BTreeSet<Uuid>,
    pub changed_customers: BTreeSet<(Uuid, String)>,
    /// After a rebuild: what was told before it, and counts before this moment, is still counted there.
    pub rebuilt: Option<Rebuilt>,
}

/// A rebuild.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rebuilt {
    pub at: DateTime<Utc>,
    pub from: DateTime<Utc>,
}

impl Known {
    /// A person who is there.
    pub(super) fn present(&self, id: Option<Uuid>) -> Option<Uuid> {
        id.filter(|id| self.there.contains(id))
    }

    pub(super) fn change_person(&mut self, id: Uuid) -> Option<&mut Person> {
        let found = self.people.get_mut(&id)?;
        self.changed_people.insert(id);
        Some(found)
    }
}
