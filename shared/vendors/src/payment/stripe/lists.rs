//! Lists of Stripe's, page by page. Source: <https://docs.stripe.com/api/pagination>.

use chrono::{DateTime, TimeDelta, Utc};
use serde::Deserialize;
use serde_json::Value;

use super::calls::{Field, failed};
use super::{Stripe, parsed, words};
use crate::payment::Sought;
use crate::{ProviderError, ProviderErrorKind as Kind};

/// How much later than its order a session is opened at the most: as long as the key of a request lives.
const OPENED_WITHIN: TimeDelta = TimeDelta::hours(25);
/// How far Stripe's clock and ours may be apart.
const CLOCKS_DIFFER_BY: TimeDelta = TimeDelta::minutes(5);

/// The most pages of a list that are looked through.
const PAGES: usize = 100;

/// A page of a list.
#[derive(Deserialize)]
pub(super) struct List {
    pub data: Vec<Value>,
    pub has_more: bool,
}

impl Stripe {
    /// What was made for an order whose answer was lost. Sessions cannot be asked for by our number, and the search finds
    /// PaymentIntents alone, and late: all of the time is looked through.
    pub(super) async fn of_order(
        &self,
        sought: &Sought,
        path: &str,
        expand: &str,
    ) -> Result<Vec<Value>, ProviderError> {
        let from = begin(sought) - CLOCKS_DIFFER_BY;
        let until = sought.created_at + OPENED_WITHIN;
        let query = [
            ("created[gte]", from.timestamp().to_string()),
            ("created[lte]", until.timestamp().to_string()),
            ("limit", "100".to_owned()),
            ("expand[]", expand.to_owned()),
        ];
        self.through(path, &query, Some(&sought.id.to_string()))
            .await
    }

    /// All pages of a list; if an order is named, what is of it, on the first page that has some.
    pub(super) async fn through(
        &self,
        path: &str,
        query: &[Field],
        order: Option<&str>,
    ) -> Result<Vec<Value>, ProviderError> {
        let (mut all, mut after) = (Vec::new(), None::<String>);
        for _ in 0..PAGES {
            let mut query = query.to_vec();
            query.extend(after.take().map(|id| ("starting_after", id)));
            let page = self.list(path, &query).await?;
            let last = page.data.last().and_then(|last| last["id"].as_str());
            after = last.filter(|_| page.has_more).map(str::to_owned);
            let fits =
                |one: &Value| order.is_none_or(|order| one["metadata"][words::ORDER] == order);
            all.extend(page.data.into_iter().filter(fits));
            if after.is_none() || order.is_some() && !all.is_empty() {
                return Ok(all);
            }
        }
        Err(failed(Kind::Protocol, "too much to look through"))
    }

    pub(super) async fn list(&self, path: &str, query: &[Field]) -> Result<List, ProviderError> {
        parsed(&self.api.get(path, query).await?)
    }
}

/// When something may have been made for an order at the earliest. A restored database writes a charge anew that may have
/// been made before; the time in its id is that of the first.
fn begin(sought: &Sought) -> DateTime<Utc> {
    let of_id = sought.id.get_timestamp().and_then(|at| {
        let (seconds, nanos) = at.to_unix();
        DateTime::from_timestamp(i64::try_from(seconds).ok()?, nanos)
    });
    of_id.map_or(sought.created_at, |at| at.min(sought.created_at))
}
